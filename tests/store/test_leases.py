"""What only one process does at a time is done by one process at a time."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.store import leases
from app.store.database import connect, session_factory
from app.store.leases import Lease, release, take, wanted


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with session_factory(engine)() as session:
        yield session


def alive(_: str) -> bool:
    return False


def test_a_lease_is_one_processs_until_it_gives_it_back(session: Session) -> None:
    assert take(session, "joining", "a", alive) is Lease.NEW
    assert not wanted(session, "joining")
    assert take(session, "joining", "b", alive) is Lease.NOT
    assert wanted(session, "joining")
    assert take(session, "joining", "a", alive) is Lease.KEPT
    release(session, "joining", "b")
    assert take(session, "joining", "b", alive) is Lease.NOT
    release(session, "joining", "a")
    assert take(session, "joining", "b", alive) is Lease.NEW


def test_a_lease_of_the_dead_is_taken_at_once_and_of_the_silent_when_it_has_run_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(session, "joining", "a", alive)
    assert take(session, "joining", "b", lambda holder: holder == "a") is Lease.NEW
    assert take(session, "joining", "a", alive) is Lease.NOT
    monkeypatch.setattr(leases, "SECONDS", -1.0)
    assert take(session, "joining", "b", alive) is Lease.KEPT
    assert take(session, "joining", "a", alive) is Lease.NEW


def test_what_is_stored_under_a_lost_lease_is_not_there(database_url: str) -> None:
    """The lease is taken in the transaction that stores; a process that slept finds it gone."""
    engine = connect(database_url)
    sessions = session_factory(engine)
    with sessions.begin() as first:
        assert take(first, "joining", "a", alive) is Lease.NEW
    with sessions.begin() as second:
        assert take(second, "joining", "b", lambda _: True) is Lease.NEW
    with sessions.begin() as first:
        assert take(first, "joining", "a", alive) is Lease.NOT
    engine.dispose()
