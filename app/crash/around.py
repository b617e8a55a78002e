"""What stands around a crash and belongs to it: the log lines near it, those that introduce it among them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter

from app.crash.model import Around, Line
from app.crash.package_lists import WHOLE_LIST
from app.crash.shapes import Shape, may_stand_around, shapes

LOGS_BEFORE = 400  # lines of log that may belong to a crash: a server's start-up is well within
LOGS_AFTER = 100
MAX_INTRODUCTION = 5  # asyncio prints up to four lines before its traceback
NOTHING = Around()


def around(text: str, *, followed: bool) -> Around | None:
    """The lines of a text, whole if one is `followed` by a header; None if they are not plain, or of a traceback."""
    if not text or (text.isspace() and not followed):
        return NOTHING
    if followed and not text.endswith("\n"):
        return None
    text = text.removesuffix("\n")
    lines, their = text.split("\n"), shapes(text)
    silent = True
    for line, its in zip(lines, their, strict=True):
        if its.doubtful and not may_stand_around(line, its):
            return None
        silent = silent and not its.rules
    if sum([its.row for its in their]) >= WHOLE_LIST:
        return None
    introducing, all_seen = _introducing(lines, their)
    return Around(lines, introducing, all_seen, silent)


def _introducing(lines: Sequence[str], their: Sequence[Shape]) -> tuple[int, bool]:
    """How many of the last lines would introduce a traceback below them, and whether no line further up could."""
    introducing = 0
    for up in range(1, min(len(lines), MAX_INTRODUCTION) + 1):
        if not lines[-up] or lines[-up].isspace():
            return introducing, True
        if their[-up].introduces:
            introducing = up
    return introducing, len(lines) >= MAX_INTRODUCTION


def near(logs: Sequence[Line], first: int, headers: Sequence[Line]) -> tuple[Line, ...]:
    """Of a report's log lines, those near the crash that begins on line `first`, and its headers, in order."""
    if not headers and len(logs) <= LOGS_AFTER:
        return tuple(logs)
    before = bisect_left(logs, first, key=attrgetter("number"))
    found = logs[max(0, before - LOGS_BEFORE) : before + LOGS_AFTER]
    if not headers:
        return tuple(found)
    by_number = {line.number: line for line in (*found, *headers)}
    return tuple(by_number[number] for number in sorted(by_number))
