"""What PATH... names -> the files to scan, each once, and what is said of those that can't be."""

from __future__ import annotations

import glob
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.crash.binary import HEADS, MAGIC

Kind = Literal["plain", "packed", "wide", "journal", "tar", "zip", "other", "input"]
"""Lines as they are; compressed; UTF-16; systemd's export format; archives; no log; standard input: any of these."""

HEAD = 512  # bytes that tell a file's kind: the first block of a tar archive
PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd")
# UTF-16 with its mark and, as the second half of a log that was rotated has it, without: letters of ASCII first
WIDE = (
    (re.compile(rb"\xff\xfe|\xfe\xff"), "utf-16"),
    (re.compile(rb"(?:[\t\r\n -~]\0){16}"), "utf-16-le"),
    (re.compile(rb"(?:\0[\t\r\n -~]){16}"), "utf-16-be"),
)
JOURNAL = b"__CURSOR="
JOURNAL_FILE = b"LPKSHHRH"
TAR, TAR_AT = b"ustar", 257  # POSIX and GNU; older ones do not say what they are
ZIP = b"PK\x03\x04"


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
    if width_of(head) is not None:
        return "wide"
    if head.startswith(TAR, TAR_AT):
        return "tar"
    if head.startswith(ZIP):
        return "zip"
    if head.startswith(JOURNAL):
        return "journal"
    return "other" if head.startswith(HEADS) else "plain"


def width_of(head: bytes) -> str | None:
    """Which UTF-16 begins like this; None for what is none."""
    return next((encoding for begin, encoding in WIDE if begin.match(head)), None)


def listed(paths: Iterable[str], but: Path | None = None) -> tuple[list[Source], list[Note]]:
    """Every file that these paths name but this one, folders and patterns resolved, in the order given."""
    sources: list[Source] = []
    notes: list[Note] = []
    seen: set[tuple[int, int]] = set()
    if but is not None and but.exists():
        seen.add((but.stat().st_dev, but.stat().st_ino))
    for path in _resolved(paths, notes):
        if path == "-":
            sources.append(Source(len(sources), path, "input", year=time.gmtime().tm_year))
            continue
        found = _source(path, len(sources), seen, notes)
        if found is not None:
            sources.append(found)
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


def _source(path: str, number: int, seen: set[tuple[int, int]], notes: list[Note]) -> Source | None:
    """The file as a source; None where it is none, which is said, or was named before."""
    try:
        about = os.stat(path)  # noqa: PTH116
        if not stat.S_ISREG(about.st_mode):
            notes.append(Note(path, "is no file: what a pipe or a device says can be scanned as standard input"))
            return None
        if (about.st_dev, about.st_ino) in seen:
            return None
        seen.add((about.st_dev, about.st_ino))
        with open(path, "rb") as file:  # noqa: PTH123
            head = file.read(HEAD)
    except OSError as wrong:
        broken = os.path.islink(path) and not os.path.exists(path)  # noqa: PTH110, PTH114
        notes.append(Note(path, "is a link to nowhere" if broken else wrong.strerror or str(wrong)))
        return None
    kind = kind_of(head)
    other = _no_log(path, kind, head)
    if other is not None:
        notes.append(other)
        return None
    if kind == "plain" and b"\0" in head:
        notes.append(Note(path, "holds binary data; it was searched all the same", lost=False))
    return Source(number, path, kind, about.st_size, time.gmtime(about.st_mtime).tm_year)


def _no_log(path: str, kind: Kind, head: bytes) -> Note | None:
    """What is said of a file that no log can be found in."""
    if head.startswith(JOURNAL_FILE):
        return Note(path, "is systemd's own journal: `journalctl -o export` prints what can be scanned")
    if kind == "other" or (kind == "zip" and not path.lower().endswith(".zip")):  # wheels, documents and programs
        return Note(path, f"is {next(said for start, said in MAGIC if head.startswith(start))}, no log", lost=False)
    return None
