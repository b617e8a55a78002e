"""Crashes that arrive one line a record, joined by stream: the state that lives between requests, and its bounds.

Nothing is read here: a line that could be part of a crash opens its stream, and what follows is kept until the crash is
surely over. What was kept is handed on as text, with the lines before it, just as it would have been pasted.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.receive.model import Record

IDLE = 2.0  # seconds without a line after which a crash is over
LONGEST = 30.0  # seconds after which a crash is handed on though its stream does not pause
BEFORE = 30  # lines kept before a crash: where a server says its name and version
AFTER = 30  # lines that don't belong, after which a crash is over
MAX_LINES = 2_000  # of one crash; a chain of deep recursions has some hundred
MAX_LINE = 4_000  # characters of one line
MAX_PART = 256 * 1024  # characters of a line that came in parts
MAX_STREAMS = 10_000
MAX_TOTAL = 32 * 1024 * 1024  # characters kept in all streams together

# A traceback's own lines, or an exception's name: whether it is a crash is for the reader to say.
# One of these is in every mark; the last is Node.js's.
WORDS = ("Traceback", 'File "', "Error", "Exception", "Warning", "Fatal Python", "    at ")
MARK = re.compile(
    r'Traceback \(most recent|File "[^"\n]+", line \d|[A-Za-z_]\w*(?:Error|Exception|Warning)\b|Fatal Python'
    r"|\A {4}at \S.{0,500}:\d+:\d+\)?$"
)
LAST = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Warning)\b")
HEADER = re.compile(r"\A[^|]*Traceback \(most recent")  # where `|` stands before it, it is a part of a group
TIED = re.compile(r"During handling|The above exception")
BELONGS = re.compile(rf"\s+\S|[\s|+-]*$|{TIED.pattern}|[>E] ")


@dataclass(frozen=True, slots=True)
class Block:
    """The text of what may be a crash, and a record that says where it came from."""

    text: str
    record: Record


@dataclass(frozen=True, slots=True)
class Held:
    """What a stream holds of a crash that is not over, or of a line whose parts are not all there."""

    record: Record | None
    before: tuple[str, ...]
    lines: tuple[str, ...]
    part: str
    strangers: int


@dataclass(slots=True)
class _Stream:
    before: deque[str] = field(default_factory=lambda: deque(maxlen=BEFORE))
    held: list[str] = field(default_factory=list)
    part: str = ""
    record: Record | None = None
    """The record that opened it; None while nothing is held."""
    strangers: int = 0
    """Lines at the end of `held` that don't look like a crash's."""
    opened: float = 0.0
    touched: float = 0.0
    size: int = 0


class Stitcher:
    """Streams and their unfinished crashes. Time is told by the caller, in seconds of a clock that does not jump."""

    def __init__(self, *, max_streams: int = MAX_STREAMS, max_total: int = MAX_TOTAL) -> None:
        """Take the bounds; beyond them, the streams that have been silent longest are handed on early."""
        self._streams: OrderedDict[str, _Stream] = OrderedDict()
        self._max_streams = max_streams
        self._max_total = max_total
        self._total = 0
        self._changed: set[str] = set()

    def add(self, records: Iterable[Record], now: float) -> list[Block]:
        """Take records in their order; gives the crashes that are over with them."""
        done: list[Block] = []
        for record in records:
            if record.whole:
                done.append(Block(record.text, record))
            else:
                done += self._add(record, now)
        return done + list(self._shrink())

    def due(self, now: float) -> list[Block]:
        """The crashes whose streams have paused, or that have lasted too long."""
        done: list[Block] = []
        for stream in list(self._streams.values()):
            if stream.record is None:
                continue
            if now - stream.touched >= IDLE:
                done += self._close(stream)
            elif now - stream.opened >= LONGEST:
                done += self._cut(stream, now)
        return done

    def flush(self) -> list[Block]:
        """All that is held, as at the end of the program."""
        return [block for stream in list(self._streams.values()) for block in self._close(stream)]

    def changes(self) -> dict[str, Held | None]:
        """What each stream holds that holds something else than when this was asked last; None for nothing."""
        changed, self._changed = self._changed, set()
        return {name: self._held(name) for name in changed}

    def restore(self, name: str, held: Held, now: float) -> None:
        """Go on with a stream where another stitcher was with it."""
        stream = self._streams[name] = _Stream(record=held.record, part=held.part, strangers=held.strangers)
        stream.before.extend(held.before)
        stream.held.extend(held.lines)
        stream.opened = stream.touched = now
        self._grow(stream, len(held.part) + sum(map(len, held.before)) + sum(map(len, held.lines)))

    @property
    def size(self) -> int:
        """Characters kept."""
        return self._total

    def _held(self, name: str) -> Held | None:
        stream = self._streams.get(name)
        if stream is None or (stream.record is None and not stream.part):
            return None
        return Held(stream.record, tuple(stream.before), tuple(stream.held), stream.part, stream.strangers)

    def _add(self, record: Record, now: float) -> Iterator[Block]:
        stream = self._streams.get(record.stream)
        if stream is None:
            stream = self._streams[record.stream] = _Stream()
        else:
            self._streams.move_to_end(record.stream)
        text = record.text
        if stream.part or record.partial:
            self._changed.add(record.stream)
            text = self._whole_line(stream, record)
            if record.partial and len(text) < MAX_PART:
                return
            self._grow(stream, -len(stream.part))
            stream.part = ""
        if "\n" not in text:
            yield from self._line(stream, text, record, now)
            return
        lines = text.splitlines()
        for line in lines:
            yield from self._line(stream, line, record, now)
        if len(lines) > 1 and stream.record is not None and LAST.match(lines[-1]):
            # whoever joins lines to a record joins all of a message: the next record is no part of it
            yield from self._line(stream, "", record, now)

    def _whole_line(self, stream: _Stream, record: Record) -> str:
        """The parts of a line so far; kept while there are more to come."""
        self._grow(stream, len(record.text) if record.partial else 0)
        text = stream.part + record.text
        stream.part = text if record.partial else stream.part
        return text

    def _line(self, stream: _Stream, line: str, record: Record, now: float) -> Iterator[Block]:
        line = line[:MAX_LINE]
        marked = _may_be_marked(line) and MARK.search(line) is not None
        if stream.record is None:
            if not marked:
                self._keep_before(stream, line)
                return
            stream.record, stream.opened, stream.strangers = record, now, 0
        stream.touched = now
        self._changed.add(record.stream)
        stream.held.append(line)
        self._grow(stream, len(line))
        stream.strangers = 0 if marked or BELONGS.match(line) else stream.strangers + 1
        if stream.strangers > AFTER:
            yield from self._close(stream)
        elif len(stream.held) >= MAX_LINES:
            yield from self._cut(stream, now)

    def _keep_before(self, stream: _Stream, line: str) -> None:
        before = stream.before
        if len(before) == BEFORE:
            self._grow(stream, -len(before[0]))
        before.append(line)
        self._grow(stream, len(line))

    def _close(self, stream: _Stream) -> Iterator[Block]:
        if stream.record is None:
            return
        lines, record = [*stream.before, *stream.held], stream.record
        self._changed.add(record.stream)
        # a crash must not stand before the next one too: it would be counted again
        stream.before.extend(stream.held[len(stream.held) - stream.strangers :])
        stream.held, stream.record, stream.strangers = [], None, 0
        self._grow(stream, sum(map(len, stream.before)) + len(stream.part) - stream.size)
        yield Block("\n".join(lines) + "\n", record)

    def _cut(self, stream: _Stream, now: float) -> Iterator[Block]:
        """Hand on the crashes before the last one, which may not be over; where there is but one, that."""
        at = _last_begin(stream.held)
        rest, record, strangers = stream.held[at:], stream.record, stream.strangers
        if at:
            stream.held, stream.strangers = stream.held[:at], _strangers(stream.held[:at])
        yield from self._close(stream)
        if at:
            stream.held, stream.record, stream.strangers, stream.opened = rest, record, strangers, now
            self._grow(stream, sum(map(len, rest)))

    def _shrink(self) -> Iterator[Block]:
        """Let go of the streams that have been silent longest, until the bounds hold."""
        while self._streams and (len(self._streams) > self._max_streams or self._total > self._max_total):
            name, stream = self._streams.popitem(last=False)
            self._changed.add(name)
            yield from self._close(stream)
            self._total -= stream.size

    def _grow(self, stream: _Stream, by: int) -> None:
        stream.size += by
        self._total += by


def _last_begin(lines: list[str]) -> int:
    """Where the last crash among these lines begins; 0 where there is but one."""
    for at in range(len(lines) - 1, 0, -1):
        if HEADER.search(lines[at]) and not any(map(TIED.search, lines[max(at - 3, 0) : at])):
            return at
    return 0


def _strangers(lines: list[str]) -> int:
    """How many lines at the end don't look like a crash's."""
    return next(
        (count for count, line in enumerate(reversed(lines)) if MARK.search(line) or BELONGS.match(line)), len(lines)
    )


def _may_be_marked(line: str) -> bool:
    for word in WORDS:  # noqa: SIM110 - every line comes by here, and a generator takes twice as long
        if word in line:
            return True
    return False
