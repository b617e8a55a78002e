"""Whether bytes are text at all. People do send screenshots and archives, and should hear so."""

from __future__ import annotations

import re

LOOKED_AT = 65_536  # what a file is shows in its first part
MOST_CONTROLS = 0.04  # compressed data has a tenth; logs with progress bars and broken bytes stay well below
A_FEW = 8  # so many may stand in a short text too

# first bytes -> what to call it
MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"(\xb5/\xfd", "a Zstandard file"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x7fELF", "a program"),
)
HEADS = tuple(start for start, _ in MAGIC)
# not tab, line breaks, backspace, form feed and escape: those stand in logs
CONTROLS = re.compile(r"[\x00-\x07\x0b\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
ASCII_CONTROLS = bytes(code for code in range(128) if CONTROLS.match(chr(code)))


def kind_of(raw: bytes, text: str) -> str | None:
    """What the bytes are if they are not text ("a PNG image"); `text` is how they were decoded. None: they are text."""
    if raw.startswith(HEADS):
        return next(name for start, name in MAGIC if raw.startswith(start))
    part = text[:LOOKED_AT]
    if _controls(part) > MOST_CONTROLS * len(part) + A_FEW:
        return "binary data"
    return None


def _controls(text: str) -> int:
    """How many control characters it has."""
    if not text.isascii():
        return len(CONTROLS.findall(text))
    return len(text) - len(text.encode().translate(None, ASCII_CONTROLS))  # several times faster than the pattern
