"""Book -> index; crash -> the few signatures worth judging. Never a loop over all signatures.

*Exact*: a signature stands under (an exception it needs, the rarest token it needs). A crash that shows its exception
must show that token too, so looking up the crash's own tokens finds every signature that can match it. Signatures whose
token may be hidden (the stack is cut, the exception's line is missing) stand under a second key for that case.
*Ranked*: signatures that share rare tokens, for near misses; bounded, and not complete.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from app.diagnosis.clues import SAME_EXCEPTION, Case, last_name
from app.diagnosis.literals import required_words
from app.signature.book import Book
from app.signature.model import Clue, Signature

ANY_EXCEPTION = "*"  # a signature that names no exception
CUT = "?"  # key for crashes whose exception line is missing
MAX_RANKED = 20  # near misses worth judging
MAX_POSTINGS = 300  # a token of more signatures than this tells nothing
MAX_TOKENS = 4_000  # tokens of one crash; the rest of a monstrous message is not looked at
WORD = re.compile(r"\w+")

Key = tuple[str, str]
K = TypeVar("K", Key, str)


@dataclass(frozen=True, slots=True)
class Index:
    """A book, ready to be asked. Immutable; a new book gets a new index."""

    book: Book
    exact: Mapping[Key, tuple[str, ...]]
    """(exception or `*` or `?`, token) -> ids."""
    hidden: Mapping[str, tuple[str, ...]]
    """exception -> ids of signatures whose token stands in frames or source, which a crash may not show."""
    tokens: Mapping[str, tuple[str, ...]]
    """token -> ids of signatures that need it."""


def build_index(book: Book) -> Index:
    """Index a book; retired signatures are not looked for."""
    needed = {one.id: _needs(one) for one in book.signatures.values() if one.status != "retired"}
    frequency = Counter(token for need in needed.values() for token in need.all())
    exact: dict[Key, list[str]] = defaultdict(list)
    hidden: dict[str, list[str]] = defaultdict(list)
    tokens: dict[str, list[str]] = defaultdict(list)
    for signature_id, need in needed.items():
        spoken, places = _rarest(need.words, frequency), _rarest(need.places, frequency)
        for exception in need.exceptions or (ANY_EXCEPTION,):
            exact[exception, spoken or places or ""].append(signature_id)
            if places and not spoken:
                hidden[exception].append(signature_id)
        for place in {_rarest(tokens_of_one, frequency) for tokens_of_one in _places(book.signatures[signature_id])}:
            exact[CUT, place or ""].append(signature_id)  # any of its places may be the one that was not cut off
        for token in need.all():
            tokens[token].append(signature_id)
    return Index(book, _frozen(exact), _frozen(hidden), _frozen(tokens))


def candidates(case: Case, index: Index) -> list[Signature]:
    """Every signature that can match this case."""
    exceptions = {ANY_EXCEPTION, *(_exception_token(one.type) for one in case.raised if one.type is not None)}
    if any(one.type is None for one in case.raised):
        exceptions.add(CUT)
    tokens = ["", *_tokens_of(case)]
    found = {one for exception in exceptions for token in tokens for one in index.exact.get((exception, token), ())}
    if case.crash.truncated or any(frame.code is None for frame in case.frames) or not case.frames:
        found.update(one for exception in exceptions for one in index.hidden.get(exception, ()))
    return [index.book.signatures[one] for one in sorted(found)]


def look_alikes(case: Case, index: Index) -> list[Signature]:
    """A few signatures that share rare tokens with the case, the most alike first."""
    total = len(index.book.signatures) + 1
    scores: dict[str, float] = defaultdict(float)
    for token in _tokens_of(case):
        postings = index.tokens.get(token, ())
        if len(postings) <= MAX_POSTINGS:
            for one in postings:
                scores[one] += math.log(total / len(postings)) + 0.1
    ranked = sorted(scores, key=lambda one: (-scores[one], one))
    return [index.book.signatures[one] for one in ranked[:MAX_RANKED]]


@dataclass(frozen=True, slots=True)
class _Needs:
    """The tokens a crash must show to match: words of its message, places in its stack."""

    exceptions: tuple[str, ...]
    words: frozenset[str]
    places: frozenset[str]

    def all(self) -> frozenset[str]:
        return self.words | self.places


def _needs(signature: Signature) -> _Needs:
    clues = signature.match.all
    return _Needs(
        exceptions=tuple(_exception_token(one.value) for one in clues if one.kind == "exception")[:1],
        words=frozenset(f"w {word}" for one in _of(clues, "message") for word in required_words(one)),
        places=frozenset(f"f {one}" for one in _of(clues, "frame"))
        | frozenset(f"c {word}" for one in _of(clues, "code") for word in required_words(one)),
    )


def _places(signature: Signature) -> Iterator[frozenset[str]]:
    """For each clue that shows a place in the program, the tokens that must be there for it to hold."""
    for clue in signature.match.all + signature.match.any:
        if clue.kind == "frame":
            yield frozenset({f"f {clue.value}"})
        elif clue.kind == "code":
            yield frozenset(f"c {word}" for word in required_words(clue.value))


def _of(clues: Iterable[Clue], kind: str) -> Iterator[str]:
    return (one.value for one in clues if one.kind == kind)


def _exception_token(name: str) -> str:
    last = name.rpartition(".")[2]
    return SAME_EXCEPTION.get(last, last)


def _rarest(tokens: Iterable[str], frequency: Mapping[str, int]) -> str | None:
    return min(tokens, key=lambda token: (frequency[token], -len(token), token), default=None)


def _tokens_of(case: Case) -> list[str]:
    """The case's tokens, in the words of `_needs`."""
    tokens: dict[str, None] = {}
    for one in case.raised:
        tokens.update((f"w {word.casefold()}", None) for word in WORD.findall(one.message[:MAX_TOKENS]))
    for frame in case.frames:
        parts = (frame.module or "").split(".")
        for length in range(1, len(parts) + 1):
            module = ".".join(parts[:length])
            tokens[f"f {module}"] = None
            tokens[f"f {module}:{last_name(frame.function)}"] = None
        if frame.code is not None:
            tokens.update((f"c {word.casefold()}", None) for word in WORD.findall(frame.code))
    return list(tokens)


def _frozen(lists: Mapping[K, list[str]]) -> dict[K, tuple[str, ...]]:
    return {key: tuple(ids) for key, ids in lists.items()}
