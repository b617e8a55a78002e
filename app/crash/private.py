r"""What a rule of redaction is made of, and where words and lines may begin.

Breaks that were written out as the two characters `\n` are breaks here too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and what stands in its place; it is tried only on text that holds one of `gates` (lower case).

    `goes` are (before, after) pairs; `stays` are texts the rule leaves alone.
    """

    id: str
    kind: str
    gates: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str
    goes: tuple[tuple[str, str], ...]
    stays: tuple[str, ...] = ()
    inside: re.Pattern[str] | None = None
    """What of a match is replaced, each time it occurs there; None is all of it."""


# where a word may begin: not inside another, but right after a written-out \n, \t or \u003c
START = r"(?:(?<=\\[nrt])|(?<=\\u[0-9A-Fa-f]{4})|(?<![\w\\])|(?<=\\)(?![nrt]|u[0-9A-Fa-f]{4}))"

# a line's end: a real one, or one that JSON or repr wrote out, once or twice
BREAK = r"(?:\s|\\{1,4}[nr])"
