"""Texts with the words that were searched for marked in them, as pieces: what is escaped where is the template's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

AROUND = 220  # characters of a text that are shown around its first mark
BEFORE = 60  # of them before it
SHORTEST = 3  # characters of a word that others are taken to begin with
WHOLE = r"(?![^\W_])"
SPACE = re.compile(r"\s+")
MOST_MARKS = 40  # different words


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, and whether it was searched for."""

    text: str
    hit: bool = False


Pieces = tuple[Piece, ...]
Words = re.Pattern[str]


def words_of(marks: Sequence[str]) -> Words | None:
    """What finds these words at the beginning of words; None for none."""
    if not marks:
        return None
    longest = sorted(set(marks), key=len, reverse=True)[:MOST_MARKS]
    either = "|".join(re.escape(word) + (WHOLE if _is_whole(word) else "") for word in longest)
    return re.compile(rf"(?<![^\W_])(?:{either})", re.IGNORECASE)


def _is_whole(word: str) -> bool:
    """Whether it stands for itself only, and not for what begins with it, as the search has it."""
    return len(word) < SHORTEST or word.isdecimal()


def pieces(text: str, words: Words | None) -> Pieces:
    """The whole text."""
    if words is None:
        return (Piece(text),)
    found: list[Piece] = []
    end = 0
    for hit in words.finditer(text):
        found.append(Piece(text[end : hit.start()]))
        found.append(Piece(hit[0], hit=True))
        end = hit.end()
    found.append(Piece(text[end:]))
    return tuple(piece for piece in found if piece.text)


def snippet(texts: Iterable[tuple[str, str]], words: Words | None, title: str) -> tuple[str, Pieces] | None:
    """Of named texts the one with the most words that the title lacks, cut to where they stand; else the first."""
    known = _marks(title, words).keys()
    best: tuple[int, str, str, int] | None = None
    for name, text in texts:
        plain = readable(text)
        marks = _marks(plain, words)
        new = len(marks.keys() - known)
        if best is None or new > best[0]:
            begin = min((place for word, place in marks.items() if word not in known or not new), default=0)
            best = new, name, plain, begin
    if best is None:
        return None
    _, name, plain, first = best
    return name, pieces(_cut(plain, first), words)


def _marks(text: str, words: Words | None) -> dict[str, int]:
    """The words that stand in the text, and where each does first."""
    found: dict[str, int] = {}
    for hit in words.finditer(text) if words else ():
        found.setdefault(hit[0].casefold(), hit.start())
    return found


def readable(text: str) -> str:
    """A text of a signature in one line, without its marks for code."""
    return SPACE.sub(" ", text.replace("`", "")).strip()


def _cut(text: str, first: int) -> str:
    begin = max(first - BEFORE, 0)
    if begin:
        space = text.find(" ", begin, first)
        begin = space + 1 if space >= 0 else begin
    end = min(begin + AROUND, len(text))
    if end < len(text):
        space = text.rfind(" ", max(begin, end - 30), end)
        end = space if space > first else end
    return f"{'… ' if begin else ''}{text[begin:end]}{' …' if end < len(text) else ''}"
