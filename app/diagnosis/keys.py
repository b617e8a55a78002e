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

Listed: TypeAlias = "dict[str, list[int]]"


def pack(needs: Sequence[Needs | None], small: int = SMALL) -> Sections:
    """The tables of these signatures; None stands for one that is not looked for."""
    known = [(at, one) for at, one in enumerate(needs) if one is not None]
    frequency = Counter(chain.from_iterable(one.each for _, one in known))
    tokens = sorted({token for _, one in known for token in chain(one.each, *one.uncut, *one.telling)})
    by_rarity = sorted(tokens, key=lambda token: (frequency[token], -len(token), token))
    rank = {token: number for number, token in enumerate(by_rarity)}
    most = SHORT if len(known) <= small else 1
    numbers = {token: number for number, token in enumerate(tokens, 1)} | {"": 0}
    postings: list[list[int]] = [[] for _ in range(len(tokens) + 1)]
    for at, one in known:
        for token in one.all:
            postings[numbers[token]].append(at)
    lettered = [(at, one.letters) for at, one in known if most == 1 and one.letters and not one.each]
    return {
        "lettered": array(FLAT, [at for at, _ in lettered]).tobytes(),
        "letters": _joined(letters for _, letters in lettered),
        **{f"tokens {kind}": _joined(one[2:] for one in tokens if one[0] == kind) for kind in KINDS},
        **_flat("needed", postings),
        **_planted(_roots(known, rank, most), _Divider(needs, rank, most), numbers),
    }


def _roots(known: Sequence[tuple[int, Needs]], rank: Mapping[str, int], most: int) -> dict[str, Listed]:
    """Under which exception and token each signature stands, all lists still whole."""
    roots: dict[str, Listed] = defaultdict(lambda: defaultdict(list))
    hidden: dict[str, list[tuple[int, Needs, str]]] = defaultdict(list)
    for at, one in known:
        exception = one.exception or ANY_EXCEPTION
        first = _first(one, rank, most)
        roots[exception][first].append(at)
        if first[:1] in {"f", "c"}:
            hidden[exception].append((at, one, first))
        for token in {rarest(tokens, rank) for tokens in one.uncut}:
            roots[CUT][token].append(at)  # any of its places may be the one that was not cut off
    for exception, some in hidden.items():
        if len(some) <= most:
            roots[HIDDEN + exception][""] = [at for at, _, _ in some]
            continue
        for at, one, place in some:
            root = roots[(FRAMES_HIDDEN if place[0] == "f" else SOURCE_HIDDEN) + exception]
            for token in {rarest(tokens, rank) for tokens in one.telling}:
                root[token].append(at)
    return roots


def _first(one: Needs, rank: Mapping[str, int], most: int) -> str:
    """The token that a signature is looked up by: the rarest; in a small book a word, which few crashes hide."""
    if most == 1:
        return rarest(one.each, rank)
    return rarest(one.words, rank) or rarest(one.places, rank)


def rarest(tokens: Iterable[str], rank: Mapping[str, int]) -> str:
    """The token that the fewest signatures need; the empty one where there is none."""
    return min(tokens, key=rank.__getitem__, default="")


@dataclass(frozen=True, slots=True)
class _Divider:
    """Tells long lists apart."""

    needs: Sequence[Needs | None]
    rank: Mapping[str, int]
    most: int

    def second(self, at: int, used: frozenset[str]) -> str:
        """The rarest token that this signature needs beside those used."""
        need = self.needs[at]
        return rarest(need.each - used, self.rank) if need else ""

    def divided(self, some: Sequence[int], used: frozenset[str]) -> Listed | None:
        """A list by the rarest token that each signature needs beside those used; None where that tells nothing."""
        if len(some) <= self.most or len(used) > DEEPEST:
            return None
        divided: Listed = defaultdict(list)
        for at in some:
            divided[self.second(at, used)].append(at)
        return None if divided.keys() == {""} else divided


def _planted(roots: Mapping[str, Listed], divider: _Divider, numbers: Mapping[str, int]) -> dict[str, bytes]:
    """The keys of the roots in the order of their tokens, then branch by branch those that stand in place of a list."""
    in_order = sorted(roots, key=lambda name: (name.startswith(HIDING), name))
    names = {name: number for number, name in enumerate(in_order)}
    first = sorted((numbers[token], names[name], name, token) for name, table in roots.items() for token in table)
    keys = [  # what is asked of a root that stands for hiding need not show all that is needed
        (number, roots[name][token], None if name.startswith(HIDING) else frozenset({token}))
        for _, number, name, token in first
    ]
    begins = Counter(number for number, *_ in first)
    lists: list[list[int]] = []
    seconds, branches, branch_at = [], [], [0]
    for _, some, used in keys:  # grows on the way
        divided = None if used is None else divider.divided(some, used)
        branches.append(0 if divided is None else len(branch_at))
        if divided is not None and used is not None:
            branch_at.append(len(keys))
            keys += [(numbers[token], others, used | {token}) for token, others in divided.items()]
        alone = used is not None and len(some) == divider.most == 1
        seconds.append(numbers[divider.second(some[0], used)] if alone and used is not None else 0)
        lists.append([] if divided is not None else some)
    return {
        "roots": _joined(names),
        "keys_at": array(FLAT, accumulate((begins[token] for token in range(len(numbers))), initial=0)).tobytes(),
        "labels": array(FLAT, [label for label, *_ in keys]).tobytes(),
        "seconds": array(FLAT, seconds).tobytes(),
        "branches": array(FLAT, branches).tobytes(),
        "branch_at": array(FLAT, [*branch_at, len(keys)]).tobytes(),
        **_flat("listed", lists),
    }


def _joined(texts: Iterable[str]) -> bytes:
    return "\n".join(texts).encode()


def _flat(name: str, lists: Sequence[Sequence[int]]) -> dict[str, bytes]:
    return {
        name: array(FLAT, chain.from_iterable(lists)).tobytes(),
        f"{name}_at": array(FLAT, accumulate(map(len, lists), initial=0)).tobytes(),
    }
