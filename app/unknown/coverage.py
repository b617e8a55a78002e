"""How much of what came was explained over time, of all sources and of each, and what each new book changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.store.coverage import Day as Day
from app.store.coverage import changes, covered
from app.store.database import Session
from app.unknown.clusters import DAYS, last_days

AROUND = timedelta(days=7)  # before and after a new book that are compared


@dataclass(frozen=True, slots=True)
class Tally:
    """Crashes, and those of them that were explained when they came."""

    crashes: int = 0
    explained: int = 0

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None when nothing came."""
        return self.explained / self.crashes if self.crashes else None


@dataclass(frozen=True, slots=True)
class NewBook:
    """A book that took over, with what was explained in the days before and after."""

    book: str
    at: datetime
    before: Tally
    after: Tally


@dataclass(frozen=True, slots=True)
class Coverage:
    """The last days, the oldest first and none left out."""

    days: tuple[date, ...]
    all: tuple[Tally, ...]
    sources: tuple[tuple[str, tuple[Tally, ...]], ...]
    """Each source with a crash in this time, the one with most unexplained ones first."""
    books: tuple[NewBook, ...]


def coverage(session: Session) -> Coverage:
    """The last days of all sources."""
    begin = last_days()[0]
    found = covered(session, begin - AROUND)
    shown = tuple(begin + timedelta(days=number) for number in range(DAYS))
    names = {one.source for one in found if one.day >= begin}
    each = [(name, _daily([one for one in found if one.source == name], shown)) for name in names]
    each.sort(key=lambda one: (-_open(one[1]), one[0]))
    changed = list({one.at.date(): one for one in changes(session, begin)}.values())  # of a day the last one
    times = [change.at for change in changed]
    books = tuple(NewBook(one.book, one.at, *_around(found, times, number)) for number, one in enumerate(changed))
    return Coverage(shown, _daily(found, shown), tuple(each), books)


def total(tallies: Sequence[Tally]) -> Tally:
    """All of them together."""
    return Tally(sum(one.crashes for one in tallies), sum(one.explained for one in tallies))


def _daily(found: Sequence[Day], shown: Sequence[date]) -> tuple[Tally, ...]:
    by_day: dict[date, list[Tally]] = {}
    for one in found:
        by_day.setdefault(one.day, []).append(Tally(one.crashes, one.explained))
    return tuple(total(by_day.get(day, [])) for day in shown)


def _around(found: Sequence[Day], times: Sequence[datetime], number: int) -> tuple[Tally, Tally]:
    """A week before a change and a week after it, as far as no other change is nearer; the day itself has both."""
    day = times[number].date()
    begin = max(day - AROUND, times[number - 1].date() + timedelta(days=1) if number else date.min)
    end = min(day + AROUND, times[number + 1].date() - timedelta(days=1) if number + 1 < len(times) else date.max)
    before = [Tally(one.crashes, one.explained) for one in found if begin <= one.day < day]
    after = [Tally(one.crashes, one.explained) for one in found if day < one.day <= end]
    return total(before), total(after)


def _open(tallies: Sequence[Tally]) -> int:
    whole = total(tallies)
    return whole.crashes - whole.explained
