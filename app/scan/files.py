"""What PATH... names -> the files to scan, each once, and what is said of those that can't be."""

from __future__ import annotations

import glob
import os
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from app.crash.binary import MAGIC

Kind = Literal["plain", "packed", "wide", "journal", "input"]
"""Lines as they are; compressed; UTF-16; systemd's export format; standard input, which may be any of these."""

HEAD = 64  # bytes that tell a file's kind
PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd")
WIDE = (b"\xff\xfe", b"\xfe\xff")
JOURNAL = b"__CURSOR="


@dataclass(frozen=True, slots=True)
class Source:
    """A file to scan, as it was when it was listed."""

    number: int
    name: str
    kind: Kind
    size: int = 0
    year: int = 1970
    """Of its last change."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to say of a file."""

    name: str
    text: str
    lost: bool = True
    """Whether some of it was not scanned."""


def kind_of(head: bytes) -> Kind:
    """What a file is by its first bytes."""
    if head.startswith(PACKED):
        return "packed"
    if head.startswith(WIDE):
        return "wide"
    return "journal" if head.startswith(JOURNAL) else "plain"


def listed(paths: Iterable[str]) -> tuple[list[Source], list[Note]]:
    """Every file that these paths name, folders and patterns resolved, in the order given."""
    sources: list[Source] = []
    notes: list[Note] = []
    seen: set[tuple[int, int]] = set()
    for path in _resolved(paths, notes):
        if path == "-":
            sources.append(Source(len(sources), path, "input", year=time.gmtime().tm_year))
            continue
        found = _source(path, len(sources), seen)
        if isinstance(found, Source):
            sources.append(found)
        elif found is not None:
            notes.append(found)
    return sources, notes


def _resolved(paths: Iterable[str], notes: list[Note]) -> Iterator[str]:
    for path in paths:
        if path == "-" or not os.path.isdir(path):  # noqa: PTH112 - millions of paths, as text
            found = [path] if path == "-" or os.path.lexists(path) else sorted(glob.glob(path, recursive=True))  # noqa: PTH207
            if not found:
                notes.append(Note(path, "there is no such file"))
            yield from (one for name in found for one in (_below(name, notes) if _is_folder(name) else [name]))
        else:
            yield from _below(path, notes)


def _is_folder(path: str) -> bool:
    return path != "-" and os.path.isdir(path)  # noqa: PTH112


def _below(folder: str, notes: list[Note]) -> Iterator[str]:
    """The files of a folder and of those in it, in the order of their names; links to folders are not followed."""

    def unreadable(wrong: OSError) -> None:
        notes.append(Note(str(wrong.filename), wrong.strerror or str(wrong)))

    for path, folders, files in os.walk(folder, onerror=unreadable):
        folders.sort()
        yield from (os.path.join(path, file) for file in sorted(files))  # noqa: PTH118


def _source(path: str, number: int, seen: set[tuple[int, int]]) -> Source | Note | None:
    """The file as a source, why it is none, or nothing where it was named before."""
    try:
        about = os.stat(path)  # noqa: PTH116
        if not stat.S_ISREG(about.st_mode):
            return Note(path, "is no file: what a pipe or a device says can be scanned as standard input")
        if (about.st_dev, about.st_ino) in seen:
            return None
        seen.add((about.st_dev, about.st_ino))
        with open(path, "rb") as file:  # noqa: PTH123
            head = file.read(HEAD)
    except OSError as wrong:
        broken = os.path.islink(path) and not os.path.exists(path)  # noqa: PTH110, PTH114
        return Note(path, "is a link to nowhere" if broken else wrong.strerror or str(wrong))
    kind = kind_of(head)
    named = next((name for start, name in MAGIC if head.startswith(start)), None)
    if kind == "plain" and named is not None:
        return Note(path, f"is {named}, no log", lost=False)
    return Source(number, path, kind, about.st_size, time.gmtime(about.st_mtime).tm_year)
