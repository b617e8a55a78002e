"""Sources, their keys and what came from them, on every database."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from app.crash.model import Environment
from app.crash.text import read
from app.diagnosis.candidates import Index
from app.diagnosis.diagnose import diagnose
from app.errors import Misconfigured, Unknown
from app.settings import shipped
from app.staff import add_source
from app.store.database import Session, Sessions, session_factory
from app.store.diagnoses import Sent, save
from app.store.hours import Came, Rate, bump, hours, rate
from app.store.occurrences import EXAMPLES, WINDOW, Place, arrived, count, forget_arrivals, occurrences
from app.store.parked import park, parked
from app.store.sources import (
    add_key,
    count_crashes,
    count_records,
    keys,
    remove,
    revoke,
    source,
    source_of,
    sources,
)
from app.store.tables import ArrivalRow
from tests.meanwhile import by_another

KNOWN = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_bytes()
UNKNOWN = b'Traceback (most recent call last):\n  File "/srv/shop/a.py", line 1, in f\n    g()\nKeyError: 1\n'


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    return session_factory(engine)


def test_a_key_opens_its_source_until_it_is_revoked(sessions: Sessions) -> None:
    with sessions.begin() as session:
        first, second = add_key(session, "shop"), add_key(session, "shop")
        other = add_key(session, "billing")
    with sessions.begin() as session:
        assert [source_of(session, key) for key in (first, second, other)] == ["shop", "shop", "billing"]
        assert revoke(session, "shop", first[-4:]) == 1
    with sessions.begin() as session:
        assert [source_of(session, key) for key in (first, second)] == [None, "shop"]
        assert revoke(session, "shop") == 1
        assert source_of(session, second) is None
        assert source_of(session, other) == "billing"
        assert [source_of(session, wrong) for wrong in ("", "tl_", "\ud800", other.upper())] == [None] * 4


def test_a_key_can_stand_in_every_client_s_settings(sessions: Sessions) -> None:
    """Sentry's for JavaScript wants nothing but letters, digits and underscores in a DSN."""
    with sessions.begin() as session:
        keys = [add_key(session, "shop") for _ in range(9)]
    assert all(re.fullmatch(r"tl_\w{43}", key, re.ASCII) for key in keys)
    assert len(set(keys)) == len(keys)


def test_the_database_holds_no_key(sessions: Sessions) -> None:
    with sessions.begin() as session:
        key = add_key(session, "shop")
        (one,) = sources(session)
    assert one.keys == (key[-4:],)
    assert key not in repr(one)


@pytest.mark.parametrize("name", ["", "Shop", "shop production", "a/b", "-shop", "x" * 61, "shöp"])
def test_a_name_that_would_not_stand_in_a_link_is_refused(sessions: Sessions, name: str) -> None:
    with sessions.begin() as session, pytest.raises(Misconfigured, match="is no name for a source"):
        add_key(session, name)


def test_what_is_not_there_can_not_be_revoked_or_removed(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for change in (revoke, remove):
            with pytest.raises(Unknown, match="no source 'nowhere'"):
                change(session, "nowhere")


def test_counts_add_up_and_an_error_is_remembered(sessions: Sessions) -> None:
    with sessions.begin() as session:
        add_key(session, "shop")
        count_records(session, "shop", 500)
        count_records(session, "shop", 20, "line 3 is no JSON")
        count_crashes(session, "shop", 2, 1)
    with sessions() as session:
        (one,) = sources(session)
    assert (one.records, one.crashes, one.explained) == (520, 2, 1)
    assert one.last_error == "line 3 is no JSON"
    assert one.last_seen is not None


def test_what_comes_is_counted_by_the_hour_too(sessions: Sessions) -> None:
    before = datetime.now(UTC)
    with sessions.begin() as session:
        add_key(session, "shop")
        add_key(session, "billing")
        session.flush()
        count_records(session, "shop", 500)
        count_records(session, "shop", 0, "no JSON")
        count_records(session, "shop", 20)
        count_crashes(session, "shop", 2, 1)
        count_crashes(session, "shop", 1, 0)
    with sessions() as session:
        found = hours(session, before, 24)
        now = rate(session, "shop", datetime.now(UTC))
    assert list(found) == ["shop"]
    known = [(one.records, one.crashes, one.explained) for one in found["shop"] if one.records or one.crashes]
    assert [sum(column) for column in zip(*known, strict=True)] == [520, 3, 1]
    assert now.records / now.crashes == pytest.approx(520 / 3)


def test_hours_without_anything_are_there_and_old_ones_go(sessions: Sessions) -> None:
    now = datetime(2026, 11, 22, 10, 30, 7, tzinfo=UTC)
    with sessions.begin() as session:
        add_key(session, "shop")
        session.flush()
        for back in (timedelta(days=36), timedelta(days=34), timedelta(hours=3), timedelta(0)):
            bump(session, "shop", now - back, Came(6, 3, 2))
    with sessions() as session:
        last = hours(session, now, 4, "shop")["shop"]
        whole = hours(session, now, 24 * 40, "shop")["shop"]
        assert hours(session, now, 4, "billing") == {}
        assert rate(session, "shop", now).records == pytest.approx(6 / (5 + 7 / 60))
        assert rate(session, "shop", now + timedelta(hours=1)) == Rate(0, 0)
    assert [(one.begin.hour, one.records, one.crashes, one.explained) for one in last] == [
        (7, 6, 3, 2),
        (8, 0, 0, 0),
        (9, 0, 0, 0),
        (10, 6, 3, 2),
    ]
    assert sum(one.records for one in whole) == 18


def test_what_comes_for_a_source_that_was_removed_is_nowhere_counted(sessions: Sessions) -> None:
    with sessions.begin() as session:
        add_key(session, "shop")
        session.flush()
        count_records(session, "shop", 5)
        remove(session, "shop")
    with sessions.begin() as session:
        count_records(session, "shop", 5)
        count_crashes(session, "shop", 1, 1)
        assert hours(session, datetime.now(UTC), 24) == {}


def test_a_source_goes_with_what_is_parked_of_it(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for name in ("shop", "billing"):
            add_key(session, name)
            park(session, name, [("text", None, "no text in it")])
        remove(session, "shop")
        assert [one.source for one in parked(session)] == ["billing"]


def test_keys_are_told_apart_and_revoked_ones_are_remembered(sessions: Sessions) -> None:
    with sessions.begin() as session:
        first = add_key(session, "shop")
        session.flush()
        revoke(session, "shop")
        second = add_key(session, "shop")
        session.flush()
        assert [(one.hint, one.revoked is None) for one in keys(session, "shop")] == [
            (second[-4:], True),
            (first[-4:], False),
        ]
        assert source(session, "shop").keys == (second[-4:],)
        with pytest.raises(Unknown, match="no source 'billing'"):
            source(session, "billing")


def counted(session: Session, index: Index, raw: bytes, place: Place) -> str:
    diagnosis = diagnose(read(raw), index)
    kept = save(session, Sent(raw.decode(), (), Environment(), None), diagnosis)
    for crash in diagnosis.crashes:
        count(session, crash, place, kept.id)
    return kept.id


def test_a_failure_is_counted_for_each_place_it_comes_from(sessions: Sessions, index: Index) -> None:
    here, there = Place("shop", "web", "1.2", "production"), Place("shop", "web", "1.3", "production")
    with sessions.begin() as session:
        add_key(session, "shop")
        ids = [counted(session, index, KNOWN, here) for _ in range(3)]
        counted(session, index, KNOWN, there)
        counted(session, index, UNKNOWN, here)
    with sessions() as session:
        found = {(one.signature, one.place): one for one in occurrences(session, "shop")}
        assert occurrences(session, "nowhere") == []
    assert {key: one.count for key, one in found.items()} == {
        ("uvicorn-1317", here): 3,
        ("uvicorn-1317", there): 1,
        (None, here): 1,
    }
    assert found["uvicorn-1317", here].examples == (ids[0],)
    assert found[None, here].fingerprint.startswith("v1:")


def test_the_first_few_texts_of_a_failure_are_kept(sessions: Sessions, index: Index) -> None:
    with sessions.begin() as session:
        add_key(session, "shop")
        ids = [counted(session, index, b"at %d\n%s" % (number, UNKNOWN), Place("shop")) for number in range(9)]
    with sessions() as session:
        (one,) = occurrences(session)
    assert one.count == 9
    assert sorted(one.examples) == sorted(ids[:EXAMPLES])


def test_a_retry_counts_once_and_the_same_much_later_again(sessions: Sessions) -> None:
    with sessions.begin() as session:
        assert arrived(session, "shop", "event-1")
        assert arrived(session, "billing", "event-1")
        assert not arrived(session, "shop", "event-1")
    with sessions.begin() as session:
        session.execute(update(ArrivalRow).values(at=datetime.now(UTC) - WINDOW - timedelta(seconds=1)))
        assert arrived(session, "shop", "event-1")


def test_a_key_can_be_kept_for_longer(sessions: Sessions) -> None:
    def later(by: timedelta) -> None:
        with sessions.begin() as session:
            for row in session.execute(select(ArrivalRow)).scalars():
                row.at -= by

    day = timedelta(days=1)
    with sessions.begin() as session:
        assert arrived(session, "shop", "message-1", keep=7 * day)
    later(6 * day)
    with sessions.begin() as session:
        assert not arrived(session, "shop", "message-1", keep=7 * day)
    later(2 * day)
    with sessions.begin() as session:
        assert arrived(session, "shop", "message-1", keep=7 * day)


def test_what_is_kept_no_longer_is_forgotten(sessions: Sessions) -> None:
    with sessions.begin() as session:
        arrived(session, "shop", "old")
        session.execute(update(ArrivalRow).values(at=datetime.now(UTC) - WINDOW - timedelta(seconds=1)))
        arrived(session, "shop", "new")
        forget_arrivals(session)
        assert len(session.execute(select(ArrivalRow)).scalars().all()) == 1
        assert not arrived(session, "shop", "new")
        assert arrived(session, "shop", "old")


def test_a_source_that_is_removed_takes_its_counts_along(sessions: Sessions, index: Index) -> None:
    with sessions.begin() as session:
        key = add_key(session, "shop")
        counted(session, index, KNOWN, Place("shop"))
        session.flush()
        remove(session, "shop")
    with sessions() as session:
        assert (sources(session), occurrences(session), source_of(session, key)) == ([], [], None)


def test_of_two_that_make_the_same_source_at_once_one_is_told_that_it_is_there(
    engine: Engine, sessions: Sessions
) -> None:
    made: list[str] = []

    def make(session: Session) -> None:
        with suppress(Misconfigured):
            made.append(add_source(session, "till"))

    with by_another(engine, "sources", make), sessions.begin() as session:
        make(session)
    with sessions() as session:
        assert (len(made), len(source(session, "till").keys)) == (1, 1)
