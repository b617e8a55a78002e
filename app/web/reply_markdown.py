"""The two texts to send on, as Markdown: for trackers and chats that show it, with what came from outside as code."""

from __future__ import annotations

import re

from app.diagnosis.model import CrashDiagnosis, Diagnosis, Evidence, Match, known_beside
from app.web import words
from app.web.typeset import NAMED, brief

MOST_EVIDENCE = 6  # lines of evidence in the note; the answer's page has all
TICKS = re.compile(r"`+")
MARKUP = re.compile(r"([\\`*_\[\]<>|~#])")


def customer(told: Diagnosis, best: CrashDiagnosis | None) -> str:
    """The reply to the customer."""
    if best is None or not best.matches or best.verdict != "match":
        return escaped(told.replies.customer)
    match = best.matches[0]
    parts = [f"This is a known problem: **{escaped(match.title)}**.", match.advice]
    if match.workaround:
        parts.append(f"**Until then:** {match.workaround.strip()}")
    if match.not_when:
        parts.append(f"**Please note:** {match.not_when.strip()}")
    parts.append(f"**Why it happens:** {match.cause.strip()}")
    parts += [f"[{words.SOURCES.get(one.kind, one.kind)}]({one.url})" for one in match.references[:1]]
    for one in known_beside(best, told.crashes):
        parts.append(f"What you sent shows another known problem too: **{escaped(one.title)}**. {one.advice}")
    return "\n\n".join(parts)


def note(told: Diagnosis, best: CrashDiagnosis | None, link: str) -> str:
    """The note for colleagues: what was found, on which lines, what is open, and where all of it stands."""
    if best is None:
        return f"{escaped(told.summary)}\n\n[The answer]({link})"
    match = best.matches[0] if best.matches else None
    said = words.verdict(best.verdict, best.confidence)
    lines = [f"### {said}" + (f": {escaped(match.title)}" if match else ""), ""]
    lines += [code(": ".join(part for part in (best.exception, best.message) if part)), ""]
    if match is not None:
        lines += [f"{match.advice} {words.version_verdict(best, match)}", "", *_evidence(match), ""]
        lines += [f"Open: {match.question}", ""] if match.question else []
    lines += [f"- Also {code(one.signature)}: {escaped(one.title)}" for one in known_beside(best, told.crashes)]
    lines += [f"- Could be {code(one.signature)}: {code(one.failed.expected)} would tell" for one in best.could_be]
    lines += [f"- Not {code(one.signature)}: {code(one.failed.expected)}" for one in best.ruled_out]
    lines += [f"- Fingerprint {code(best.fingerprint)}", f"- [The answer]({link})"]
    if match is not None:
        lines += [f"- [{words.SOURCES.get(one.kind, one.kind)}]({one.url})" for one in match.references]
    return "\n".join(lines)


def _evidence(match: Match) -> list[str]:
    holding = [one for one in match.evidence if one.state == "holds" and one.rule != "none"]
    return [f"- {_clue(one)}" for one in holding[:MOST_EVIDENCE]]


def _clue(one: Evidence) -> str:
    where = f" (line {one.line})" if one.line else ""
    return f"{words.clue(one.clue, one.rule)} {code(one.expected)}{where}"


def code(text: str) -> str:
    """A span of code that its content can't leave."""
    said = " ".join(brief(text[: 2 * NAMED]).split())
    fence = "`" * (max((len(run) for run in TICKS.findall(said)), default=0) + 1)
    pad = " " if said.startswith("`") or said.endswith("`") else ""
    return f"{fence}{pad}{said}{pad}{fence}" if said else ""


def escaped(text: str) -> str:
    """Words without any markup of their own, `code` kept."""
    parts = text.split("`")
    return "`".join(part if odd % 2 else MARKUP.sub(r"\\\1", part) for odd, part in enumerate(parts))
