"""The files in a tar or ZIP archive, one after the other and without unpacking it to the disk."""

from __future__ import annotations

import math
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple, cast

from app.scan.files import Note
from app.scan.stop import until_stopped
from app.scan.unpack import DAMAGE, Read, Readable, why

ENCRYPTED = 0x1  # the first of a ZIP member's flags
# Of the ways to pack a ZIP member those that `zipfile` unpacks a piece at a time: a KiB of bzip2 can be gigabytes
BOUNDED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
UNBOUNDED = "is packed in a way that could fill the memory: unpack it and scan what comes out"
PIECE = 1 << 15  # bytes of a tar archive read at a time; `tarfile` copies as much for every block of 512
# Bytes of what a tar archive says of one member, a long name or where its holes are. `tarfile` reads all of it, in
# some releases in quadratic time (CVE-2024-6232), and calls itself for each header before a header.
LONGEST_HEADER = 1 << 16
TOO_LONG = f"what it says of a file is longer than {LONGEST_HEADER >> 10} KiB"
HOLES = "is stored with its holes, which may be larger than any disk: unpack it and scan what comes out"


class Member(NamedTuple):
    """A file in an archive."""

    name: str
    """The archive's name, a colon, and its own."""
    file: Readable
    place: int
    """Where it begins among the others."""
    year: int
    """Of its last change."""


def in_tar(read: Read, name: str, say: Callable[[Note], object]) -> Iterator[Member]:
    """The files of a tar archive that is read from its beginning on; says which can't be. Raises one of `DAMAGE`."""
    bounded = _Bounded(read)
    with tarfile.open(fileobj=cast("BinaryIO", bounded), mode="r|", bufsize=PIECE) as archive:
        while (one := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # it keeps all, and there may be millions
            whole = f"{name}:{one.name}"
            if one.issparse():
                say(Note(whole, HOLES))
            elif one.isreg() and (file := archive.extractfile(one)) is not None:
                bounded.most = math.inf
                yield Member(whole, Readable(file.read), one.offset, _year(one.mtime))
            bounded.most = archive.offset + PIECE + LONGEST_HEADER  # of the next header


def in_zip(file: BinaryIO, name: str, say: Callable[[Note], object]) -> Iterator[Member]:
    """The files of a ZIP archive, which is read from its end; says which can't be. Raises one of `DAMAGE`."""
    with zipfile.ZipFile(file) as archive:
        for one in archive.infolist():
            whole = f"{name}:{one.filename}"
            if one.flag_bits & ENCRYPTED:
                say(Note(whole, "is encrypted"))
            elif one.compress_type not in BOUNDED:
                say(Note(whole, UNBOUNDED))
            elif not one.is_dir():
                try:
                    member = archive.open(one)
                except DAMAGE as wrong:
                    say(Note(whole, why(wrong)))
                    continue
                with member:
                    yield Member(whole, Readable(until_stopped(member.read)), one.header_offset, one.date_time[0])


class _Bounded:
    """A tar archive on which it may be read only so far: `tarfile` reads all that is said of a member into memory."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._done = 0
        self.most: float = PIECE + LONGEST_HEADER
        """Place from which on nothing is read."""

    def read(self, size: int) -> bytes:
        if self._done > self.most:
            raise tarfile.ReadError(TOO_LONG)
        found = self._read(size)
        self._done += len(found)
        return found


def _year(seconds: float) -> int:
    try:
        return time.gmtime(seconds).tm_year
    except (ValueError, OverflowError, OSError):
        return 1970
