"""The files in a tar or ZIP archive, one after the other and without unpacking it to the disk."""

from __future__ import annotations

import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple, cast

from app.scan.files import Note
from app.scan.unpack import CHUNK, DAMAGE, Read, Readable, why

ENCRYPTED = 0x1  # the first of a ZIP member's flags


class Member(NamedTuple):
    """A file in an archive."""

    name: str
    """The archive's name, a colon, and its own."""
    file: Readable
    place: int
    """Where it begins among the others."""
    year: int
    """Of its last change."""


def in_tar(read: Read, name: str) -> Iterator[Member]:
    """The files of a tar archive that is read from its beginning to its end. Raises one of `DAMAGE`."""
    with tarfile.open(fileobj=cast("BinaryIO", Readable(read)), mode="r|", bufsize=CHUNK) as archive:
        while (one := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # it keeps all, and there may be millions
            file = archive.extractfile(one) if one.isreg() else None
            if file is not None:
                yield Member(f"{name}:{one.name}", Readable(file.read), one.offset, _year(one.mtime))


def in_zip(file: BinaryIO, name: str, say: Callable[[Note], object]) -> Iterator[Member]:
    """The files of a ZIP archive, which is read from its end; says which can't be. Raises one of `DAMAGE`."""
    with zipfile.ZipFile(file) as archive:
        for one in archive.infolist():
            whole = f"{name}:{one.filename}"
            if one.flag_bits & ENCRYPTED:
                say(Note(whole, "is encrypted"))
            elif not one.is_dir():
                try:
                    member = archive.open(one)
                except DAMAGE as wrong:
                    say(Note(whole, why(wrong)))
                    continue
                with member:
                    yield Member(whole, Readable(member.read), one.header_offset, one.date_time[0])


def _year(seconds: float) -> int:
    try:
        return time.gmtime(seconds).tm_year
    except (ValueError, OverflowError, OSError):
        return 1970
