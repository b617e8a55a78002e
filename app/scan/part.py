"""A part of a log -> its crashes, counted; a block that was read before is known again by its bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import thread_time

from app.crash.text import decode
from app.diagnosis.candidates import Index
from app.scan.anchors import HEADER, OTHERS, Anchors
from app.scan.asks import Spoken, Words, asked, lines_among, spoken
from app.scan.block import BEFORE, LONGEST_BLOCK, NAMED, Block, beside, block_of, surrounded
from app.scan.haystack import Haystack
from app.scan.parts import REACHES, safe_place
from app.scan.read import Answer, Reading, answers_to, read
from app.scan.tally import Tally
from app.scan.when import NEAR, when

MAX_REMEMBERED = 32 * 1024 * 1024  # bytes of blocks that are known again, with what is said of them
ENTRY = 1_600  # bytes that a block takes beside its own
ANSWER = 900  # bytes that an answer takes beside its message and its example
WIDE = (8 * 1024, 64 * 1024)  # bytes read at once where a block's end does not show

Said = tuple[int, Spoken]
NOTHING_SAID: Said = (0, ())
MOST_SAID = 100  # different lines around a block that are told apart

HEADER_LINE = HEADER + b":\n"
COMPLETE = (HEADER, *OTHERS)
ONLY_HEADER = (HEADER,)


@dataclass(slots=True)
class Known:
    """What was read of a block, by what the lines around it say to it."""

    words: Words
    counts: bool
    answers: dict[Said, tuple[Answer, ...]] = field(default_factory=dict)
    """By how many lines are around it, where that matters, and what they say."""
    size: int = 0
    """Bytes of memory it takes, about."""

    def said(self, around: bytes) -> Said | None:
        """What these lines say to it; None where that is too much to remember."""
        lines = spoken(self.words, around)
        return None if lines is None else (lines_among(around) if self.counts else 0, lines)


class Memory:
    """The blocks read last, within a bound; what stands around them is asked each time."""

    def __init__(self, most: int = MAX_REMEMBERED) -> None:
        """Remember so many bytes at most."""
        self._known: OrderedDict[bytes, Known] = OrderedDict()
        self._most = most
        self._size = 0

    def get(self, key: bytes, around: Callable[[], bytes]) -> tuple[Answer, ...] | None:
        """What is said of this block among the lines around it, if that is known; nearly always they are not asked."""
        known = self._known.get(key)
        if known is None:
            return None
        said = known.said(around()) if known.words or known.counts else NOTHING_SAID
        return None if said is None else known.answers.get(said)

    def put(self, key: bytes, around: bytes, reading: Reading, answers: tuple[Answer, ...], index: Index) -> None:
        """Keep what was read and said among these lines."""
        known = self._known.get(key)
        if known is None:
            asks = [asked(crash, index) for crash in reading.crashes]
            known = Known(frozenset().union(*(words for words, _ in asks)), any(counts for _, counts in asks))
            self._known[key] = known
            self._grow(known, len(key) + ENTRY)
        said = known.said(around)
        if said is not None and len(known.answers) < MOST_SAID:
            known.answers[said] = answers
            self._grow(known, sum(ANSWER + len(one.message) + len(one.example) for one in answers))
        while self._size > self._most:
            _, old = self._known.popitem(last=False)
            self._size -= old.size

    def _grow(self, known: Known, size: int) -> None:
        known.size += size
        self._size += size


@dataclass(frozen=True, slots=True)
class Where:
    """The file that a part is of."""

    number: int
    name: str
    year: int
    """Of its last change: for stamps that name none."""


def scan_part(  # noqa: PLR0913 - where the part is, and what with
    hay: Haystack,
    begin: int,
    end: int,
    *,
    offset: int,
    where: Where,
    words: Sequence[bytes],
    index: Index,
    memory: Memory,
    tally: Tally,
) -> None:
    """Count every crash between two safe places; `offset` is where the haystack begins in its file."""
    anchors = Anchors(hay, words, begin=begin, end=end)
    place = floor = begin
    while (anchor := anchors.after(place)) is not None:
        block = block_of(hay, anchors, anchor, floor)
        if block is None:
            place = anchor.at + 1
            continue
        answers, block = _answers(hay, block, floor, end, index, memory, tally)
        tally.cost.blocks += 1
        if answers:
            seen = _seen(hay, block, max(anchor.at, block.start), floor, where.year)
            for answer in answers:
                tally.add(answer, (where.number, offset + block.start), where.name, seen)
            floor = block.stop
        place = max(block.stop, anchor.at + 1)
    tally.cost.header_seconds += anchors.header_seconds
    tally.cost.others_seconds += anchors.others_seconds
    tally.cost.bytes += end - begin


def _answers(  # noqa: PLR0913, PLR0917 - a step of the above
    hay: Haystack, block: Block, floor: int, end: int, index: Index, memory: Memory, tally: Tally
) -> tuple[tuple[Answer, ...], Block]:
    """What is said of a block, and how far it goes after all."""

    def around() -> bytes:
        """The lines before and behind."""
        return _around(hay, surrounded(hay, end, floor, block))

    if block.key is not None and (known := memory.get(block.key, around)) is not None:
        tally.cost.remembered += 1
        return known, block
    start = thread_time()
    answers, block = _read(hay, surrounded(hay, end, floor, block), end, index, memory)
    tally.cost.read_seconds += thread_time() - start
    return answers, block


def _around(hay: Haystack, block: Block) -> bytes:
    """The lines around a block, and what its own say that its key does not tell."""
    return hay.cut(block.begin, block.start) + beside(hay, block) + hay.cut(block.stop, block.after)


def _read(hay: Haystack, block: Block, end: int, index: Index, memory: Memory) -> tuple[tuple[Answer, ...], Block]:
    """What is said of a block that was not read before."""
    if block.key is None and block.stop - block.start >= LONGEST_BLOCK:
        return _read_on(hay, block, end, index)
    raw, reading = _reading(hay, block)
    if not reading.crashes and (not reading.lines or decode(raw)[1]):  # what stands around it is other text, or none
        block = block._replace(begin=block.start, after=block.stop)
        raw, reading = _reading(hay, block)
    start = block.start - block.begin
    own = not reading.named_above or NAMED.match(raw, start) is not None
    if block.key is not None and reading.within and (block.alone or (reading.whole and own)):
        answers = answers_to(reading, index)
        if reading.inside and _one_encoding(raw, block.key):  # its key tells nothing of what stands outside of it
            memory.put(block.key, _around(hay, block), reading, answers, index)
        return answers, block
    if block.clear and reading.within and not (reading.whole or reading.goes_on):
        return answers_to(reading, index), block  # nothing behind it could be the end that is missing
    wide = block
    for most in WIDE if block.stop < end else ():
        if not reading.crashes:
            reading = read(hay.cut(block.begin, hay.line_end(min(block.stop + most, end), end)), start)
        wide = _widened(hay, block, end, most, safely=bool(reading.crashes))
        if reading.crashes:
            reading = read(hay.cut(wide.begin, wide.stop), start)
        if not reading.goes_on:
            break
    return answers_to(reading, index), wide


def _read_on(hay: Haystack, block: Block, end: int, index: Index) -> tuple[tuple[Answer, ...], Block]:
    """What is said of a block that was cut at its greatest length: no end shows so far."""
    for most in WIDE:
        wide = _widened(hay, block, end, most, safely=True)
        reading = read(hay.cut(wide.begin, wide.stop), block.start - wide.begin)
        if not reading.goes_on:
            break
    return answers_to(reading, index), wide


def _reading(hay: Haystack, block: Block) -> tuple[bytes, Reading]:
    """A block with the log around it, and what is read of it."""
    raw = hay.cut(block.begin, block.after)
    return raw, read(raw, block.start - block.begin, block.stop - block.begin)


def _one_encoding(raw: bytes, key: bytes) -> bool:
    """Whether the block's letters are the same whatever stands around it."""
    if key.isascii():
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _widened(hay: Haystack, block: Block, end: int, most: int, *, safely: bool) -> Block:
    """The block up to a safe place behind it, about half as far; so what costs a reading is passed by it, too."""
    about = block.stop + most // 2
    if about >= end:
        return block._replace(stop=end, after=end, key=None)
    start, reach = max(block.start, about - REACHES[0]), min(end, about + REACHES[0])
    place = safe_place(hay.cut(start, reach), about - start) if safely else None
    stop = hay.line_end(about, reach) if place is None else start + place
    return block._replace(stop=stop, after=stop, key=None)


def _seen(hay: Haystack, block: Block, at: int, floor: int, year: int) -> float | None:
    """When it was logged: by its own line, else by the end of it, else by the first line above that says."""
    start = hay.line_start(at, block.start)
    end = hay.line_end(at, block.stop)
    own = hay.cut(start, min(start + NEAR, end))
    found = None if own == HEADER_LINE else when(own, year)
    if found is None and end - start > NEAR:
        found = when(hay.cut(end - NEAR, end), year)
    least = block.start if block.bare else max(floor, block.start - BEFORE)
    while found is None and start > least:
        above = hay.line_start(start - 1, least)
        found, start = when(hay.cut(above, min(above + NEAR, start)), year), above
    return found
