"""What a bug's ranges are among the releases of its package: a line of them, a table, and where to go from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from packaging.version import Version

from app.signature.model import Range
from app.signature.releases import Release, Releases, State, state
from app.web import words

WIDTH = 10  # of a release, in the line's own units
GAP = 3
TALL = 20
APART = 90  # releases that are still drawn one by one on a phone; more of them are a band
STATES: tuple[State, ...] = ("before", "affected", "fixed")


@dataclass(frozen=True, slots=True)
class Line:
    """Releases as cells in the order of their versions, coloured by what they are to a bug."""

    width: int
    paths: tuple[tuple[str, str], ...]
    """What the cells are, and their path."""
    here: str
    """Path of the mark at the reader's version; empty without one."""
    said: str
    """The same in words."""


@dataclass(frozen=True, slots=True)
class Axis:
    """What lines of the same releases have in common: how many, and what stands at both ends."""

    count: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A version, and the day of its release where that is known."""

    version: str
    day: str | None
    iso: str | None


@dataclass(frozen=True, slots=True)
class Span:
    """One range: from which release on, the last that has the bug, and the first that has the fix."""

    begin: Moment
    last: Moment | None
    fixed: Moment | None


def axis(releases: Releases | None) -> Axis | None:
    """The ends of the line of final releases; None where they are unknown or too few to be a line."""
    shown = releases.final() if releases else ()
    if len(shown) < 2:  # noqa: PLR2004 - one release is a point
        return None
    first, last = (f"{one.version}, {words.day(one.on)}" for one in (shown[0], shown[-1]))
    return Axis(words.counted(len(shown), "release"), first, last)


def line(product: str, ranges: Sequence[Range], releases: Releases | None, here: Version | None = None) -> Line | None:
    """The final releases as a line; None where there is none."""
    if releases is None or axis(releases) is None:
        return None
    shown = releases.final()
    states = [state(ranges, one.parsed) for one in shown]
    gap = GAP if len(shown) <= APART else 0
    paths: dict[State, str] = dict.fromkeys(STATES, "")
    for kind, cells in groupby(enumerate(states), key=lambda cell: cell[1]):
        places = [place for place, _ in cells]
        paths[kind] += _cells(places, gap)
    mark = _mark(shown, here) if here is not None else ""
    said = _said(product, [one for one, kind in zip(shown, states, strict=True) if kind == "affected"], len(shown))
    return Line(len(shown) * WIDTH, tuple((kind, path) for kind, path in paths.items() if path), mark, said)


def spans(ranges: Sequence[Range], releases: Releases | None) -> tuple[Span, ...]:
    """The ranges against the releases."""
    return tuple(_span(one, releases) for one in ranges)


def moment(version: str, releases: Releases | None) -> Moment:
    """A version with its day."""
    found = releases.find(version) if releases else None
    if found is None:
        return Moment(version, "withdrawn" if releases and releases.was(version) else None, None)
    return Moment(version, words.day(found.on), found.on.isoformat())


def target(fixed: str, releases: Releases | None) -> str:
    """The release to install for this fix: the next one where the first was withdrawn."""
    found = releases.from_on(fixed) if releases else None
    return found.version if found else fixed


def _span(one: Range, releases: Releases | None) -> Span:
    had = [release for release in releases.all if _in(one, release)] if releases else []
    last = one.last_affected or (_last(had).version if had else None)
    endless = one.last_affected is None and one.fixed is None
    first = had[0].version if had and one.introduced == "0" else one.introduced
    return Span(
        begin=moment(first, releases) if first != "0" else Moment("the first release", None, None),
        last=_newest(moment(last, releases), endless=endless) if last else None,
        fixed=moment(one.fixed, releases) if one.fixed else None,
    )


def _newest(last: Moment, *, endless: bool) -> Moment:
    return replace(last, version=f"{last.version}, the newest") if endless else last


def _in(one: Range, release: Release) -> bool:
    return state((one,), release.parsed) == "affected"


def _last(had: Sequence[Release]) -> Release:
    """The last one that is no pre-release, where there is one."""
    return next((one for one in reversed(had) if not one.parsed.is_prerelease), had[-1])


def _cells(places: Sequence[int], gap: int) -> str:
    """Neighbouring cells: each its own box, or one band."""
    if not gap:
        return f"M{places[0] * WIDTH} 0h{len(places) * WIDTH}v{TALL}H{places[0] * WIDTH}z"
    return "".join(f"M{place * WIDTH} 0h{WIDTH - gap}v{TALL}h-{WIDTH - gap}z" for place in places)


def _mark(shown: Sequence[Release], here: Version) -> str:
    """An upright stroke at the cell of this version, or between those around it."""
    below = sum(one.parsed < here for one in shown)
    at = below * WIDTH + (WIDTH / 2 if any(one.parsed == here for one in shown) else 0)
    return f"M{at:g} 0v{TALL}"


def _said(product: str, affected: Sequence[Release], total: int) -> str:
    """`8 of 180 releases of uvicorn have it, from 0.16.0 to 0.17.6`."""
    if not affected:
        return f"None of the {total:,} releases of {product} that are listed has it."
    ends = f"from {affected[0].version} to {affected[-1].version}" if len(affected) > 1 else affected[0].version
    have = "has" if len(affected) == 1 else "have"
    return f"{len(affected):,} of {total:,} releases of {product} {have} it: {ends}."
