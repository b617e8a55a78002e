"""What lies in the folder of signatures, so that a compiled book knows by a look whether it still says the same.

A file is told by its size, inode and two times, as Git's index does it. No program can set back the time of a file's
last change of any kind (`ctime`), so equal stamps mean equal contents, but for changes within one tick of the file
system's clock. Therefore what changed within two seconds before it was looked at gets no stamp, and is read and hashed
the next time. A file without an equal stamp is hashed, so that a copied folder needs no compiling.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from app.store.releases import NAME as RELEASES

UNSURE = "-"  # no stamp is equal to this one
SETTLED = 2_000_000_000  # nanoseconds; the coarsest clock of a file system, that of FAT

Stamps = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between two looks."""

    changed: frozenset[str]
    """Files that are new, gone, or have other contents."""
    restamped: bool
    """Whether files with the same contents have another stamp, by which they will be known."""


def look(folder: Path) -> dict[str, str]:
    """The stamp of each file, by its path in the folder."""
    return dict(sorted(_stamps(folder, time.time_ns() - SETTLED)))


def _stamps(folder: Path, settled: int) -> Iterator[tuple[str, str]]:
    for package in folder.iterdir():
        if not package.is_dir():
            continue
        name = package.name
        with os.scandir(package) as entries:
            for entry in entries:
                if _is_read(entry.name):
                    yield f"{name}/{entry.name}", _stamp(entry, settled)


def _is_read(name: str) -> bool:
    """Whether a book is made of this file, too: a signature, an example that it matches, releases."""
    return name.endswith(".yaml") or name == RELEASES or (name.endswith(".txt") and ".match." in name)


def _stamp(entry: os.DirEntry[str], settled: int) -> str:
    try:
        at = entry.stat()
    except OSError:
        return UNSURE  # a link that leads nowhere; whoever reads it will say so
    if at.st_mtime_ns >= settled or at.st_ctime_ns >= settled:
        return UNSURE
    return f"{at.st_size} {at.st_mtime_ns} {at.st_ctime_ns} {at.st_ino}"


def digests(folder: Path, stamps: Stamps) -> dict[str, str]:
    """The digest of each file's contents."""
    return {path: _digest(folder / path) for path in stamps}


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as wrong:
        return f"unreadable: {wrong.errno}"


def joined(told: Mapping[str, str]) -> bytes:
    """What is told of files, as bytes; no name of a file holds the mark between."""
    return "\0".join(chain.from_iterable(told.items())).encode(errors="surrogateescape")


def parted(raw: bytes | memoryview) -> dict[str, str]:
    """What was joined so. Raises `ValueError`."""
    parts = bytes(raw).decode(errors="surrogateescape").split("\0") if raw else []
    return dict(zip(parts[::2], parts[1::2], strict=True))


def compare(folder: Path, before: Stamps, contents: Mapping[str, str], now: Stamps) -> Differences:
    """What differs from a look whose files had these contents."""
    moved = [path for path, stamp in now.items() if stamp == UNSURE or before.get(path) != stamp]
    changed = {path for path in moved if path not in contents or contents[path] != _digest(folder / path)}
    restamped = any(now[path] != UNSURE for path in moved if path not in changed)
    return Differences(frozenset(changed | (before.keys() - now.keys())), restamped)
