"""What a route needs, by name. One request, one transaction: it ends here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request

from app.intake import Index
from app.settings import Settings
from app.signature.book import Book
from app.store.database import Session, Sessions
from app.web.metrics import Meters


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
