"""What is known of what somebody typed or pasted: the bugs whose texts say it, and of a crash the bug it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.errors import Unreadable
from app.intake import Index, Received, receive
from app.signature.book import Book
from app.signature.facets import KINDS as KINDS
from app.signature.facets import Narrowed, narrow
from app.signature.terms import MOST_SAMPLE as MOST_SAMPLE
from app.signature.terms import plain as plain
from app.store.database import Session
from app.store.search import Hits as Hits
from app.store.search import search

# a crash says at least `KeyError: 'x'`, or is more than a line; whatever else it may be is asked of the matcher
SAYS = re.compile(r":\s|\n|Traceback \(")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for one text."""

    hits: Hits
    narrowed: Narrowed
    """Signatures with the chosen facets, the best first."""
    told: Received | None
    """The diagnosis of a text that has a crash in it; kept nowhere."""


def find(session: Session, index: Index, text: str, chosen: Mapping[str, str]) -> Found:
    """Find what a text says, and what it is when it is a crash. An empty text finds all signatures."""
    told = diagnosed(index, text)
    hits = search(session, _said(text, told))
    ids = _in_book(index.book, hits.ids) if text else tuple(index.book.signatures)
    return Found(hits, narrow(index.book.facets, ids, chosen), told)


def listed(session: Session, book: Book, text: str, package: str | None) -> tuple[str, ...]:
    """Ids of the signatures that say a text, the best first, of all packages or of one; all by id without a text."""
    ids: Iterable[str] = _in_book(book, search(session, text).ids) if text.strip() else book.signatures
    return narrow(book.facets, tuple(ids), {"package": package} if package is not None else {}).ids


def diagnosed(index: Index, text: str) -> Received | None:
    """The diagnosis of a text with a crash in it; None for one without, and for what is no text."""
    if not SAYS.search(text):
        return None
    try:
        told = receive(text.encode(errors="replace"), index=index)
    except Unreadable:
        return None
    return told if told.diagnosis.crashes else None


def _said(text: str, told: Received | None) -> str:
    """What to look for: of a pasted crash what it says of itself, and not the paths and lines around it."""
    if told is None or "\n" not in text.strip():
        return text
    crash = told.diagnosis.crashes[-1]
    return f"{crash.exception or ''} {crash.message}".strip() or text


def _in_book(book: Book, ids: Iterable[str]) -> tuple[str, ...]:
    """Those we know: another process may have mirrored a newer book."""
    return tuple(one for one in ids if one in book.signatures)
