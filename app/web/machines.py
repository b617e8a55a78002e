"""The book for programs: bugs as JSON, Markdown and OSV, feeds, the site's map, what crawlers may read. Routes."""

from __future__ import annotations

import json
import re

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from app.errors import Unknown
from app.signature.book import Book
from app.signature.model import Signature
from app.web import feeds, fresh, told, words
from app.web.depends import BookDep, SettingsDep
from app.web.export import markdown, osv
from app.web.place import here

router = APIRouter(include_in_schema=False)

PRIVATE = ("/api/", "/curate", "/diagnoses", "/ingest", "/sign-in", "/sources", "/unknown")
# what a program asks for -> what is added to the page's address
FORMS = {"text/html": "", told.JSON: ".json", told.MARKDOWN: ".md"}
XML = "application/xml"
NUMBER = re.compile(r"[1-9][0-9]{0,4}")  # of a map
QUALITY = re.compile(r"[01](?:\.[0-9]*)?")  # RFC 9110, 12.4.2


@router.get("/robots.txt")
def robots(settings: SettingsDep) -> Response:
    """What search engines may read."""
    return kept(feeds.robots(here().site, PRIVATE, indexed=settings.indexed).encode(), "text/plain")


@router.get("/sitemap.xml")
def sitemap(book: BookDep) -> Response:
    """All pages of the book, or where the maps of them are."""
    return kept(feeds.sitemap(book, here().site), XML)


@router.get("/sitemap-{number}.xml")
def part_of_sitemap(book: BookDep, number: str) -> Response:
    """Some of the pages of the book, where one map can't name them all."""
    part = feeds.part_of_sitemap(book, here().site, int(number)) if NUMBER.fullmatch(number) else None
    if part is None:
        raise Unknown("not-found", "The map of this site has no such part; /sitemap.xml tells what there is.")
    return kept(part, XML)


@router.get("/kb/feed.atom")
def feed(book: BookDep) -> Response:
    """The bugs that were checked last."""
    return kept(feeds.atom("Known bugs", "/kb/feed.atom", feeds.latest(book), here().site), told.ATOM)


@router.get("/kb/{package}/feed.atom")
def package_feed(book: BookDep, package: str) -> Response:
    """The bugs of a package that were checked last."""
    some = [one for one in book.by_package.get(package, ()) if one.status != "retired"]
    if not some:
        raise Unknown("unknown-signature", f"No bug of '{package[:80]}' is known; /kb lists all there are.")
    heading = f"Known bugs of {words.product(package)}"
    return kept(feeds.atom(heading, f"/kb/{package}/feed.atom", some, here().site), told.ATOM)


@router.get("/kb/{package}/{signature}.osv.json")
def as_osv(book: BookDep, package: str, signature: str) -> Response:
    """A bug as other advisories are written."""
    one = found(book, package, signature)
    return kept(json.dumps(osv(one, here().site + one.page)).encode(), told.JSON)


@router.get("/kb/{package}/{signature}.json")
def as_json(book: BookDep, package: str, signature: str) -> Response:
    """A bug as its file says it."""
    return kept(found(book, package, signature).model_dump_json(by_alias=True).encode(), told.JSON)


@router.get("/kb/{package}/{signature}.md")
def as_markdown(book: BookDep, package: str, signature: str) -> Response:
    """A bug as text for a ticket."""
    one = found(book, package, signature)
    return kept(markdown(one, here().site + one.page).encode(), told.MARKDOWN)


def elsewhere(request: Request) -> Response | None:
    """Where a page is asked for by a program that would rather have another form of it: the way there."""
    ending = FORMS[preferred(request.headers.get("accept", ""))]
    if not ending:
        return None
    return RedirectResponse(here().path + ending, status_code=303, headers={"Vary": "Accept"})


def preferred(accept: str) -> str:
    """Which of our forms an `Accept` header likes best; a page where it says nothing of them."""
    liked: dict[str, float] = {}
    for entry in accept.split(",")[:20]:
        name, *more = (part.strip() for part in entry.split(";"))
        quality = next((one[2:] for one in more if one.startswith("q=")), "1")
        liked[name.lower()] = float(quality) if QUALITY.fullmatch(quality) else 0.0
    anything = max(liked.get("text/*", 0.0), liked.get("*/*", 0.0))
    scores = {name: liked.get(name, anything if name == "text/html" else 0.0) for name in FORMS}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0 else "text/html"


def found(book: Book, package: str, signature: str) -> Signature:
    """This bug of this package; one that was retired has gone."""
    one = book.signatures.get(signature)
    if one is None or one.package != package:
        raise Unknown("unknown-signature", f"No bug of '{package[:80]}' is called '{signature[:80]}'; /kb lists all.")
    if one.status == "retired":
        raise Unknown("retired-signature", f"'{one.id}' was retired; '{one.replaced_by}' takes its place.", status=410)
    return one


def kept(body: bytes, kind: str) -> Response:
    """An answer that whoever has it already is not sent again."""
    return Response(body, media_type=kind, headers={"ETag": fresh.tag(body), "Cache-Control": fresh.ASK})
