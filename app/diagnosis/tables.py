"""Flat numbers, as `keys.py` writes them -> tables that can be asked; the lists stay where they are, as in a file.

A *key* is a token under a root: an exception, or what a crash hides. It leads to a list of signatures, or to the keys
of a branch, by a further token. The keys of a frame or a message are looked up once and remembered.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import _lru_cache_wrapper, lru_cache, partial
from itertools import accumulate, chain, count
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from app.diagnosis.literals import joints
from app.diagnosis.tokens import MAX_MESSAGE, places_of, words_of
from app.signature.packed import Damaged, Sections, parts

ANY_EXCEPTION = "*"  # a signature that names no exception
CUT = "?"  # crashes whose exception line is missing
HIDDEN, FRAMES_HIDDEN, SOURCE_HIDDEN = "hidden ", "frames hidden ", "source hidden "  # then the exception's name
HIDING = (CUT, HIDDEN, FRAMES_HIDDEN, SOURCE_HIDDEN)  # how the roots begin that are no exceptions
REMEMBERED = 4_096  # messages whose tokens are kept: the same ones come again and again
MANY = 16_384  # frames, tokens, branches and groups that are kept so, some 0.5 KiB each: a large program's frames
MAX_REMEMBERED = 300  # characters of a message or of a frame's source; longer ones are read anew
KINDS = ("c", "f", "j", "m")  # of tokens, in the order of their numbers; number 0 is no token at all
BRANCH = -1
FLAT: Literal["I"] = "I"  # four bytes a number

Tell: TypeAlias = "Callable[[list[int], list[int]], Told]"


class Key(NamedTuple):
    """A token under a root, or in a branch."""

    root: int
    """In a branch the token."""
    number: int
    second: int
    """A token that is needed too."""
    alone: int
    """The only signature of its list, from 1; 0 for a list of several, `BRANCH` for a branch."""


ByRoot: TypeAlias = "Mapping[int, Key]"
NO_KEYS: ByRoot = MappingProxyType({})


class Told(NamedTuple):
    """What a frame or a message tells."""

    tokens: tuple[int, ...]
    """Known tokens in their order, without joints."""
    every: tuple[int, ...]
    """All of them once."""
    asked: frozenset[int]
    """Those that some key asks for."""
    keys: tuple[ByRoot, ...]
    """Of each token that has any, its keys under exceptions."""


@dataclass(frozen=True, slots=True)
class Known:
    """The tokens that signatures need, by number: words of source lines, then places, joints, words of messages."""

    source: Mapping[str, int]
    places: Mapping[str, int]
    joints: Mapping[str, int]
    words: Mapping[str, int]

    def number(self, token: str) -> int:
        """The number of a token; 0 where no signature needs it."""
        kinds = {"c": self.source, "f": self.places, "j": self.joints, "m": self.words}
        return kinds[token[0]].get(token[2:], 0)


@dataclass(frozen=True, slots=True)
class Flat:
    """Arrays of numbers. What belongs to `n` in one of them begins at `..._at[n]` and ends where the next begins."""

    keys_at: memoryview[int]
    """By token: its keys under roots."""
    labels: memoryview[int]
    """By key: its root, or in a branch its token."""
    seconds: memoryview[int]
    """By key: the token that its only signature needs too."""
    branches: memoryview[int]
    """By key: the branch in place of its list; 0 for none."""
    branch_at: memoryview[int]
    """By branch: its keys."""
    listed: memoryview[int]
    listed_at: memoryview[int]
    """By key: its signatures."""
    needed: memoryview[int]
    needed_at: memoryview[int]
    """By token: the signatures that need it; none of a common one."""
    raised: memoryview[int]
    """By signature: the root of the exception that it names."""
    lengths: memoryview[int]
    """By signature: how many tokens it needs."""
    groups: memoryview[int]
    """By signature: its group, of those that need the same common tokens."""
    grouped: memoryview[int]
    grouped_at: memoryview[int]
    """By group: these tokens, in their order."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables, ready to be asked. Signatures are told by their place in the book, tokens and roots by numbers."""

    known: Known
    flat: Flat
    roots: Mapping[str, int]
    exceptions: int
    """So many roots are exceptions; the others stand for what a crash hides."""
    bare: Mapping[int, Key]
    """By root: the key of those that need no token."""
    lettered: Mapping[int, Sequence[tuple[str, Sequence[int]]]]
    """By root, in place of its bare key: what a message must hold, and of which signatures that need no token."""
    common: Mapping[int, int]
    """Of each common token, how many signatures need it."""
    group: _lru_cache_wrapper[Sequence[int]]
    """The common tokens that a group's signatures need."""
    source_end: int
    """The first token that is no word of a source line."""
    places_end: int
    """The first token that is no place either."""
    below: _lru_cache_wrapper[tuple[Key, ...]]
    """The keys of a key's branch."""
    in_frame: _lru_cache_wrapper[Told]
    """What a module, a function and a source line tell."""
    in_message: _lru_cache_wrapper[Told]
    hiding: _lru_cache_wrapper[ByRoot]
    """The keys of a token under what a crash hides."""

    def needing(self, token: int) -> int:
        """How many signatures need a token."""
        return self.common.get(token) or self.flat.needed_at[token + 1] - self.flat.needed_at[token]


def unpack(sections: Sections, signatures: int) -> Tables:
    """The tables that were packed so, for a book of so many signatures. Raises `Damaged`."""
    try:
        tables = _unpacked(sections)
        if max(chain(tables.flat.listed, tables.flat.needed), default=-1) >= signatures:
            raise Damaged("a signature is named that is not there")
        if not len(tables.flat.raised) == len(tables.flat.lengths) == len(tables.flat.groups) == signatures:
            raise Damaged("there are more or fewer signatures")
        if max(tables.flat.groups, default=-1) >= len(tables.flat.grouped_at) - 1:
            raise Damaged("a group is named that is not there")
    except (KeyError, IndexError, ValueError, TypeError) as wrong:
        raise Damaged(str(wrong)) from None
    return tables


def _unpacked(sections: Sections) -> Tables:
    flat = Flat(**{field.name: memoryview(sections[field.name]).cast(FLAT) for field in fields(Flat)})
    tokens = [_split(sections[f"tokens {kind}"]) for kind in KINDS]
    begins = list(accumulate(map(len, tokens), initial=1))
    if len(flat.keys_at) != begins[-1] + 1 or len(flat.needed_at) != begins[-1] + 1:
        raise ValueError("tokens differ in number")
    if not len(flat.labels) == len(flat.seconds) == len(flat.branches) == len(flat.listed_at) - 1:
        raise ValueError("keys differ in number")
    listed = ((flat.listed, flat.listed_at), (flat.needed, flat.needed_at), (flat.grouped, flat.grouped_at))
    if not all(parts(at, len(some)) for some, at in listed):
        raise ValueError("lists end elsewhere")
    if not parts(flat.keys_at, flat.branch_at[1]) or flat.branch_at[-1] != len(flat.labels):
        raise ValueError("branches begin elsewhere")
    if any(branch and flat.branch_at[branch] <= key for key, branch in enumerate(flat.branches)):
        raise ValueError("a branch leads back")
    known = Known(*(dict(zip(some, count(begin))) for some, begin in zip(tokens, begins, strict=False)))
    roots = {name: number for number, name in enumerate(_split(sections["roots"]))}
    asked = bytearray(begins[-1])
    for token in chain(flat.seconds, flat.labels[flat.keys_at[-1] :]):
        asked[token] = 1
    exceptions = sum(not name.startswith(HIDING) for name in roots)
    bare = _keys_of(flat, 0, len(roots), 0)
    letters = dict(zip(memoryview(sections["lettered"]).cast(FLAT), _split(sections["letters"]), strict=True))
    lettered = {root: _by_letters(key, letters, flat) for root, key in bare.items() if letters and root < exceptions}
    numbers, counts = (memoryview(sections[name]).cast(FLAT) for name in ("common", "common counts"))
    tell = partial(_told, lru_cache(MANY)(partial(_keys_of, flat, 0, exceptions)), bytes(asked))
    return Tables(
        known,
        flat,
        roots,
        exceptions=exceptions,
        bare={root: key for root, key in bare.items() if root not in lettered},
        lettered=lettered,
        common=dict(zip(numbers, counts, strict=True)),
        group=lru_cache(MANY)(partial(_group, flat)),
        source_end=begins[1],
        places_end=begins[2],
        below=lru_cache(MANY)(partial(_below, flat)),
        in_frame=lru_cache(MANY)(partial(_in_frame, known, tell)),
        in_message=lru_cache(REMEMBERED)(partial(_in_message, known, tell)),
        hiding=lru_cache(MANY)(partial(_keys_of, flat, exceptions, len(roots))),
    )


def _by_letters(key: Key, letters: Mapping[int, str], flat: Flat) -> list[tuple[str, list[int]]]:
    found: dict[str, list[int]] = {}
    for one in flat.listed[flat.listed_at[key.number] : flat.listed_at[key.number + 1]]:
        found.setdefault(letters.get(one, ""), []).append(one)
    return list(found.items())


def _split(joined: bytes | memoryview) -> list[str]:
    text = bytes(joined).decode()
    return text.split("\n") if text else []


def _in_frame(known: Known, tell: Tell, module: str | None, function: str | None, source: str | None) -> Told:
    places = _numbers(places_of(module, function), known.places)
    return tell([*places, *_numbers(words_of(source or ""), known.source)], [])


def _in_message(known: Known, tell: Tell, message: str) -> Told:
    words = words_of(message[:MAX_MESSAGE])
    return tell(_numbers(words, known.words), _numbers(joints(words), known.joints))


def _numbers(tokens: Iterable[str], known: Mapping[str, int]) -> list[int]:
    return [known[token] for token in tokens if token in known]


def _told(keys: Callable[[int], ByRoot], asked: bytes, tokens: list[int], more: list[int]) -> Told:
    every = tuple(dict.fromkeys([*tokens, *more]))
    found = tuple(filter(None, map(keys, every)))
    return Told(tuple(tokens), every, frozenset([token for token in every if asked[token]]), found)


def _keys_of(flat: Flat, first: int, end: int, token: int) -> ByRoot:
    """The keys of a token under the roots from this one up to that; they lie in the order of the roots."""
    begin, last = flat.keys_at[token], flat.keys_at[token + 1]
    begin = bisect_left(flat.labels, first, begin, last) if first else begin
    last = bisect_left(flat.labels, end, begin, last)
    return {flat.labels[number]: _key(number, flat) for number in range(begin, last)} or NO_KEYS


def _group(flat: Flat, number: int) -> Sequence[int]:
    return flat.grouped[flat.grouped_at[number] : flat.grouped_at[number + 1]].tolist()


def _below(flat: Flat, number: int) -> tuple[Key, ...]:
    branch = flat.branches[number]
    return tuple(_key(below, flat) for below in range(flat.branch_at[branch], flat.branch_at[branch + 1]))


def _key(number: int, flat: Flat) -> Key:
    begin, end = flat.listed_at[number], flat.listed_at[number + 1]
    alone = BRANCH if flat.branches[number] else flat.listed[begin] + 1 if end - begin == 1 else 0
    return Key(flat.labels[number], number, flat.seconds[number], alone)
