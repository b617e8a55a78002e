"""A diagnosis as plain text for a terminal: fix first, then why, then on which lines it rests."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from app.diagnosis.model import CrashDiagnosis, Diagnosis, Evidence, Match, first_sources
from app.diagnosis.replies import why_not

WORDS = {"match": "Known bug", "maybe": "Perhaps a known bug", "none": "Not a known bug"}
WIDTH = 110  # columns
SHOWN_LINES = 6  # lines of evidence; the answer as JSON has all
MAX_ERROR = 300  # characters of an error that is not known
CIRCUMSTANCES = {"os": "system ", "python": "Python "}


def plain(diagnosis: Diagnosis) -> Iterator[str]:
    """The lines of the answer."""
    if not diagnosis.crashes:
        yield diagnosis.summary
    for number, crash in enumerate(diagnosis.crashes):
        if number:
            yield ""
        yield from _crash(crash)


def _crash(crash: CrashDiagnosis) -> Iterator[str]:
    what = f"{crash.exception or 'cut traceback'} ({_lines(crash)})"
    if not crash.matches:
        yield f"{WORDS['none']}: {what}"
        if crash.message:
            yield _row("Error", _shortened(crash.message))
        if crash.foreign:
            yield _row("Language", crash.foreign)
        yield _row("Fingerprint", crash.fingerprint)
    for match in crash.matches:
        yield f"{WORDS[match.verdict]}, {round(match.confidence * 100)} % sure: {match.signature}, {what}"
        yield from _match(match)
    for name, misses in (("Could be", crash.could_be), ("Not", crash.ruled_out)):
        yield from (_row(name, f"{one.signature}: {why_not(one)}") for one in misses)
    for wrong in crash.contradictions:
        yield _row("Disagrees", wrong)
    for wanted in crash.would_help:
        yield _row("Would help", wanted)


def _match(match: Match) -> Iterator[str]:
    yield _row("Bug", match.title)
    yield _row("Fix", match.advice)
    if match.question:
        yield _row("Ask", match.question)
    if match.workaround:
        yield _row("Until then", match.workaround)
    yield _row("Why", match.cause)
    seen = dict.fromkeys(_seen(one) for one in match.evidence if one.state == "holds" and one.text)
    yield from (_row("Seen", one) for one in list(seen)[:SHOWN_LINES])
    for source in first_sources(match):
        yield _row("Source", f"{source.url} ({source.kind})")


def _lines(crash: CrashDiagnosis) -> str:
    first, last = crash.first_line, crash.last_line
    return f"line {first}" if first == last else f"lines {first}-{last}"


def _shortened(message: str) -> str:
    return message if len(message) <= MAX_ERROR else f"{message[:MAX_ERROR].rstrip()} ..."


def _seen(one: Evidence) -> str:
    """The line that a clue holds on; several often hold on the same one."""
    where = f"line {one.line}" if one.line else "stated"
    return f"{where}: {CIRCUMSTANCES.get(one.clue, '') if one.rule == 'environment' else ''}{one.text}"


def _row(name: str, text: str) -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH, initial_indent=f"  {name:<12}", subsequent_indent=" " * 14)
