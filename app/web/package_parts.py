"""The parts of a package's page as values, each with the template that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.web.versions import Axis, Line, Moment, Span


@dataclass(frozen=True, slots=True)
class Row:
    """A bug as the reader's version has it."""

    title: str
    url: str
    id: str
    end: str
    where: tuple[str, ...]
    """What else must be true."""


@dataclass(frozen=True, slots=True)
class Here:
    """The field for the reader's version, and what is known of it."""

    template: ClassVar[str] = "package/here.html"
    product: str
    action: str
    typed: str
    complaint: str | None
    told: str
    """Empty while no version was given."""
    notes: tuple[str, ...]
    waiting: tuple[Row, ...]
    others: tuple[tuple[str, tuple[Row, ...]], ...]


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug on the line of releases."""

    title: str
    url: str
    id: str
    spans: tuple[Span, ...]
    fixed: Moment | None
    line: Line | None
    where: tuple[str, ...]
    status: str | None


@dataclass(frozen=True, slots=True)
class Bugs:
    """All bugs of the package, each on the same line of releases."""

    template: ClassVar[str] = "package/bugs.html"
    product: str
    axis: Axis | None
    bugs: tuple[Bug, ...]
    version: str | None
    """The reader's, which the lines mark."""
