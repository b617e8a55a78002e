"""A diagnosis as plain text for a terminal: fix first, then why, then on which lines it rests."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from app.diagnosis.model import CrashDiagnosis, Diagnosis, Match
from app.diagnosis.replies import why_not

WORDS = {"match": "Known bug", "maybe": "Perhaps a known bug", "none": "Not a known bug"}
WIDTH = 110  # columns
SHOWN_LINES = 6  # lines of evidence; the answer as JSON has all


def plain(diagnosis: Diagnosis) -> Iterator[str]:
    """The lines of the answer."""
    if not diagnosis.crashes:
        yield diagnosis.summary
    for number, crash in enumerate(diagnosis.crashes):
        if number:
            yield ""
        yield from _crash(crash)


def _crash(crash: CrashDiagnosis) -> Iterator[str]:
    what = f"{crash.exception or 'cut traceback'} (lines {crash.first_line}-{crash.last_line})"
    if not crash.matches:
        yield f"{WORDS['none']}: {what}"
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
    for one in [one for one in match.evidence if one.state == "holds" and one.text][:SHOWN_LINES]:
        where = f"line {one.line}" if one.line else "stated"
        yield _row("Seen", f"{where}: {one.clue + ' ' if one.rule == 'environment' else ''}{one.text}")
    for source in match.references[:2]:
        yield _row("Source", source.url)


def _row(name: str, text: str) -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH, initial_indent=f"  {name:<12}", subsequent_indent=" " * 14)
