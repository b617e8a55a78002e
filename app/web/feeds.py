"""The book as XML: Atom feeds of what was checked last, and the map of the site."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring  # only written here, never read

from app.signature.book import Book, Listed
from app.signature.model import Signature
from app.web.told import ATOM, NEVER, checked, description, newest, newest_listed
from app.web.typeset import visible

MOST = 50  # entries; whoever asks once a day misses none
ATOM_SPACE = "http://www.w3.org/2005/Atom"
MAP_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST_PLACES = 50_000  # in one map, says sitemaps.org; so many are far below the 50 MiB that one may have
# The ids of feeds and entries are made from this and a name: the same on every server and for all time.
NAMES = UUID("6f0d5c1e-6a0f-4b7c-9d7e-2f1a3c58b9d4")


class _Place(NamedTuple):
    """A page, and when it was last checked."""

    address: str
    day: date


def atom(heading: str, path: str, some: Iterable[Signature], site: str) -> bytes:
    """The last of these as a feed at this path (RFC 4287), the one that was checked last first."""
    order = sorted(some, key=lambda one: (-checked(one).toordinal(), one.id))[:MOST]
    feed = Element("feed", {"xmlns": ATOM_SPACE, "xml:lang": "en"})
    _text(feed, "id", _urn(path))
    _text(feed, "title", heading)
    _text(feed, "updated", _midnight(newest(order)))
    SubElement(feed, "link", {"rel": "self", "type": ATOM, "href": f"{site}{path}"})
    SubElement(
        feed, "link", {"rel": "alternate", "type": "text/html", "href": f"{site}{path.removesuffix('/feed.atom')}"}
    )
    _text(SubElement(feed, "author"), "name", "Tracelore")
    for one in order:
        _entry(feed, one, site)
    return _written(feed)


def latest(book: Book) -> list[Signature]:
    """Those of the whole book that a feed of it would show."""
    shown = [one for one in book.listed() if one.status != "retired"]
    shown.sort(key=lambda one: (-(one.checked or NEVER).toordinal(), one.id))
    return [book.signatures[one.id] for one in shown[:MOST]]


def _entry(feed: Element, one: Signature, site: str) -> None:
    entry = SubElement(feed, "entry")
    _text(entry, "id", _urn(one.id))
    _text(entry, "title", one.title)
    _text(entry, "updated", _midnight(checked(one)))
    SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": f"{site}{one.page}"})
    SubElement(entry, "category", {"term": one.package})
    _text(entry, "summary", description(one))


def sitemap(book: Book, site: str) -> bytes:
    """Every page that search engines may keep; of more than fit into one map, the list of the maps that have them."""
    places = _places(book, site)
    if len(places) <= MOST_PLACES:
        return _map(places)
    index = Element("sitemapindex", {"xmlns": MAP_SPACE})
    for number, begin in enumerate(range(0, len(places), MOST_PLACES), 1):
        newest_of_them = max(one.day for one in places[begin : begin + MOST_PLACES])
        _place(index, "sitemap", _Place(f"{site}/sitemap-{number}.xml", newest_of_them))
    return _written(index)


def part_of_sitemap(book: Book, site: str, number: int) -> bytes | None:
    """One of those maps, counted from 1; None where there are not so many."""
    begin = (number - 1) * MOST_PLACES
    some = _places(book, site)[begin : begin + MOST_PLACES]
    return _map(some) if some else None


def robots(site: str, private: Sequence[str], *, indexed: bool) -> str:
    """What search engines may read: what is open to all, or nothing."""
    if not indexed:
        return "User-agent: *\nDisallow: /\n"
    closed = "".join(f"Disallow: {path}\n" for path in private)
    return f"User-agent: *\n{closed}Sitemap: {site}/sitemap.xml\n"


def _places(book: Book, site: str) -> list[_Place]:
    """Every page that search engines may keep, each with the day on which it was last checked."""
    every = list(book.listed())
    shown = [one for one in every if one.status != "retired"]
    of_packages: dict[str, list[Listed]] = {name: [] for name in book.by_package}
    for one in every:
        of_packages[one.package].append(one)
    return [
        _Place(f"{site}/", NEVER),
        _Place(f"{site}/kb", newest_listed(shown)),
        *(_Place(f"{site}/kb/{name}", newest_listed(some)) for name, some in of_packages.items()),
        *(_Place(f"{site}{one.page}", one.checked or NEVER) for one in shown),
    ]


def _map(places: Iterable[_Place]) -> bytes:
    urls = Element("urlset", {"xmlns": MAP_SPACE})
    for one in places:
        _place(urls, "url", one)
    return _written(urls)


def _place(into: Element, kind: str, place: _Place) -> None:
    element = SubElement(into, kind)
    _text(element, "loc", place.address)
    if place.day != NEVER:
        _text(element, "lastmod", place.day.isoformat())


def _text(into: Element, name: str, text: str) -> None:
    """An element of text; XML has no control characters, so they become signs."""
    SubElement(into, name).text = visible(text)


def _urn(name: str) -> str:
    return uuid5(NAMES, name).urn


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _written(root: Element) -> bytes:
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written
