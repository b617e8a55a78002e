"""Clusters of unknown crashes as staff see them: a list, and one with all there is to say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.diagnosis.candidates import Index
from app.diagnosis.drafted import Name as Name
from app.diagnosis.drafted import drafted, name_of, package_of
from app.errors import Unknown
from app.store.clusters import ORDERS as ORDERS
from app.store.clusters import PASTED as PASTED
from app.store.clusters import Counted as Counted
from app.store.clusters import Order as Order
from app.store.clusters import Origin as Origin
from app.store.clusters import Wanted as Wanted
from app.store.clusters import cluster, clusters, kept, origins
from app.store.database import Session
from app.store.moves import explained_by
from app.store.samples import Sample, samples
from app.store.trends import days
from app.unknown.reading import Alike as Alike
from app.unknown.reading import Example as Example
from app.unknown.reading import alike, example, explained, frames_of, says
from app.unknown.reading import place as place

__all__ = ["frames_of"]

DAYS = 30  # that a trend shows
SHOWN = 3  # examples that the list looks at
COMPARED = 12  # examples that the page of a cluster looks at
LONG = 100_000  # characters of a report that the list reads; a longer one would hold up the page
LONGEST = 2_000_000  # of a report that the page of a cluster reads
NEAR = 40  # clusters with the same exception that are compared with one
MOST_NEIGHBOURS = 6
MANY = 2  # shared places that make neighbours of clusters raised at another one


@dataclass(frozen=True, slots=True)
class Cluster:
    """Unknown crashes that share a fingerprint, with what some examples tell of them."""

    counted: Counted
    exception: str | None
    says: str
    """Its message without the values that differ."""
    alike: Alike
    origins: tuple[Origin, ...]
    trend: tuple[int, ...]
    """Crashes from sources on each of the last days, the last one today; empty where none came from a source."""
    examples: tuple[str, ...]
    """Ids of diagnoses, the newest first."""
    explained: str | None
    """The signature of today's book that explains the newest example, which an older book did not know."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A cluster with the same exception and some of the same nearest places."""

    fingerprint: str
    exception: str
    says: str
    count: int
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """All there is to say of a cluster."""

    cluster: Cluster
    examples: tuple[Example, ...]
    neighbours: tuple[Neighbour, ...]
    explained: Mapping[str, str]
    """The signatures of today's book, by the ids of the diagnoses that did not know them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The two files of a signature that would know a cluster."""

    name: Name
    issue: str
    written: str
    example: str


def listed(session: Session, index: Index, wanted: Wanted, most: int) -> list[Cluster]:
    """The wanted clusters, no more than `most`."""
    return _told(session, index, clusters(session, wanted, most), wanted.source)


def whole(session: Session, index: Index, fingerprint: str) -> Whole:
    """One cluster. Raises `Unknown`."""
    counted, shown = _found(session, fingerprint)
    one = _cluster(session, index, counted, shown)
    known = {
        sample.diagnosis: found
        for sample in (each.sample for each in shown)
        if sample.book != index.book.revision and (found := explained(index, sample)) is not None
    }
    return Whole(one, shown, _neighbours(session, one, shown), known)


def gone(session: Session, fingerprint: str) -> list[tuple[str, datetime]]:
    """The signatures that a cluster was moved to, and when; empty when there was no such cluster."""
    return explained_by(session, fingerprint) if cluster(session, fingerprint) is None else []


def draft(session: Session, fingerprint: str, package: str, issue: str) -> Draft:
    """What 'tracelore new' would write for a cluster; an empty name is guessed. Raises `Unknown`, `Unreadable`."""
    shown = [one for one in _found(session, fingerprint)[1] if one.crash is not None]
    if not shown:
        raise Unknown("unknown-cluster", f"No report with {fingerprint[:80]} is kept: there is nothing to draft from.")
    best = min(shown, key=lambda one: (one.sample.crashes, len(one.sample.text)))
    issue = issue.strip() or fingerprint.rpartition(":")[2][:8]
    guessed = package_of(best.crash) if best.crash else ""
    name = name_of(package.strip() or guessed, issue)
    return Draft(name, issue, drafted(name, issue, best.sample.text, fingerprint), best.sample.text)


def _found(session: Session, fingerprint: str) -> tuple[Counted, tuple[Example, ...]]:
    counted = cluster(session, fingerprint)
    if counted is None:
        raise Unknown("unknown-cluster", f"There is no unknown crash {fingerprint[:80]!r}.")
    found = samples(session, kept(session, [fingerprint], COMPARED), LONGEST)
    return counted, tuple(example(one) for one in found.get(fingerprint, ()))


def _told(session: Session, index: Index, found: Sequence[Counted], source: str | None) -> list[Cluster]:
    if not found:
        return []
    prints = [one.fingerprint for one in found]
    read = samples(session, kept(session, prints, SHOWN), LONG)
    places, trends = origins(session, prints), _trends(session, prints, source)
    return [
        _put_together(
            index,
            one,
            tuple(example(sample) for sample in read.get(one.fingerprint, ())),
            tuple(places[one.fingerprint]),
            trends.get(one.fingerprint, ()),
        )
        for one in found
    ]


def _cluster(session: Session, index: Index, counted: Counted, shown: tuple[Example, ...]) -> Cluster:
    name = counted.fingerprint
    trend = _trends(session, [name], None).get(name, ())
    return _put_together(index, counted, shown, tuple(origins(session, [name])[name]), trend)


def _put_together(
    index: Index, counted: Counted, shown: tuple[Example, ...], places: tuple[Origin, ...], trend: Sequence[int]
) -> Cluster:
    newest = shown[0].sample if shown else None
    return Cluster(
        counted=counted,
        exception=newest.crash.exception if newest else None,
        says=says(newest.crash) if newest else "",
        alike=alike(shown),
        origins=places,
        trend=tuple(trend),
        examples=tuple(one.sample.diagnosis for one in shown),
        explained=_since(index, newest),
    )


def _since(index: Index, newest: Sample | None) -> str | None:
    """The signature that knows it since the book changed; asked only when it has."""
    return explained(index, newest) if newest and newest.book != index.book.revision else None


def _trends(session: Session, fingerprints: Sequence[str], source: str | None) -> Mapping[str, Sequence[int]]:
    return days(session, fingerprints, *last_days(), source)


def last_days() -> tuple[date, date]:
    """The first and the last day of what is shown."""
    today = datetime.now(UTC).date()
    return today - timedelta(days=DAYS - 1), today


def _neighbours(session: Session, one: Cluster, shown: Sequence[Example]) -> tuple[Neighbour, ...]:
    if not shown or not one.exception:
        return ()
    asked = Wanted(exception=one.exception.rpartition(".")[2])
    others = [other for other in clusters(session, asked, NEAR) if other.fingerprint != one.counted.fingerprint]
    read = samples(session, kept(session, [other.fingerprint for other in others], 1), LONG)
    found = []
    for other in others:
        for first in (example(sample) for sample in read.get(other.fingerprint, ())):
            crash = first.sample.crash
            shared = tuple(place for place in shown[0].nearest if place in first.nearest)
            near = first.nearest[:1] == shown[0].nearest[:1] or len(shared) >= MANY
            if near and shared and crash.exception == one.exception:
                found.append(Neighbour(other.fingerprint, one.exception, says(crash), other.count, shared))
    return tuple(sorted(found, key=lambda one: -len(one.shared))[:MOST_NEIGHBOURS])
