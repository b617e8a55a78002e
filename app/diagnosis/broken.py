"""Messages as they were before their lines were broken on the way, where nothing but the message tells.

Most broken lines are joined when a report is read, since its frames show that they were. A message alone can't be told
from one that has several lines, so a signature may find its text in either: as it came, or in one piece where each line
is as full as what breaks lines leaves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.crash.model import Raised

NARROW, WIDE = 72, 132  # characters of a line, from mail programs to printed pages
TERMINALS = frozenset({80, 100, 120, 132})  # characters of a line, wherever that is in its words


def in_one_piece(one: Raised) -> Iterator[str]:
    """The message without its first line breaks, and with blanks for them; nothing where no line is full."""
    name = f"{one.type}: "
    lines = (name + one.message).split("\n")
    for between, parts in (("", _at_a_column(lines)), (" ", _at_blanks(lines))):
        if parts > 1:
            yield "\n".join([between.join(lines[:parts]), *lines[parts:]])[len(name) :]


def _at_a_column(lines: Sequence[str]) -> int:
    """How many of the first lines were one that was broken at the edge of a terminal."""
    parts, width = 1, len(lines[0])
    for line, below in pairwise(lines):
        if width not in TERMINALS or len(line) != width or not below or below.startswith("  "):
            break
        parts += 1
    return parts


def _at_blanks(lines: Sequence[str]) -> int:
    """How many of the first lines were one: each word that begins a line had found no room in the one above."""
    parts, least, most = 1, NARROW, WIDE
    for line, below in pairwise(lines):
        least, most = max(least, len(line)), min(most, len(line) + len(below.partition(" ")[0]))
        if least > most or not below or below[0].isspace():
            break
        parts += 1
    return parts
