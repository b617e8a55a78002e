"""Characters that office programs and web pages put in for the machine's own: typographic quotes, blanks, unseen marks.

Blanks that don't break and marks that aren't seen (joiners, directions of writing, soft hyphens) mean nothing to a
program, so they are put right wherever they stand. Quotes may be a message's own; they are put right in a text that
shows a place in them (`File “/srv/app.py”, line 3`), which Python never prints, or that has no straight quote at all
and names an error with them (`KeyError: “name”`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.crash.names import holds_any

BLANKS = "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
UNSEEN = (
    "\xad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"  # soft hyphen, of no width, direction of one character
    "\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # direction of a stretch
)
DOUBLE, SINGLE = "\u201c\u201d\u201e\u201f", "\u2018\u2019\u201a\u201b"

MARKS = dict.fromkeys(map(ord, BLANKS), " ") | dict.fromkeys(map(ord, UNSEEN), "")
QUOTES = dict.fromkeys(map(ord, DOUBLE), '"') | dict.fromkeys(map(ord, SINGLE), "'")
ANY_MARK = re.compile(f"[{BLANKS}{UNSEEN}]")

# `File “/srv/app.py”, line 3`, also with only one of the two put in
PLACE = re.compile(
    rf"File (?:[{DOUBLE}][^\n\"{DOUBLE}]{{1,1000}}[\"{DOUBLE}]|\"[^\n\"{DOUBLE}]{{1,1000}}[{DOUBLE}]), line \d"
)
ERRORS = ("Error: ", "Exception: ", "Warning: ")


def put_in(text: str) -> Mapping[int, str]:
    """What to put right in this text, as `str.translate` takes it; empty if nothing is."""
    if text.isascii():
        return {}
    odd = not text.replace("\n", "").replace("\t", "").isprintable() and ANY_MARK.search(text)
    marks = MARKS if odd else {}
    if holds_any(DOUBLE + SINGLE, text) and _are_put_in(text.translate(marks) if marks else text):
        return marks | QUOTES
    return marks


def without_marks(line: str) -> str:
    """The line with common blanks and nothing unseen, its quotes as they are."""
    return line if line.isascii() else line.translate(MARKS)


def _are_put_in(text: str) -> bool:
    """Whether the typographic quotes of this text stand for straight ones."""
    if PLACE.search(text):
        return True
    if '"' in text or "'" in text:
        return False
    return any(holds_any(ERRORS, line) and holds_any(DOUBLE + SINGLE, line) for line in text.split("\n"))
