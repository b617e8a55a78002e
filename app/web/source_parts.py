"""The parts of the pages of sources as values, each with the template that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.web.chart import Bars
from app.web.times import When


@dataclass(frozen=True, slots=True)
class SourcesHead:
    """The heading of the list, and the form that makes a source."""

    template: ClassVar[str] = "source/head.html"
    lead: str
    token: str
    typed: str
    complaint: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A source in the list."""

    name: str
    records: str
    crashes: str
    explained: str | None
    bars: Bars
    last: When | None
    error: str | None
    error_at: When | None


@dataclass(frozen=True, slots=True)
class Rows:
    """All sources."""

    template: ClassVar[str] = "source/rows.html"
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class SourceTitle:
    """What the source is called, and how it goes, in a sentence."""

    template: ClassVar[str] = "source/title.html"
    name: str
    lead: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; it is shown here and never again."""

    template: ClassVar[str] = "source/new-key.html"
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Flow:
    """How much comes, now and by the hour."""

    template: ClassVar[str] = "source/flow.html"
    now: tuple[tuple[str, str], ...]
    """A number, and what it counts."""
    charts: tuple[tuple[str, Bars], ...]
    begin: str
    hours: tuple[tuple[str, str, str, str], ...]
    """Hour, records, crashes and explained ones of each hour in which something came, the last first."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What crashed, how often, and in which part of the source."""

    title: str
    url: str | None
    id: str
    known: bool
    places: tuple[tuple[str, str], ...]
    count: str
    first: When
    last: When
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failures:
    """What crashed, the last first."""

    template: ClassVar[str] = "source/failures.html"
    count: str
    failures: tuple[Failure, ...]
    folded: tuple[Failure, ...]
    more: str | None


@dataclass(frozen=True, slots=True)
class ParkedText:
    """A record or a crash that could not be read or counted."""

    id: int
    reason: str
    at: When
    text: str


@dataclass(frozen=True, slots=True)
class ParkedTexts:
    """What could not be read, to be sent the way again or dropped."""

    template: ClassVar[str] = "source/parked.html"
    name: str
    token: str
    count: str
    texts: tuple[ParkedText, ...]
    told: str | None
    """What came of the last such form."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A file or a command, as it is to be copied."""

    id: str
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Sender:
    """What sends, and what to tell it."""

    id: str
    name: str
    note: str
    snippets: tuple[Snippet, ...]
    chosen: bool


@dataclass(frozen=True, slots=True)
class Setup:
    """The configuration of every sender."""

    template: ClassVar[str] = "source/setup.html"
    lead: str
    senders: tuple[Sender, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """The totals."""

    template: ClassVar[str] = "source/figures.html"
    rows: tuple[tuple[str, str], ...]
    last: When | None
    made: When


@dataclass(frozen=True, slots=True)
class LastError:
    """What was wrong with the last request that was not taken whole."""

    template: ClassVar[str] = "source/last-error.html"
    said: str
    at: When | None


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key, by its last letters."""

    hint: str
    made: When
    revoked: When | None


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys, each to be revoked, and the form that makes another."""

    template: ClassVar[str] = "source/keys.html"
    name: str
    token: str
    valid: tuple[ShownKey, ...]
    revoked: tuple[ShownKey, ...]


@dataclass(frozen=True, slots=True)
class Leave:
    """The way to remove the source."""

    template: ClassVar[str] = "source/leave.html"
    name: str


@dataclass(frozen=True, slots=True)
class Removal:
    """The question before a source is removed."""

    template: ClassVar[str] = "source/removal.html"
    name: str
    token: str
    lost: str
