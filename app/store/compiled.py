"""A file of named sections, mapped into memory: written whole or not at all, and never trusted before its checksum.

magic, SHA-256 of all that follows, length of the table, the table as JSON (name -> place and length), sections
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

MAGIC = b"tracelore book 2" + sys.byteorder[:1].encode() + b"\n"  # numbers in the file are this machine's
DIGEST = 32
LENGTH = 8
ALIGNED = 8  # bytes; arrays of numbers are read where they lie
CHUNK = 1024 * 1024

Sections = Mapping[str, bytes | memoryview]


class Unusable(Exception):
    """The file is not there, is not as it was written, or somebody else could have written it."""


def write(file: Path, sections: Sections) -> None:
    """Replace the file. Raises `OSError`, and then the one that was there still is."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            _write(stream, sections)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _write(stream: IO[bytes], sections: Sections) -> None:
    digest = hashlib.sha256()
    stream.write(MAGIC.ljust(DIGEST) + bytes(DIGEST))
    for part in _parts(sections):
        digest.update(part)
        stream.write(part)
    stream.seek(DIGEST)
    stream.write(digest.digest())
    stream.flush()
    os.fsync(stream.fileno())


def _parts(sections: Sections) -> Iterator[bytes | memoryview]:
    places: dict[str, tuple[int, int]] = {}
    at = 0
    for name, section in sections.items():
        places[name] = at, len(section)
        at += _padded(len(section))
    table = json.dumps(places).encode()
    table += b" " * (_padded(len(table)) - len(table))
    yield len(table).to_bytes(LENGTH, "little")
    yield table
    for section in sections.values():
        yield section
        yield bytes(_padded(len(section)) - len(section))


def _padded(length: int) -> int:
    return -(-length // ALIGNED) * ALIGNED


def read(file: Path) -> dict[str, memoryview]:
    """The sections, where they lie in the file. Raises `Unusable`."""
    try:
        with file.open("rb") as stream:
            _check(stream)
            return _sections(memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)))
    except (OSError, ValueError, TypeError, AttributeError) as wrong:
        raise Unusable(f"{file}: {wrong}") from None


def _check(stream: IO[bytes]) -> None:
    """Refuse what is not as it was written, and what others than we and root could have written."""
    about = os.fstat(stream.fileno())
    if os.name == "posix" and (about.st_uid not in {0, os.geteuid()} or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
        raise ValueError("others can write this file")
    head = stream.read(2 * DIGEST)
    if head[:DIGEST] != MAGIC.ljust(DIGEST):
        raise ValueError("not a book of this format")
    digest = hashlib.sha256()
    chunk = bytearray(CHUNK)
    while length := stream.readinto(chunk):  # type: ignore[attr-defined]
        digest.update(memoryview(chunk)[:length])
    if digest.digest() != head[DIGEST:]:
        raise ValueError("the checksum differs")


def _sections(whole: memoryview) -> dict[str, memoryview]:
    begin = 2 * DIGEST + LENGTH
    end = begin + int.from_bytes(whole[2 * DIGEST : begin], "little")
    places = json.loads(bytes(whole[begin:end]))
    if not all(at >= 0 and 0 <= length <= len(whole) - end - at for at, length in places.values()):
        raise ValueError("a section ends behind the file")
    return {name: whole[end + at : end + at + length] for name, (at, length) in places.items()}
