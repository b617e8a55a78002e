"""The words of a search as a database is asked for them."""

from __future__ import annotations

from dataclasses import dataclass

NEAR = 200  # terms that are compared with a word nobody wrote
LENGTHS = 2  # characters by which a mistyped word is longer or shorter
TRIGRAM = 3
MOST_TRIGRAMS = 24  # of a word that are asked for; more say nothing new


@dataclass(frozen=True, slots=True)
class Term:
    """A word to look for: whole, or as the beginning of one."""

    word: str
    begins: bool


def trigrams(word: str) -> list[str]:
    """Each three characters that follow each other."""
    pieces = dict.fromkeys(word[place : place + TRIGRAM] for place in range(len(word) - TRIGRAM + 1))
    return list(pieces)[:MOST_TRIGRAMS]


def swapped(word: str) -> list[str]:
    """The word with each two letters that follow each other in the other order; a short one shares no trigram then."""
    places = range(min(len(word), MOST_TRIGRAMS) - 1)
    return [word[:place] + word[place + 1] + word[place] + word[place + 2 :] for place in places]
