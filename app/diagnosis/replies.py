"""Two texts to send on, made from an answer: one to the customer, plain and without jargon, one for the ticket."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from app.diagnosis.foreign import NAMES
from app.diagnosis.model import CrashDiagnosis, Match, NearMiss, Replies, known_beside

MAX_EVIDENCE = 6  # lines of evidence in the note; the answer's page has all
REMEMBERED = 1024  # texts of signatures


def replies(
    best: CrashDiagnosis | None, crashes: Iterable[CrashDiagnosis], summary: str, other: str | None = None
) -> Replies:
    """The replies for the crash that leads the answer, with what else is known among the crashes of the report.

    Where there is none of Python, they ask for one.
    """
    if best is None:
        found = f"an error of {NAMES[other]}, and no Python one," if other else "no error report"
        ask = f"We found {found} in what you sent. Please send the whole error text, from the line"
        return Replies(f"{ask} 'Traceback (most recent call last):' to its last line.", summary)
    if not best.matches:
        return Replies(_unknown(best), _note(best, None))
    first, beside = best.matches[0], known_beside(best, crashes)
    said = _known(first) if best.verdict == "match" else _perhaps(first, best)
    also = [f"What you sent shows another known problem too: {one.title}. {one.advice}" for one in beside]
    noted = [f"Also {one.signature}: {one.title}" for one in beside]
    return Replies("\n\n".join([said, *also]), "\n".join([_note(best, first), *noted]))


def _known(match: Match) -> str:
    parts = [f"This is a known problem: {match.title}.", match.advice]
    if match.workaround:
        parts.append(f"Until then: {_flat(match.workaround)}")
    if match.not_when:
        parts.append(f"Please note: {_flat(match.not_when)}")
    parts.append(f"Why it happens: {_flat(match.cause)}")
    if match.references:
        parts.append(f"Source: {match.references[0].url}")
    return "\n\n".join(parts)


def _perhaps(match: Match, best: CrashDiagnosis) -> str:
    parts = [f"This may be a known problem: {match.title}."]
    if match.question:
        parts.append(f"To be sure, please tell us: {match.question}")
    parts += _send(best)
    return "\n\n".join(parts)


def _unknown(best: CrashDiagnosis) -> str:
    what = f" ({best.exception})" if best.exception else ""
    if best.language != "python":
        what += f", one of {NAMES[best.language]},"
    said = f"We do not know this error{what} yet and are looking into it."
    if best.could_be:
        said = f"What you sent of this error{what} is too little to tell what it is."
    return "\n\n".join([said, *_send(best)])


def _send(best: CrashDiagnosis) -> list[str]:
    if not best.would_help:
        return []
    return ["It would help us if you sent:\n" + "\n".join(f"- {one}" for one in best.would_help)]


def _note(best: CrashDiagnosis, match: Match | None) -> str:
    """The answer for colleagues: what was found, on which lines, and what is open."""
    lines = [f"Verdict: {best.verdict}, confidence {best.confidence:.2f}", f"Fingerprint: {best.fingerprint}"]
    if match is not None:
        lines[:0] = [f"{match.signature}: {match.title}", match.advice]
        lines.append(f"Version: {match.version_verdict}")
        holding = [one for one in match.evidence if one.state == "holds"][:MAX_EVIDENCE]
        lines += [f"- {one.clue} {one.expected}" + (f" (line {one.line})" if one.line else "") for one in holding]
        lines += [f"- not seen: {one.clue} {one.expected}" for one in match.evidence if _open(one.rule, one.state)]
        lines += [f"Open: {match.question}"] if match.question else []
        lines += [f"{one.kind}: {one.url}" for one in match.references]
    lines += [f"Could be {one.signature}: {why_not(one)}" for one in best.could_be]
    lines += [f"Not {one.signature}: {why_not(one)}" for one in best.ruled_out]
    return "\n".join(lines)


def why_not(miss: NearMiss) -> str:
    """What ruled a signature out, or what it lacks, in half a sentence."""
    failed = miss.failed
    if failed.state == "unseen":
        return f"{failed.clue} {failed.expected} is not shown"
    if failed.rule == "none":
        return f"{failed.clue} {failed.expected} speaks against it"
    seen = f", seen: {failed.seen}" if failed.seen else ""
    return f"no {failed.clue} {failed.expected}{seen}"


def _open(rule: str, state: str) -> bool:
    return rule == "all" and state == "unseen"


@lru_cache(maxsize=REMEMBERED)
def _flat(text: str) -> str:
    """One paragraph without the signs of markup: a mail shows them as they are."""
    return " ".join(text.replace("`", "").split())
