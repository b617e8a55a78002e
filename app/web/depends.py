"""What a route needs, by name. One request, one transaction: it ends here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request

from app.errors import SignedOut
from app.feedback import open_ones
from app.intake import Index
from app.settings import Settings
from app.signature.book import Book
from app.staff import who
from app.store.database import Session, Sessions
from app.web.guard import Guard
from app.web.metrics import Meters
from app.web.person import COOKIE, Fields, Person, check_origin, check_token, fields_of


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _index(request: Request) -> Index:
    index: Index = request.app.state.index
    return index


def _book(request: Request) -> Book:
    index: Index = request.app.state.index
    return index.book


def _meters(request: Request) -> Meters:
    meters: Meters = request.app.state.meters
    return meters


def _guard(request: Request) -> Guard:
    guard: Guard = request.app.state.guard
    return guard


def _session(request: Request) -> Iterator[Session]:
    """A session that commits when the route is done and rolls back when it fails. Unused, it never connects."""
    sessions: Sessions = request.app.state.sessions
    with sessions.begin() as session:
        yield session


SettingsDep = Annotated[Settings, Depends(_settings)]
IndexDep = Annotated[Index, Depends(_index)]
BookDep = Annotated[Book, Depends(_book)]
MetersDep = Annotated[Meters, Depends(_meters)]
# `function`: committed before the answer is sent, so that what we say is kept is kept
SessionDep = Annotated[Session, Depends(_session, scope="function")]
FieldsDep = Annotated[Fields, Depends(fields_of)]
GuardDep = Annotated[Guard, Depends(_guard)]


def _staff(request: Request, session: SessionDep) -> Person:
    token = request.cookies.get(COOKIE, "")
    name = who(session, token) if token else None
    if name is None:
        raise SignedOut("signed_out", "This is for staff only. Sign in at /sign-in with your staff key.")
    return Person(name, token, open_ones(session))


Staff = Annotated[Person, Depends(_staff)]
"""Whoever is signed in; nobody else gets to the route: a browser is sent to sign in, a program is answered 401."""


def _staff_form(request: Request, staff: Staff, fields: FieldsDep, settings: SettingsDep) -> Fields:
    check_origin(request, settings.base_url)
    check_token(staff, fields)
    return fields


StaffForm = Annotated[Fields, Depends(_staff_form)]
"""The fields of a form that a page of ours showed to whoever is signed in."""
