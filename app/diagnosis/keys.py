"""What signatures need -> the keys they stand under, as flat numbers: no objects, so that any number can lie in a file.

A *table* leads from a token to the signatures that can match only a crash that shows it. There is one for each
exception, one for any exception, and one for crashes that are cut before the exception's line. In place of a long list
stands another table, by the rarest other token that its signatures need, and so on: what a crash is held against stays
short when many signatures share an exception and a word. A small book's lists are left whole, since what just misses
is worth telling.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TypeAlias

from app.diagnosis.needs import Needs
from app.diagnosis.tables import ANY_EXCEPTION, CUT, FLAT, FRAMES_HIDDEN, HIDDEN, HIDING, KINDS, SOURCE_HIDDEN
from app.signature.packed import Sections

SMALL = 500  # signatures of a book whose lists are left whole
SHORT = 8  # signatures of such a list; there are longer ones only of signatures that need no token at all
DEEPEST = 4  # tokens that a list is told apart by
COMMON = 60  # a token that more signatures need tells little, and is not what look-alikes are found by

Listed: TypeAlias = "dict[int, list[int]]"


def pack(needs: Sequence[Needs | None], small: int = SMALL, common: int = COMMON) -> Sections:
    """The tables of these signatures; None stands for one that is not looked for."""
    known = [(at, one) for at, one in enumerate(needs) if one is not None]
    tokens = sorted(set(chain.from_iterable(chain.from_iterable((*one.telling, *one.uncut) for _, one in known))))
    ranks = _ranks(tokens, known)
    most = SHORT if len(known) <= small else 1
    rarest = {at: ranks.rarest(one.each) for at, one in known}
    lettered = [(at, one.letters) for at, one in known if most == 1 and one.letters]
    roots = _roots(known, ranks, rarest, most)
    names = {name: at for at, name in enumerate(sorted(roots, key=lambda name: (name.startswith(HIDING), name)))}
    return {
        "roots": _joined(names),
        "raised": array(FLAT, [0 if one is None else names[one.exception or ANY_EXCEPTION] for one in needs]).tobytes(),
        "lengths": array(FLAT, [0 if one is None else len(one.all) for one in needs]).tobytes(),
        "lettered": array(FLAT, [at for at, _ in lettered]).tobytes(),
        "letters": _joined(letters for _, letters in lettered),
        **{f"tokens {kind}": _joined(one[2:] for one in tokens if one[0] == kind) for kind in KINDS},
        **_needed(known, tokens, len(needs), common),
        **_planted(roots, names, _Divider(rarest, most), ranks.numbers),
    }


@dataclass(frozen=True, slots=True)
class _Ranks:
    """Tokens by how few signatures need them: 1 is the rarest, 0 stands for none."""

    of: Mapping[str, int]
    kinds: Sequence[str]
    """By rank: the token's letter."""
    numbers: Sequence[int]
    """By rank: the token's number, that is its place among all of them."""

    def rarest(self, tokens: Iterable[str]) -> tuple[int, ...]:
        """The ranks of the rarest of these tokens, as many as a list may be told apart by, the rarest first."""
        return tuple(sorted(map(self.of.__getitem__, tokens))[: DEEPEST + 2])

    def first(self, tokens: Iterable[str]) -> int:
        """The rank of the rarest of these tokens."""
        return min(map(self.of.__getitem__, tokens), default=0)


def _ranks(tokens: Sequence[str], known: Sequence[tuple[int, Needs]]) -> _Ranks:
    frequency = Counter(chain.from_iterable(one.each for _, one in known))
    by_rarity = sorted(range(len(tokens)), key=lambda at: (frequency[tokens[at]], -len(tokens[at])))
    rank = {tokens[at]: number for number, at in enumerate(by_rarity, 1)}
    return _Ranks(rank, ["", *(tokens[at][0] for at in by_rarity)], [0, *(at + 1 for at in by_rarity)])


def _needed(known: Sequence[tuple[int, Needs]], tokens: Sequence[str], signatures: int, most: int) -> dict[str, bytes]:
    """By rare token the signatures that need it, and by signature the common tokens that it needs.

    Each is put where its token's next one goes: a list for each takes longer. Many need the same common tokens.
    """
    counts = Counter(chain.from_iterable(one.all for _, one in known))
    common = {token: number for number, token in enumerate(tokens, 1) if counts[token] > most}
    begins = list(accumulate((0 if token in common else counts[token] for token in tokens), initial=0))
    place = dict(zip(tokens, begins, strict=False))
    needed = array(FLAT, [0]) * begins[-1]
    groups, grouped = array(FLAT, [0]) * signatures, dict[tuple[int, ...], int]({(): 0})
    for at, one in known:
        for token in one.all:
            if token not in common:
                needed[place[token]] = at
                place[token] += 1
        shared = tuple(sorted(common[token] for token in one.all if token in common))
        groups[at] = grouped.setdefault(shared, len(grouped))
    return {
        "needed": needed.tobytes(),
        "needed_at": array(FLAT, [0, *begins]).tobytes(),
        "groups": groups.tobytes(),
        **_flat("grouped", list(grouped)),
        "common": array(FLAT, common.values()).tobytes(),
        "common counts": array(FLAT, map(counts.__getitem__, common)).tobytes(),
    }


def _roots(
    known: Sequence[tuple[int, Needs]], ranks: _Ranks, rarest: Mapping[int, Sequence[int]], most: int
) -> dict[str, Listed]:
    """Under which exception and token each signature stands, all lists still whole.

    That is the rarest; in a small book a word, which few crashes hide.
    """
    roots: dict[str, Listed] = defaultdict(lambda: defaultdict(list))
    hidden: dict[str, list[tuple[int, Needs, str]]] = defaultdict(list)
    for at, one in known:
        exception = one.exception or ANY_EXCEPTION
        first = next(iter(rarest[at]), 0) if most == 1 else ranks.first(one.words) or ranks.first(one.places)
        roots[exception][first].append(at)
        if ranks.kinds[first] in {"f", "c"}:
            hidden[exception].append((at, one, ranks.kinds[first]))
        for token in set(map(ranks.first, one.uncut)):
            roots[CUT][token].append(at)  # any of its places may be the one that was not cut off
    for exception, some in hidden.items():
        if len(some) <= most:
            roots[HIDDEN + exception][0] = [at for at, _, _ in some]
            continue
        for at, one, place in some:
            root = roots[(FRAMES_HIDDEN if place == "f" else SOURCE_HIDDEN) + exception]
            for token in set(map(ranks.first, one.telling)):
                root[token].append(at)
    return roots


@dataclass(frozen=True, slots=True)
class _Divider:
    """Tells long lists apart."""

    needs: Mapping[int, Sequence[int]]
    """By signature: its rarest tokens, as many as may be asked for."""
    most: int

    def second(self, at: int, used: tuple[int, ...]) -> int:
        """The rarest token that this signature needs beside those used."""
        return next((token for token in self.needs[at] if token not in used), 0)

    def divided(self, some: Sequence[int], used: tuple[int, ...]) -> Listed | None:
        """A list by the rarest token that each signature needs beside those used; None where that tells nothing."""
        if len(some) <= self.most or len(used) > DEEPEST:
            return None
        divided: Listed = defaultdict(list)
        for at in some:
            divided[self.second(at, used)].append(at)
        return None if divided.keys() == {0} else divided


def _planted(
    roots: Mapping[str, Listed], names: Mapping[str, int], divider: _Divider, numbers: Sequence[int]
) -> dict[str, bytes]:
    """The keys of the roots in the order of their tokens, then branch by branch those that stand in place of a list."""
    first = sorted((numbers[token], names[name], name, token) for name, table in roots.items() for token in table)
    begins = Counter(number for number, *_ in first)
    labels = [number for _, number, *_ in first]
    lists: list[Sequence[int]] = [roots[name][token] for _, _, name, token in first]
    # by key the tokens that lead to it; what is asked of a root that stands for hiding need not show all that is needed
    ways: list[tuple[int, ...] | None] = [None if name.startswith(HIDING) else (token,) for _, _, name, token in first]
    seconds, branches, branch_at = [], [], [0]
    for key, used in enumerate(ways):  # grows on the way, as labels and lists do
        some = lists[key]
        divided = None if used is None else divider.divided(some, used)
        branches.append(0 if divided is None else len(branch_at))
        alone = used is not None and len(some) == divider.most == 1
        seconds.append(numbers[divider.second(some[0], used)] if alone and used is not None else 0)
        if divided is not None and used is not None:
            branch_at.append(len(labels))
            labels += [numbers[token] for token in divided]
            lists += divided.values()
            ways += [(*used, token) for token in divided]
            lists[key] = ()
    return {
        "keys_at": array(FLAT, accumulate((begins[token] for token in range(len(numbers))), initial=0)).tobytes(),
        "labels": array(FLAT, labels).tobytes(),
        "seconds": array(FLAT, seconds).tobytes(),
        "branches": array(FLAT, branches).tobytes(),
        "branch_at": array(FLAT, [*branch_at, len(labels)]).tobytes(),
        **_flat("listed", lists),
    }


def _joined(texts: Iterable[str]) -> bytes:
    return "\n".join(texts).encode()


def _flat(name: str, lists: Sequence[Sequence[int]]) -> dict[str, bytes]:
    return {
        name: array(FLAT, chain.from_iterable(lists)).tobytes(),
        f"{name}_at": array(FLAT, accumulate(map(len, lists), initial=0)).tobytes(),
    }
