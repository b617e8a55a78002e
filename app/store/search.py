"""The search of the book's rows: from what somebody typed to the ids of signatures, the best first.

Every word must be there, as a word or as the beginning of one. Where that finds nothing, words that nobody wrote are
read as what comes nearest to them; where that finds nothing either, some of the words are enough.
"""

from __future__ import annotations

import difflib
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from app.signature.terms import words
from app.store import search_postgresql, search_sqlite
from app.store.database import Session
from app.store.search_words import Term
from app.store.tables import storable

MOST_WORDS = 24  # that are looked for; more is a text, and its first words tell what it is about
WHOLE = 3  # characters; a shorter word is not taken for the beginning of others
TYPED = 4  # characters; a shorter word can be mistyped for anything
LIKE = 0.8  # of 1: how alike two words must be to be taken for each other; one letter of five is 0.8
MEANT = 3  # terms that a mistyped word may stand for
PART_OF = 20  # terms that a word may be a part of
MOST_PARTIAL = 50  # hits where some words are enough
ENOUGH = 0.5  # of the best hit's weight that another one must have there


class Asks(Protocol):
    """What is asked of a database; each kind has its own way."""

    hits: Callable[[Session, Sequence[Sequence[Term]], str], list[str]]
    holders: Callable[[Session, Sequence[Term]], list[str]]
    inside: Callable[[Session, str, int], list[str]]
    alike: Callable[[Session, str], list[str]]


ASKS = {"sqlite": cast("Asks", search_sqlite), "postgresql": cast("Asks", search_postgresql)}


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found."""

    ids: tuple[str, ...] = ()
    """The best first: the id itself, then titles, then texts of errors, then all else."""
    marks: tuple[str, ...] = ()
    """The words that were found, to be shown."""
    read_as: tuple[tuple[str, str], ...] = ()
    """Words that stand nowhere, and what they were read as."""
    partial: bool = False
    """Whether some of the words were enough."""


NOTHING = Hits()


def search(session: Session, typed: str) -> Hits:
    """Find what was typed, whatever it is."""
    wanted = list(dict.fromkeys(words(typed)))[:MOST_WORDS]
    if not wanted:
        return NOTHING
    asks, exact = ASKS[session.get_bind().dialect.name], storable(typed.strip().casefold())
    every: dict[str, tuple[Term, ...]] = {word: (_term(word),) for word in wanted}
    found = asks.hits(session, list(every.values()), exact)
    if found:
        return Hits(tuple(found), tuple(wanted))
    return _nearly(session, asks, every, exact)


def _nearly(session: Session, asks: Asks, every: dict[str, tuple[Term, ...]], exact: str) -> Hits:
    """What is found when words are read as others, or when some are enough."""
    held = {word: frozenset(asks.holders(session, terms)) for word, terms in every.items()}
    meant = {word: _meant(session, asks, word) for word, ids in held.items() if not ids and len(word) >= TYPED}
    known = {word: terms for word, terms in (every | meant).items() if terms and (held[word] or word in meant)}
    read_as = tuple((word, terms[0].word) for word, terms in meant.items() if terms)
    marks = tuple(term.word for terms in known.values() for term in terms)
    if meant and len(known) == len(every):
        found = asks.hits(session, list(known.values()), exact)
        if found:
            return Hits(tuple(found), marks, read_as)
    held.update({word: frozenset(asks.holders(session, known[word])) for word in meant if word in known})
    some = _some({word: held[word] for word in known if len(word) >= WHOLE})
    return Hits(tuple(some), marks, read_as, partial=True) if some else NOTHING


def _some(held: dict[str, frozenset[str]]) -> list[str]:
    """Ids by how many of the words they hold, the rarer the more."""
    weights: dict[str, float] = defaultdict(float)
    every = len(frozenset().union(*held.values())) + 1
    for ids in held.values():
        for one in ids:
            weights[one] += math.log(1 + every / len(ids))
    best = max(weights.values(), default=0)
    ranked = sorted((-weight, one) for one, weight in weights.items() if weight >= ENOUGH * best)
    return [one for _, one in ranked[:MOST_PARTIAL]]


def _term(word: str) -> Term:
    return Term(word, begins=len(word) >= WHOLE and not word.isdecimal())


def _meant(session: Session, asks: Asks, word: str) -> tuple[Term, ...]:
    """What a word that nobody wrote may stand for: words it is a part of, else the most alike."""
    around = asks.inside(session, word, PART_OF)
    if around:
        return tuple(Term(one, begins=False) for one in around)
    near = asks.alike(session, word)
    return tuple(Term(one, begins=False) for one in difflib.get_close_matches(word, near, MEANT, LIKE))
