"""One piece of work, for a process here or on another machine: some parts of one file -> its tally and what to say."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from time import process_time
from typing import BinaryIO, NamedTuple, cast

from app.diagnosis.candidates import Index
from app.open_book import open_book
from app.receive.journal import Seen, decode, look
from app.receive.model import Asked
from app.receive.stitch import Block, Stitcher
from app.scan.archive import Member, in_tar, in_zip
from app.scan.files import Kind, Note, Source
from app.scan.haystack import Haystack
from app.scan.part import Memory, Where, scan_part
from app.scan.parts import PART, REACH, cut
from app.scan.read import answers_to, read
from app.scan.stop import until_stopped
from app.scan.tally import Tally
from app.scan.unpack import CHUNK, DAMAGE, Read, Readable, opened, why

ASKED = Asked("POST", "", {}, {})
INSIDE = "is an archive inside something else: it can be scanned by itself"
PIPED_ZIP = "is a ZIP archive, which is read from its end: save it to a file and name that"
LONGEST_ENTRY = 16 * 1024 * 1024  # bytes of one journal entry; a core dump in one is longer and no log


@dataclass(frozen=True, slots=True)
class Work:
    """What every process needs to know, wherever it runs."""

    signatures: Path
    cache: Path | None
    """Where compiled books are kept."""
    words: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """Some parts of a file; of what can't be cut, all of it."""

    source: Source
    first: int = 0
    last: int | None = None
    """The part behind the last one."""

    @property
    def size(self) -> int:
        """How many bytes of the file that is."""
        if self.last is None:
            return self.source.size
        return min(self.last * PART, self.source.size) - self.first * PART


@dataclass(slots=True)
class Done:
    """What came of a task."""

    task: Task
    tally: Tally
    notes: list[Note]
    process: int = field(default_factory=os.getpid)
    """Who did it."""


Far = Callable[[Done, int], object]
"""Hears while a task is done what came of it so far, and how many bytes of its file were read."""


def nobody(_done: Done, _at: int) -> None:
    """Hears nothing."""


@dataclass(frozen=True, slots=True)
class Using:
    """What a task is done with, what comes of it, and whom to tell how far it is."""

    words: tuple[bytes, ...]
    index: Index
    memory: Memory
    done: Done
    file: BinaryIO
    far: Far

    def tell(self) -> None:
        """Say how far it is. Of standard input, which may have no place, what was read counts as it is unpacked."""
        self.far(self.done, self.file.tell() if self.file.seekable() else self.done.tally.cost.bytes)


class Piece(NamedTuple):
    """A part in memory: the haystack and where it begins in its file."""

    hay: Haystack
    offset: int


@lru_cache(maxsize=1)
def engine(signatures: Path, cache: Path | None) -> tuple[Index, Memory]:
    """The book of this folder ready to be asked, and what was read before: once in each process."""
    index = open_book(signatures, cache)
    gc.freeze()  # it is here to stay: nobody looks for garbage in it, and forked processes share it
    return index, Memory()


def run(task: Task, work: Work, far: Far = nobody) -> Done:
    """Do a task. What can't be read is said, and never raised."""
    index, memory = engine(work.signatures, work.cache)
    source, done, start = task.source, Done(task, Tally(), []), process_time()
    where = Where(source.number, source.name, source.year)
    try:
        with _open(source) as file:
            using = Using(work.words, index, memory, done, file, far)
            if source.kind == "plain":
                _scan(_parts(file, task, done.notes), where, using)
            elif source.kind == "zip":
                _archived(in_zip(file, source.name, done.notes.append), where, using)
            else:
                more = until_stopped(file.read1, waits=True) if source.kind == "input" else until_stopped(file.read)
                reading, kind = opened(Readable(more), source.kind)
                if kind == "tar":
                    _archived(in_tar(reading, source.name, done.notes.append), where, using)
                else:
                    _unpacked(reading, kind, where, using)
    except DAMAGE as wrong:
        done.notes.append(Note(source.name, why(wrong)))
    done.tally.cost.cpu_seconds = process_time() - start
    return done


def _open(source: Source) -> io.BufferedReader:
    return cast("io.BufferedReader", sys.stdin.buffer) if source.kind == "input" else Path(source.name).open("rb")


def _scan(pieces: Iterable[Piece], where: Where, using: Using) -> None:
    for hay, offset in pieces:
        scan_part(
            hay, 0, hay.size, offset=offset, where=where, words=using.words, index=using.index, memory=using.memory,
            tally=using.done.tally,
        )  # fmt: skip
        hay.close()
        using.tell()


def _archived(members: Iterable[Member], where: Where, using: Using) -> None:
    """The files in an archive, one after the other; what is wrong with one is said and stops no other."""
    for name, file, place, year in members:
        try:
            _unpacked(*opened(file, "packed"), Where(where.number, name, year), using, place)
        except DAMAGE as wrong:
            using.done.notes.append(Note(name, why(wrong)))


def _unpacked(reading: Read, kind: Kind, where: Where, using: Using, place: int = 0) -> None:
    """What can only be read from its beginning to its end; its first byte counts as the one at that place."""
    if kind == "journal":
        _journal(reading, where, using)
    elif kind in {"tar", "zip"}:
        using.done.notes.append(Note(where.name, PIPED_ZIP if (where.name, kind) == ("-", "zip") else INSIDE))
    elif kind == "other":
        using.done.notes.append(Note(where.name, "is no log", lost=False))
    else:
        _scan(_stream(reading, where.name, place, using.done.notes), where, using)


def _parts(file: BinaryIO, task: Task, notes: list[Note]) -> Iterator[Piece]:
    """The parts of a file of plain lines; read and not mapped, since a mapped file that is cut off kills its reader."""
    source = task.source
    last = -(-source.size // PART) if task.last is None else task.last
    begin = _bound(file, task.first, source.size)
    for part in range(task.first, last):
        end = _bound(file, part + 1, source.size)
        data = _at(file, begin, max(end - begin, 0))
        if data:
            yield Piece(Haystack(data, len(data)), begin)
        if begin + len(data) < end:
            there = os.fstat(file.fileno()).st_size
            notes.append(Note(source.name, f"was cut off to {there} bytes while it was scanned"))
            return
        begin = end
    if last * PART >= source.size and os.fstat(file.fileno()).st_size > source.size:
        notes.append(Note(source.name, "grew while it was scanned: what came since is not in", lost=False))


def _bound(file: BinaryIO, part: int, size: int) -> int:
    """Where a part begins: at a safe place near its multiple."""
    at = part * PART
    if part == 0:
        return 0
    if at + REACH > size:  # so little behind it goes with what is before, as in a stream
        return size
    return at + cut(lambda before, behind: _at(file, at - before, min(before + behind, size - at + before)))


def _at(file: BinaryIO, begin: int, size: int) -> bytes:
    """So many bytes of a file, or fewer where it ends."""
    file.seek(begin)
    return file.read(size)


def _stream(read_more: Read, name: str, place: int, notes: list[Note]) -> Iterator[Piece]:
    """The parts of what has no size before it ends, cut at the same places as a file with the same bytes."""
    data = bytearray()
    offset, part, more = 0, 1, True
    while more:
        at = part * PART - offset
        more = _fill(data, at + REACH, read_more, name, notes)
        end = at + cut(partial(_around, data, at)) if more else len(data)
        yield Piece(Haystack(data, end), place + offset)
        del data[:end]
        offset, part = offset + end, part + 1


def _around(data: bytearray, at: int, before: int, behind: int) -> bytes:
    return bytes(data[at - before : at + behind])


def _fill(data: bytearray, wanted: int, read_more: Read, name: str, notes: list[Note]) -> bool:
    """Read until there is as much as wanted; whether there is."""
    while len(data) < wanted:
        chunk = _more(read_more, name, notes)
        if not chunk:
            return False
        data += chunk
    return True


def _more(read_more: Read, name: str, notes: list[Note]) -> bytes:
    """The next bytes. Damage ends them, and is said: what came before it is scanned."""
    try:
        return read_more(CHUNK)
    except DAMAGE as wrong:
        notes.append(Note(name, why(wrong)))
        return b""


def _journal(read_more: Read, where: Where, using: Using) -> None:
    """Entries of systemd's journal, whose lines are joined by stream as those that are sent to a server."""
    stitcher, body, seen, index, done = Stitcher(), bytearray(), Seen(), using.index, using.done
    while chunk := _more(read_more, where.name, done.notes):
        body += chunk
        done.tally.cost.bytes += len(chunk)
        seen = look(body, seen)
        if seen.done:
            _stitched(stitcher, bytes(body[: seen.done]), where, index, done)
            del body[: seen.done]
            seen = seen.cut()
            using.tell()
        if len(body) > LONGEST_ENTRY:
            done.notes.append(Note(where.name, "an entry is too long; nothing behind it was scanned"))
            break
    if body.strip():
        _stitched(stitcher, bytes(body), where, index, done)
    _count(stitcher.flush(), where, index, done)


def _stitched(stitcher: Stitcher, body: bytes, where: Where, index: Index, done: Done) -> None:
    batch = decode(body, ASKED)
    done.notes += [Note(where.name, reason) for reason in batch.refused[:1]]
    for record in batch.records:
        now = record.time or 0.0
        _count([*stitcher.due(now), *stitcher.add([record], now)], where, index, done)


def _count(blocks: list[Block], where: Where, index: Index, done: Done) -> None:
    for block in blocks:
        done.tally.cost.blocks += 1
        for answer in answers_to(read(block.text.encode(errors="replace")), index):
            done.tally.add(answer, (where.number, done.tally.cost.blocks), where.name, block.record.time)
