"""What the pages of the book tell to whoever reads no page: descriptions, JSON-LD, and where else it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from app.signature.book import Book, Listed
from app.signature.model import Range, Signature
from app.web import words
from app.web.head import brief
from app.web.render import Other, Page

ATOM = "application/atom+xml"
JSON = "application/json"
MARKDOWN = "text/markdown"
NEVER = date(1970, 1, 1)  # feeds demand a day: what nobody ever checked comes last
HEADLINE = 110  # characters, as schema.org's readers have it


def checked(one: Signature) -> date:
    """The day on which it was last checked."""
    return one.verified.on if one.verified is not None else NEVER


def newest(some: Iterable[Signature]) -> date:
    """The last day on which one of these was checked."""
    return max(map(checked, some), default=NEVER)


def newest_listed(some: Iterable[Listed]) -> date:
    """The same of signatures in short."""
    return max((one.checked for one in some if one.checked is not None), default=NEVER)


def description(one: Signature) -> str:
    """What to do, and why it happens."""
    return brief(f"{one.advice(one.fixed_in)} {one.cause}")


def of_bug(page: Page, one: Signature) -> Page:
    """The page of a bug, with all that its head says."""
    feed = Other(ATOM, f"/kb/{one.package}/feed.atom", f"Feed of {one.product}")
    others = (
        Other(JSON, f"{one.page}.json", "JSON"),
        Other(MARKDOWN, f"{one.page}.md", "Markdown"),
        Other(JSON, f"{one.page}.osv.json", "OSV"),
        feed,
    )
    return replace(page, description=description(one), others=others, data=article(one), dated=checked(one))


def of_package(page: Page, book: Book, name: str) -> Page:
    """The page of a package, with all that its head says."""
    some = book.by_package[name]
    feed = Other(ATOM, f"/kb/{name}/feed.atom", f"Feed of {words.product(name)}")
    said = f"{words.counted(len(some), 'known bug')} of {words.product(name)}: {'; '.join(one.title for one in some)}"
    return replace(page, description=said, others=(feed,), dated=newest(some))


def of_book(page: Page, book: Book) -> Page:
    """The page of all bugs, with all that its head says."""
    feed = Other(ATOM, "/kb/feed.atom", "Feed")
    said = f"{words.size(book)}, each with its cause, its fix and its sources."
    return replace(page, description=said, others=(feed,), dated=newest_listed(book.listed()))


def article(one: Signature) -> dict[str, object]:
    """The page of a bug as schema.org's `TechArticle`."""
    about: dict[str, object] = {
        "@type": "SoftwareApplication",
        "name": one.product,
        "applicationCategory": "DeveloperApplication",
        "softwareVersion": ", ".join(map(versions, one.affected)),
    }
    if one.environment.os:
        about["operatingSystem"] = words.SYSTEMS[one.environment.os]
    said: dict[str, object] = {
        "@type": "TechArticle",
        "headline": one.title[:HEADLINE],
        "description": description(one),
        "identifier": one.id,
        "inLanguage": "en",
        "about": about,
        "citation": [at.url for at in one.references],
    }
    if one.verified is not None:
        said["dateModified"] = one.verified.on.isoformat()
    return said


def versions(span: Range) -> str:
    """A range as PEP 440 writes it: `>=0.16.0,<0.18.0`."""
    begin = [] if span.introduced == "0" else [f">={span.introduced}"]
    end = [f"<{span.fixed}"] if span.fixed else [f"<={span.last_affected}"] if span.last_affected else []
    return ",".join(begin + end) or "all"
