"""All signatures as one immutable value, replaced whole; knows nothing of how a crash is matched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import NamedTuple, overload

from app.errors import Unknown
from app.signature.facets import CHECKED, STATUS, Facets, make_columns, make_facets, values_of
from app.signature.model import Signature
from app.signature.releases import Releases


class Listed(NamedTuple):
    """What a list of the whole book says of a signature, without building it."""

    id: str
    package: str
    status: str
    checked: date | None
    """The day on which it was last checked."""

    @property
    def page(self) -> str:
        """Path of its page, as the signature says it."""
        return f"/kb/{self.package}/{self.id}"


@dataclass(frozen=True, slots=True)
class Book:
    """Signatures by id and by package, and a revision that changes whenever one of them does."""

    signatures: Mapping[str, Signature]
    by_package: Mapping[str, Sequence[Signature]]
    revision: str
    """`sha256:` and the digest of all signatures in the order of their ids."""
    facets: Facets
    """What they can be told apart by."""
    releases: Mapping[str, Releases]
    """What each package has released; a package that is not here has releases nobody wrote down."""
    named_by: Mapping[str, tuple[str, ...]]
    """For a signature's id the ids of those that name it as related."""
    samples: Mapping[str, bytes]
    """For a signature's id the shortest of its example reports that it matches."""

    def get(self, signature_id: str) -> Signature:
        """The signature of this id; raises `Unknown`."""
        found = self.signatures.get(signature_id)
        if found is None:
            raise Unknown("unknown-signature", f"There is no signature '{signature_id}'; /kb lists all of them.")
        return found

    def listed(self) -> Iterator[Listed]:
        """Every signature in short, in the order of ids."""
        packages, states, days = (self.facets.columns[kind] for kind in ("package", STATUS, CHECKED))
        dates = [date.fromisoformat(some[0]) if some else None for some in days.different]
        for one, row in self.facets.rows.items():
            yield Listed(one, packages.at(row)[0], states.at(row)[0], dates[days.numbers[row]])


class Several(Sequence[Signature]):
    """Some signatures of a book, each looked up when it is asked for."""

    def __init__(self, ids: Sequence[str], signatures: Mapping[str, Signature]) -> None:
        """Those of these ids, in their order."""
        self.ids = ids
        self._signatures = signatures

    def __len__(self) -> int:
        """How many there are; none is looked up."""
        return len(self.ids)

    @overload
    def __getitem__(self, at: int) -> Signature: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Signature]: ...
    def __getitem__(self, at: int | slice) -> Signature | Sequence[Signature]:
        """The one at this place, or those of a part."""
        if isinstance(at, slice):
            return Several(self.ids[at], self._signatures)
        return self._signatures[self.ids[at]]


class ByPackage(Mapping[str, Sequence[Signature]]):
    """The signatures of each package."""

    def __init__(self, facets: Facets, signatures: Mapping[str, Signature]) -> None:
        """Group these signatures as their facets say."""
        packages, numbers = facets.columns["package"].different, facets.columns["package"].numbers
        found: dict[str, list[str]] = {name: [] for (name,) in sorted(packages)}
        for one, row in facets.rows.items():
            found[packages[numbers[row]][0]].append(one)
        self._ids = {name: ids for name, ids in found.items() if ids}
        self._signatures = signatures

    def __getitem__(self, name: str) -> Sequence[Signature]:
        """Those of one package, in the order of their ids."""
        return Several(self._ids[name], self._signatures)

    def __iter__(self) -> Iterator[str]:
        """Every package by name."""
        return iter(self._ids)

    def __len__(self) -> int:
        """How many packages there are."""
        return len(self._ids)


def make_book(
    signatures: Iterable[Signature],
    releases: Mapping[str, Releases] | None = None,
    samples: Mapping[str, bytes] | None = None,
) -> Book:
    """A book of these signatures; their ids must differ (lint and the shelf see to it)."""
    by_id = {one.id: one for one in sorted(signatures, key=lambda one: one.id)}
    digest = hashlib.sha256()
    for one in by_id.values():
        digest.update(one.model_dump_json(by_alias=True).encode())
    facets = make_facets({one: row for row, one in enumerate(by_id)}, make_columns(map(values_of, by_id.values())))
    return Book(
        MappingProxyType(by_id),
        ByPackage(facets, by_id),
        f"sha256:{digest.hexdigest()}",
        facets,
        MappingProxyType(dict(releases or {})),
        named_by(by_id.values()),
        MappingProxyType(dict(samples or {})),
    )


def named_by(signatures: Iterable[Signature]) -> Mapping[str, tuple[str, ...]]:
    """For each signature that these name as related, which of them do."""
    found: dict[str, list[str]] = {}
    for one in signatures:
        for other in one.related:
            found.setdefault(other.id, []).append(one.id)
    return {name: tuple(others) for name, others in found.items()}
