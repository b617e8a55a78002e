"""The parts of the pages of unknown crashes as values, each with the template that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.web.excerpt import Excerpt
from app.web.times import When
from app.web.trend_charts import Spark


@dataclass(frozen=True, slots=True)
class Option:
    """An entry of a list to choose from."""

    value: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Head:
    """What the list is, and what is asked of it."""

    template: ClassVar[str] = "unknown/head.html"
    orders: tuple[Option, ...]
    sources: tuple[Option, ...]
    exception: str
    text: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """A signature of today's book that explains what was unknown."""

    signature: str
    title: str
    page: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A cluster in a list."""

    url: str
    exception: str | None
    says: str
    fingerprint: str
    count: str
    origins: str
    frames: tuple[str, ...]
    versions: tuple[tuple[str, str], ...]
    spark: Spark | None
    first: When
    last: When
    examples: tuple[str, ...]
    explained: Explained | None


@dataclass(frozen=True, slots=True)
class Rows:
    """Clusters."""

    template: ClassVar[str] = "unknown/rows.html"
    heading: str
    seen: bool
    """Whether the heading is shown, or only read out."""
    rows: tuple[Row, ...]
    before: str | None
    after: str | None
    here: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """That there is nothing to list."""

    template: ClassVar[str] = "unknown/nothing.html"
    asked: bool


@dataclass(frozen=True, slots=True)
class Title:
    """What a cluster is, and how it goes."""

    template: ClassVar[str] = "unknown/title.html"
    exception: str | None
    says: str
    fingerprint: str
    lead: str
    spark: Spark | None
    begin: str
    draft: str | None
    """Path of its draft; None where no report is kept to draft from."""


@dataclass(frozen=True, slots=True)
class SinceThen:
    """That today's book explains some of it."""

    template: ClassVar[str] = "unknown/since.html"
    fingerprint: str
    signatures: tuple[tuple[Explained, str], ...]
    """Each with how many of the examples it explains."""


@dataclass(frozen=True, slots=True)
class Gone:
    """That a cluster was moved to signatures."""

    template: ClassVar[str] = "unknown/gone.html"
    fingerprint: str
    signatures: tuple[tuple[Explained, When], ...]


@dataclass(frozen=True, slots=True)
class Traceback:
    """An example, with what all examples share marked."""

    template: ClassVar[str] = "unknown/traceback.html"
    diagnosis: str
    of: str
    differs: bool
    """Whether anything in it is not the same in all of them."""
    excerpt: Excerpt


@dataclass(frozen=True, slots=True)
class Varies:
    """Where the examples differ."""

    template: ClassVar[str] = "unknown/varies.html"
    messages: tuple[str, ...]
    more_messages: str
    places: tuple[tuple[str, str], ...]
    more_places: str


@dataclass(frozen=True, slots=True)
class Nearly:
    """A signature that nearly matched."""

    title: str
    url: str
    signature: str
    why: str
    expected: str
    seen: str | None
    examples: str


@dataclass(frozen=True, slots=True)
class NearlyAll:
    """The signatures that nearly matched."""

    template: ClassVar[str] = "unknown/nearly.html"
    signatures: tuple[Nearly, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """A neighbouring cluster."""

    url: str
    exception: str
    says: str
    count: str
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Clusters with the same exception, raised near the same place."""

    template: ClassVar[str] = "unknown/neighbours.html"
    neighbours: tuple[Near, ...]


@dataclass(frozen=True, slots=True)
class From:
    """A source of a cluster."""

    name: str
    page: str | None
    count: str
    services: str
    releases: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Where it came from, on what it ran, and which diagnoses show it."""

    template: ClassVar[str] = "unknown/facts.html"
    fingerprint: str
    first: When
    last: When
    origins: tuple[From, ...]
    versions: tuple[tuple[str, str], ...]
    more_versions: tuple[tuple[str, str], ...]
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DraftHead:
    """What is drafted, and the names it is drafted under."""

    template: ClassVar[str] = "unknown/draft-head.html"
    url: str
    what: str
    package: str
    issue: str
    complaint: str | None


@dataclass(frozen=True, slots=True)
class File:
    """A file as 'tracelore new' would write it."""

    id: str
    name: str
    url: str
    text: str
    exact: bool
    """Whether what is shown is all of it and as it is, so that it may be copied."""


@dataclass(frozen=True, slots=True)
class Files:
    """The two files of a draft, and what to do with them."""

    template: ClassVar[str] = "unknown/files.html"
    files: tuple[File, ...]
    lint: str
    rejudge: str
    folder: str
