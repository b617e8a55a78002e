"""What signatures can be told apart by, and how many there are of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType

from app.signature.model import Signature

KINDS = ("package", "exception", "os", "fix", "proof")


@dataclass(frozen=True, slots=True)
class Facets:
    """For each kind the values of every signature, and for each value its signatures."""

    values: MappingProxyType[str, MappingProxyType[str, tuple[str, ...]]]
    holders: MappingProxyType[str, MappingProxyType[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The signatures that have all chosen values, and how many others of a kind there would be instead."""

    ids: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]


def make_facets(signatures: Iterable[Signature]) -> Facets:
    """The facets of these signatures."""
    values: dict[str, dict[str, tuple[str, ...]]] = {kind: {} for kind in KINDS}
    holders: dict[str, dict[str, set[str]]] = {kind: {} for kind in KINDS}
    for one in signatures:
        for kind, some in _values(one).items():
            values[kind][one.id] = some
            for value in some:
                holders[kind].setdefault(value, set()).add(one.id)
    frozen = {kind: {value: frozenset(ids) for value, ids in some.items()} for kind, some in holders.items()}
    return Facets(
        MappingProxyType({kind: MappingProxyType(some) for kind, some in values.items()}),
        MappingProxyType({kind: MappingProxyType(some) for kind, some in frozen.items()}),
    )


def narrow(facets: Facets, ids: Sequence[str], chosen: Mapping[str, str]) -> Narrowed:
    """Those of the signatures that have every chosen value, in their order.

    A kind is counted without its own choice, so that each count says what choosing that value instead would show.
    """
    having = {kind: facets.holders[kind].get(value, frozenset()) for kind, value in chosen.items()}
    counts = {}
    for kind in KINDS:
        others = [some for other, some in having.items() if other != kind]
        counts[kind] = _counted(facets, kind, _within(ids, others))
    return Narrowed(tuple(_within(ids, list(having.values()))), counts)


def _counted(facets: Facets, kind: str, ids: Sequence[str]) -> Mapping[str, int]:
    table = facets.values[kind]
    if len(ids) == len(table):  # all there are
        return {value: len(some) for value, some in facets.holders[kind].items()}
    return Counter(chain.from_iterable(map(table.__getitem__, ids)))


def _within(ids: Sequence[str], sets: Sequence[frozenset[str]]) -> Sequence[str]:
    if not sets:
        return ids
    first, *others = sorted(sets, key=len)
    both = first.intersection(*others)
    return [one for one in ids if one in both]


def _values(one: Signature) -> Mapping[str, tuple[str, ...]]:
    clues = (*one.match.all, *one.match.any)
    exceptions = (clue.value.rpartition(".")[2] for clue in clues if clue.kind == "exception")
    checked = one.verified
    return {
        "package": (one.package,),
        "exception": tuple(dict.fromkeys(exceptions)),
        "os": (one.environment.os,) if one.environment.os else (),
        "fix": ("fixed" if one.fixed_in else "open",),
        "proof": (checked.how,) if checked else (),
    }
