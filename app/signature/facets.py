"""What signatures can be told apart by, and how many there are of each kind."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from app.signature.model import Signature

KINDS = ("package", "exception", "os", "fix", "proof")
STATUS, CHECKED = "status", "checked"  # what lists of the whole book say of each, and nobody chooses by
NUMBERS: Literal["I"] = "I"

Some: TypeAlias = "tuple[str, ...]"
Chosen: TypeAlias = "tuple[Sequence[int], frozenset[int]]"


@dataclass(frozen=True, slots=True)
class Column:
    """The values of one kind: the different ones, and for each row the number of those that it has."""

    different: Sequence[Some]
    numbers: Sequence[int]

    def at(self, row: int) -> Some:
        """The values of a row."""
        return self.different[self.numbers[row]]

    def holders(self, value: str) -> frozenset[int]:
        """The numbers of the values of which this is one."""
        return frozenset(number for number, some in enumerate(self.different) if value in some)

    def counted(self, numbers: Iterable[int]) -> Counter[str]:
        """How often each value is among these."""
        counts: Counter[str] = Counter()
        for number, times in Counter(numbers).items():
            for value in self.different[number]:
                counts[value] += times
        return counts


@dataclass(frozen=True, slots=True)
class Facets:
    """A table of values with a column for each kind. Rows are numbers, for a book may have very many."""

    rows: Mapping[str, int]
    """Of each signature, in the order of ids."""
    columns: Mapping[str, Column]
    totals: Mapping[str, Mapping[str, int]]
    """For each kind how many signatures have a value."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The signatures that have all chosen values, and how many others of a kind there would be instead."""

    ids: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]


def make_facets(rows: Mapping[str, int], columns: Mapping[str, Column]) -> Facets:
    """The facets of these rows of the columns."""
    every = {
        kind: column.numbers if len(rows) == len(column.numbers) else [column.numbers[row] for row in rows.values()]
        for kind, column in columns.items()
    }
    return Facets(rows, columns, {kind: column.counted(every[kind]) for kind, column in columns.items()})


def make_columns(every: Iterable[Mapping[str, Some]], before: Mapping[str, Column] | None = None) -> dict[str, Column]:
    """The columns of these values, one row after the other, behind the rows of others."""
    base = before or {kind: Column((), ()) for kind in (*KINDS, STATUS, CHECKED)}
    known = {kind: {some: number for number, some in enumerate(column.different)} for kind, column in base.items()}
    more: dict[str, list[int]] = {kind: [] for kind in base}
    for values in every:
        for kind, some in values.items():
            more[kind].append(known[kind].setdefault(some, len(known[kind])))
    return {
        kind: Column(tuple(known[kind]), array(NUMBERS, [*column.numbers, *more[kind]]))
        for kind, column in base.items()
    }


def narrow(facets: Facets, ids: Sequence[str], chosen: Mapping[str, str]) -> Narrowed:
    """Those of the signatures that have every chosen value, in their order.

    A kind is counted without its own choice, so that each count says what choosing that value instead would show.
    """
    having = {kind: _chosen(facets, kind, value) for kind, value in chosen.items()}
    counts = {}
    for kind in KINDS:
        others = [one for other, one in having.items() if other != kind]
        counts[kind] = _counted(facets, kind, _within(facets, ids, others))
    return Narrowed(tuple(_within(facets, ids, list(having.values()))), counts)


def _chosen(facets: Facets, kind: str, value: str) -> Chosen:
    column = facets.columns[kind]
    return column.numbers, column.holders(value)


def _counted(facets: Facets, kind: str, ids: Sequence[str]) -> Mapping[str, int]:
    if len(ids) == len(facets.rows):  # all there are
        return facets.totals[kind]
    column = facets.columns[kind]
    return column.counted(column.numbers[facets.rows[one]] for one in ids)


def _within(facets: Facets, ids: Sequence[str], chosen: Sequence[Chosen]) -> Sequence[str]:
    for numbers, held in sorted(chosen, key=lambda one: len(one[1])):
        ids = [one for one in ids if numbers[facets.rows[one]] in held]
    return ids


def values_of(one: Signature) -> dict[str, Some]:
    """What a signature has of each kind."""
    clues = (*one.match.all, *one.match.any)
    exceptions = (clue.exception.rpartition(".")[2] for clue in clues if clue.exception is not None)
    checked = one.verified
    return {
        "package": (one.package,),
        "exception": tuple(dict.fromkeys(exceptions)),
        "os": (one.environment.os,) if one.environment.os else (),
        "fix": ("fixed" if any(some.fixed is not None for some in one.affected) else "open",),
        "proof": (checked.how,) if checked else (),
        STATUS: (one.status,),
        CHECKED: (checked.on.isoformat(),) if checked else (),
    }
