"""The parts of a bug's page as values, each with the template that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.web.excerpt import Row
from app.web.kb_parts import Pointer
from app.web.versions import Axis, Line, Span


@dataclass(frozen=True, slots=True)
class Sample:
    """A real report of it: the lines, those that identify the bug marked."""

    rows: tuple[Row, ...]
    size: str
    open: bool
    """Whether it is short enough to stand there unfolded."""
    sure: str
    """How sure the answer to it is."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody with this bug sees, and by which words it is searched for."""

    template: ClassVar[str] = "bug/seen.html"
    error: str
    phrases: tuple[str, ...]
    search: str
    """The phrases as one line for a search field."""
    sample: Sample


@dataclass(frozen=True, slots=True)
class Command:
    """A line to run, and with which tool."""

    id: str
    tool: str
    line: str


@dataclass(frozen=True, slots=True)
class Way:
    """What to install on one release line."""

    whom: str | None
    """For whom it is; None where it is for all."""
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Where to go."""

    template: ClassVar[str] = "bug/upgrade.html"
    heading: str
    advice: str
    notes: tuple[str, ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """What the signature says under one heading; a text without a name of its own stands alone."""

    template: ClassVar[str] = "bug/texts.html"
    id: str
    heading: str
    texts: tuple[tuple[str | None, str], ...]


@dataclass(frozen=True, slots=True)
class Versions:
    """The ranges against the releases there are."""

    template: ClassVar[str] = "bug/versions.html"
    product: str
    axis: Axis | None
    line: Line | None
    spans: tuple[Span, ...]
    sides: tuple[tuple[str, tuple[Span, ...]], ...]
    """The other packages of a dependency break."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Where it can happen at all."""

    template: ClassVar[str] = "bug/environment.html"
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Related:
    """Bugs that look alike or belong together, each with what tells them apart."""

    template: ClassVar[str] = "bug/related.html"
    own: tuple[Pointer, ...]
    others: tuple[Pointer, ...]
    """Those that name this one; the difference is in their words."""
    elsewhere: tuple[tuple[str, str], ...]
    """Address and name of reports of something else that looks the same."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """How to bring the fix to many machines."""

    template: ClassVar[str] = "bug/rollout.html"
    canary: str
    check: str | None
    watch: str | None
    back: str | None


@dataclass(frozen=True, slots=True)
class Glance:
    """The bug in a few lines, and the way around its page."""

    template: ClassVar[str] = "bug/glance.html"
    facts: tuple[tuple[str, str], ...]
    jumps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no such thing, or no longer; what may have been meant."""

    template: ClassVar[str] = "bug/missing.html"
    status: int
    heading: str
    sentence: str
    lead: str | None
    """What the bugs below are; None where there are none."""
    bugs: tuple[tuple[str, str, str], ...]
    """Address, title and id."""
    packages: tuple[tuple[str, str], ...] = ()
