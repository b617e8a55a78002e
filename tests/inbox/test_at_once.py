"""Several processes that count the same failures at the same time, each in the order in which it found them."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import count as numbers
from typing import TYPE_CHECKING

import pytest

from app.inbox import drain
from app.inbox.accept import _keep, _packed
from app.inbox.drain import Drain
from app.inbox.rows import crash_row
from app.intake import Counted, Judged, settle
from app.receive.model import Batch, Record
from app.receive.stitch import Block
from app.store.database import Session, Sessions, session_factory
from app.store.inbox import add_crashes, load
from app.store.occurrences import occurrences
from app.store.sources import make_source, source
from app.store.wake import Bell
from tests.meanwhile import meanwhile, somebody_waits
from tests.outgoing.receiving import until

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.diagnosis.candidates import Index

KINDS = tuple(
    f'Traceback (most recent call last):\n  File "/srv/shop/orders.py", line 7, in pay_{kind}\n    f()\nKeyError: 7\n'
    for kind in "ab"
)


HOST = "production-tracelore-01"


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    made = session_factory(engine)
    with made.begin() as session:
        for name in ("bank", "shop"):
            make_source(session, name)
    return made


def in_turn(kinds: list[str], begin: int) -> Iterator[tuple[str, str]]:
    """The texts with names that their digests put into this order."""
    last = ""
    for text in kinds:
        name = next(name for name in (f"{begin}-{number}" for number in numbers()) if digest(name) > last)
        last = digest(name)
        yield text, name


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


@pytest.mark.parametrize("second", ["shop", "bank"])
def test_two_processes_never_wait_for_each_other_with_what_both_count(
    second: str, sessions: Sessions, index: Index, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The second begins when the first has counted one of its two crashes, and has the same two in the other order."""
    rows = [("shop", *one) for one in in_turn([*KINDS], 1)] + [(second, *one) for one in in_turn([*KINDS[::-1]], 2)]
    with sessions.begin() as session:
        for source, text, name in rows:
            add_crashes(session, [crash_row(source, Block(text, Record(text, key=name, whole=True)))])
    drains = [Drain(sessions, index, Bell(sessions.kw["bind"])) for _ in range(2)]
    counted: list[str] = []

    def and_then(session: Session, found: Judged) -> Counted:
        came = settle(session, found)
        counted.append(found.place.source)
        if len(counted) == 1:
            drains[1].start()
            until(lambda: len(counted) > 1 or somebody_waits(sessions))
        return came

    monkeypatch.setattr(drain, "CRASHES", 2)
    monkeypatch.setattr(drain, "settle", and_then)
    drains[0].start()
    try:
        until(lambda: nothing_waits(sessions))
    finally:
        for one in drains:
            one.stop()
    with sessions() as session:
        assert sum(one.count for one in occurrences(session)) == 4
    assert "can't be worked off" not in caplog.text  # as it would be when PostgreSQL has ended one of them


def nothing_waits(sessions: Sessions) -> bool:
    with sessions() as session:
        return load(session).crashes == 0


def test_retries_that_reach_two_servers_in_other_orders_are_taken_once(engine: Engine, sessions: Sessions) -> None:
    """The second server begins when the first has seen one of two requests, and has the same two in the other order."""
    requests = [_packed("shop", Batch((Record(f"line {n}", time=1.0), Record("more", time=2.0)))) for n in range(2)]

    def second() -> None:
        with sessions.begin() as session:
            _keep(session, requests[::-1])

    def meets() -> None:
        other.start()
        until(lambda: not other.is_alive() or somebody_waits(sessions))

    other = threading.Thread(target=second)
    with meanwhile(engine, "INSERT INTO arrivals", meets), sessions.begin() as session:
        _keep(session, requests)
    other.join()
    with sessions() as session:
        assert (load(session).requests, source(session, "shop").records) == (2, 4)


@pytest.mark.parametrize(("host", "namespace"), [("production-tracelore-02", "pid:[1]"), (HOST, "pid:[2]")])
def test_a_process_of_another_machine_or_container_is_not_taken_for_dead(
    host: str, namespace: str, engine: Engine, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each takes the lease from the other again and again, and no stream has ever been silent for long."""
    with subprocess.Popen([sys.executable, "-c", ""]) as one, subprocess.Popen([sys.executable, "-c", ""]) as other:
        pass  # both have ended then, and nobody has their numbers

    def leads(host: str, namespace: str, number: int) -> bool:
        with monkeypatch.context() as there, session_factory(engine).begin() as session:
            there.setattr(socket, "gethostname", lambda: host)
            there.setattr(os, "readlink", lambda _: namespace)
            there.setattr(os, "getpid", lambda: number)
            return Drain(session_factory(engine), index, Bell(engine))._leading(session) is not None

    assert leads(HOST, "pid:[1]", one.pid)
    assert not leads(host, namespace, other.pid)
    assert leads(HOST, "pid:[1]", other.pid)  # here it is known to be gone
