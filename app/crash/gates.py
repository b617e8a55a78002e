"""Where the gates of many rules stand in a text: one pass of an automaton finds those of all of them.

A text is folded first, so that a literal can stand for a shape too: letters lower, each hexadecimal digit a 0, each
character beyond ASCII a `?`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ahocorasick_rs import BytesAhoCorasick, Implementation

PIECE = 65_536  # characters looked at together: each gate in them takes memory while they are
FOLDED = bytes.maketrans(b"abcdefABCDEF123456789GHIJKLMNOPQRSTUVWXYZ", b"0" * 21 + b"ghijklmnopqrstuvwxyz")
# beyond ASCII, what counts as a digit, and as a letter of ASCII where the case is ignored
UNUSUAL = re.compile("[^\x00-\x7f](?<=[\\d\u0130\u0131\u017f\u212a])")
PLAIN = {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"}

Places = dict[int, list[int]]  # by the number of a set of gates, where they stand, in order


def fold(text: str) -> bytes:
    """The text with one byte for each character."""
    if not text.isascii():
        text = UNUSUAL.sub(lambda found: PLAIN.get(found[0], "0"), text)
    return text.encode("ascii", "replace").translate(FOLDED)


def finder(sets: Sequence[Sequence[str]]) -> Callable[[str], Places]:
    """A function that finds where the gates of each set stand."""
    members: dict[bytes, list[int]] = {}
    for number, gates in enumerate(sets):
        for gate in dict.fromkeys(map(fold, gates)):
            members.setdefault(gate, []).append(number)
    numbers = tuple(members.values())
    longest = max(map(len, members))
    search = BytesAhoCorasick(members, implementation=Implementation.DFA).find_matches_as_indexes

    def find(text: str) -> Places:
        places: Places = {}
        for offset in range(0, len(text), PIECE):
            for gate, start, _ in search(fold(text[offset : offset + PIECE + longest - 1]), overlapping=True):
                if start < PIECE:  # else it is found again in the next piece
                    for number in numbers[gate]:
                        places.setdefault(number, []).append(offset + start)
        for found in places.values():
            found.sort()
        return places

    return find
