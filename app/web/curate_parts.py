"""The parts of the curators' pages as values, and how they are made of corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from app.feedback import MOST_WORDS, STATES, Correction, Evidenced, Said, State
from app.signature.book import Book
from app.web.excerpt import Excerpt, excerpt
from app.web.feedback import ANSWERS
from app.web.person import Person
from app.web.render import Page, Part
from app.web.times import When, when

LIST = "/curate"
NAMES: dict[State, str] = {"open": "Open", "done": "Done", "rejected": "Rejected"}
TONES: dict[State, str] = {"open": "maybe", "done": "match", "rejected": "none"}
NOTHING: dict[State, str] = {
    "open": "Nothing waits. Whoever finds an answer wrong says so at the end of its page.",
    "done": "None was taken yet.",
    "rejected": "None was rejected yet.",
}


@dataclass(frozen=True, slots=True)
class Bug:
    """A signature as somebody named it; `url` only when the book has it."""

    title: str
    id: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A correction in the list."""

    url: str
    said: Bug
    right: Bug
    words: str
    at: When
    by: str | None


@dataclass(frozen=True, slots=True)
class Queue:
    """The corrections in one state."""

    template: ClassVar[str] = "curate/queue.html"
    tabs: tuple[tuple[str, str, bool], ...]
    """Address, name, and whether it is shown."""
    rows: tuple[Row, ...]
    nothing: str
    more: str | None


@dataclass(frozen=True, slots=True)
class Remark:
    """A word on a fix."""

    bug: Bug
    held: str
    words: str
    at: When
    answer: str | None


@dataclass(frozen=True, slots=True)
class Remarks:
    """What was said of fixes lately."""

    template: ClassVar[str] = "curate/remarks.html"
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class One:
    """A correction, and the form that settles it."""

    template: ClassVar[str] = "curate/one.html"
    number: int
    state: str
    tone: str
    row: Row
    answer: str
    settled_at: When | None
    note: str
    token: str
    mark: str
    choices: tuple[tuple[str, str], ...]
    """Values and names of what can be made of it."""
    most: int


def queue_page(
    book: Book, person: Person, state: State, found: tuple[Sequence[Correction], bool], said: Sequence[Said]
) -> Page:
    """The corrections in this state, and below the open ones what was said of fixes."""
    now, (shown, more) = datetime.now(UTC), found
    tabs = tuple((f"{LIST}?state={one}", NAMES[one], one == state) for one in STATES)
    rows = tuple(_row(one, book, now) for one in shown)
    older = f"{LIST}?state={state}&below={shown[-1].id}" if more and shown else None
    parts: tuple[Part, ...] = (Queue(tabs, rows, NOTHING[state], older), *_remarks(book, said, now))
    return _page("Corrections", parts, person)


def one_page(book: Book, person: Person, found: Evidenced) -> Page:
    """A correction with its report."""
    one, now = found.correction, datetime.now(UTC)
    head = One(
        number=one.id,
        state=NAMES[one.state],
        tone=TONES[one.state],
        row=_row(one, book, now),
        answer=f"/diagnoses/{one.diagnosis}?answer={one.diagnosis}&crash={one.crash + 1}",
        settled_at=when(one.settled_at, now) if one.settled_at else None,
        note=one.note,
        token=person.token,
        mark=one.mark,
        choices=tuple(
            (state, name)
            for state, name in (("done", "Done"), ("rejected", "Reject"), ("open", "Open again"))
            if state != one.state
        ),
        most=MOST_WORDS,
    )
    report = _report(found)
    return _page(f"Correction {one.id}", (head, report) if report else (head,), person)


def _report(found: Evidenced) -> Excerpt | None:
    crash = found.crash
    return excerpt(found.told.report.lines, {}, (crash.first_line, crash.last_line) if crash else None)


def _page(title: str, parts: tuple[Part, ...], person: Person) -> Page:
    return Page(
        title, parts, here=LIST, indexed=False, private=True, person=person, styles=("answer.css", "curate.css")
    )


def _row(one: Correction, book: Book, now: datetime) -> Row:
    return Row(
        f"{LIST}/{one.id}", _bug(one.said, book), _bug(one.right, book), one.words, when(one.at, now), one.settled_by
    )


def _bug(name: str | None, book: Book) -> Bug:
    if name is None:
        return Bug("No known bug", "", None)
    known = book.signatures.get(name)
    return Bug(known.title, name, known.page) if known else Bug(name, "", None)


def _remarks(book: Book, said: Sequence[Said], now: datetime) -> tuple[Remarks, ...]:
    rows = tuple(
        Remark(
            _bug(one.signature, book),
            ANSWERS.get(one.held, one.held),
            one.words,
            when(one.at, now),
            f"/diagnoses/{one.about}" if one.about else None,
        )
        for one in said
    )
    return (Remarks(rows),) if rows else ()
