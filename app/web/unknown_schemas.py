"""What the API and the command line tell of unknown crashes and of coverage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from app.unknown.clusters import PASTED, Cluster, Order, Wanted
from app.unknown.coverage import Coverage, Tally
from app.web.schemas import Door

MOST = 100
MAX_OFFSET = 100_000


class Told(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Asking(Door):
    """Which unknown crashes are wanted."""

    sort: Order = "count"
    """By how often they came, when they came last, or from how many sources."""
    source: Annotated[str | None, Field(max_length=120)] = None
    """Of this source only; `-` is what was pasted or sent by hand."""
    exception: Annotated[str, Field(max_length=120)] = ""
    """Beginning of the exception's name."""
    q: Annotated[str, Field(max_length=500)] = ""
    """Words of its exception and message, or a fingerprint."""
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST)] = 20

    def wanted(self) -> Wanted:
        """The same for the store."""
        return Wanted(self.sort, self.source or None, self.exception.strip(), self.q.strip(), self.offset)


class From(Told):
    """Where some of them came from."""

    source: str | None
    """Null for what was pasted or sent by hand."""
    services: tuple[str, ...]
    releases: tuple[str, ...]
    count: int


class UnknownCrash(Told):
    """Unknown crashes that share a fingerprint."""

    fingerprint: str
    exception: str | None
    says: str
    """Its message without the values that differ."""
    count: int
    first_seen: datetime
    last_seen: datetime
    sources: tuple[From, ...]
    frames: tuple[str, ...]
    """Places that all examples go through, outermost first."""
    versions: dict[str, tuple[str, ...]]
    """Systems, Pythons and packages of the examples."""
    days: tuple[int, ...]
    """Crashes from sources on each of the last 30 days, today last; empty where none came from a source."""
    examples: tuple[str, ...]
    """Paths of diagnoses."""
    explained_by: str | None
    """The signature of today's book that explains the newest example."""
    url: str

    @classmethod
    def of(cls, one: Cluster) -> Self:
        """A cluster."""
        counted = one.counted
        return cls(
            fingerprint=counted.fingerprint,
            exception=one.exception,
            says=one.says,
            count=counted.count,
            first_seen=counted.first_seen,
            last_seen=counted.last_seen,
            sources=tuple(
                From(
                    source=None if origin.source == PASTED else origin.source,
                    services=origin.services,
                    releases=origin.releases,
                    count=origin.count,
                )
                for origin in one.origins
            ),
            frames=one.alike.common,
            versions=dict(one.alike.versions),
            days=one.trend,
            examples=tuple(f"/diagnoses/{id_}" for id_ in one.examples),
            explained_by=one.explained,
            url=f"/unknown/{counted.fingerprint}",
        )


class UnknownCrashes(Told):
    """Some of them."""

    unknown: tuple[UnknownCrash, ...]
    next_offset: int | None
    """Where the next ones begin; null when these are the last."""
    book: str

    @classmethod
    def of(cls, found: Sequence[Cluster], asked: Asking, book: str) -> Self:
        """What was found; one more than the limit where there are more."""
        more = len(found) > asked.limit
        shown = tuple(UnknownCrash.of(one) for one in found[: asked.limit])
        return cls(unknown=shown, next_offset=asked.offset + asked.limit if more else None, book=book)


class DayOf(Told):
    """Crashes of a day, in UTC, and those of them that were explained when they came."""

    day: date
    crashes: int
    explained: int


class BookOf(Told):
    """A book that took over."""

    book: str
    at: datetime


class CoverageOf(Told):
    """How much was explained, on each of the last 30 days with a crash."""

    days: tuple[DayOf, ...]
    sources: dict[str, tuple[DayOf, ...]]
    books: tuple[BookOf, ...]

    @classmethod
    def of(cls, found: Coverage) -> Self:
        """All of it."""
        return cls(
            days=_days(found.days, found.all),
            sources={name: _days(found.days, tallies) for name, tallies in found.sources},
            books=tuple(BookOf(book=one.book, at=one.at) for one in found.books),
        )


def _days(days: Sequence[date], tallies: Sequence[Tally]) -> tuple[DayOf, ...]:
    return tuple(
        DayOf(day=day, crashes=one.crashes, explained=one.explained)
        for day, one in zip(days, tallies, strict=True)
        if one.crashes
    )
