"""What every crash shows somewhere: the words that are searched for, and where one of them stands next.

The header alone finds nearly all crashes and is one pass over the log. The others find what was printed without it, or
lost it, and take a pass each; so their cost is counted apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple

from app.scan.haystack import Haystack

HEADER = b"Traceback (most recent call last)"

PLACE = b", line "
NODE = b"\n    at "
PYTEST = b"\nE   "
# What ends an exception's name on a line that says it: the line alone may be all there is.
NAMES = (b"Error: ", b"xception: ", b"Error\n", b"NotExist: ", b"NotFound: ", b"Timeout: ")
DUMPS = (b"Fatal Python error", b"Windows fatal exception", b"most recent call first", b"Exception Type: ")
OTHERS = (PLACE, *NAMES, PYTEST, NODE, *DUMPS, b"KeyboardInterrupt", b"Traceback (innermost", b"Traceback:")

# `File "/srv/app.py", line 12`: what stands on both sides of the comma, however the quotes are escaped
PLACE_BEFORE = re.compile(rb"File [^\n]{1,1000}\Z")
LONGEST_PLACE = 1100
CAPITAL = re.compile(rb"[A-Z]\w{0,100}\Z")  # `ValueError: ` names an exception, `Error: ` alone none
LONGEST_NAME = 120


class Anchor(NamedTuple):
    """Where a word stands that a crash may have brought."""

    at: int
    word: bytes

    @property
    def is_name(self) -> bool:
        """Whether it is an exception's name, which a line of a log may well say though nothing crashed there."""
        return self.word in NAMES


class Anchors:
    """The anchors of a haystack in order; each word is searched for again only when its last hit was passed."""

    def __init__(self, hay: Haystack, words: Sequence[bytes], *, begin: int, end: int) -> None:
        """Look for these words between two places."""
        self.hay = hay
        self.end = end
        self.seconds = dict.fromkeys(words, 0.0)
        self._next = dict.fromkeys(words, begin - 1)

    def after(self, place: int) -> Anchor | None:
        """The first anchor at this place or behind it."""
        nearest: Anchor | None = None
        for word in self._next:
            found = self.next(word, place)
            if found >= 0 and (nearest is None or found < nearest.at):
                nearest = Anchor(found, word)
        return nearest

    def next(self, word: bytes, place: int) -> int:
        """Where this word stands next, -1 when it does not; `place` must not go back."""
        last = self._next.get(word, self.end)
        if last >= place:
            return last if last < self.end else -1
        start = perf_counter()
        found = place
        while (found := self.hay.find(word, found, self.end)) >= 0 and not self._sound(word, found):
            found += 1
        self._next[word] = found if found >= 0 else self.end
        self.seconds[word] += perf_counter() - start
        return found

    def _sound(self, word: bytes, at: int) -> bool:
        """Whether what stands beside the word lets it be an anchor; cheap, and wrong on the safe side only."""
        data = self.hay.data
        if word == PLACE:
            digit = data[at + len(word) : at + len(word) + 1]
            before = data[max(0, at - LONGEST_PLACE) : at]
            return (digit.isdigit() or digit == b"?") and PLACE_BEFORE.search(before) is not None
        if word in NAMES:
            name = bytes(data[max(0, at - LONGEST_NAME) : at])
            return name[-1:].isalnum() and CAPITAL.search(name) is not None
        return True
