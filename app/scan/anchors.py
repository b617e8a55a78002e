"""What every crash shows somewhere: the words that are searched for, and where one of them stands next.

The header alone finds nearly all crashes. The others find what was printed without it, or lost it; they are searched
for together, in a pass of their own, so that their cost can be counted apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from time import perf_counter
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from app.scan.haystack import Haystack

HEADER = b"Traceback (most recent call last)"

PLACE = b", line "
NODE = b"    at "
PYTEST = b"E   "
# What ends an exception's name on a line that says it: the line alone may be all there is.
NAMES = (b"Error: ", b"xception: ", b"Error\n", b"NotExist: ", b"NotFound: ", b"Timeout: ")
DUMPS = (b"Fatal Python error", b"Windows fatal exception", b"most recent call first", b"Exception Type: ")
OBJECT = b'"exc_type":'  # an exception as an object of JSON, without any text
OTHERS = (PLACE, *NAMES, PYTEST, NODE, *DUMPS, b"KeyboardInterrupt", b"Traceback (innermost", b"Traceback:", OBJECT)
WINDOW = 1 << 20  # bytes that are searched at once
REACH = max(map(len, OTHERS)) - 1  # of a word behind its first byte

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


@lru_cache(maxsize=4)
def _search_for(words: tuple[bytes, ...]) -> BytesAhoCorasick:
    """What finds all these words at once; only for leftmost matches, which do not overlap, it does so by SIMD."""
    return BytesAhoCorasick(words, matchkind=MatchKind.LeftmostFirst)


class Anchors:
    """The anchors of a haystack in order, none of them looked for twice; places asked for must not go back."""

    def __init__(self, hay: Haystack, words: Sequence[bytes], *, begin: int, end: int) -> None:
        """Look for the header and these words between two places."""
        self.hay = hay
        self.end = end
        self.header_seconds = self.others_seconds = 0.0
        self._headers: list[int] = []  # the last first
        self._headed = begin  # how far the header was looked for
        self._words = tuple(word for word in words if word != HEADER)
        self._found: list[tuple[int, int, int]] = []  # in the window, the last first: word, and where in the window
        self._search = _search_for(self._words).find_matches_as_indexes
        self._window = self._searched = begin

    def after(self, place: int) -> Anchor | None:
        """The first anchor at this place or behind it."""
        header = self.header(place)
        if self._words:
            start = perf_counter()
            other = self._next_other(place, header if header >= 0 else self.end)
            self.others_seconds += perf_counter() - start
            if other is not None:
                return other
        return Anchor(header, HEADER) if header >= 0 else None

    def header(self, place: int) -> int:
        """Where the header stands next, -1 when it does not."""
        while self._headers and self._headers[-1] < place:
            self._headers.pop()
        if not self._headers and self._headed < self.end:
            start = perf_counter()
            self._look_for_header(place)
            self.header_seconds += perf_counter() - start
        return self._headers[-1] if self._headers else -1

    def _look_for_header(self, place: int) -> None:
        search = _search_for((HEADER,)).find_matches_as_indexes
        while not self._headers and self._headed < self.end:
            begin = max(self._headed, place)
            self._headed = min(begin + WINDOW, self.end)
            found = search(self.hay.view[begin : min(self._headed + len(HEADER) - 1, self.end)])
            self._headers = [begin + at for _, at, _ in reversed(found)]

    def _next_other(self, place: int, before: int) -> Anchor | None:
        """The first of the other anchors from a place on that stands before another."""
        while True:
            while self._found:
                word, begin, _ = self._found[-1]
                at = self._window + begin
                if at >= max(place, before):
                    return None
                if at >= place and self._sound(anchor := Anchor(at, self._words[word])):
                    return anchor
                self._found.pop()
            if max(self._searched, place) >= before:
                return None
            self._look(max(self._searched, place), before)

    def _look(self, begin: int, before: int) -> None:
        """Search the window that begins here; what stands behind the next header is most likely the header's own."""
        self._window, self._searched = begin, min(begin + WINDOW, before)
        found = self._search(self.hay.view[begin : min(self._searched + REACH, self.end)])
        self._found = [one for one in reversed(found) if begin + one[1] < self._searched] if found else found

    def _sound(self, anchor: Anchor) -> bool:
        """Whether what stands beside the word lets it be an anchor; cheap, and wrong on the safe side only."""
        data, (at, word) = self.hay.data, anchor
        if word == PLACE:
            digit = data[at + len(word) : at + len(word) + 1]
            before = data[max(0, at - LONGEST_PLACE) : at]
            return (digit.isdigit() or digit == b"?") and PLACE_BEFORE.search(before) is not None
        if anchor.is_name:
            name = bytes(data[max(0, at - LONGEST_NAME) : at])
            return name[-1:].isalnum() and CAPITAL.search(name) is not None
        return word not in {PYTEST, NODE} or at == 0 or data[at - 1 : at] == b"\n"
