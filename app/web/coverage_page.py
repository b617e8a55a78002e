"""The page of coverage: how much of what came was explained, by the day, by source and by book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from app.signature.book import Book as Known
from app.unknown.clusters import DAYS, Cluster
from app.unknown.coverage import Coverage, NewBook, Tally, total
from app.web import trend_charts
from app.web.coverage_parts import Book, Books, NothingYet, OneSource, Overall, PerSource
from app.web.person import Person
from app.web.render import Page, Part
from app.web.times import when
from app.web.unknown_list import LIST, STYLES, row
from app.web.unknown_parts import Rows
from app.web.words import counted

MOST_SOURCES = 30
MOST_BOOKS = 12  # that are marked; where it changes each day, marks would tell nothing
DIGEST = 19  # characters of a book's revision that tell it from others


def page(found: Coverage, top: Sequence[Cluster], book: Known, person: Person) -> Page:
    """The whole page."""
    came = any(one.crashes for one in found.all)
    parts = (
        _overall(found) if came else NothingYet(DAYS),
        _books(found.books) if found.books else None,
        _sources(found) if came else None,
        _top(top, book) if top else None,
    )
    present: tuple[Part, ...] = tuple(part for part in parts if part is not None)
    return Page("Coverage", present, here=LIST, indexed=False, private=True, person=person, styles=STYLES)


def _overall(found: Coverage) -> Overall:
    whole = total(found.all)
    first = found.days[0]
    left = whole.crashes - whole.explained
    lead = (
        f"{trend_charts.percent(whole)} of the {counted(whole.crashes, 'crash')} of the last {DAYS} days were "
        f"explained by a known bug when they came; {left:,} {'was' if left == 1 else 'were'} not."
    )
    days = [
        (f"{day.day} {day:%B}", f"{one.crashes:,}", f"{one.explained:,}", trend_charts.percent(one))
        for day, one in zip(found.days, found.all, strict=True)
        if one.crashes
    ]
    marked = [(number, place) for number, place in enumerate(_places(found), 1) if place is not None]
    return Overall(
        lead,
        trend_charts.share(found.all, marked),
        trend_charts.bars(found.all),
        f"{first.day} {first:%B}",
        tuple(reversed(days)),
    )


def _places(found: Coverage) -> list[int | None]:
    """Where the days of the new books stand; None for one that is not shown."""
    return [
        found.days.index(one.at.date()) if one.at.date() in found.days else None for one in found.books[-MOST_BOOKS:]
    ]


def _books(books: Sequence[NewBook]) -> Books:
    now = datetime.now(UTC)
    shown = tuple(
        Book(number, one.book[:DIGEST], when(one.at, now), _week(one.before), _week(one.after, "nothing yet"))
        for number, one in enumerate(books[-MOST_BOOKS:], 1)
    )
    more = len(books) - MOST_BOOKS
    return Books(shown[::-1], f"It changed {more} more times before." if more > 0 else "")


def _week(tally: Tally, none: str = "no crash") -> str:
    return f"{trend_charts.percent(tally)} of {tally.crashes:,}" if tally.crashes else none


def _sources(found: Coverage) -> PerSource:
    shown = tuple(_source(name, days) for name, days in found.sources[:MOST_SOURCES])
    more = len(found.sources) - MOST_SOURCES
    return PerSource(shown, f"{more} more sources have fewer unexplained crashes." if more > 0 else "")


def _source(name: str, days: Sequence[Tally]) -> OneSource:
    whole = total(days)
    return OneSource(
        name, f"{whole.crashes:,}", f"{whole.explained:,}", trend_charts.percent(whole), trend_charts.bars(days)
    )


def _top(top: Sequence[Cluster], book: Known) -> Rows:
    now = datetime.now(UTC)
    rows = tuple(row(one, book, now) for one in top)
    return Rows("What to explain next", seen=True, rows=rows, before=None, after=None, here="")
