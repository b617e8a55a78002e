"""The release dates that lie beside the signatures: `signatures/<package>/releases.json`, a version and its day a line.

A version that was withdrawn has null in place of the day.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from app.errors import Misconfigured
from app.signature.releases import Releases, releases_of

NAME = "releases.json"


def read_releases(folder: Path) -> dict[str, Releases]:
    """The releases of each package whose file is there. Raises `Misconfigured` for a file that can't be read."""
    return {file.parent.name: _read(file) for file in sorted(folder.glob(f"*/{NAME}"))}


def read_release_files(folder: Path) -> dict[str, bytes]:
    """The files as they are, by package, once they have been read. Raises `Misconfigured`."""
    return {file.parent.name: release_file(file) for file in sorted(folder.glob(f"*/{NAME}"))}


def release_file(file: Path) -> bytes:
    """A file as it is, once it has been read. Raises `Misconfigured`."""
    _read(file)
    return file.read_bytes()


def releases_in(raw: bytes) -> Releases:
    """What a file says that could be read."""
    told: Mapping[str, str | None] = json.loads(raw)
    return releases_of({version: date.fromisoformat(on) if on else None for version, on in told.items()})


def write_releases(folder: Path, package: str, releases: Releases) -> None:
    """Put the releases beside the signatures; what was once withdrawn stays so when the index forgets it."""
    file = folder / package / NAME
    before = _read(file).withdrawn if file.exists() else ()
    every = releases_of(dict.fromkeys(before) | releases.dates())
    dates = {version: on and on.isoformat() for version, on in every.dates().items()}
    try:
        file.write_text(json.dumps(dates, indent=0) + "\n", encoding="utf-8")
    except OSError as wrong:
        raise Misconfigured("unwritable", f"{wrong.filename}: {wrong.strerror}") from None


def _read(file: Path) -> Releases:
    try:
        return releases_in(file.read_bytes())
    except (OSError, ValueError, AttributeError, TypeError) as wrong:
        raise Misconfigured("bad-releases", f"{file}: should be versions and their days: {wrong}") from None
