"""The parts of the page of coverage as values, each with the template that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.web.chart import Bars
from app.web.times import When
from app.web.trend_charts import Share


@dataclass(frozen=True, slots=True)
class Overall:
    """The share of crashes that were explained, over time."""

    template: ClassVar[str] = "coverage/overall.html"
    lead: str
    share: Share
    bars: Bars
    begin: str
    days: tuple[tuple[str, str, str, str], ...]
    """Day, crashes, explained ones and their share, of each day with a crash, the last first."""


@dataclass(frozen=True, slots=True)
class Book:
    """A book that took over, and what changed with it."""

    number: int
    book: str
    at: When
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Books:
    """What changed when the book changed."""

    template: ClassVar[str] = "coverage/books.html"
    books: tuple[Book, ...]
    more: str


@dataclass(frozen=True, slots=True)
class OneSource:
    """The same of a source."""

    name: str
    crashes: str
    explained: str
    share: str
    bars: Bars


@dataclass(frozen=True, slots=True)
class PerSource:
    """The same of each source."""

    template: ClassVar[str] = "coverage/sources.html"
    sources: tuple[OneSource, ...]
    more: str


@dataclass(frozen=True, slots=True)
class NothingYet:
    """That no source has sent a crash."""

    template: ClassVar[str] = "coverage/nothing.html"
    days: int
