"""The plain way: a text that shows tracebacks just as CPython prints them is cut at its stacks, not read line by line.

Each part is known by its text from the crashes before. Whatever is not plain is read the general way; where both are
open they give the same crashes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from app.crash.around import MAX_INTRODUCTION, around, near
from app.crash.columns import name_may_go_on
from app.crash.entries import FRAME, HEADER, betrayed, ending, framed, tells_by_its_margin
from app.crash.environment import merged, undisputed
from app.crash.letters import put_in
from app.crash.model import Around, Crash, Ending, Environment, Line, Raised, Report, Sighting, Told, Trace
from app.crash.printable import is_printable
from app.crash.shapes import introduces, shape, told_around
from app.crash.standard import tied, with_syntax
from app.crash.unfold import DOUBLED

MAX_TEXT = 65_536  # characters; what is longer is a log in which other things stand too
MAX_TRACES = 50  # fewer than may be tied to each other
MAX_ABOVE = 400  # lines above the first header: what all lines begin with is looked for in the first 500

START = f"{HEADER}\n{FRAME}"
SOURCE = "    "  # before a line of source, which stands further in than a frame
STACK_END = re.compile(r"\n(?! )")


def cut(text: str) -> list[Trace]:
    """The text cut into its tracebacks; empty if it is not plain, or shows none."""
    if len(text) > MAX_TEXT or DOUBLED in text or is_printable(text) or put_in(text):
        return []
    head, *blocks = text.split(START)
    above = around(head, followed=True) if 0 < len(blocks) <= MAX_TRACES else None
    traces: list[Trace] = []
    for block in blocks:
        trace = _trace(above, block, traces, followed=len(traces) + 1 < len(blocks)) if above else None
        if trace is None or len(trace.above.lines) > MAX_ABOVE:
            return []
        traces.append(trace)
        above = trace.below
    return traces


def _trace(above: Around, block: str, traces: Sequence[Trace], *, followed: bool) -> Trace | None:
    """The traceback whose frames the block begins with, after those before it; `followed` by another one."""
    header, introduced = 1 + len(above.lines), above.introducing
    if traces:
        before = traces[-1]
        header += before.stack.below + before.ending.lines - 1
        introduced = 0 if before.ending.link else introduced
    end = STACK_END.search(block)
    if end is None or _goes_on(block, end.start()):
        return None
    stack = framed(block[: end.start()], header + 1)
    found = _below(block[end.end() :], followed=followed) if stack else None
    if stack is None or found is None:
        return None
    told, below = found
    if followed and told.link is None and not below.all_seen:  # lines above those below may introduce the next one
        lines = [*above.lines, *block.split("\n")][: -1 - len(below.lines)][-MAX_INTRODUCTION:]
        if any(map(introduces, lines)):  # of those further up it was asked at the traceback before
            return None
    return Trace(header, stack, told, above, introduced, below)


def _goes_on(block: str, end: int) -> bool:
    """Whether the last frame, which has no source, may have been broken in its function's name."""
    last = block.rfind("\n", 0, end) + 1
    if block.startswith(SOURCE, last):
        return False
    below = block[end:].split("\n", 2)[1]
    return name_may_go_on(f"{block[last:end]}\n{below}\n")


def _below(text: str, *, followed: bool) -> tuple[Ending, Around] | None:
    """What the lines below a stack say of its exception, and the lines below those."""
    first, _, rest = text.partition("\n")
    if rest and shape(rest.partition("\n")[0]).logged:  # the error is known, though the log varies
        found = ending(first)
        below = around(rest, followed=followed) if found else None
        return (found, below) if found and below else None
    if followed:
        found = ending(text + HEADER) if text.endswith("\n") else None
    else:
        found = None if text.endswith(HEADER) else ending(text)  # a header below which nothing is left
    return (found, found.below) if found else None


def crashes(report: Report) -> tuple[Crash, ...]:
    """The crashes of a report that is plain as read, with what stands around them; empty if it is not."""
    traces = report.traces or _cut_as_read(report.lines)
    if not traces:
        return ()
    chains = [traces] if len(traces) == 1 else list(_chains(traces))
    read = None if report.traces else report.lines
    above, below = traces[0].above, traces[-1].below
    silent = (above.silent and below.silent) or (
        read is None and not any(map(told_around, (*above.lines, *below.lines)))
    )
    if silent and len(chains) == 1 and not traces[0].introduced:
        return (_alone(traces, read),)
    return tuple(_surrounded(chains, read))


def _alone(chain: Sequence[Trace], read: Sequence[Line] | None) -> Crash:
    """The only crash of a report whose other lines say nothing of it but that they stand there."""
    raised, first = _chained(chain), chain[0].header
    logs = near(_logs(chain, read), first, ()) if chain[0].above.lines or chain[-1].below.lines else ()
    return Crash(raised, "python", (), logs, _environment(chain), first, raised.last_line)


def _logs(chain: Sequence[Trace], read: Sequence[Line] | None) -> list[Line]:
    """The lines above and below that are not blank."""
    first, last = chain[0], chain[-1]
    lines = [
        *_lines(first.above, first.header - len(first.above.lines), read),
        *_lines(last.below, last.stack.below + last.ending.lines, read),
    ]
    return [line for line in lines if line.text and not line.text.isspace()]


def _cut_as_read(lines: Sequence[Line]) -> Sequence[Trace]:
    """The tracebacks of lines in which something had to be undone; empty if several processes wrote them."""
    if not lines or lines[-1].number != len(lines) or sum(len(line.text) for line in lines) > MAX_TEXT:
        return ()
    written = lines if lines[-1].text else lines[:-1]  # the empty line after the last line break has no sender
    if any(line.stream != lines[0].stream for line in written):
        return ()
    texts = [line.text for line in lines]
    if all(not text or text.startswith(" ") for text in texts):  # the blank that stood behind a prefix
        texts = [text[1:] for text in texts]
        if any("\t" in text or tells_by_its_margin(text) for text in texts):  # a tab reaches to a column of the line
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
    header, (frames, number, *_), (kind, message, lines, *_), *_ = trace
    last = number + lines - 1
    raised = Raised(kind, message, (), frames, type_line=number, first_line=header, last_line=last)
    return raised if frames[-1].function else with_syntax(raised)


def _chained(chain: Sequence[Trace]) -> Raised:
    """The exception that the last of these tracebacks shows, tied to those before it."""
    raised = _raised(chain[0])
    if len(chain) == 1:
        return raised
    for earlier, trace in pairwise(chain):
        raised = tied(_raised(trace), raised, earlier.ending.link)
    return raised


def _surrounded(chains: Sequence[Sequence[Trace]], read: Sequence[Line] | None) -> Iterator[Crash]:
    """Each crash with the log lines near it and all that is betrayed; `read` are the report's lines if it has them."""
    above = [_lines(one.above, one.header - len(one.above.lines), read) for one, *_ in chains]
    headers = [lines[len(lines) - chain[0].introduced :] for chain, lines in zip(chains, above, strict=True)]
    last = chains[-1][-1]
    below = _lines(last.below, last.stack.below + last.ending.lines, read)
    lines = [line for some in (*above, below) for line in some]
    silent = last.below.silent and all(chain[0].above.silent for chain in chains)
    told = {} if silent else {line.number: found for line in lines if (found := told_around(line.text))}
    its = {line.number for some in headers for line in some if not shape(line.text).logged}
    logs = [line for line in lines if line.text and not line.text.isspace() and line.number not in its]
    alone = len(chains) == 1 and not told
    seen = () if alone else (*_of(lines, told), *(one for chain in chains for one in _seen(chain)))
    everything = None if alone else betrayed(seen) if len(chains) == 1 else undisputed(betrayed(seen), seen)
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


def _lines(around: Around, first: int, read: Sequence[Line] | None) -> Sequence[Line]:
    """The lines, numbered from `first`, or as they were read."""
    if read is not None:
        return read[first - 1 : first - 1 + len(around.lines)]
    return [Line(number, line, line) for number, line in enumerate(around.lines, first)]
