"""Book -> index; crash -> the few signatures worth judging. Never a loop over all signatures.

*Exact*: a signature stands under (an exception it needs, the rarest token it needs). A crash that shows its exception
must show that token too, so looking up the crash's own tokens finds every signature that can match it. Signatures whose
token may be hidden (the stack is cut, the exception's line is missing) stand under a second key for that case.
*Ranked*: signatures that share rare tokens, for near misses; bounded, and not complete.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from app.diagnosis.clues import Case, without_place
from app.diagnosis.echo import missing_names
from app.diagnosis.tokens import exception_name, tokens_needed, tokens_of
from app.signature.book import Book
from app.signature.model import Clue, Signature

ANY_EXCEPTION = "*"  # a signature that names no exception
CUT = "?"  # key for crashes whose exception line is missing
MAX_RANKED = 20  # near misses worth judging
PLACES = frozenset({"frame", "code"})  # kinds of clue that point at a place in the program
MAX_POSTINGS = 300  # a token of more signatures than this tells nothing

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
    exceptions = {ANY_EXCEPTION, *(exception_name(one.type) for one in case.raised if one.type is not None)}
    if any(one.type is None for one in case.raised):
        exceptions.add(CUT)
    tokens = {"", *tokens_of(case)}
    found = {one for exception in exceptions for token in tokens for one in index.exact.get((exception, token), ())}
    hiding = any(frame.code is None or without_place(frame) for frame in case.frames)
    if case.crash.truncated or hiding or not case.frames:
        found.update(one for exception in exceptions for one in index.hidden.get(exception, ()))
    return [index.book.signatures[one] for one in sorted(found)]


def look_alikes(case: Case, index: Index) -> list[Signature]:
    """A few signatures that share rare tokens with the case, the most alike first."""
    total = len(index.book.signatures) + 1
    scores: dict[str, float] = defaultdict(float)
    for token in dict.fromkeys(tokens_of(case)):
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
        exceptions=tuple(exception_name(one.value) for one in clues if one.kind == "exception")[:1],
        words=_of(clues, {"message"}),
        places=_of(clues, PLACES),
    )


def _of(clues: Iterable[Clue], kinds: Container[str]) -> frozenset[str]:
    return frozenset(token for one in clues if one.kind in kinds for token in tokens_needed(one.kind, one.value))


def _places(signature: Signature) -> Iterator[frozenset[str]]:
    """For each clue that a crash may show without its exception's line, the tokens that must be there."""
    for clue in signature.match.all + signature.match.any:
        if clue.kind in PLACES:
            yield tokens_needed(clue.kind, clue.value)
        elif clue.kind == "message":  # the source line that failed may say the name that is missing
            yield from (tokens_needed("code", name) for name in missing_names(clue.value))


def _rarest(tokens: Iterable[str], frequency: Mapping[str, int]) -> str | None:
    return min(tokens, key=lambda token: (frequency[token], -len(token), token), default=None)


def _frozen(lists: Mapping[K, list[str]]) -> dict[K, tuple[str, ...]]:
    return {key: tuple(ids) for key, ids in lists.items()}
