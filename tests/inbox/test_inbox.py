"""From accepted to counted, on a real database: nothing accepted is lost, nothing is counted twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
import pytest
from sqlalchemy import event

from app.errors import Busy
from app.inbox.accept import Inbox
from app.inbox.drain import Drain
from app.inbox.replay import Replayed, replay
from app.receive import ingest
from app.receive.model import Asked, Batch, Record, Refused
from app.receive.packing import pack_block
from app.receive.stitch import BEFORE, Block
from app.settings import shipped
from app.store.database import Sessions, session_factory
from app.store.diagnoses import find
from app.store.inbox import Load, add_crashes, load, next_crashes, save_streams, take_crashes
from app.store.occurrences import occurrences
from app.store.parked import drop, parked
from app.store.sources import make_source, remove, sources
from app.store.wake import Bell
from tests.alone import alone

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.diagnosis.candidates import Index

PATIENCE = 30.0  # seconds for what takes three
KNOWN = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()


def unknown(number: int) -> str:
    return (
        f'Traceback (most recent call last):\n  File "/srv/shop/orders.py", line {number}, in pay{number}\n'
        f"    f()\nKeyError: {number}\n"
    )


def lines(text: str, stream: str = "web", at: float | None = None) -> Batch:
    return Batch(tuple(Record(line, stream, service="shop", time=at) for line in text.splitlines()))


def put(inbox: Inbox, source: str, batch: Batch) -> None:
    alone(inbox.put(inbox.pack(source, batch)))


@dataclass
class House:
    """Inboxes and drains on one database, as processes would have them."""

    engine: Engine
    sessions: Sessions
    index: Index
    drains: list[Drain]

    def inbox(self, limit: int = 1_000_000) -> Inbox:
        inbox = Inbox(self.sessions, lambda: None, limit)
        inbox.start()
        return inbox

    def drain(self) -> Drain:
        made = Drain(self.sessions, self.index, Bell(self.engine))
        self.drains.append(made)
        made.start()
        return made

    def counted(self, least: int) -> list[tuple[str | None, int]]:
        until = time.monotonic() + PATIENCE
        while True:
            with self.sessions() as session:
                found = [(one.signature, one.count) for one in occurrences(session)]
            if sum(count for _, count in found) >= least or time.monotonic() > until:
                return found
            time.sleep(0.05)


@pytest.fixture
def house(engine: Engine, index: Index) -> Iterator[House]:
    sessions = session_factory(engine)
    with sessions.begin() as session:
        make_source(session, "shop")
    made = House(engine, sessions, index, [])
    yield made
    for drain in made.drains:
        drain.stop()


def test_what_was_accepted_is_counted_by_whoever_comes_next(house: House) -> None:
    """The one that accepted it is gone before anybody works on it."""
    inbox = house.inbox()
    put(inbox, "shop", lines(KNOWN))
    inbox.stop()
    with house.sessions() as session:
        assert load(session).requests == 1
    house.drain()
    assert house.counted(1) == [("uvicorn-1317", 1)]
    with house.sessions() as session:
        assert load(session) == Load(0, 0, 0, 0, 0)


@pytest.mark.parametrize("statement", range(5))
def test_work_that_goes_on_to_its_next_step_is_never_missed(statement: int, house: House) -> None:
    """What a stream held becomes a crash just after a statement of the one who looks how much waits."""
    with house.sessions.begin() as session:
        save_streams(session, {"shop\nweb": b"held"})
    asked: list[str] = []

    def go_on(_connection: object, _cursor: object, asks: str, *_: object) -> None:
        asked.append(asks)
        if len(asked) == statement + 1:
            with house.sessions.begin() as other:
                save_streams(other, {"shop\nweb": None})
                add_crashes(other, [("shop", b"held", 4)])

    with house.sessions() as session:
        event.listen(house.engine, "after_cursor_execute", go_on)
        try:
            waiting = load(session)
        finally:
            event.remove(house.engine, "after_cursor_execute", go_on)
    assert waiting.streams + waiting.crashes == 1


def test_lines_of_one_crash_may_reach_any_process(house: House) -> None:
    """Two that accept and two that work: line by line in turn, with another stream between; each crash counts once."""
    inboxes = [house.inbox(), house.inbox()]
    house.drain()
    house.drain()
    other = unknown(1).splitlines()
    for at, line in enumerate(KNOWN.splitlines()):
        put(inboxes[at % 2], "shop", lines(line, "web", float(at)))
        if at < len(other):
            put(inboxes[(at + 1) % 2], "shop", lines(other[at], "cron", float(at)))
    assert sorted(house.counted(2), key=str) == [("uvicorn-1317", 1), (None, 1)]
    for inbox in inboxes:
        inbox.stop()


def test_a_request_that_comes_again_counts_once_and_its_twin_lines_stay(house: House) -> None:
    inbox = house.inbox()
    house.drain()
    for _ in range(3):
        put(inbox, "shop", lines(unknown(1)))
    deep = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    f()\n'
    for line in [*deep.splitlines(), *deep.splitlines()[1:], *deep.splitlines()[1:], "RecursionError: too deep"]:
        put(inbox, "shop", lines(line, "deep"))
    assert sum(count for _, count in house.counted(2)) == 2
    with house.sessions() as session:
        (found,) = [one for one in sources(session) if one.name == "shop"]
    assert found.crashes == 2
    inbox.stop()


def test_the_same_crash_at_another_time_is_no_retry(house: House) -> None:
    """Where the sender gives it no name of its own."""
    inbox = house.inbox()
    house.drain()
    for at in (1.0, 2.0, 2.0, 3.0):
        put(inbox, "shop", Batch((Record(unknown(1), time=at, whole=True),)))
    assert house.counted(3) == [(None, 3)]
    put(inbox, "shop", Batch((Record(unknown(2), whole=True),)))
    assert sorted(house.counted(4)) == [(None, 1), (None, 3)]
    inbox.stop()


def test_a_stream_that_crashes_at_every_request_is_counted_each_time(house: House) -> None:
    """Faster than a crash is known to be over: what is handed on holds many, and those of one bug are judged once."""
    inbox = house.inbox()
    house.drain()
    put(inbox, "shop", lines("".join(f"ERROR: request {at} failed\n{unknown(1)}INFO: next\n" for at in range(300))))
    assert house.counted(300) == [(None, 300)]
    with house.sessions() as session:
        (source,) = sources(session)
        assert (source.crashes, source.explained) == (300, 0)
    inbox.stop()


def test_without_a_database_nothing_is_accepted(house: House) -> None:
    inbox = Inbox(house.sessions, lambda: None)
    inbox.start()
    with house.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE inbox_lines RENAME TO gone")
    with pytest.raises(Busy):
        put(inbox, "shop", lines(KNOWN))
    with house.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO inbox_lines")
    put(inbox, "shop", lines(KNOWN))
    inbox.stop()


def test_a_full_inbox_refuses_and_recovers_by_itself(house: House) -> None:
    inbox = house.inbox(limit=500)
    put(inbox, "shop", lines(KNOWN))
    wait_for(lambda: inbox.over_mark)
    with pytest.raises(Busy):
        put(inbox, "shop", lines(KNOWN, "other"))
    house.drain()
    wait_for(lambda: not inbox.over_mark)
    put(inbox, "shop", lines(unknown(3), "third"))
    assert sum(count for _, count in house.counted(2)) == 2
    inbox.stop()


def test_a_bad_record_is_parked_seen_and_replayed(house: House) -> None:
    inbox = house.inbox()
    raw = '{"sentence": "token=ghp_0123456789abcdefghijklmnopqrstuvwxyz"}'
    good = Record(unknown(5), whole=True)
    put(inbox, "shop", Batch((good,), (Refused("It has no text.", raw),)))
    with house.sessions.begin() as session:
        (one,) = parked(session, "shop")
        assert (one.reason, one.said) == ("It has no text.", None)
        assert "ghp_" not in one.text
        assert replay(session, [one.id]) == Replayed(0, 1)
        (again,) = parked(session)
        assert "no text under a name that is known" in again.reason
        assert [gone.id for gone in drop(session, [again.id], "other")] == []
        assert [gone.id for gone in drop(session, [again.id])] == [again.id]
    inbox.stop()


def test_a_crash_that_cannot_be_counted_is_parked_and_spoils_no_other(house: House) -> None:
    """Its source was removed meanwhile; made again, it is replayed."""
    inbox = house.inbox()
    with house.sessions.begin() as session:
        make_source(session, "old")
    put(inbox, "old", Batch((Record(unknown(1), service="till", whole=True),)))
    put(inbox, "shop", Batch((Record(unknown(2), whole=True),)))
    with house.sessions.begin() as session:
        remove(session, "old")
    house.drain()
    assert sum(count for _, count in house.counted(1)) == 1
    with house.sessions.begin() as session:
        (one,) = parked(session)
        assert (one.source, one.said) == ("old", {"service": "till", "whole": True})
        make_source(session, "old")
        assert replay(session, [one.id]) == Replayed(1, 0)
    assert sum(count for _, count in house.counted(2)) == 2
    inbox.stop()


def test_the_source_of_a_webhook_is_made_again_when_somebody_removed_it(house: House) -> None:
    inbox = house.inbox()
    for _ in range(2):
        put(inbox, inbox.hook_source("github"), lines("shop is up\n"))
        with house.sessions.begin() as session:
            assert [(one.name, one.records) for one in sources(session)] == [("hook-github", 1), ("shop", 0)]
            remove(session, "hook-github")
    inbox.stop()


def wait_for(done: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not done() and time.monotonic() < until:
        time.sleep(0.05)
    assert done()


def test_a_number_in_the_inbox_is_never_given_twice(house: House) -> None:
    """A process that read a crash and was late would else take another one out for it."""
    seen: list[int] = []
    for number in range(3):
        with house.sessions.begin() as session:
            add_crashes(session, [("shop", pack_block(Block(unknown(number), Record(""))), 1)])
        with house.sessions() as session:
            rows = next_crashes(session, 10)
            seen += take_crashes(session, rows)
            session.commit()
    assert len(set(seen)) == 3


def test_an_ordinary_body_is_read_whole_only_while_a_crash_of_its_source_is_open(house: House) -> None:
    """Its records count all the same, and the end of a crash that has no word of one is found far from the body's end."""
    inbox = house.inbox()
    asked = Asked("POST", "/ingest", {}, {})
    calm = [{"log": f"order {number} paid", "stream": "calm"} for number in range(300)]
    body = orjson.dumps(calm)
    batch = inbox.read("shop", ingest.FORMAT, body, asked)
    assert (len(batch.records), batch.skipped) == (BEFORE, 300 - BEFORE)
    put(inbox, "shop", batch)
    begin = unknown(1).splitlines()[:-1]
    first = orjson.dumps([{"log": line, "stream": "web"} for line in begin])
    put(inbox, "shop", inbox.read("shop", ingest.FORMAT, first, asked))
    end = orjson.dumps([*calm[:100], {"log": "shop.payments.Declined: 7", "stream": "web"}, *calm[:100]])
    batch = inbox.read("shop", ingest.FORMAT, end, asked)
    assert (len(batch.records), batch.skipped) == (201, 0)
    put(inbox, "shop", batch)
    house.drain()
    assert [count for _, count in house.counted(1)] == [1]
    with house.sessions() as session:
        (found,) = [one for one in sources(session) if one.name == "shop"]
        (seen,) = occurrences(session)
        assert seen.examples
        shown = find(session, seen.examples[0])
    assert shown is not None
    assert shown.diagnosis.crashes[0].exception == "shop.payments.Declined"
    assert found.records == 300 + len(begin) + 201
    wait_for(lambda: "shop" not in inbox.load.open)
    inbox.stop()
