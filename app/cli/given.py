"""What a command is given: a file, a folder, an environment. Wrong ones are refused with our own errors."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import Any

from app.crash.model import Environment
from app.errors import Misconfigured, Unreadable
from app.web.schemas import StatedEnvironment, packages_of

MAX_FILE = 64 * 1024 * 1024  # a log of some hundred thousand lines; a month of logs is not one report
HIGHEST = 2**63 - 1  # number of a row that a database can hold
GZIP = b"\x1f\x8b"


def existing(folder: Path) -> Path:
    """The folder, if it is there. Raises `Misconfigured`."""
    if not folder.is_dir():
        raise Misconfigured("no-folder", f"There is no folder {folder}.")
    return folder


def read_file(file: str) -> bytes:
    """A file's bytes, unpacked when they are gzip. Raises `Unreadable`."""
    try:
        raw = sys.stdin.buffer.read(MAX_FILE + 1) if file == "-" else _head(Path(file))
    except OSError as wrong:
        raise Unreadable("no-file", f"{file}: {wrong.strerror or wrong}") from None
    if raw.startswith(GZIP):
        try:
            raw = _unpacked(raw)
        except zlib.error:
            raise Unreadable("broken-gzip", f"{file} begins like gzip but can't be unpacked.") from None
    if len(raw) > MAX_FILE:
        raise Unreadable("too-long", f"{file} is over {MAX_FILE // 2**20} MiB: cut out the part around the crash.")
    return raw


def _unpacked(raw: bytes) -> bytes:
    """All of a gzip file's parts (rotated logs are often joined), as far as they are read at all."""
    text = bytearray()
    while raw.startswith(GZIP) and len(text) <= MAX_FILE:
        part = zlib.decompressobj(wbits=31)
        text += part.decompress(raw, MAX_FILE + 1 - len(text))
        raw = part.unused_data
    return bytes(text)


def _head(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_FILE + 1)


def stated_environment(os: str | None, python: str | None, packages: list[str]) -> Environment:
    """The environment that options state. Raises `Unreadable` and Pydantic's `ValidationError`."""
    given: dict[str, Any] = {"os": os, "python": python}
    facts = {name: value for name, value in given.items() if value is not None}
    try:
        listed = packages_of("\n".join(packages))
    except ValueError as wrong:
        raise Unreadable("bad-package", f"--package {wrong}") from None
    return StatedEnvironment.model_validate(facts | {"packages": listed}).as_facts()
