"""Parts that several pages of the book have in common: lists of bugs, titles, clues, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.signature.book import Book
from app.signature.model import Clue, Signature
from app.web import words
from app.web.kb_parts import Entry, Group, Recognised, Shelf, Sign, Title

# `/commit/99ead36595b7bce7638415b8abfebdd4f8fb78f1`
COMMIT = re.compile(r"(/commit/[0-9a-f]{10})[0-9a-f]+")


def shelf(book: Book, names: Iterable[str], most: int) -> Shelf:
    """These packages, each with its first bugs."""
    return Shelf(tuple(_group(name, book.by_package[name], most=most) for name in names))


def _group(name: str, some: Sequence[Signature], *, most: int) -> Group:
    more = len(some) - most
    return Group(
        heading=words.product(name),
        url=f"/kb/{name}",
        count=len(some),
        entries=tuple(_entry(one) for one in some[:most]),
        more=f"{more:,} more" if more > 0 else None,
    )


def _entry(one: Signature) -> Entry:
    return Entry(one.title, one.page, one.id, words.fix(one), None if one.status == "proven" else one.status)


def title(book: Book, one: Signature) -> Title:
    """What the bug is called, and in which state its description is."""
    notices = {
        "draft": "A draft: nobody has proven it yet, so it is never more than a perhaps.",
        "retired": "Retired: another description has taken its place.",
    }
    successor = book.signatures.get(one.replaced_by) if one.replaced_by else None
    return Title(
        title=one.title,
        id=one.id,
        package=one.package,
        product=one.product,
        notice=notices.get(one.status),
        successor=(successor.title, successor.page) if successor else None,
    )


def clues(one: Signature) -> Recognised:
    """How it is recognised."""
    rules = (
        ("All of these", one.match.all, words.CLUES),
        ("At least one of these makes it sure", one.match.any, words.CLUES),
        ("One of these makes it something else", one.match.none, words.CLUES),
    )
    return Recognised(tuple((heading, _signs(several, table)) for heading, several, table in rules if several))


def _signs(several: Iterable[Clue], table: dict[str, str]) -> tuple[Sign, ...]:
    return tuple(Sign(table[clue.kind], clue.value) for clue in several)


def shown_address(url: str) -> str:
    """The address as it is shown: without its scheme, commits with the first characters of their name."""
    return COMMIT.sub(r"\1", url.removeprefix("https://"))
