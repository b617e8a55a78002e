"""The plain way: a text that shows tracebacks just as CPython prints them is cut at its stacks, not read line by line.

Each part is known by its text from the crashes before. Whatever is not plain is read the general way; where both are
open they give the same crashes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from app.crash.around import MAX_INTRODUCTION, near
from app.crash.entries import FRAME, HEADER, betrayed, ending, framed
from app.crash.environment import believed, merged
from app.crash.model import Crash, Ending, Environment, Line, Raised, Report, Sighting, Told, Trace
from app.crash.shapes import is_plain_around, shape, told_around
from app.crash.standard import tied

MAX_TEXT = 65_536  # characters; what is longer is a log in which other things stand too
MAX_TRACES = 50  # fewer than may be tied to each other
MAX_ABOVE = 400  # lines above the first header: what all lines begin with is looked for in the first 500

START = f"{HEADER}\n{FRAME}"
STACK_END = re.compile(r"\n(?! )")


def cut(text: str) -> list[Trace]:
    """The text cut into its tracebacks; empty if it is not plain, or shows none."""
    if len(text) > MAX_TEXT:
        return []
    above, *blocks = text.split(START)
    if not 0 < len(blocks) <= MAX_TRACES or above.count("\n") > MAX_ABOVE or not _is_around(above, followed=True):
        return []
    traces: list[Trace] = []
    for block in blocks:
        trace = _trace(above, block, traces, followed=len(traces) + 1 < len(blocks))
        if trace is None:
            return []
        traces.append(trace)
        above = trace.below
    return traces


def _trace(above: str, block: str, traces: Sequence[Trace], *, followed: bool) -> Trace | None:
    """The traceback whose frames the block begins with, after those before it; `followed` by another one."""
    end = STACK_END.search(block)
    introduced = _introduced(above, traces)
    if end is None or introduced is None:
        return None
    header = above.count("\n") + (traces[-1].stack.below + traces[-1].ending.lines if traces else 1)
    stack = framed(block[: end.start()], header + 1)
    found = _below(block[end.end() :], followed=followed) if stack else None
    return Trace(header, stack, found[0], above, introduced, found[1]) if stack and found else None


def _below(text: str, *, followed: bool) -> tuple[Ending, str] | None:
    """What the lines below a stack say of its exception, and the lines below those."""
    first, _, rest = text.partition("\n")
    if rest and shape(rest.partition("\n")[0]).logged:  # the error is known, though the log varies
        found = ending(first) if _is_around(rest, followed=followed) else None
        return (found, rest) if found else None
    if followed:
        found = ending(text + HEADER) if text.endswith("\n") else None
    else:
        found = None if text.endswith(HEADER) else ending(text)  # a header below which nothing is left
    return (found, found.below) if found else None


def _is_around(text: str, *, followed: bool) -> bool:
    """Whether this is nothing but plain lines that belong to no traceback, whole ones if a header follows."""
    if not text:
        return True
    whole = not followed or text.endswith("\n")
    return whole and all(map(is_plain_around, text.split("\n")))


def _introduced(above: str, traces: Sequence[Trace]) -> int | None:
    """How many of the lines right above a header introduce it; None if lines of the traceback before it might."""
    if traces[-1].ending.link if traces else not above:
        return 0
    lines = above.split("\n")[-1 - MAX_INTRODUCTION : -1]
    introduced = 0
    for up, line in enumerate(reversed(lines), 1):
        if not line or line.isspace():
            return introduced
        if shape(line).introduces:
            introduced = up
    return None if traces and len(lines) < MAX_INTRODUCTION else introduced


def crashes(report: Report) -> tuple[Crash, ...]:
    """The crashes of a report that is plain as read, with what stands around them; empty if it is not."""
    traces = report.traces or _cut_as_read(report.lines)
    if not traces:
        return ()
    only = traces[0]
    if len(traces) == 1 and not only.above and (not only.below or only.below.isspace()):
        raised = _raised(only)
        return (Crash(raised, "python", (), (), _environment(traces), only.header, raised.last_line),)
    return tuple(_surrounded(list(_chains(traces)), None if report.traces else report.lines))


def _cut_as_read(lines: Sequence[Line]) -> Sequence[Trace]:
    """The tracebacks of lines in which something had to be undone; empty if several processes wrote them."""
    if not lines or lines[-1].number != len(lines):
        return ()
    written = lines if lines[-1].text else lines[:-1]  # the empty line after the last line break has no sender
    if any(line.stream != lines[0].stream for line in written):
        return ()
    texts = [line.text for line in lines]
    if all(not text or text.startswith(" ") for text in texts):  # the blank that stood behind a prefix
        texts = [text[1:] for text in texts]
        if any("\t" in text for text in texts):  # a tab reaches to a column of the line
            return ()
    return cut("\n".join(texts))


def _chains(traces: Iterable[Trace]) -> Iterator[list[Trace]]:
    """The tracebacks of each crash: those that are tied to each other."""
    chain: list[Trace] = []
    for trace in traces:
        chain.append(trace)
        if trace.ending.link is None:
            yield chain
            chain = []


def _seen(chain: Iterable[Trace]) -> Iterator[Sighting]:
    """What the lines of these tracebacks betray."""
    for trace in chain:
        yield from trace.stack.seen
        yield from [(trace.stack.below + below, told) for below, told in trace.ending.told]


def _environment(chain: Sequence[Trace]) -> Environment:
    """What is believed of that."""
    alone = len(chain) == 1 and not chain[0].ending.told
    return chain[0].stack.environment if alone else betrayed(tuple(_seen(chain)))


def _raised(trace: Trace) -> Raised:
    """The exception of one traceback."""
    kind, message, message_lines, *_ = trace.ending
    number, last = trace.stack.below, trace.stack.below + message_lines - 1
    frames = trace.stack.frames
    return Raised(kind, message, (), frames, None, None, None, (), False, False, False, number, trace.header, last)  # noqa: FBT003 - by name it takes twice as long


def _chained(chain: Sequence[Trace]) -> Raised:
    """The exception that the last of these tracebacks shows, tied to those before it."""
    raised = _raised(chain[0])
    for earlier, trace in pairwise(chain):
        raised = tied(_raised(trace), raised, earlier.ending.link)
    return raised


def _surrounded(chains: Sequence[Sequence[Trace]], read: Sequence[Line] | None) -> Iterator[Crash]:
    """Each crash with the log lines near it and all that is betrayed; `read` are the report's lines if it has them."""
    above = [_lines(one.above, one.header - one.above.count("\n"), read) for one, *_ in chains]
    headers = [lines[len(lines) - chain[0].introduced :] for chain, lines in zip(chains, above, strict=True)]
    last = chains[-1][-1]
    below = _lines(last.below, last.stack.below + last.ending.lines, read)
    lines = [line for some in (*above, below) for line in some]
    told = {line.number: found for line in lines if (found := told_around(line.text))}
    its = {line.number for some in headers for line in some if not shape(line.text).logged}
    logs = [line for line in lines if line.text and not line.text.isspace() and line.number not in its]
    alone = len(chains) == 1 and not told
    everything = None if alone else believed([*_of(lines, told), *(one for chain in chains for one in _seen(chain))])
    for chain, own in zip(chains, headers, strict=True):
        raised = _chained(chain)
        first = own[0].number if own else chain[0].header
        environment = betrayed((*_of(own, told), *_seen(chain))) if told else _environment(chain)
        if everything is not None:
            environment = merged(environment, everything)
        yield Crash(raised, "python", tuple(own), near(logs, first, own), environment, first, raised.last_line)


def _of(lines: Iterable[Line], told: Mapping[int, Sequence[Told]]) -> list[Sighting]:
    """What these lines betray."""
    return [(line.number, one) for line in lines for one in told.get(line.number, ())]


def _lines(text: str, first: int, read: Sequence[Line] | None) -> Sequence[Line]:
    """The lines of a text, which may end with a line break, numbered from `first`."""
    lines = text.removesuffix("\n").split("\n") if text else []
    if read is not None:
        return read[first - 1 : first - 1 + len(lines)]
    return [Line(number, line, line) for number, line in enumerate(lines, first)]
