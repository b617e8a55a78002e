"""The answer page: from a diagnosis to its parts, in the order in which somebody in trouble reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from app.diagnosis.model import (
    VERDICTS,
    CrashDiagnosis,
    Diagnosis,
    Evidence,
    Known,
    Match,
    NearMiss,
    Replies,
    Surroundings,
)
from app.intake import Kept, Received
from app.web import words
from app.web.answer_parts import (
    Clue,
    Clues,
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
    Question,
    ReadyReplies,
    Reply,
    Sum,
    Unknown,
    Why,
)
from app.web.excerpt import Mark, excerpt
from app.web.render import Page, Part

PACKAGES = 6  # shown at once; a `pip freeze` of hundreds is folded
REPLIES = (("#replies", "Ready replies"),)


def link(told: Received) -> str:
    """Where an answer that was kept is found again."""
    return f"/diagnoses/{_kept(told).id}"


def page(told: Received, crash: CrashDiagnosis | None, *, alike: int) -> Page:
    """The answer for this crash of the report; `alike` says how often its fingerprint was seen."""
    if crash is None:
        return _without_crash(told)
    best = crash.matches[0] if crash.matches else None
    clues, marks = _clues(best.evidence if best else ())
    parts = (
        _headline(crash, best, len(told.diagnosis.crashes)),
        _fix(crash, best),
        _question(best),
        _unknown(crash, alike),
        _why(best),
        _helpful(crash),
        _others(crash),
        clues,
        _sum(crash, best),
        excerpt(told.report.lines, marks, (crash.first_line, crash.last_line)),
        _misses(crash),
        _crashes(told, crash),
    )
    aside = (_replies(told.diagnosis.replies), _colophon(told, crash))
    about = best.title if best else crash.exception or "a crash"
    title = f"{words.verdict(crash.verdict, crash.confidence)}: {about}"
    return Page(title, _present(parts), _present(aside), indexed=False)


def chosen(diagnosis: Diagnosis, number: int | None) -> CrashDiagnosis | None:
    """The crash of that number (from 1), else the best one, else None."""
    if number is not None and 1 <= number <= len(diagnosis.crashes):
        return diagnosis.crashes[number - 1]
    return min(diagnosis.crashes, key=lambda crash: (VERDICTS.index(crash.verdict), -crash.confidence), default=None)


def _present(parts: Iterable[Part | None]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part is not None)


def _without_crash(told: Received) -> Page:
    headline = Headline("none", "No crash found", None, None, None, None, None, "", told.diagnosis.summary, REPLIES)
    parts = (headline, excerpt(told.report.lines, {}, None))
    aside = (_replies(told.diagnosis.replies), _colophon(told, None))
    return Page("No crash found", _present(parts), _present(aside), indexed=False)


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
        summary=None if best else "No signature in the book fits this crash.",
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
    )


def _command(best: Match) -> str | None:
    """The line that upgrades; None where there is nothing to install."""
    if best.fixed_in is None or best.package == "cpython" or best.version_verdict in {"fixed", "not-yet"}:
        return None
    return f'pip install "{best.package}>={best.fixed_in}"'


def _question(best: Match | None) -> Question | None:
    return Question(best.question, words.product(best.package)) if best and best.question else None


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


def _clues(evidence: Sequence[Evidence]) -> tuple[Clues | None, dict[int, tuple[Mark, ...]]]:
    """The list of clues, and the marks they leave on the lines of the report."""
    if not evidence:
        return None, {}
    order = ("for", "against", "open", "clear")
    judged = [(one, *words.STATES[one.rule, one.state]) for one in evidence]
    judged.sort(key=lambda row: order.index(row[1]))
    clues: list[Clue] = []
    marks: dict[int, tuple[Mark, ...]] = {}
    for number, (one, tone, found) in enumerate(judged, start=1):
        begin = words.CLUES.get(one.clue, one.clue)
        echoed = one.clue == "message" and one.state == "unseen" and one.line is not None
        said = words.ECHOED if echoed else found
        clues.append(Clue(number, begin, one.expected, tone, words.SIGNS[tone], said, one.line))
        if one.line is not None and (echoed or tone in {"for", "against"}):
            mark = Mark(number, words.SHORT.get(one.clue, one.clue), tone)
            marks[one.line] = (*marks.get(one.line, ()), mark)
    told = tuple(clue for clue in clues if clue.tone != "clear")
    clear = tuple(clue for clue in clues if clue.tone == "clear")
    return Clues(told, clear), marks


def _sum(crash: CrashDiagnosis, best: Match | None) -> Sum | None:
    """None where an older engine kept no contributions."""
    if best is None or not best.contributions:
        return None
    top, several = best.ceiling, len(crash.matches) > 1
    notes = (
        f"Held at {words.percent(top.at_most)} at most. {top.why}" if top else "",
        "Other bugs fit this crash too: a crash has one cause, so all of them together are 100 % at most."
        if several
        else "",
    )
    return Sum(
        pieces=tuple((words.piece(name), words.added(value)) for name, value in best.contributions.items()),
        total=words.added(sum(best.contributions.values())),
        notes=tuple(note for note in notes if note),
    )


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


def _misses(crash: CrashDiagnosis) -> Misses | None:
    return Misses(tuple(_miss(one) for one in crash.near_misses)) if crash.near_misses else None


def _miss(near: NearMiss) -> Miss:
    failed = near.failed
    return Miss(
        title=near.title,
        url=near.url,
        signature=near.signature,
        sentence=words.clue(failed.clue, failed.rule),
        expected=failed.expected,
        seen=failed.seen,
        line=failed.line,
    )


def _crashes(told: Received, shown: CrashDiagnosis) -> OtherCrashes | None:
    crashes = told.diagnosis.crashes
    if len(crashes) < 2:  # noqa: PLR2004 - one crash has no others
        return None
    return OtherCrashes(
        tuple(
            OtherCrash(
                url=f"{link(told)}?crash={number}",
                verdict=words.verdict(crash.verdict, crash.confidence),
                tone=crash.verdict,
                title=crash.matches[0].title if crash.matches else f"{crash.exception or 'A crash'} {crash.message}",
                first_line=crash.first_line,
                last_line=crash.last_line,
                chosen=crash is shown,
            )
            for number, crash in enumerate(crashes, start=1)
        )
    )


def _replies(replies: Replies) -> ReadyReplies | None:
    both = (
        Reply("customer", "To the customer", replies.customer),
        Reply("internal", "Internal note", replies.internal),
    )
    present = tuple(one for one in both if one.written)
    return ReadyReplies(present) if present else None


def _colophon(told: Received, crash: CrashDiagnosis | None) -> Colophon:
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
        times=words.seen("This report", _kept(told).seen),
        url=link(told),
        book=told.diagnosis.book,
        engine=told.diagnosis.engine,
    )


def _redacted(told: Received) -> tuple[tuple[str, int], ...]:
    """What was taken out, and how often."""
    counts: Counter[str] = Counter()
    for one in told.removed:
        counts[words.SECRETS.get(one["kind"], one["kind"])] += one["count"]
    return tuple(counts.most_common())


def _kept(told: Received) -> Kept:
    assert told.kept is not None, "a page has a link, so its answer was kept"
    return told.kept
