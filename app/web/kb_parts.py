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
class Fact:
    """What there is of one kind: words, each with the address that shows it."""

    name: str
    items: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """How we know: who says so, when it was checked, where it crashed and where it ran, and what else to say."""

    template: ClassVar[str] = "kb/proof.html"
    checked: str | None
    rows: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Pointer:
    """A related signature."""

    title: str
    url: str
    difference: str
