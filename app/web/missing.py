"""The answers where a bug or a package is not there, or no longer: what may have been meant."""

from __future__ import annotations

import difflib

from app.signature.book import Book
from app.signature.model import Signature
from app.web import words
from app.web.bug_parts import Missing
from app.web.render import Page

NEAR = 0.5  # how alike two names must be, from 0 to 1: typing mistakes and parts of a name are
MOST = 5
LONGEST = 120  # characters of what was asked for: no id or package has more


def bug(book: Book, package: str, asked: str) -> Page:
    """There is no such bug: the same id elsewhere, ids like it, or the package's bugs."""
    asked, package = asked[:LONGEST], package[:LONGEST]
    near = difflib.get_close_matches(asked.lower(), list(book.signatures), MOST, NEAR)
    own = [one.id for one in book.by_package.get(package, ())]
    first = [asked] if asked in book.signatures else []
    ids = list(dict.fromkeys((*first, *near, *own)))[:MOST]
    found = tuple(book.signatures[one] for one in ids)
    sentence = f"No bug of `{package}` is called `{asked}`."
    packages = () if package in book.by_package else _packages(book, package)
    lead = "Perhaps one of these" if found else None
    return _page(Missing(404, "There is no such bug", sentence, lead, _rows(found), packages))


def package(book: Book, asked: str) -> Page:
    """There is no such package: those with a name like it."""
    asked = asked[:LONGEST]
    sentence = f"No bug of `{asked}` is in the book."
    return _page(Missing(404, "There is no such package", sentence, None, (), _packages(book, asked)))


def retired(book: Book, one: Signature) -> Page:
    """There is no longer such a bug: another description has taken its place."""
    successor = book.signatures.get(one.replaced_by or "")
    sentence = f"`{one.id}` was retired: “{one.title}” is now described elsewhere. Links to it should be changed."
    rows = _rows((successor,)) if successor else ()
    return _page(Missing(410, "This bug has another page now", sentence, "In its place" if rows else None, rows))


def _packages(book: Book, asked: str) -> tuple[tuple[str, str], ...]:
    near = difflib.get_close_matches(asked.lower(), list(book.by_package), MOST, NEAR)
    return tuple((f"/kb/{name}", words.product(name)) for name in near)


def _rows(bugs: tuple[Signature, ...]) -> tuple[tuple[str, str, str], ...]:
    return tuple((one.page, one.title, one.id) for one in bugs)


def _page(part: Missing) -> Page:
    return Page(part.heading, (part,), here="/kb", styles=("bug.css",), indexed=False)
