"""The releases of a package with their dates, and what affected ranges say of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from packaging.version import InvalidVersion, Version

from app.signature.model import Range

State = Literal["before", "affected", "fixed"]
"""What a release is to a bug: older than it, one that has it, or one in which it no longer is."""


@dataclass(frozen=True)
class Release:
    """A version that was published, and the day of its first file."""

    version: str
    on: date

    @cached_property
    def parsed(self) -> Version:
        """The version in PEP 440's order."""
        return Version(self.version)


@dataclass(frozen=True)
class Releases:
    """All releases of a package that nobody withdrew, oldest version first; pre-releases are among them."""

    all: tuple[Release, ...]
    withdrawn: tuple[str, ...] = ()
    """Versions that were published and then taken back: some have them installed, and nobody should install them."""

    def find(self, version: str | Version) -> Release | None:
        """This version, however it is written (`1.0` is `1.0.0`)."""
        return self._known.get(version if isinstance(version, Version) else Version(version))

    def dates(self) -> dict[str, date | None]:
        """What it was made of: every version in order with its day, None for the withdrawn."""
        every = dict.fromkeys(self.withdrawn) | {one.version: one.on for one in self.all}
        return {version: every[version] for version in sorted(every, key=Version)}

    def was(self, version: str) -> bool:
        """Whether this version was ever published, withdrawn or not."""
        return self.find(version) is not None or any(Version(one) == Version(version) for one in self.withdrawn)

    def from_on(self, version: str) -> Release | None:
        """This version, or the next one where it was withdrawn: what can be installed to have what is in it."""
        wanted = Version(version)
        later = [one for one in self.all if one.parsed >= wanted]
        return next((one for one in later if not one.parsed.is_prerelease or one.parsed == wanted), None)

    def final(self) -> tuple[Release, ...]:
        """Without pre-releases; where there is nothing else, all."""
        return tuple(one for one in self.all if not one.parsed.is_prerelease) or self.all

    @cached_property
    def _known(self) -> dict[Version, Release]:
        return {one.parsed: one for one in self.all}


def releases_of(dates: Mapping[str, date | None]) -> Releases:
    """These versions in PEP 440's order, those without a day as withdrawn; what is no version is left out."""
    valid = sorted((one for one in dates if _is_version(one)), key=Version)
    known = [(version, dates[version]) for version in valid]
    return Releases(
        tuple(Release(version, on) for version, on in known if on is not None),
        tuple(version for version, on in known if on is None),
    )


def state(ranges: Iterable[Range], version: Version) -> State:
    """What this version is to a bug with these ranges, oldest first."""
    found: State = "before"
    for one in ranges:
        if version < Version(one.introduced):
            return found
        if holds(one, version):
            return "affected"
        found = "fixed"
    return found


def holds(one: Range, version: Version) -> bool:
    """Whether the range holds the version. A pre-release is older than its release, so `fixed` takes it in."""
    if version < Version(one.introduced):
        return False
    if one.fixed is not None:
        return version < Version(one.fixed)
    return one.last_affected is None or version <= Version(one.last_affected)


def way_out(ranges: Sequence[Range], version: Version) -> str | None:
    """The first later version, in the reader's own release line or a newer one, that no longer has the bug."""
    later = [one.fixed for one in ranges if one.fixed is not None and Version(one.fixed) > version]
    return min(later, key=Version, default=None)


def unpublished(ranges: Sequence[Range], releases: Releases | None) -> list[tuple[int, str, str]]:
    """The ends of ranges that are no release: the range's place, which end, and what it says. Unknown ones pass."""
    if releases is None:
        return []
    ends = [(at, end, getattr(one, end)) for at, one in enumerate(ranges) for end in ("introduced", "fixed")]
    return [(at, end, said) for at, end, said in ends if said not in {None, "0"} and not releases.was(said)]


def _is_version(written: str) -> bool:
    try:
        Version(written)
    except InvalidVersion:
        return False
    return True
