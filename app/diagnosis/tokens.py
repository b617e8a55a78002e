"""What a crash shows and what a clue needs, as tokens: words that the index and the ordinary background share.

A letter says where a token stands: `e` an exception, `m` a word of its message, `f` a module or one of its functions,
`c` a word of a source line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.diagnosis.case import Case
from app.diagnosis.clues import SAME_EXCEPTION, last_name
from app.diagnosis.literals import required_words

MAX_MESSAGE = 4_000  # characters of one message; the rest of a monstrous one is not looked at
WORD = re.compile(r"\w+")


def tokens_of(case: Case) -> Iterator[str]:
    """Every token the case shows; one that it shows twice may come twice."""
    for one in case.raised:
        if one.type is not None:
            yield f"e {exception_name(one.type)}"
        yield from (f"m {word}" for word in words_of(one.message[:MAX_MESSAGE]))
    for frame in case.frames:
        yield from (f"f {place}" for place in places_of(frame.module, frame.function))
        yield from (f"c {word}" for word in words_of(frame.code or ""))


def words_of(text: str) -> list[str]:
    """The words of a message or a source line, in lower case."""
    if text.isascii():
        return WORD.findall(text.lower())
    return [word.casefold() for word in WORD.findall(text)]  # lower case of other letters may hold what is no letter


def places_of(module: str | None, function: str | None) -> Iterator[str]:
    """A frame's module, the packages it is in, and its function in each of them."""
    parts = (module or "").split(".")
    own = last_name(function)
    for length in range(1, len(parts) + 1):
        package = ".".join(parts[:length])
        yield package
        if own is not None:
            yield f"{package}:{own}"


def tokens_needed(kind: str, value: str) -> frozenset[str]:
    """The tokens that a case must show for this clue to hold; none where it can't be said, as of a log line."""
    if kind in {"message", "code"}:
        return frozenset(f"{kind[0]} {word}" for word in required_words(value))
    if kind == "frame":
        return frozenset({f"f {value}"})
    return frozenset({f"e {exception_name(value)}"}) if kind == "exception" else frozenset()


def exception_name(printed: str) -> str:
    """An exception's own name, without its module, in the word that Python uses today."""
    last = printed.rpartition(".")[2]
    return SAME_EXCEPTION.get(last, last)
