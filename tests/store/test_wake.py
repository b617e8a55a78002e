"""Whoever waits for work goes on waiting when the database is away."""

from sqlalchemy import Engine

from app.store.database import connect, session_factory
from app.store.inbox import ring
from app.store.wake import Bell


def test_a_server_that_is_not_there_ends_no_wait_with_an_error() -> None:
    engine = connect("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    bell = Bell(engine)
    for _ in range(2):
        bell.wait(0.01)
    bell.close()
    engine.dispose()


def test_a_connection_that_was_cut_is_made_anew(engine: Engine) -> None:
    """Also where only this thread's own ring is heard, as with SQLite."""
    bell = Bell(engine)
    bell.wait(0.01)
    if bell._listening is not None:
        bell._listening.close()
    bell.wait(0.01)
    with session_factory(engine).begin() as session:
        ring(session)
    bell.ring()
    bell.wait(60.0)
    bell.close()
