"""What stands around a crash and belongs to it: the log lines near it, those that introduce it among them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter

from app.crash.model import Line

LOGS_BEFORE = 400  # lines of log that may belong to a crash: a server's start-up is well within
LOGS_AFTER = 100
MAX_INTRODUCTION = 5  # asyncio prints up to four lines before its traceback


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
