"""Where somebody may have wanted to go who asked for an address that is none, or in a way that it does not take."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from starlette.requests import Request

from app.signature.book import Book

NEAR = 0.7  # how alike two paths must be, from 0 to 1: mistypings are
MOST = 3
LONGEST = 200  # characters of a path that are looked at: no address of ours has more
PAGES = {
    "/": "Paste a crash",
    "/kb": "Known bugs",
    "/sources": "Sources",
    "/diagnoses": "Diagnoses",
    "/docs": "The API",
    "/sign-in": "Sign in",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A page that may have been meant."""

    url: str
    name: str


def ways(request: Request) -> tuple[Way, ...]:
    """Pages that may have been meant by this address, the likeliest first; none where there is no likely one."""
    path = request.url.path[:LONGEST]
    found = {way.url: way for way in _ways(path, request.app.state.index.book) if way.url != request.url.path}
    return tuple(islice(found.values(), MOST))


def _ways(path: str, book: Book) -> Iterator[Way]:
    bare = path.rstrip("/").lower() or "/"
    last = bare.rsplit("/", 1)[-1].removesuffix(".html")
    if bare in PAGES:
        yield Way(bare, PAGES[bare])
    if last in book.signatures:
        one = book.signatures[last]
        yield Way(one.page, one.title)
    if last in book.by_package:
        yield Way(f"/kb/{last}", f"Known bugs of {last}")
    for near in difflib.get_close_matches(bare, PAGES, 1, NEAR):
        yield Way(near, PAGES[near])
    for near in difflib.get_close_matches(last, book.signatures, 2, NEAR):
        one = book.signatures[near]
        yield Way(one.page, one.title)
