r"""What a rule of redaction is made of, where words and lines may begin, and where a match may, seen from a gate in it.

Breaks that were written out as the two characters `\n` are breaks here too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Begins = Callable[[str, list[int]], list[int]]  # of a text, and of where gates stand in it


def at_gate(_text: str, gates: list[int]) -> list[int]:
    """A match begins with its gate."""
    return gates


def at(*offsets: int) -> Begins:
    """A match begins so far from its gate."""
    return lambda _, gates: [gate + offset for gate in gates for offset in offsets]


def in_line(text: str, gates: list[int], reach: int) -> set[int]:
    """Where the lines of the gates begin, if that is no further away than `reach`."""
    return {line for gate in gates if (line := text.rfind("\n", max(gate - reach - 1, 0), gate) + 1) or gate <= reach}


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and what stands in its place; what its group matches stays before that.

    A match holds one of `gates`, or stands right behind it, and begins at one of the places that `begins` names for it.
    They are looked for in folded text: case means nothing, and 0 is any hexadecimal digit.
    `goes` are (before, after) pairs; `stays` are texts the rule leaves alone.
    """

    id: str
    kind: str
    gates: tuple[str, ...]
    pattern: re.Pattern[str]
    placeholder: str
    goes: tuple[tuple[str, str], ...]
    stays: tuple[str, ...] = ()
    inside: re.Pattern[str] | None = None
    """What of a match is replaced, each time it occurs there; None is all of it."""
    begins: Begins = at_gate


# where a word may begin: not inside another, but right after a written-out \n, \t or \u003c
START = r"(?:(?<=\\[nrt])|(?<=\\u[0-9A-Fa-f]{4})|(?<![\w\\])|(?<=\\)(?![nrt]|u[0-9A-Fa-f]{4}))"

# a line's end: a real one, or one that JSON or repr wrote out, once or twice
BREAK = r"(?:\s|\\{1,4}[nr])"
