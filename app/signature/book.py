"""All signatures as one immutable value, replaced whole; knows nothing of how a crash is matched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.errors import Unknown
from app.signature.facets import Facets, make_facets
from app.signature.model import Signature
from app.signature.releases import Releases


@dataclass(frozen=True, slots=True)
class Book:
    """Signatures by id and by package, and a revision that changes whenever one of them does."""

    signatures: MappingProxyType[str, Signature]
    by_package: MappingProxyType[str, tuple[Signature, ...]]
    revision: str
    """`sha256:` and the digest of all signatures in the order of their ids."""
    facets: Facets
    """What they can be told apart by."""
    releases: MappingProxyType[str, Releases]
    """What each package has released; a package that is not here has releases nobody wrote down."""
    named_by: MappingProxyType[str, tuple[str, ...]]
    """For a signature's id the ids of those that name it as related."""
    samples: MappingProxyType[str, bytes]
    """For a signature's id the shortest of its example reports that it matches."""

    def get(self, signature_id: str) -> Signature:
        """The signature of this id; raises `Unknown`."""
        found = self.signatures.get(signature_id)
        if found is None:
            raise Unknown("unknown-signature", f"There is no signature '{signature_id}'; /kb lists all of them.")
        return found


def make_book(
    signatures: Iterable[Signature],
    releases: Mapping[str, Releases] | None = None,
    samples: Mapping[str, bytes] | None = None,
) -> Book:
    """A book of these signatures; their ids must differ (lint and the shelf see to it)."""
    by_id = {one.id: one for one in sorted(signatures, key=lambda one: one.id)}
    by_package: dict[str, list[Signature]] = {}
    named_by: dict[str, list[str]] = {}
    digest = hashlib.sha256()
    for one in by_id.values():
        by_package.setdefault(one.package, []).append(one)
        for other in one.related:
            named_by.setdefault(other.id, []).append(one.id)
        digest.update(one.model_dump_json(by_alias=True).encode())
    packages = {name: tuple(by_package[name]) for name in sorted(by_package)}
    return Book(
        MappingProxyType(by_id),
        MappingProxyType(packages),
        f"sha256:{digest.hexdigest()}",
        make_facets(by_id.values()),
        MappingProxyType(dict(releases or {})),
        MappingProxyType({name: tuple(others) for name, others in named_by.items()}),
        MappingProxyType(dict(samples or {})),
    )
