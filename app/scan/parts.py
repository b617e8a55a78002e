"""Where a log may be cut so that no crash is lost or counted twice; the same places for files, streams and machines.

A part begins and ends at a safe place near a multiple of `PART`. Which place depends only on the bytes there, so all
who read the same log cut it alike, in whatever order and on however many machines they do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from app.crash.traceback import bare_crashes
from app.scan.anchors import HEADER, OTHERS, PLACE, PYTEST, Anchors
from app.scan.block import BEFORE, ENDS, block_of
from app.scan.haystack import Haystack
from app.scan.read import report_of

PART = 16 * 1024 * 1024  # bytes of a part: what is held in memory at a time; for more, malloc asks the system each time
REACHES = (12 * 1024, 64 * 1024)  # bytes on both sides of a cut that are looked at; the second for giant crashes
REACH = REACHES[-1]
QUIET = REACHES[0]
WIDTH = 500  # bytes of log between a crash and a cut: five lines
MOST_TRIED = 4  # places; the first is nearly always safe
MARKS = (HEADER, PLACE, PYTEST)  # one of these is in every crash that can be cut in two
# What lines of a crash hold, and few others: next to these no cut is tried first.
UNLIKELY = (PLACE, b"Traceback", b"   ", b"rror", b"xception", b"^^")


def cut(around: Callable[[int, int], bytes]) -> int:
    """How far behind a place a log can be cut; `around` gives so many bytes before the place and behind it."""
    near = around(QUIET, 4 * QUIET)
    for place in (_quiet_place(near, QUIET), _gap(near, QUIET)):
        if place is not None:
            return place - QUIET
    for reach in REACHES:
        near = around(reach, reach)
        place = safe_place(near, reach)
        if place is not None:
            return place - reach
    return next(_lines(near, reach), reach) - reach


def _quiet_place(near: bytes, at: int) -> int | None:
    """The first line from a place on with no mark of a crash far around it: it is safe unread."""
    for line in _lines(near, at):
        if line >= at:
            last = max(near.rfind(word, line - QUIET, line + QUIET) for word in MARKS)
            if last < 0:
                return line
            at = last + QUIET
    return None


def _gap(near: bytes, at: int) -> int | None:
    """A line from a place on that is well between two crashes, the first of which surely ends, if there is one."""
    hay, most = Haystack(near, len(near)), at + (len(near) - at) // 2
    anchors = Anchors(hay, OTHERS, begin=0, end=len(near))
    place, sure = 0, False
    while place < most:
        anchor = anchors.after(place)
        block = block_of(hay, anchors, anchor, place) if anchor else None
        if anchor and (block is None or block.bare):
            sure, place = False, hay.line_end(anchor.at, len(near))
            continue
        until = block.start if block else len(near)
        line = hay.line_end(max(at, min((place + until) // 2, place + BEFORE)), len(near))
        if sure and place + WIDTH <= line <= min(until - WIDTH, most):
            return line
        if anchor is None or block is None:
            break
        sure, place = block.key is not None, max(block.stop, anchor.at + 1)
    return None


def safe_place(near: bytes, at: int) -> int | None:
    """A place in these bytes, `at` or a little behind it, where the reader sees the same crashes on both sides."""
    lines = _lines(near, at)
    if not any(word in near for word in MARKS):
        return next(lines, at)
    places = sorted(lines, key=lambda line: _unlikely(near, line))
    whole = _crashes(near)
    for place in places[:MOST_TRIED]:
        above = _crashes(near[:place])
        if above <= whole and above + _crashes(near[place:]) == whole:
            return place
    return None


def _lines(near: bytes, at: int) -> Iterator[int]:
    """The beginnings of lines from a place on, in the first half of what is behind it."""
    stop = at + (len(near) - at) // 2
    while (at := near.find(b"\n", at, stop)) >= 0:
        at += 1
        yield at


def _unlikely(near: bytes, line: int) -> tuple[bool, bool]:
    """Whether a crash seems to stand on both sides of where this line begins."""
    above = near.rfind(b"\n", 0, line - 1) + 1
    both = near[above : near.find(b"\n", line)]
    return any(word in both for word in UNLIKELY), ENDS.match(near, line) is None


def _crashes(raw: bytes) -> Counter[object]:
    return Counter(
        (one.raised.type, one.raised.message, one.truncated, len(one.raised.frames), one.last_line - one.first_line)
        for one in bare_crashes(report_of(raw))
        if one.last_line > one.first_line  # a line that only names an exception is cut by nobody
    )
