"""The answer page: from a diagnosis to its parts, in the order in which somebody in trouble reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from app.diagnosis.model import VERDICTS, CrashDiagnosis, Diagnosis, Known, Match, NearMiss, Surroundings, first_sources
from app.intake import Received
from app.web import words
from app.web.again_form import form
from app.web.answer_clues import clues, total
from app.web.answer_parts import (
    Colophon,
    Fix,
    Headline,
    Helpful,
    Miss,
    Misses,
    Other,
    OtherCrash,
    OtherCrashes,
    Others,
    ReadyReplies,
    Reply,
    Unknown,
    Untold,
    Why,
)
from app.web.answer_said import answers, notice, share, wrong
from app.web.answer_view import View, kept
from app.web.excerpt import excerpt
from app.web.feedback import STYLES as FEEDBACK
from app.web.feedback import on_answer
from app.web.kb import shown_address
from app.web.render import Page, Part
from app.web.reply_markdown import customer, note

PACKAGES = 6  # shown at once; a `pip freeze` of hundreds is folded
STYLES = ("answer.css", FEEDBACK)
FITS_NONE = "No signature in the book fits this crash."
FITS_TOO = "Too little of this crash is shown to name a bug; what it could be stands below."
REPLIES = (("#replies", "Ready replies"),)


def link(told: Received) -> str:
    """Where an answer that was kept is found again: one that was given before, as it was given."""
    id_ = kept(told).id
    return f"/diagnoses/{id_}" if kept(told).new else f"/diagnoses/{id_}?answer={id_}"


def page(view: View) -> Page:
    """The answer, in the order in which somebody in trouble reads it."""
    crash = view.crash
    if crash is None:
        return _without_crash(view)
    best = crash.matches[0] if crash.matches else None
    told, marks = clues(best.evidence if best else ())
    about = best.title if best else crash.exception or "a crash"
    title = f"{words.verdict(crash.verdict, crash.confidence)}: {about}"
    parts = (
        notice(view),
        _headline(crash, best, len(view.told.diagnosis.crashes)),
        _fix(crash, best),
        form(view),
        _untold(crash),
        _unknown(crash, view.alike),
        _why(best),
        _helpful(crash),
        _others(crash),
        told,
        total(crash, best),
        excerpt(view.told.report.lines, marks, (crash.first_line, crash.last_line)),
        _misses(crash),
        _crashes(view),
        on_answer(view.feedback, kept(view.thread.first).id, best.signature) if best and view.feedback else None,
        wrong(view),
    )
    aside = (_replies(view), share(view, title), answers(view), _colophon(view))
    return _page(title, parts, aside)


def chosen(diagnosis: Diagnosis, number: int | None) -> int | None:
    """Place of the crash of that number (from 1), else of the best one; None when there is none."""
    if number is not None and 1 <= number <= len(diagnosis.crashes):
        return number - 1
    ranked = [(VERDICTS.index(one.verdict), -one.confidence, place) for place, one in enumerate(diagnosis.crashes)]
    return min(ranked)[2] if ranked else None


def _without_crash(view: View) -> Page:
    title, summary = "No Python crash found", view.told.diagnosis.summary
    headline = Headline("none", title, None, None, None, None, None, "", summary, REPLIES)
    parts = (notice(view), headline, excerpt(view.told.report.lines, {}, None))
    return _page(title, parts, (_replies(view), share(view, title), _colophon(view)))


def _page(title: str, parts: Iterable[Part | None], aside: Iterable[Part | None]) -> Page:
    return Page(title, _present(parts), _present(aside), indexed=False, open_forms=True, styles=STYLES)


def _present(parts: Iterable[Part | None]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part is not None)


def _headline(crash: CrashDiagnosis, best: Match | None, crashes: int) -> Headline:
    several = (("#crashes", f"One of {crashes} crashes in this report"),) if crashes > 1 else ()
    return Headline(
        tone=crash.verdict,
        verdict=words.verdict(crash.verdict, crash.confidence),
        place=round(crash.confidence * 100, 1) if best else None,
        title=best.title if best else None,
        url=best.url if best else None,
        signature=best.signature if best else None,
        exception=crash.exception,
        message=crash.message,
        summary=None if best else FITS_TOO if crash.could_be else crash.foreign or FITS_NONE,
        jumps=several + REPLIES,
    )


def _fix(crash: CrashDiagnosis, best: Match | None) -> Fix | None:
    if best is None:
        return None
    known = words.version_in_use(crash, best.package)
    return Fix(
        heading="Fix" if best.verdict == "match" else "If it is this bug",
        advice=best.advice,
        command=_command(best),
        version=words.version_verdict(crash, best),
        version_line=known.line if known else None,
        sources=tuple(
            (words.SOURCES.get(one.kind, one.kind), one.url, shown_address(one.url)) for one in first_sources(best)
        ),
    )


def _command(best: Match) -> str | None:
    """The line that upgrades; None where there is nothing to install."""
    if best.fixed_in is None or best.package == "cpython" or best.version_verdict in {"fixed", "not-yet"}:
        return None
    return f'pip install "{best.package}>={best.fixed_in}"'


def _why(best: Match | None) -> Why | None:
    if best is None:
        return None
    texts = (
        ("Why it happens", best.cause),
        ("What the fix does", best.remedy),
        ("Until you can upgrade", best.workaround),
        ("When not to use this fix", best.not_when),
    )
    return Why(tuple((heading, written) for heading, written in texts if written))


def _helpful(crash: CrashDiagnosis) -> Helpful | None:
    return Helpful(crash.would_help) if crash.would_help else None


def _unknown(crash: CrashDiagnosis, alike: int) -> Unknown | None:
    return Unknown(crash.fingerprint, words.seen("A crash like this", alike)) if crash.verdict == "none" else None


def _others(crash: CrashDiagnosis) -> Others | None:
    others = tuple(
        Other(one.title, one.url, one.advice, one.verdict, words.verdict(one.verdict, one.confidence))
        for one in crash.matches[1:]
    )
    return Others(others) if others else None


def _untold(crash: CrashDiagnosis) -> Untold | None:
    return Untold(tuple(map(_miss, crash.could_be))) if crash.could_be else None


def _misses(crash: CrashDiagnosis) -> Misses | None:
    return Misses(tuple(map(_miss, crash.ruled_out))) if crash.ruled_out else None


def _miss(near: NearMiss) -> Miss:
    failed = near.failed
    return Miss(
        title=near.title,
        url=near.url,
        signature=near.signature,
        sentence=words.clue(failed.clue, failed.rule),
        expected=words.expected(failed.clue, failed.expected),
        seen=failed.seen,
        line=failed.line,
    )


def _crashes(view: View) -> OtherCrashes | None:
    crashes = view.told.diagnosis.crashes
    if len(crashes) < 2:  # noqa: PLR2004 - one crash has no others
        return None
    return OtherCrashes(
        tuple(
            OtherCrash(
                url=view.at(crash=place),
                verdict=words.verdict(crash.verdict, crash.confidence),
                tone=crash.verdict,
                title=crash.matches[0].title if crash.matches else _raised(crash),
                lines=words.lines(crash.first_line, crash.last_line),
                chosen=place == view.place,
            )
            for place, crash in enumerate(crashes)
        )
    )


def _raised(crash: CrashDiagnosis) -> str:
    return ": ".join(part for part in (crash.exception or "A crash", crash.message) if part)


def _replies(view: View) -> ReadyReplies | None:
    """The replies of the best crash, whichever is shown: they are about the report."""
    told = view.told.diagnosis
    place = chosen(told, None)
    best = None if place is None else told.crashes[place]
    both = (
        Reply("customer", "To the customer", told.replies.customer, customer(told, best)),
        Reply("internal", "Internal note", told.replies.internal, note(told, best, view.base + view.link)),
    )
    present = tuple(one for one in both if one.written)
    return ReadyReplies(present) if present else None


def _colophon(view: View) -> Colophon:
    told, crash = view.told, view.crash
    around = crash.environment if crash else Surroundings()
    system = Known(words.SYSTEMS.get(around.os.value, around.os.value), around.os.line) if around.os else None
    asked_for = {match.package for match in crash.matches} if crash else set()
    packages = sorted(around.packages.items(), key=lambda one: (one[0] not in asked_for, one[0]))
    named = [("System", system), ("Python", around.python), *packages[:PACKAGES]]
    return Colophon(
        environment=tuple((name, known) for name, known in named if known is not None),
        more_packages=tuple(packages[PACKAGES:]),
        contradictions=crash.contradictions if crash else (),
        notes=told.report.notes,
        redacted=_redacted(told),
        times=words.seen("This report", kept(view.thread.first).seen),
        url=view.link,
        book=told.diagnosis.book,
        engine=told.diagnosis.engine,
    )


def _redacted(told: Received) -> tuple[tuple[str, int], ...]:
    """What was taken out, and how often."""
    counts: Counter[str] = Counter()
    for one in told.removed:
        counts[words.SECRETS.get(one["kind"], one["kind"])] += one["count"]
    return tuple(counts.most_common())
