"""The parts of the pages of the book as values, each with the template that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Entry:
    """A signature in a list."""

    title: str
    url: str
    id: str
    fix: str
    status: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Signatures under one heading."""

    heading: str
    url: str
    count: int
    entries: tuple[Entry, ...]
    more: str | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Signatures, grouped."""

    template: ClassVar[str] = "kb/shelf.html"
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Title:
    """What the bug is called, where it belongs and in which state its description is."""

    template: ClassVar[str] = "kb/title.html"
    title: str
    id: str
    package: str
    product: str
    notice: str | None
    successor: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Remedy:
    """The fix."""

    template: ClassVar[str] = "kb/fix.html"
    advice: str
    command: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """Affected versions of one package."""

    name: str
    until: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Affected:
    """Which versions have the bug, and where."""

    template: ClassVar[str] = "kb/affected.html"
    tables: tuple[Table, ...]
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """A clue in words."""

    sentence: str
    expected: str


@dataclass(frozen=True, slots=True)
class Recognised:
    """How the bug is recognised: groups of clues."""

    template: ClassVar[str] = "kb/recognised.html"
    groups: tuple[tuple[str, tuple[Sign, ...]], ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """How we know: when it was checked, where it crashed and where it ran, and what else there is to say of that."""

    template: ClassVar[str] = "kb/proof.html"
    checked: str | None
    rows: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pointer:
    """A related signature."""

    title: str
    url: str
    difference: str


@dataclass(frozen=True, slots=True)
class Rest:
    """Related bugs, and sources."""

    template: ClassVar[str] = "kb/rest.html"
    related: tuple[Pointer, ...]
    references: tuple[tuple[str, str, str], ...]
    """What it is, where, and how that is shown."""
