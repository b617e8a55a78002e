"""Something else that happens at a chosen moment of a transaction, as another process would do it; nobody sleeps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from app.store.database import Session, Sessions, connect, session_factory


@contextmanager
def meanwhile(engine: Engine, words: str, do: Callable[[], object]) -> Iterator[list[str]]:
    """Do it once, just after this thread's first statement that holds these words; gives the statements until then."""
    asked: list[str] = []
    own, done = threading.get_ident(), threading.Event()

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if threading.get_ident() == own and not done.is_set():
            asked.append(statement)
            if words in " ".join(statement.split()):
                done.set()
                do()

    event.listen(engine, "after_cursor_execute", look)
    try:
        yield asked
    finally:
        event.remove(engine, "after_cursor_execute", look)
    assert done.is_set(), f"no statement held {words!r}"


def somebody_waits(sessions: Sessions) -> bool:
    """Whether a transaction of this PostgreSQL database waits for another one."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with sessions() as session:
        return bool(session.execute(text(waiting)).scalar_one())


@contextmanager
def impatient(engine: Engine) -> Iterator[Sessions]:
    """Sessions that fail at once, with an `OperationalError`, where they would have to wait for another transaction."""
    made = connect(engine.url.render_as_string(hide_password=False))
    hurry = "PRAGMA busy_timeout = 0" if made.dialect.name == "sqlite" else "SET lock_timeout = 1"

    def prepare(connection: Any, _: object) -> None:
        connection.execute(hurry)
        connection.commit()

    event.listen(made, "connect", prepare)
    try:
        yield session_factory(made)
    finally:
        made.dispose()


@contextmanager
def by_another(engine: Engine, words: str, do: Callable[[Session], object]) -> Iterator[None]:
    """Another process does it just after this thread's first statement with these words, or has to wait to the end."""
    late: list[bool] = []

    def now() -> None:
        try:
            with sessions.begin() as session:
                do(session)
        except OperationalError:
            late.append(True)

    with impatient(engine) as sessions, meanwhile(engine, words, now):
        yield
    if late:
        with session_factory(engine).begin() as session:
            do(session)
