"""Book -> index; crash -> the few signatures worth judging. Never a loop over all signatures.

*Exact*: a signature stands under an exception and tokens that it needs. A crash that shows its exception must show
those tokens too, so looking up the crash's own tokens finds every signature that can match it. Signatures whose token
may be hidden (the stack is cut, the exception's line is missing) stand under further keys for that: `keys.py`.
*Ranked*: signatures that share rare tokens, for near misses; bounded, and not complete.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import chain, repeat
from typing import NamedTuple

from app.diagnosis.case import Case
from app.diagnosis.garbage import uncollected
from app.diagnosis.keys import pack
from app.diagnosis.needs import needs_of
from app.diagnosis.plan import Plan, planned
from app.diagnosis.tables import (
    ANY_EXCEPTION,
    BRANCH,
    CUT,
    FRAMES_HIDDEN,
    HIDDEN,
    MAX_REMEMBERED,
    SOURCE_HIDDEN,
    Key,
    Tables,
    Told,
    unpack,
)
from app.diagnosis.tokens import exception_name
from app.signature.book import Book
from app.signature.model import Signature
from app.signature.packed import Sections

MOST = 256  # candidates; only a crash that is cut is held against more, and then it tells none of them apart
PLANS = 4_096  # that are kept: one takes some 2 KiB, and its signature stays as long
MAX_RANKED = 20  # near misses worth judging
MISSING = 4.0  # what is lost by a token: as if crashes of the bug showed it 98 times in a hundred
EXCEPTION = 2.0 + MISSING  # as of a token that one signature in seven needs
MOST_POSTINGS = 1000  # looked at for one crash, those of the rarest tokens


@dataclass(frozen=True, slots=True)
class Part:
    """Tables, and the ids of their signatures."""

    tables: Tables
    ids: Sequence[str]
    gone: frozenset[int] = frozenset()
    """Signatures that are no longer in the book, or are otherwise by now."""
    elsewhere: Mapping[int, int] = field(default_factory=dict)
    """Of a token, how many more signatures of the book need it than these tables say."""


@dataclass(frozen=True, slots=True)
class Index:
    """A book, ready to be asked. Immutable; a new book gets a new index."""

    book: Book
    parts: tuple[Part, ...]
    plan: Callable[[str], Plan] = field(init=False, repr=False, compare=False)
    """The plan of the signature of this id; remembered, and the signature with it."""

    def __post_init__(self) -> None:
        """Remember plans."""
        object.__setattr__(self, "plan", lru_cache(PLANS)(partial(_plan, self.book.signatures)))


class Hiding(NamedTuple):
    """What a crash does not show, so that nothing there can be missed."""

    anything: bool
    any_place: bool
    """Something of the stack or its source."""
    text: bool
    frames: bool
    source: bool


ALL_SHOWN = Hiding(*[False] * len(Hiding._fields))


@uncollected()
def build_index(book: Book) -> Index:
    """Index a book."""
    return index_of(book, pack([needs_of(one) for one in book.signatures.values()]), list(book.signatures))


def _plan(signatures: Mapping[str, Signature], name: str) -> Plan:
    return planned(signatures[name])


def index_of(book: Book, sections: Sections, ids: Sequence[str]) -> Index:
    """The index of a book, packed before with its signatures in this order. Raises `Damaged`."""
    return Index(book, (Part(unpack(sections, len(ids)), ids),))


def laid_over(before: Index, book: Book, gone: Iterable[Signature], new: Sequence[Signature]) -> Index:
    """The index of a changed book: the one before without what is gone, and beside it one of what is new.

    It names the same signatures as an index of the whole would. Which others are held against a crash may differ.
    """
    (base,) = before.parts
    at = {one: row for row, one in enumerate(base.ids)}
    lost, needed = list(gone), [needs_of(one) for one in new]
    fewer = Counter(token for one in map(needs_of, lost) if one is not None for token in one.all)
    more = Counter(token for one in needed if one is not None for token in one.all)
    added = unpack(pack(needed), len(needed))
    old = base.tables
    return Index(
        book,
        (
            replace(
                base,
                gone=frozenset(at[one.id] for one in lost),
                elsewhere={old.known.number(one): more[one] - fewer[one] for one in more.keys() | fewer.keys()},
            ),
            Part(
                added,
                [one.id for one in new],
                elsewhere={added.known.number(one): old.needing(old.known.number(one)) - fewer[one] for one in more},
            ),
        ),
    )


def candidates(case: Case, index: Index) -> list[Plan]:
    """Every signature that can match this case; of a cut one with very many, those that most of it speaks for."""
    hiding = _hiding(case)
    ids = [part.ids[one] for part in index.parts for one in _found(case, hiding, part)]
    ids.sort()
    return list(map(index.plan, ids))


def _hiding(case: Case) -> Hiding:
    text = case.said is None
    any_place = "frame" not in case.shows or bool(case.bare)
    if not (any_place or text):
        return ALL_SHOWN
    cut = case.truncated or not case.frames
    frames, source = cut or bool(case.placeless), "code" not in case.shows
    return Hiding(anything=True, any_place=any_place, text=text, frames=frames, source=source)


def _found(case: Case, hiding: Hiding, part: Part) -> Iterable[int]:
    tables = part.tables
    told = [_in_message(one.message, tables) for one in case.raised]
    told += [_in_message(text, tables) for text, _ in case.pieces]
    told += _in_frames(case, tables)
    shown = {0}.union(*[one.asked for one in told])
    wanted = _wanted(case, hiding, tables.roots)
    keys = [keys[root] for one in told for keys in one.keys for root in wanted if root in keys]
    if hiding.anything:
        every = map(tables.hiding, {token for one in told for token in one.every})
        keys += [keys[root] for keys in every for root in wanted if root in keys]
    keys += [tables.bare[root] for root in wanted if root in tables.bare]
    reached = _reached(keys, shown, hiding, tables)
    reached += _lettered(wanted, case.said, tables)
    found = set(reached)
    if part.gone:
        found -= part.gone
    if len(found) <= MOST:
        return found
    spoken_for = Counter(reached)
    return sorted(found, key=lambda one: (-spoken_for[one], one))[:MOST]


def _lettered(wanted: Iterable[int], said: str | None, tables: Tables) -> list[int]:
    """The signatures that need letters alone, and these stand in a message or may."""
    folded = None if said is None or not tables.lettered else said.casefold()
    some = [one for root in wanted if root in tables.lettered for one in tables.lettered[root]]
    return [one for letters, those in some if folded is None or letters in folded for one in those]


def _wanted(case: Case, hiding: Hiding, roots: Mapping[str, int]) -> set[int]:
    """The roots under which signatures stand that can match this case."""
    names = _exceptions(case)
    if hiding.anything:
        names.update(list(_hiding_roots(names, hiding)))
    return {roots[name] for name in names if name in roots}


def _exceptions(case: Case) -> set[str]:
    """The exceptions under which signatures stand that can match this case, as far as they are shown."""
    return {ANY_EXCEPTION, *[exception_name(str(one.type)) for one, _ in case.named]}


def _hiding_roots(exceptions: Iterable[str], hiding: Hiding) -> Iterable[str]:
    """The roots that stand for what is hidden."""
    if hiding.text:
        yield CUT
    for asked, hidden in ((hiding.any_place, HIDDEN), (hiding.frames, FRAMES_HIDDEN), (hiding.source, SOURCE_HIDDEN)):
        if asked:
            yield from (hidden + one for one in exceptions)


def _reached(keys: list[Key], shown: set[int], hiding: Hiding, tables: Tables) -> list[int]:
    """The signatures that the keys lead to, where the crash shows what they need beside them."""
    flat = tables.flat
    reached: list[int] = []
    for _, number, second, alone in keys:  # grows on the way
        if alone == BRANCH:
            below = tables.below(number)
            keys += [key for key in below if key[0] in shown or (hiding.anything and _hidden(key[0], hiding, tables))]
        elif second in shown or (hiding.anything and _hidden(second, hiding, tables)):
            if alone:
                reached.append(alone - 1)
            else:
                reached += flat.listed[flat.listed_at[number] : flat.listed_at[number + 1]]
    return reached


def _hidden(token: int, hiding: Hiding, tables: Tables) -> bool:
    """Whether a crash that does not show this token may have it where nothing is to be seen."""
    if token < tables.source_end:
        return hiding.source
    return hiding.frames if token < tables.places_end else hiding.text


def _in_frames(case: Case, tables: Tables) -> list[Told]:
    remembered, anew = tables.in_frame, tables.in_frame.__wrapped__
    return [
        (anew if len(one.code or "") > MAX_REMEMBERED else remembered)(one.module, one.function, one.code)
        for one in case.frames
    ]


def _in_message(message: str, tables: Tables) -> Told:
    return (tables.in_message if len(message) <= MAX_REMEMBERED else tables.in_message.__wrapped__)(message)


def look_alikes(case: Case, index: Index) -> list[Plan]:
    """A few signatures that share rare tokens with the case, the most alike first.

    A token that is shown speaks for a signature by its rarity, one that is missing against it, the exception as one of
    them: the logarithms of how much likelier that is in a crash of the signature's bug than in any other (Robertson
    and Sparck Jones, https://doi.org/10.1002/asi.4630270302).
    """
    total = len(index.book.signatures) + 1
    exceptions = _exceptions(case)
    every = [(part.ids, _scores(case, part, exceptions, total)) for part in index.parts]
    least = min(sorted(chain.from_iterable([scores.values() for _, scores in every]))[-MAX_RANKED:], default=0.0)
    best = sorted((-score, ids[one]) for ids, scores in every for one, score in scores.items() if score >= least)
    return [index.plan(one) for _, one in best[:MAX_RANKED]]


def _scores(case: Case, part: Part, exceptions: Iterable[str], total: int) -> Mapping[int, float]:
    """How much speaks for the signatures that need a rare token of the case: these are looked at, and no others."""
    tables, flat = part.tables, part.tables.flat
    needed, at, raised, groups, lengths = flat.needed, flat.needed_at, flat.raised, flat.groups, flat.lengths
    weights = _weights(case, part, total)
    scores: dict[int, float] = defaultdict(float)
    for token in _rarest({token: at[token + 1] - at[token] for token in weights}):
        weight = weights[token]
        for one in needed[at[token] : at[token + 1]]:
            scores[one] += weight
    for one in part.gone & scores.keys():
        del scores[one]
    common = {token: weights[token] for token in weights.keys() & tables.common.keys()}
    weight_of, nothing = common.get, repeat(0.0)
    beside = {one: sum(map(weight_of, tables.group(one), nothing)) for one in set(map(groups.__getitem__, scores))}
    same = {tables.roots.get(name) for name in exceptions}
    return {
        one: score + beside[groups[one]] + (EXCEPTION if raised[one] in same else 0.0) - MISSING * lengths[one]
        for one, score in scores.items()
    }


def _weights(case: Case, part: Part, total: int) -> Mapping[int, float]:
    """Of each token of the case that signatures need: by how much more it speaks for them than if it were missing."""
    tables, elsewhere = part.tables, part.elsewhere
    said = [_in_message(one.message, tables).tokens for one in case.raised]
    found = dict.fromkeys(chain(*said, *[one.tokens for one in _in_frames(case, tables)]))
    counts = {token: tables.needing(token) + elsewhere.get(token, 0) for token in found}
    return {token: math.log(total / count) + MISSING for token, count in counts.items() if count > 0}


def _rarest(counts: Mapping[int, int]) -> Iterable[int]:
    """The tokens that lead to signatures: all of them in their order, or the rarest where they lead to too many."""
    if sum(counts.values()) <= MOST_POSTINGS:
        return counts
    kept, left = [], MOST_POSTINGS
    for token in sorted(counts, key=lambda token: (counts[token], token)):
        left -= counts[token]
        if left < 0:
            break
        kept.append(token)
    return kept
