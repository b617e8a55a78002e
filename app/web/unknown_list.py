"""The list of unknown crashes: what an address asks for, and the rows that answer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from app.signature.book import Book
from app.unknown.clusters import ORDERS, PASTED, Cluster, Order, Origin, Wanted, last_days
from app.web import words
from app.web.person import Person
from app.web.render import Page, Part
from app.web.times import when
from app.web.trend_charts import spark
from app.web.unknown_parts import Explained, Head, Nothing, Option, Row, Rows
from app.web.unknown_schemas import MAX_OFFSET

LIST = "/unknown"
STYLES = ("unknown.css",)
EACH = 20
MAX_TEXT = 500  # characters that are searched for; no more of a message can be
MAX_NAME = 120
DIGITS = 6  # of an offset
FRAMES = 4  # innermost common ones in the list
VERSIONS = 4
NAMED_SOURCES = 3
ORDER_NAMES: Mapping[Order, str] = {"count": "most often", "recent": "last seen", "spread": "most sources"}
PASTES = "pasted or sent by hand"


def wanted_of(fields: Mapping[str, str]) -> Wanted:
    """What these fields ask for; what they do not say rightly is not asked."""
    sort = fields.get("sort", "")
    offset = fields.get("from", "")
    return Wanted(
        order=next((one for one in ORDERS if one == sort), "count"),
        source=fields.get("source", "").strip()[:MAX_NAME] or None,
        exception=fields.get("exception", "").strip()[:MAX_NAME],
        text=fields.get("q", "").strip()[:MAX_TEXT],
        offset=min(int(offset), MAX_OFFSET) if offset.isascii() and offset.isdigit() and len(offset) <= DIGITS else 0,
    )


def page(wanted: Wanted, found: Sequence[Cluster], sources: Sequence[str], book: Book, person: Person) -> Page:
    """The list with the form above it; `found` has one more than is shown where there are more."""
    asked = wanted != Wanted(order=wanted.order, offset=wanted.offset)
    return Page(
        "Unknown crashes",
        (_head(wanted, sources, asked=asked), _listed(wanted, found, book, asked=asked)),
        here=LIST,
        indexed=False,
        private=True,
        person=person,
        styles=STYLES,
    )


def row(one: Cluster, book: Book, now: datetime) -> Row:
    """A cluster in a list."""
    counted = one.counted
    return Row(
        url=address(counted.fingerprint),
        exception=one.exception,
        says=one.says,
        fingerprint=counted.fingerprint,
        count=f"{counted.count:,}",
        origins=_origins(one.origins),
        frames=one.alike.common[::-1][:FRAMES],
        versions=versions(one)[:VERSIONS],
        spark=spark(one.trend, last_days()[1]),
        first=when(counted.first_seen, now),
        last=when(counted.last_seen, now),
        examples=one.examples,
        explained=explained(one.explained, book) if one.explained else None,
    )


def explained(signature: str, book: Book) -> Explained:
    """A signature, with its page if the book has it."""
    known = book.signatures.get(signature)
    return Explained(signature, known.title if known else signature, known.page if known else None)


def versions(one: Cluster) -> tuple[tuple[str, str], ...]:
    """What it ran on, each with all versions seen."""
    return tuple(
        (name, ", ".join(words.SYSTEMS.get(value, value) for value in seen)) for name, seen in one.alike.versions
    )


def address(fingerprint: str, part: str = "") -> str:
    """Path of a cluster's page, or of what belongs to it."""
    return f"{LIST}/{quote(fingerprint, safe=':')}{part}"


def named(source: str) -> str:
    """What a source is called."""
    return PASTES if source == PASTED else source


def _head(wanted: Wanted, sources: Sequence[str], *, asked: bool) -> Head:
    choices = [("", "all"), *((one, named(one)) for one in (*sources, PASTED))]
    return Head(
        orders=tuple(Option(one, ORDER_NAMES[one], one == wanted.order) for one in ORDERS),
        sources=tuple(Option(value, name, value == (wanted.source or "")) for value, name in choices),
        exception=wanted.exception,
        text=wanted.text,
        asked=asked,
    )


def _listed(wanted: Wanted, found: Sequence[Cluster], book: Book, *, asked: bool) -> Part:
    if not found:
        return Nothing(asked or wanted.offset > 0)
    now = datetime.now(UTC)
    first = wanted.offset + 1
    return Rows(
        heading="Found",
        seen=False,
        rows=tuple(row(one, book, now) for one in found[:EACH]),
        before=_url(replace(wanted, offset=max(wanted.offset - EACH, 0))) if wanted.offset else None,
        after=_url(replace(wanted, offset=wanted.offset + EACH)) if len(found) > EACH else None,
        here=f"{first:,} to {first - 1 + min(len(found), EACH):,}",
    )


def _origins(origins: Sequence[Origin]) -> str:
    """`shop, billing and 3 others`."""
    names = [named(one.source) for one in origins]
    if len(names) > NAMED_SOURCES:
        names = [*names[:2], f"{len(names) - 2} others"]
    return words.listed(names)


def _url(wanted: Wanted) -> str:
    said = {
        "q": wanted.text,
        "exception": wanted.exception,
        "source": wanted.source,
        "sort": wanted.order if wanted.order != "count" else None,
        "from": wanted.offset or None,
    }
    query = urlencode({name: value for name, value in said.items() if value}, errors="replace")
    return f"{LIST}?{query}" if query else LIST
