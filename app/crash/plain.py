"""The plain way: a text that shows tracebacks just as CPython prints them is cut at its frames, not read line by line.

Each part is known by its text from the crashes before. Whatever is not plain is read the general way; where both are
open they give the same crashes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from app.crash import grammar
from app.crash.around import MAX_INTRODUCTION, near
from app.crash.entries import FRAME, HEADER, NO_TRACEBACK, are_plain, ending, entry
from app.crash.environment import believed, may_be_listed, merged, sightings
from app.crash.model import Crash, Ending, Frame, Line, Link, Plain, Raised, Sighting, Told, ToldBelow, Trace
from app.crash.standard import tied

MAX_TEXT = 65_536  # characters; what is longer is a log in which other things stand too
MAX_TRACES = 50  # fewer than may be tied to each other
MAX_ABOVE = 400  # lines above the first header: what all lines begin with is looked for in the first 500

START = f"{HEADER}\n{FRAME}"
NEXT = f"\n{FRAME}"
STACK_END = re.compile(r"\n(?! )")


def cut(text: str) -> Plain | None:
    """The text cut into its tracebacks and their parts; None if it is not plain, or shows none."""
    if len(text) > MAX_TEXT:
        return None
    above, *blocks = text.split(START)
    if not 0 < len(blocks) <= MAX_TRACES or above.count("\n") > MAX_ABOVE or not _is_around(above, followed=True):
        return None
    traces: list[Trace] = []
    for at, block in enumerate(blocks, 1):
        *inner, last = block.split(NEXT)
        end = STACK_END.search(last)
        below = _below(last[end.end() :], followed=at < len(blocks)) if end else None
        introduced = _introduced(above, traces)
        if end is None or below is None or introduced is None:
            return None
        entries = [one for one in (*map(entry, inner), entry(last[: end.start()])) if one is not None]
        if len(entries) <= len(inner):
            return None
        traces.append(Trace(above, introduced, entries, below[0]))
        above = below[1]
    return Plain(text, tuple(traces), above)


def _below(text: str, *, followed: bool) -> tuple[Ending, str] | None:
    """What the lines below a stack say of its exception, and the lines below those; `followed` by a header."""
    first, _, rest = text.partition("\n")
    if rest and grammar.LOG_LINE.match(rest.partition("\n")[0]):  # so much varies only in the logs
        known = ending(first)
        return (known[0], rest) if known and _is_around(rest, followed=followed) else None
    if followed:
        return ending(text + HEADER) if text.endswith("\n") else None
    return None if text.endswith(HEADER) else ending(text)  # a header below which nothing is left


def _is_around(text: str, *, followed: bool) -> bool:
    """Whether this is nothing but plain lines around tracebacks, whole ones if a header follows."""
    if not text:
        return True
    whole = not followed or text.endswith("\n")
    return whole and not any(mark in text for mark in NO_TRACEBACK) and are_plain(text) and not may_be_listed(text)


def _introduced(above: str, traces: Sequence[Trace]) -> int | None:
    """How many of the lines right above a header introduce it; None if lines of the traceback before it might."""
    if traces and traces[-1].ending.link:
        return 0
    lines = above.split("\n")[-1 - MAX_INTRODUCTION : -1]
    introduced = 0
    for up, line in enumerate(reversed(lines), 1):
        text = line.expandtabs().strip()
        if not text:
            return introduced
        if grammar.INTRODUCTION.search(text):
            introduced = up
    return None if traces and len(lines) < MAX_INTRODUCTION else introduced


class Placed(NamedTuple):
    """A crash at its place: the exception, the lines above it, its first line, and what its stacks betray."""

    raised: Raised
    above: list[Line]
    first: int
    seen: list[Sighting]

    @property
    def headers(self) -> list[Line]:
        """The lines that introduce it."""
        return [line for line in self.above if line.number >= self.first]


def crashes(plain: Plain) -> tuple[Crash, ...]:
    """The crashes that a plain text shows."""
    placed = list(_placed(plain.traces))
    below = _lines(plain.below, placed[-1].raised.last_line + 1)
    outside = [*(line for one in placed for line in one.above), *below]
    told = sightings(outside) if outside else {}
    logs = [line for one in placed for line in one.above if _is_log(line, one.first)]
    logs += [line for line in below if _is_log(line, line.number + 1)]
    everything = believed([*_of(outside, told), *(one for crash in placed for one in crash.seen)])
    alone = len(placed) == 1 and not told
    return tuple(
        Crash(
            one.raised,
            headers=tuple(one.headers),
            logs=near(logs, one.first, one.headers),
            environment=everything if alone else merged(believed([*_of(one.headers, told), *one.seen]), everything),
            first_line=one.first,
            last_line=one.raised.last_line,
        )
        for one in placed
    )


def _is_log(line: Line, first: int) -> bool:
    """Whether the line belongs to no traceback; one that introduces it is a log line only if it looks like one."""
    if not line.text or line.text.isspace():
        return False
    return line.number < first or grammar.LOG_LINE.match(line.text) is not None


def _of(lines: Iterable[Line], told: Mapping[int, Sequence[Told]]) -> Iterator[Sighting]:
    """What these lines betray."""
    return ((line.number, one) for line in lines for one in told.get(line.number, ()))


def _lines(text: str, first: int) -> list[Line]:
    """The lines of a text, which may end with a line break, numbered from `first`."""
    return (
        [Line(number, line, line) for number, line in enumerate(text.removesuffix("\n").split("\n"), first)]
        if text
        else []
    )


def _placed(traces: Sequence[Trace]) -> Iterator[Placed]:
    """Each crash at its place; tracebacks that are tied to each other are one."""
    number = 1
    earlier: Raised | None = None
    link: Link | None = None
    first, above, seen = 0, list[Line](), list[Sighting]()
    for trace in traces:
        if earlier is None:
            above = _lines(trace.above, number)
            number += len(above)
            first, seen = number - trace.introduced, []
        raised, below = _raised(trace, number, seen)
        number = below + trace.ending.lines
        if earlier is not None:
            raised = tied(raised, earlier, link)
        if trace.ending.link is None:
            yield Placed(raised, above, first, seen)
        earlier, link = (raised, trace.ending.link) if trace.ending.link else (None, None)


def _raised(trace: Trace, header: int, seen: list[Sighting]) -> tuple[Raised, int]:
    """The exception below a header, and the number of its own line; what its lines betray is added to `seen`."""
    make = tuple.__new__  # there are dozens, and `Frame` itself takes twice as long
    frames: list[Frame] = []
    number = header + 1
    before: ToldBelow = ()
    for said, lines, told in trace.entries:
        frames.append(make(Frame, (*said, number, number + lines - 1)))
        if told is not before:  # else it says nothing new
            seen += [(number + below, one) for below, one in told]
            before = told
        number += lines
    ending = trace.ending
    seen += [(number + below, one) for below, one in ending.told]
    raised = Raised(
        ending.type,
        ending.message,
        frames=tuple(frames),
        type_line=number,
        first_line=header,
        last_line=number + ending.message_lines - 1,
    )
    return raised, number
