"""Lines -> crashes: the standard form with chains, groups and cuts; the other forms are read by `app/crash/forms/`.

Only the order of indentations is trusted, never their widths: text is re-indented, tabbed and flattened on its way.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter

from app.crash import grammar
from app.crash.around import MAX_INTRODUCTION, near
from app.crash.environment import NOTHING, Sighted, merged, read_environment, read_for_several, sightings
from app.crash.forms.every import FORMS
from app.crash.forms.parts import indent
from app.crash.interleave import Sender, senders, streams
from app.crash.model import Crash, Environment, Frame, Line, Raised, Report, chain
from app.crash.origin import locate
from app.crash.plain import crashes as plain_crashes
from app.crash.standard import Rows, bare_margin, is_start, read_chain, read_lone_exception

MAX_CRASHES = 10_000  # of one report; the shortest traceback with a stack has some 100 characters
MAX_LONE = 5  # exception lines without any stack that are taken up when a report has nothing better


def parse(report: Report) -> tuple[Crash, ...]:
    """Every crash in the report, in order. Never raises; time is linear in the number of lines."""
    if report.crashes is None:
        report.crashes = plain_crashes(report) or any_crashes(report.lines)
    return report.crashes


def bare_crashes(report: Report) -> Sequence[Crash]:
    """The same crashes as far as their own lines tell, without what stands around them."""
    return plain_crashes(report) or _found(report.lines, senders(report.lines))


def any_crashes(lines: Sequence[Line]) -> tuple[Crash, ...]:
    """The general way: every crash in the lines, whatever form it has and whoever else wrote between its lines."""
    told_apart = senders(lines)
    crashes = _found(lines, told_apart)
    return tuple(_surrounded(crashes, lines, told_apart)) if crashes else ()


def _found(lines: Sequence[Line], told_apart: Sequence[Sender]) -> list[Crash]:
    crashes: list[Crash] = []
    lone: list[Crash] = []
    for sender in told_apart:
        found = list(islice(_sent(sender.lines), max(MAX_CRASHES - len(crashes), 0)))
        crashes += found
        if sender.name and not found:
            lone += map(_crash, read_lone_exception(sender.lines, MAX_LONE, alone=True))
    crashes += lone[:MAX_LONE] if crashes else map(_crash, read_lone_exception(lines, MAX_LONE))
    crashes.sort(key=lambda crash: (crash.first_line, crash.last_line))
    return crashes[:MAX_CRASHES]


def _sent(lines: Sequence[Line]) -> Iterator[Crash]:
    """Every crash in what one process wrote."""
    taken: set[int] = set()
    shown = _without_margin(lines)
    text = "\n".join([line.text for line in shown])
    for form in [form for form in FORMS if any(mark in text for mark in form.MARKS)]:
        for one in form.find([line for line in shown if line.number not in taken] if taken else shown):
            yield Crash(one.raised, one.form, one.headers, first_line=one.first_line, last_line=one.last_line)
            taken.update(range(one.first_line, one.last_line + 1))
    for stream in streams([line for line in lines if line.number not in taken]):
        yield from _standard(stream)


def _without_margin(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines without the blanks that all of them begin with: the forms tell their parts by the first column."""
    if any(not line.text[:1].isspace() for line in lines if line.text):
        return lines
    margin = min((indent(line.text) for line in lines if line.text.strip()), default=0)
    return [line._replace(text=line.text[margin:]) for line in lines]


def _standard(lines: Sequence[Line]) -> Iterator[Crash]:
    rows = Rows(lines)
    at = 0
    while at < len(lines):
        if not is_start(rows, at):
            at += 1
            continue
        raised, after = read_chain(rows, at, bare_margin(rows, at))
        if raised is not None:
            yield _crash(raised, rows.introduction(at, MAX_INTRODUCTION))
        at = max(after, at + 1)


def _crash(raised: Raised, headers: tuple[Line, ...] = ()) -> Crash:
    every = chain(raised)
    first = min([one.first_line for one in every] + [line.number for line in headers])
    return Crash(raised, headers=headers, first_line=first, last_line=max(one.last_line for one in every))


def _surrounded(crashes: list[Crash], lines: Sequence[Line], told_apart: Sequence[Sender]) -> Iterator[Crash]:
    """The crashes with the log lines near them, their frames' modules and what their report betrays."""
    begins = {crash.first_line for crash in crashes}
    by_line = {line.number: sender for sender in told_apart for line in sender.lines if line.number in begins}
    by_stream: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_stream[line.stream].append(line)
    whose = [by_line.get(crash.first_line, told_apart[-1]) for crash in crashes]
    own = [_own(crash, sender, by_stream) for crash, sender in zip(crashes, whose, strict=True)]
    taken = _taken(crashes, own)
    logs = [line for line in lines if line.number not in taken and line.text and not line.text.isspace()]
    sighted = sightings(lines)
    shared = _shared(lines, told_apart, sighted, read_for_several if len(crashes) > 1 else read_environment)
    for crash, sender, its in zip(crashes, whose, own, strict=True):
        yield crash._replace(
            raised=_located(crash.raised),
            logs=near(logs, crash.first_line, crash.headers),
            environment=merged(read_environment(its, sighted), shared[sender.program]),
        )


def _shared(
    lines: Sequence[Line],
    told_apart: Sequence[Sender],
    sighted: Sighted,
    read: Callable[[Sequence[Line], Sighted], Environment],
) -> Mapping[str, Environment]:
    """What the report betrays of each program; a crash that may be anybody's is told what all of them betray."""
    everything = read(lines, sighted)
    if len(told_apart) == 1:
        return {told_apart[0].program: everything}
    sent: dict[str, list[Line]] = defaultdict(list)
    for sender in told_apart:
        sent[sender.program] += sender.lines
    betrayed = {program: read(its, sighted) for program, its in sent.items()}
    anybody = betrayed.get("", NOTHING)
    return {"": everything} | {program: merged(its, anybody) for program, its in betrayed.items() if program}


def _own(crash: Crash, sender: Sender, by_stream: Mapping[str, Sequence[Line]]) -> Sequence[Line]:
    """The lines from the crash's first to its last, without what others wrote in between."""
    span = _between(sender.lines, crash.first_line, crash.first_line)
    sent = by_stream[span[0].stream] if span and crash.form == "python" else sender.lines
    return _between(sent, crash.first_line, crash.last_line)


def _taken(crashes: Sequence[Crash], own: Sequence[Sequence[Line]]) -> set[int]:
    """The numbers of the lines that are the crashes themselves: log lines that fell between their frames are not."""
    within = {line.number: line.text for its in own for line in its}
    logged = {number for number, text in within.items() if grammar.LOG_LINE.match(text)}
    framed = {
        line.number
        for crash, its in zip(crashes, own, strict=True)
        if logged and not logged.isdisjoint([line.number for line in its])
        for one in chain(crash.raised)
        for frame in one.frames
        for line in _between(its, frame.first_line, frame.last_line)
    }
    return (within.keys() - logged) | framed


def _between(lines: Sequence[Line], first: int, last: int) -> Sequence[Line]:
    """The lines numbered first to last."""
    by_number = attrgetter("number")
    return lines[bisect_left(lines, first, key=by_number) : bisect_right(lines, last, key=by_number)]


def _located(raised: Raised) -> Raised:
    """The same exception with every frame's module and owner read from its path."""
    return raised._replace(
        frames=tuple(_with_module(frame) for frame in raised.frames),
        cause=raised.cause and _located(raised.cause),
        context=raised.context and _located(raised.context),
        exceptions=tuple(_located(one) for one in raised.exceptions),
    )


def _with_module(frame: Frame) -> Frame:
    if frame.file is None or frame.module is not None:
        return frame
    module, owner = locate(frame.file)
    return frame._replace(module=module, owner=owner)
