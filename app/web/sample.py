"""A signature's own example, read as any report is read: what it looks like, and on which lines it is recognised."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.diagnosis.model import CrashDiagnosis, Evidence
from app.intake import Received, shown_by
from app.signature.book import Book
from app.signature.model import Signature
from app.signature.phrase import phrases, quoted
from app.web import words
from app.web.bug_parts import Sample, Seen
from app.web.excerpt import Mark, Row

RAISED = re.compile(r"[A-Za-z_][\w.]*(: |$)")  # `OSError: [WinError 87]`; a message's later lines have no name
SHORT = 14  # lines; a longer example is folded, so that the fix is not far away
MOST = 150  # lines of an example that are shown: the longest has 105


def seen(one: Signature, book: Book) -> Seen | None:
    """What it looks like; None without an example that it recognises."""
    raw = book.samples.get(one.id)
    told = shown_by(one, raw) if raw is not None else None
    found = _found(one, told.diagnosis.crashes) if told is not None else None
    if told is None or found is None:
        return None
    crash, evidence = found
    rows = _rows(told, evidence)
    said = phrases(one, {clue.expected: clue.text for clue in evidence if clue.state == "holds" and clue.text})
    sample = Sample(rows, words.counted(len(rows), "line"), len(rows) <= SHORT, words.percent(crash.confidence))
    return Seen(_error(crash, evidence), said, quoted(said), sample)


def _found(one: Signature, crashes: Sequence[CrashDiagnosis]) -> tuple[CrashDiagnosis, tuple[Evidence, ...]] | None:
    """The crash that is this bug, and what it is recognised by."""
    for crash in crashes:
        for match in crash.matches:
            if match.signature == one.id:
                return crash, match.evidence
    return None


def _error(crash: CrashDiagnosis, evidence: Sequence[Evidence]) -> str:
    """The exception by which it is recognised; it need not be the last one of the chain."""
    held = {clue.clue: clue.text for clue in evidence if clue.rule == "all" and clue.state == "holds" and clue.text}
    named = [text for text in (held.get("message"), held.get("exception")) if text and RAISED.match(text)]
    last = f"{crash.exception}: {crash.message}" if crash.message else crash.exception or ""
    return named[0] if named else last


def _rows(told: Received, evidence: Sequence[Evidence]) -> tuple[Row, ...]:
    """The lines, those that identify the bug with the names of the clues that hold there."""
    names: dict[int, list[str]] = {}
    for clue in evidence:
        if clue.line is not None and clue.state == "holds" and clue.rule in {"all", "any"}:
            names.setdefault(clue.line, []).append(words.SHORT.get(clue.clue, clue.clue))
    lines = list(told.report.lines[:MOST])
    while lines and not lines[-1].raw.strip():
        lines.pop()
    marks = {
        number: tuple(Mark(0, name, "for") for name in dict.fromkeys(several)) for number, several in names.items()
    }
    return tuple(Row(line.number, line.raw, marks.get(line.number, ())) for line in lines)
