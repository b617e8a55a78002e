"""Where the message is not to be seen, the source line that failed often says the same name: `from x import gone`.

Python's errors about a name that is not there repeat what the source line says. That is no proof that the message was
this one, so its clue stays unseen; but it is something of what happened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import regex

from app.crash.model import Frame
from app.diagnosis.case import MAX_SHOWN, UNSEEN, Case, Seen
from app.diagnosis.patterns import PATTERN_SECONDS, TooSlow, find

NEAR = 2  # innermost frames looked at: a library may raise in a line of its own for its caller's
MAX_LINE = 1_000  # characters of a source line that are looked at
NOBODYS_NAME = "qqxz_17"  # a name's pattern that matches this would match any
# Before the name in a clue's pattern: `cannot import name '`, `has no attribute '`, `No module named '?`, `argument '`
BEFORE = re.compile(r"\b(?:name|named|attribute|argument)\)? \\?['\"]\??")
# A name in a pattern, up to its quote: letters, escaped dots, classes, groups of such
NAME = regex.compile(r"(?:[\w.?+*]|\\[.w]|\[\w+\]|(?<group>\((?:\?:)?(?:[\w.|?+*]|\\[.w]|(?&group))+\)))+")


@lru_cache(maxsize=4096)
def missing_names(pattern: str) -> tuple[str, ...]:
    """Of a message's pattern, the names whose absence it speaks of, as patterns for source lines."""
    if "'" not in pattern and '"' not in pattern:
        return ()
    return tuple(rf"\b{name}\b" for name in _names(pattern) if not regex.fullmatch(name, NOBODYS_NAME))


def _names(pattern: str) -> Iterator[str]:
    for before in BEFORE.finditer(pattern):
        found = NAME.match(pattern, before.end(), timeout=PATTERN_SECONDS)
        if found is not None:
            yield found.group()


def echo(pattern: str, case: Case) -> Seen:
    """An unseen message's state: with the innermost source line that says the missing name, if one does."""
    names = missing_names(pattern)
    for frame in reversed(_innermost(case) if names else ()):
        for number, line in enumerate((frame.code or "").split("\n"), frame.first_line + 1):
            if any(_said(name, line[:MAX_LINE]) for name in names):
                return Seen("unseen", number, line.strip()[:MAX_SHOWN])
    return UNSEEN


def _said(name: str, line: str) -> bool:
    try:
        return find(name, line) is not None
    except TooSlow:
        return False


def _innermost(case: Case) -> tuple[Frame, ...]:
    """The last frames shown of what ended without its exception's line or message."""
    silent = [one for one in case.raised if one.type is None or one.message_hidden]
    return tuple(frame for one in silent for frame in one.frames[-NEAR:])
