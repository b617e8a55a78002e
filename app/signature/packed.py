"""A book as flat sections of bytes, and back: each signature is its JSON until somebody asks for it.

A signature as an object takes some 20 KiB, as JSON 4, and in a mapped file none of the process's own. What lists and
facets need of all signatures is in columns of numbers, so that a walk over the book builds none of them.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain
from operator import le
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

from app.signature.book import Book, ByPackage
from app.signature.facets import NUMBERS, Column, Some, make_columns, make_facets, values_of
from app.signature.model import Signature
from app.signature.parts import READ_BEFORE
from app.signature.releases import Releases

KEPT = 4096  # signatures that are kept as objects, those that were asked for last
OFFSETS: Literal["Q"] = "Q"
T = TypeVar("T")

Sections: TypeAlias = "Mapping[str, bytes | memoryview]"


class Damaged(Exception):
    """Sections that nothing was packed as."""


class Entry(NamedTuple):
    """A signature on its way into a book."""

    id: str
    record: bytes
    """Itself as JSON."""
    sample: bytes
    """The shortest of its example reports that it matches; empty without any."""
    values: Mapping[str, Some]
    related: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of a book since it was packed."""

    gone: frozenset[str]
    """Ids of signatures that are no longer in it, or otherwise."""
    entries: tuple[Entry, ...]
    releases: Mapping[str, bytes]
    """By package; empty where there are no more."""


NONE = Changes(frozenset(), (), {})


def entry(one: Signature, sample: bytes | None) -> Entry:
    """A signature as it is packed."""
    record = one.model_dump_json(by_alias=True).encode()
    return Entry(one.id, record, sample or b"", values_of(one), tuple(other.id for other in one.related))


class Texts(Mapping[str, bytes]):
    """Texts by name, one after the other in a buffer; those that came later behind it. Empty ones are not there."""

    def __init__(
        self, rows: Mapping[str, int], buffer: memoryview, offsets: memoryview, later: Sequence[bytes]
    ) -> None:
        """Those of these rows."""
        self._rows = rows
        self._buffer = buffer
        self._offsets = offsets
        self._later = later

    def __getitem__(self, name: str) -> bytes:
        """The text of this name."""
        row = self._rows[name]
        at = len(self._offsets) - 1
        text = bytes(self._buffer[self._offsets[row] : self._offsets[row + 1]]) if row < at else self._later[row - at]
        if not text:
            raise KeyError(name)
        return text

    def __contains__(self, name: object) -> bool:
        """Whether there is such a text; it is not copied."""
        row = self._rows.get(name) if isinstance(name, str) else None
        at = len(self._offsets) - 1
        if row is None:
            return False
        return self._offsets[row] < self._offsets[row + 1] if row < at else bool(self._later[row - at])

    def __iter__(self) -> Iterator[str]:
        """Every name that has a text."""
        return (name for name in self._rows if name in self)

    def __len__(self) -> int:
        """How many texts there are."""
        return sum(1 for _ in self)


class Built(Mapping[str, T], Generic[T]):
    """What texts say, made when it is asked for; so many are kept."""

    def __init__(self, texts: Mapping[str, bytes], names: Mapping[str, object], make: Callable[[bytes], T]) -> None:
        """What `make` makes of the texts of these names."""
        self._names = names
        self._built = lru_cache(KEPT)(lambda name: make(texts[name]))

    def __getitem__(self, name: str) -> T:
        """What the text of this name says."""
        return self._built(name)

    def __contains__(self, name: object) -> bool:
        """Whether there is such a text; it is not looked at."""
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        """Every name."""
        return iter(self._names)

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._names)


def pack_book(entries: Iterable[Entry], releases: Mapping[str, bytes]) -> dict[str, bytes]:
    """The sections of a book of these signatures, with the release files of packages as they are."""
    every = sorted(entries, key=lambda one: one.id)
    columns = make_columns(one.values for one in every)
    related: dict[str, list[str]] = {}
    for one in every:
        for other in one.related:
            related.setdefault(other, []).append(one.id)
    facts = {
        "revision": _revision(one.record for one in every),
        "named by": related,
        "different": {kind: column.different for kind, column in columns.items()},
    }
    return {
        "ids": "\n".join(one.id for one in every).encode(),
        "facts": json.dumps(facts).encode(),
        "packages": "\n".join(releases).encode(),
        **{f"column {kind}": array(NUMBERS, column.numbers).tobytes() for kind, column in columns.items()},
        **_texts("records", [one.record for one in every]),
        **_texts("samples", [one.sample for one in every]),
        **_texts("releases", list(releases.values())),
    }


def _texts(name: str, texts: Sequence[bytes]) -> dict[str, bytes]:
    offsets = array(OFFSETS, accumulate(map(len, texts), initial=0)).tobytes()
    return {name: b"".join(texts), f"{name} at": offsets}


def _revision(records: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for record in records:
        digest.update(record)
    return f"sha256:{digest.hexdigest()}"


def ids_of(sections: Sections) -> list[str]:
    """The ids of a packed book's signatures, in the order of its rows."""
    return _lines(sections["ids"])


def signatures_at(sections: Sections, ids: Iterable[str]) -> list[Signature]:
    """These signatures of a packed book."""
    every = ids_of(sections)
    texts = _read_texts(sections, "records", every, _rows(every, frozenset(), ()), ())
    return [_signature(texts[one]) for one in ids]


def unpack_book(sections: Sections, read_releases: Callable[[bytes], Releases], changes: Changes = NONE) -> Book:
    """The book that was packed so, with what has changed since. Raises `Damaged`."""
    try:
        return _unpacked(sections, read_releases, changes)
    except (LookupError, ValueError, TypeError, AttributeError) as wrong:
        raise Damaged(str(wrong)) from None


def _unpacked(sections: Sections, read_releases: Callable[[bytes], Releases], changes: Changes) -> Book:
    facts = json.loads(bytes(sections["facts"]))
    ids = ids_of(sections)
    later = sorted(changes.entries, key=lambda one: one.id)
    rows = _rows(ids, changes.gone, [one.id for one in later])
    records = _read_texts(sections, "records", ids, rows, [one.record for one in later])
    signatures = Built(records, rows, _signature)
    columns = _columns(sections, facts["different"], len(ids))
    facets = make_facets(rows, make_columns((one.values for one in later), columns) if later else columns)
    return Book(
        signatures,
        ByPackage(facets, signatures),
        str(facts["revision"]) if changes is NONE else _revision(records[one] for one in rows),
        facets,
        _releases(sections, changes, read_releases),
        _named_by(facts["named by"], changes, later),
        _read_texts(sections, "samples", ids, rows, [one.sample for one in later]),
    )


def _releases(
    sections: Sections, changes: Changes, read_releases: Callable[[bytes], Releases]
) -> Mapping[str, Releases]:
    names = _lines(sections["packages"])
    later = {name: raw for name, raw in sorted(changes.releases.items()) if raw}
    rows = _rows(names, frozenset(changes.releases), list(later))
    return Built(_read_texts(sections, "releases", names, rows, list(later.values())), rows, read_releases)


def _rows(names: Sequence[str], gone: frozenset[str], later: Sequence[str]) -> dict[str, int]:
    rows = dict(zip(names, range(len(names)), strict=True))
    if not gone and not later:
        return rows
    kept = ((name, row) for name, row in rows.items() if name not in gone)
    return dict(sorted(chain(kept, zip(later, range(len(names), len(names) + len(later)), strict=True))))


def _read_texts(
    sections: Sections, name: str, names: Sequence[str], rows: Mapping[str, int], later: Sequence[bytes]
) -> Texts:
    offsets = memoryview(sections[f"{name} at"]).cast(OFFSETS)
    if len(offsets) != len(names) + 1 or not parts(offsets, len(sections[name])):
        raise ValueError(f"{name} and names differ in number")
    return Texts(rows, memoryview(sections[name]), offsets, later)


def parts(offsets: memoryview[int], length: int) -> bool:
    """Whether these are the ends of the parts of something of that length."""
    return offsets[0] == 0 and offsets[-1] == length and all(map(le, offsets, offsets[1:]))


def _columns(sections: Sections, different: Mapping[str, Sequence[Sequence[str]]], count: int) -> dict[str, Column]:
    columns = {
        kind: Column(tuple(map(tuple, some)), memoryview(sections[f"column {kind}"]).cast(NUMBERS))
        for kind, some in different.items()
    }
    for column in columns.values():
        if len(column.numbers) != count or max(column.numbers, default=-1) >= len(column.different):
            raise ValueError("a column and its values differ in number")
    return columns


def _named_by(
    before: Mapping[str, Sequence[str]], changes: Changes, later: Sequence[Entry]
) -> Mapping[str, tuple[str, ...]]:
    found = {name: [one for one in others if one not in changes.gone] for name, others in before.items()}
    for one in later:
        for other in one.related:
            found.setdefault(other, []).append(one.id)
    return {name: tuple(sorted(others)) for name, others in found.items() if others}


def _lines(raw: bytes | memoryview) -> list[str]:
    text = bytes(raw).decode()
    return text.split("\n") if text else []


def _signature(record: bytes) -> Signature:
    return Signature.model_validate_json(record, context=READ_BEFORE)
