"""The pages of the book: what is known, by package and one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.errors import Unknown
from app.signature.book import Book
from app.signature.model import Clue, Range, Signature
from app.web import words
from app.web.answer_parts import Why
from app.web.found_parts import Field
from app.web.kb_parts import (
    Affected,
    Entry,
    Group,
    Pointer,
    Recognised,
    Remedy,
    Rest,
    Shelf,
    Sign,
    Table,
    Title,
)
from app.web.kb_proof import proof
from app.web.render import Page, Part

EACH = 12  # bugs of a package on the page of all packages; the others are one click away

# `/commit/99ead36595b7bce7638415b8abfebdd4f8fb78f1`
COMMIT = re.compile(r"(/commit/[0-9a-f]{10})[0-9a-f]+")


def shelf(book: Book, names: Iterable[str]) -> Shelf:
    """These packages, each with its first bugs."""
    return Shelf(tuple(_group(name, book.by_package[name], most=EACH) for name in names))


def package(book: Book, name: str, most: int) -> Page:
    """The bugs of one package; raises `Unknown` when the book has none."""
    some = book.by_package.get(name)
    if not some:
        raise Unknown("unknown-package", f"No bug of `{name[:80]}` is in the book.")
    heading = f"Known bugs of {words.product(name)}"
    lead = f"{words.counted(len(some), 'bug')} of {words.product(name)} in the book."
    field = Field(heading, lead, "", (("package", name),), "", None, most, crumb=True)
    parts = (field, Shelf((_group("", some, most=len(some)),)))
    return Page(heading, parts, here="/kb", styles=("search.css",), scripts=("search.js",), searches=True)


def signature(book: Book, one: Signature) -> Page:
    """All that is known of one bug; empty parts are left out."""
    after = (
        ("What must be true for it to happen", one.trigger),
        ("How to see that the fix holds", one.verify),
        ("How to keep it from coming back", one.prevent),
    )
    before = (
        ("Until you can upgrade", one.workaround),
        ("When not to use this fix", one.not_when),
        ("If you leave it", one.if_left),
        ("Why it happens", one.cause),
        ("What the fix does", one.remedy),
    )
    texts = tuple((heading, written) for heading, written in (*before, *after) if written)
    parts: tuple[Part, ...] = (_title(book, one), _remedy(one), Why(texts), _recognised(one), *proof(one))
    return Page(f"{one.title} ({one.id})", parts, aside=(_affected(one), _rest(book, one)), here="/kb")


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


def _title(book: Book, one: Signature) -> Title:
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


def _remedy(one: Signature) -> Remedy:
    installs = one.fixed_in is not None and one.product == one.package
    return Remedy(one.advice(one.fixed_in), f'pip install "{one.package}>={one.fixed_in}"' if installs else None)


def _affected(one: Signature) -> Affected:
    own = Table(one.product, "Fixed in", tuple(_row(span) for span in one.affected))
    sides = [
        Table(f"together with {words.product(side.package)}", "Until", tuple(_span(span) for span in side.affected))
        for side in one.with_
    ]
    where: list[str] = []
    if one.environment.os:
        where.append(f"{words.SYSTEMS[one.environment.os]} only")
    if one.environment.python:
        where.append(f"Python {one.environment.python}")
    return Affected((own, *sides), tuple(where))


def _row(span: Range) -> tuple[str, str]:
    """From where on the bug is there, and where it is fixed."""
    if span.fixed is not None:
        return _begin(span), span.fixed
    last = f"not fixed; {span.last_affected} is the last affected" if span.last_affected else "not fixed yet"
    return _begin(span), last


def _span(span: Range) -> tuple[str, str]:
    """From where to where the other side of a break reaches."""
    end = f"before {span.fixed}" if span.fixed else span.last_affected
    return _begin(span), end or "any later one"


def _begin(span: Range) -> str:
    return "the first release" if span.introduced == "0" else span.introduced


def _recognised(one: Signature) -> Recognised:
    rules = (
        ("All of these", one.match.all, words.CLUES),
        ("At least one of these makes it sure", one.match.any, words.CLUES),
        ("One of these makes it something else", one.match.none, words.CLUES),
    )
    return Recognised(tuple((heading, _signs(clues, table)) for heading, clues, table in rules if clues))


def _signs(clues: Iterable[Clue], table: dict[str, str]) -> tuple[Sign, ...]:
    return tuple(Sign(table[clue.kind], clue.value) for clue in clues)


def _rest(book: Book, one: Signature) -> Rest:
    known = [(other, book.signatures.get(other.id)) for other in one.related]
    return Rest(
        related=tuple(Pointer(it.title, it.page, other.difference) for other, it in known if it is not None),
        references=tuple((words.SOURCES[source.kind], source.url, _named(source.url)) for source in one.references),
    )


def _named(url: str) -> str:
    """The address as it is shown: without its scheme, commits with the first characters of their name."""
    return COMMIT.sub(r"\1", url.removeprefix("https://"))
