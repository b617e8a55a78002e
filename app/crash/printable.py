"""The source of a mail: quoted-printable, in which `=3D` stands for `=` and `=` at a line's end for no break at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.crash.cleaning import Row

MAX_LINE = 80  # characters; those who write it end a line at 76
SOFT_BREAK = "=\n"
# `=3D`, or the bytes of a character beyond ASCII: `=E2=80=99`
SURE = re.compile(r"=3D|=(?:C[2-9A-F]|D[0-9A-F]|E[0-9A-F]=[89AB][0-9A-F])=[89AB][0-9A-F]")
ESCAPES = re.compile(r"(?:=[0-9A-F]{2})+")
# what no writer of it leaves, but in the lines between the parts of a mail
BARE = re.compile(r"=(?!\n|\Z|[0-9A-F]{2})")
BETWEEN_PARTS = re.compile(r"--|Content-|[ \t]+(?:charset|boundary|format|delsp)=(?!3D)")


def is_printable(text: str) -> bool:
    """Whether this text is written so; quick to say of one that is not."""
    return _span(text) is not None


def printed(rows: list[Row], text: str) -> list[Row]:
    """The lines as they were before the mail was written so; a line made of several has the number of its first."""
    span = _span(text)
    if span is None or len(rows) != text.count("\n") + 1:
        return rows
    done: list[Row] = [*rows[: span.start]]
    parts: list[Row] = []
    for row in rows[span.start :]:
        parts.append(row)
        if row[0] > span.stop or not row[1].endswith("=") or BETWEEN_PARTS.match(row[1]):
            done.append(_joined(parts, escaped=parts[0][0] <= span.stop and not BETWEEN_PARTS.match(row[1])))
            parts = []
    return [*done, *parts]


def _span(text: str) -> range | None:
    """The lines that are written so, counted from 0: from the first mark of it to the last one."""
    if SOFT_BREAK not in text or not SURE.search(text):
        return None
    lines = text.split("\n")
    marks = [at for at, line in enumerate(lines) if line.endswith("=") or SURE.search(line)]
    marks = [at for at in marks if not BETWEEN_PARTS.match(lines[at])]
    if not marks:
        return None
    some = [line for line in lines[marks[0] : marks[-1] + 1] if not BETWEEN_PARTS.match(line)]
    written = "\n".join(some)
    if not SURE.search(written) or SOFT_BREAK not in written or BARE.search(written):
        return None
    return None if max(map(len, some)) > MAX_LINE else range(marks[0], marks[-1] + 1)


def _joined(parts: Sequence[Row], *, escaped: bool) -> Row:
    text = "".join([row[1][:-1] for row in parts[:-1]]) + parts[-1][1]
    return parts[0][0], ESCAPES.sub(_character, text) if escaped else text, "\n".join([row[2] for row in parts])


def _character(escapes: re.Match[str]) -> str:
    raw = bytes.fromhex(escapes[0].replace("=", ""))
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    return text if text.replace("\t", "").isprintable() else escapes[0]
