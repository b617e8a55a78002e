"""The application: book, database, routes and handlers put together. Nothing else is done here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline
from starlette.types import Lifespan

from app.inbox.accept import Inbox
from app.inbox.drain import Drain
from app.intake import keeper_of
from app.open_book import open_book
from app.outgoing.courier import Courier
from app.outgoing.send import Office
from app.settings import Settings, shipped
from app.store.database import connect, session_factory
from app.store.gauges import readings
from app.store.migrations import migrate
from app.store.mirror import mirror
from app.store.wake import Bell
from app.web import (
    answers,
    api,
    curate,
    diagnoses,
    failures,
    feedback_api,
    find,
    machines,
    pages,
    receivers,
    sign_in,
    sources,
)
from app.web.fresh import Assets, Fresh
from app.web.guard import Guard
from app.web.headers import DOCS, SecurityHeaders
from app.web.hot_door import HotDoor
from app.web.linger import Linger
from app.web.memory import Memory
from app.web.metrics import Meters
from app.web.place import Placed
from app.web.render import STATIC, problem_page, revision
from app.web.unknown import router as unknown_pages
from app.web.unknown_api import router as unknown_api
from app.web.voter import FORMS

DESCRIPTION = "Here is a crash: is it a known bug, what causes it, which version fixes it, and how sure are you?"


# The order matters: machines' forms of a page come before the pages, whose paths take any ending.
ROUTERS = (
    api.router,
    machines.router,
    find.router,
    pages.router,
    answers.router,
    curate.router,
    feedback_api.router,
    diagnoses.router,
    sign_in.router,
    sources.router,
    unknown_pages,
    unknown_api,
)
# FastAPI would ask at each request whether OpenTelemetry is set up, for some 8 us; what happens is told at /metrics
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
LAYERS = (Fresh, Placed, SecurityHeaders, Linger, HotDoor)  # from the inside out


class Works(Protocol):
    """A thread that works while the application is up."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """Finish what is begun, and end."""


def create_app(settings: Settings) -> FastAPI:
    """The application for these settings, with its signatures read and its database at the latest migration."""
    index = open_book(settings.signatures, settings.cache)
    engine = connect(settings.database_url)
    migrate(engine, shipped("migrations"))
    sessions = session_factory(engine)
    mirror(sessions, index.book)
    bell = Bell(engine)
    meters = Meters(len(index.book.signatures), partial(readings, sessions))
    keeper = keeper_of(sessions)
    inbox = Inbox(sessions, bell.ring, settings.inbox_limit)
    drain = Drain(sessions, index, bell)
    courier = Courier(sessions, Office(settings.hook_networks, settings.base_url), counted=meters.delivered)

    app = _routed(_lifespan((keeper, inbox, *((drain, courier) if settings.work else ())), engine.dispose))
    app.state.settings = settings
    app.state.index = index
    app.state.engine = engine
    app.state.sessions = sessions
    app.state.keeper = keeper
    app.state.memory = Memory()
    app.state.inbox = inbox
    app.state.heavy = asyncio.Semaphore(receivers.HEAVY)
    app.state.meters = meters
    app.state.guard = Guard(time.monotonic)
    app.state.forms = Guard(time.monotonic, FORMS)
    return app


def _lifespan(threads: Sequence[Works], last: Callable[[], None]) -> Lifespan[FastAPI]:
    """Starts the threads with the server and stops them with it, the one that accepts work before those that do it."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        for one in threads:
            one.start()
        yield
        for one in threads:
            one.stop()
        last()

    return life


def _routed(life: Lifespan[FastAPI]) -> FastAPI:
    """The application with all its routes, and with nothing yet that they need."""
    app = FastAPIOffline(
        docs_url=DOCS,
        redoc_url=None,
        title="Tracelore",
        version="1",
        description=DESCRIPTION,
        redirect_slashes=False,  # a redirected POST loses its body in most clients
        telemetry=NO_TELEMETRY,
        lifespan=life,
    )
    for router in (*ROUTERS, receivers.routes()):
        app.include_router(router)
    assets = Assets(directory=STATIC)
    assets.revision = revision()
    app.mount("/static", assets)
    failures.install(app, problem_page)
    for layer in LAYERS:
        app.add_middleware(layer)
    return app
