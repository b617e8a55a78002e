"""From a URL to a database that can be used: SQLite for one machine, PostgreSQL for more, with the same promises."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError,  # noqa: A004 - SQLAlchemy's name: no connection came free
)
from sqlalchemy.orm import Session as Session
from sqlalchemy.orm import sessionmaker

from app.errors import Misconfigured
from app.store.tables import as_json

Sessions = sessionmaker[Session]

THREADS = 40  # what the web server runs at most at once: with fewer connections, requests would wait for each other
BUSY_MS = 10_000  # an SQLite writer waits this long for another one; each holds the lock for a few milliseconds

# What each SQLite connection is told, and why
PRAGMAS = (
    f"busy_timeout = {BUSY_MS}",  # first: the next one waits for others that start at the same time
    "journal_mode = WAL",  # readers never wait for the writer
    "synchronous = FULL",  # a link given out survives a power cut; NORMAL may lose the last commits in WAL mode
    "wal_autocheckpoint = 4000",  # pages, 16 MiB: one that changed often meanwhile is carried into the database once
    "temp_store = MEMORY",  # what a statement that fails would have to undo; else a file is made for each group
    "foreign_keys = ON",  # SQLite checks them only when asked to
)


def connect(url: str) -> Engine:
    """An engine for an SQLite or PostgreSQL URL. Connects to nothing yet, but makes the folder of an SQLite file.

    It gives the connection that was used last: one of SQLite forgets its pages when another one has written.
    """
    where = _parsed(url)
    if where.get_backend_name() == "sqlite":
        return _sqlite(where)
    if where.get_backend_name() in {"postgresql", "postgres"}:
        return create_engine(
            where.set(drivername="postgresql+psycopg"),
            pool_size=10,
            max_overflow=THREADS - 10,
            json_serializer=as_json,
            pool_use_lifo=True,
            pool_pre_ping=True,  # a restarted server costs nobody an error
        )
    raise Misconfigured("database_url", f"{where.drivername} is not supported: use sqlite:/// or postgresql://")


def session_factory(engine: Engine) -> Sessions:
    """What makes sessions. Values stay readable after the commit, so that an answer can be built from them."""
    return sessionmaker(engine, expire_on_commit=False)


def check(engine: Engine) -> None:
    """Return when the database answers and has our tables; else say so as an error with status 503."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    except SQLAlchemyError as wrong:
        reason = type(wrong).__name__  # its text may hold host names and statements
        detail = f"The database does not answer ({reason}). Look at the server's log and at TRACELORE_DATABASE_URL."
        raise Misconfigured("database_unreachable", detail, status=503) from wrong


def passing(error: Exception) -> bool:
    """Whether an error has to do with the database's state and not with what it was asked: another try may do."""
    return isinstance(error, OperationalError | InterfaceError | InternalError | TimeoutError)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:  # its text would show the password
        detail = (
            "TRACELORE_DATABASE_URL is not a URL such as sqlite:///data/tracelore.db or postgresql://user@host/name"
        )
        raise Misconfigured("database_url", detail) from None


def _sqlite(where: URL) -> Engine:
    if where.database in {None, "", ":memory:"}:
        raise Misconfigured("database_url", "An SQLite database needs a file: each thread would see another memory.")
    try:
        Path(str(where.database)).parent.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise Misconfigured("database_url", f"Can't make the folder of {where.database}: {wrong.strerror}") from wrong
    engine = create_engine(
        where.set(drivername="sqlite"), pool_size=THREADS, max_overflow=0, pool_use_lifo=True, json_serializer=as_json
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        _tell(cursor, pragma)
    cursor.close()


def _tell(cursor: Any, pragma: str) -> None:
    """Run a pragma. To switch a new file to WAL, SQLite does not wait for others, so we do."""
    until = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            cursor.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return
