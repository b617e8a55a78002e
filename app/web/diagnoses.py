"""The page of all stored diagnoses, for staff: found by what crashed, what it was, from where and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from app.diagnosis.model import VERDICTS, Verdict
from app.signature.book import Book
from app.staff import Remembered, Wanted, remembered
from app.web import words
from app.web.depends import BookDep, SessionDep, Staff
from app.web.person import Person
from app.web.render import Page, Part, html
from app.web.times import When, when

router = APIRouter(include_in_schema=False)

LIST = "/diagnoses"
EACH = 25
MAX_TEXT = 1000  # characters that are searched for; no stored message is longer
MAX_NAME = 200
MAX_SHOWN = 200  # characters of a crash in the list
NAMED: dict[Verdict, str] = {"match": "Known bug", "maybe": "Perhaps a known bug", "none": "Not known"}


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of the list of verdicts."""

    value: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked for."""

    template: ClassVar[str] = "diagnoses/form.html"
    text: str
    verdicts: tuple[Choice, ...]
    source: str
    begin: str
    end: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A stored diagnosis."""

    url: str
    tone: str
    verdict: str | None
    """None where no crash was found: of none can be said whether it is known."""
    said: str
    signature: str | None
    page: str | None
    """Of the signature, when the book has it."""
    fingerprint: str | None
    crashes: str | None
    source: str | None
    seen: str
    when: When


@dataclass(frozen=True, slots=True)
class Rows:
    """What was found."""

    template: ClassVar[str] = "diagnoses/rows.html"
    rows: tuple[Row, ...]
    older: str | None
    newest: str | None


@dataclass(frozen=True, slots=True)
class Nothing:
    """That nothing was found."""

    template: ClassVar[str] = "diagnoses/nothing.html"
    asked: bool


@router.get(LIST)
def list_page(request: Request, staff: Staff, session: SessionDep, book: BookDep) -> Response:
    """Stored diagnoses, the newest first."""
    wanted = wanted_of(request.query_params)
    return html(page(wanted, remembered(session, wanted, EACH + 1), book, staff))


def wanted_of(fields: Mapping[str, str]) -> Wanted:
    """What these fields ask for; what they do not say rightly is not asked."""
    verdict = fields.get("verdict", "")
    return Wanted(
        text=fields.get("q", "").strip()[:MAX_TEXT],
        verdict=verdict if verdict in VERDICTS else None,
        source=fields.get("source", "").strip()[:MAX_NAME] or None,
        begin=_day(fields.get("from", "")),
        end=_day(fields.get("to", "")),
        before=fields.get("before") or None,
    )


def page(wanted: Wanted, found: Sequence[Remembered], book: Book, person: Person) -> Page:
    """The list with the form above it; `found` has one more than is shown where there are more."""
    asked = wanted != Wanted(before=wanted.before)
    choices = (Choice("", "any", wanted.verdict is None), *(_choice(one, wanted) for one in VERDICTS))
    form = Form(wanted.text, choices, wanted.source or "", _iso(wanted.begin), _iso(wanted.end), asked)
    now = datetime.now(UTC)
    rows = tuple(_row(one, book, now) for one in found[:EACH])
    older = _url(replace(wanted, before=found[EACH - 1].id)) if len(found) > EACH else None
    newest = _url(replace(wanted, before=None)) if wanted.before else None
    listed: Part = Rows(rows, older, newest) if rows else Nothing(asked)
    return Page(
        "Diagnoses",
        (form, listed),
        here=LIST,
        indexed=False,
        private=True,
        person=person,
        styles=("diagnoses.css",),
    )


def _choice(verdict: Verdict, wanted: Wanted) -> Choice:
    return Choice(verdict, NAMED[verdict], wanted.verdict == verdict)


def _row(one: Remembered, book: Book, now: datetime) -> Row:
    known = book.signatures.get(one.signature) if one.signature else None
    verdict: Verdict = one.verdict if one.verdict in VERDICTS else "none"
    return Row(
        url=f"{LIST}/{one.id}",
        tone=verdict,
        verdict=words.verdict(verdict, one.confidence) if one.crashes else None,
        said=_named(one.said) or ("A crash without a name" if one.crashes else "No crash in it"),
        signature=one.signature,
        page=known.page if known else None,
        fingerprint=one.fingerprint,
        crashes=words.counted(one.crashes - 1, "other crash") if one.crashes > 1 else None,
        source=one.source,
        seen=f"{one.seen:,} times" if one.seen > 1 else "once",
        when=when(one.last_seen, now),
    )


def _named(said: str) -> str:
    return said if len(said) <= MAX_SHOWN else f"{said[:MAX_SHOWN].rstrip()} …"


def _url(wanted: Wanted) -> str:
    said = {
        "q": wanted.text,
        "verdict": wanted.verdict,
        "source": wanted.source,
        "from": _iso(wanted.begin),
        "to": _iso(wanted.end),
        "before": wanted.before,
    }
    query = urlencode({name: value for name, value in said.items() if value}, errors="replace")
    return f"{LIST}?{query}" if query else LIST


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
