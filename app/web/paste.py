"""The paste page: what was typed is shown again, with a complaint, when it can't be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, get_args

from fastapi import Request
from fastapi.exceptions import RequestValidationError

from app.errors import Unreadable
from app.signature.book import Book
from app.signature.model import Os
from app.web import words
from app.web.body import form_fields, most_bytes, read_at_most, too_long
from app.web.render import Page

DRAINED = 64 * 1024 * 1024  # bytes still read of what is too long: a browser that can't finish sending shows no answer

NAMES = {"text": "The crash", "file": "The file", "os": "System", "python": "Python version", "packages": "Packages"}
LEADS = {
    "empty": "There is nothing to read.",
    "too_long": "That is too long.",
    "too_slow": "That came too slowly.",
    "not_text": "This is not text.",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What stood in the form; a browser does not let a page choose the file again."""

    text: str = ""
    os: str = ""
    python: str = ""
    packages: str = ""

    @property
    def environment(self) -> bool:
        """Whether any of the optional fields is filled in."""
        return any(field.strip() for field in (self.os, self.python, self.packages))


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why it could not be used, what to do, and which field it is about."""

    status: int
    title: str
    what_to_do: str
    field: str = "text"


@dataclass(frozen=True, slots=True)
class Option:
    """An entry of the list of systems."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class Form:
    """The paste box."""

    template: ClassVar[str] = "paste.html"
    typed: Typed
    complaint: Complaint | None
    systems: tuple[Option, ...]
    known: str
    most: int

    @property
    def wrong(self) -> str:
        """The field that is complained of; empty without a complaint."""
        return self.complaint.field if self.complaint else ""


DESCRIPTION = (
    "Paste a Python traceback as it came. The answer says whether it is a known bug, which version fixes it and how "
    "sure that is."
)
SYSTEMS = (Option("", "not stated"), *(Option(one, words.SYSTEMS[one]) for one in get_args(Os)))


def page(book: Book, most: int, typed: Typed, complaint: Complaint | None = None) -> Page:
    """The paste page, empty or as it was sent."""
    title = "That could not be used" if complaint else "What crashed?"
    parts = (Form(typed, complaint, SYSTEMS, words.size(book), most),)
    return Page(title, parts, here="/", description=DESCRIPTION)


async def read_form(request: Request, most: int) -> bytes:
    """The body, holding no more bytes of it than a report of the longest length can need."""
    return await read_at_most(request, most_bytes(request, most), too_long(most), heard_out=DRAINED)


def typed(request: Request, body: bytes) -> Typed:
    """The texts of the form; empty ones when the body is none."""
    try:
        sent = form_fields(body, request.headers.get("content-type", ""))
    except Unreadable:
        return Typed()
    # A browser sends every line break of a text field as CR LF, whatever was pasted.
    said = (sent.get(name, b"").decode(errors="replace") for name in ("text", "os", "python", "packages"))
    return Typed(*(one.replace("\r\n", "\n") for one in said))


def complaint(wrong: Unreadable | RequestValidationError) -> Complaint:
    """Why what was sent can't be used."""
    if isinstance(wrong, Unreadable):
        return Complaint(wrong.status, LEADS.get(wrong.word, "This can't be used."), wrong.detail)
    fault = wrong.errors()[0]
    named = [part for part in fault["loc"] if part in NAMES]
    field = named[0] if named else "text"
    return Complaint(422, f"{NAMES[field]}:", f"{fault['msg']}.".replace("..", "."), field)
