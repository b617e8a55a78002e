"""The parts of the page of a search as values, each with the template that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.diagnosis.model import Verdict
from app.web.mark import Pieces


@dataclass(frozen=True, slots=True)
class Field:
    """The heading of the list, and the field that searches it."""

    template: ClassVar[str] = "found/field.html"
    heading: str
    lead: str
    text: str
    kept: tuple[tuple[str, str], ...]
    """What it stays narrowed to."""
    told: str
    """What was found, in a few words, for whoever does not see the list change."""
    complaint: str | None
    most: int
    """Bytes that may be sent."""
    crumb: bool = False
    """Whether it is about less than the whole book."""

    @property
    def whole(self) -> bool:
        """Whether what was typed is more than a line."""
        return "\n" in self.text


@dataclass(frozen=True, slots=True)
class Bug:
    """A known bug that a pasted crash is, or may be, with the line that says so."""

    tone: Verdict
    verdict: str
    title: str
    url: str
    id: str
    advice: str
    line: int | None
    evidence: str | None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a pasted crash is."""

    template: ClassVar[str] = "found/verdicts.html"
    raised: str
    bugs: tuple[Bug, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A value to narrow the list to, and what doing so would leave; the chosen one leads back."""

    name: str
    count: int
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of one kind; the rare ones are folded."""

    heading: str
    options: tuple[Option, ...]
    folded: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Narrow:
    """Ways to narrow the list."""

    template: ClassVar[str] = "found/narrow.html"
    facets: tuple[Facet, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A signature that was found."""

    title: Pieces
    url: str
    id: str
    fix: str
    status: str | None
    place: str
    """Which of its texts the snippet is from."""
    snippet: Pieces


@dataclass(frozen=True, slots=True)
class Pages:
    """Where in the list this is, and the pages before and after."""

    here: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found."""

    template: ClassVar[str] = "found/hits.html"
    heading: str
    chosen: tuple[Option, ...]
    notes: tuple[str, ...]
    hits: tuple[Hit, ...]
    pages: Pages | None
    narrows: bool
    """Whether there are ways to narrow it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The way to the other pages of a list."""

    template: ClassVar[str] = "found/turn.html"
    pages: Pages


@dataclass(frozen=True, slots=True)
class Nothing:
    """That nothing was found, and what to try."""

    template: ClassVar[str] = "found/nothing.html"
    text: str
    chosen: tuple[Option, ...]
    crash: bool
