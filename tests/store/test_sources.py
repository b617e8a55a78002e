"""Sources, their keys and what came from them, on every database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from app.crash.model import Environment
from app.crash.text import read
from app.diagnosis.candidates import Index
from app.diagnosis.diagnose import diagnose
from app.errors import Misconfigured, Unknown
from app.settings import shipped
from app.store.database import Session, Sessions, session_factory
from app.store.diagnoses import Sent, save
from app.store.occurrences import EXAMPLES, WINDOW, Place, arrived, count, occurrences
from app.store.sources import add_key, count_crashes, count_records, remove, revoke, source_of, sources
from app.store.tables import ArrivalRow

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


def test_the_database_holds_no_key(sessions: Sessions) -> None:
    with sessions.begin() as session:
        key = add_key(session, "shop")
        (source,) = sources(session)
    assert source.keys == (key[-4:],)
    assert key not in repr(source)


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
        (source,) = sources(session)
    assert (source.records, source.crashes, source.explained) == (520, 2, 1)
    assert source.last_error == "line 3 is no JSON"
    assert source.last_seen is not None


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


def test_a_source_that_is_removed_takes_its_counts_along(sessions: Sessions, index: Index) -> None:
    with sessions.begin() as session:
        key = add_key(session, "shop")
        counted(session, index, KNOWN, Place("shop"))
        session.flush()
        remove(session, "shop")
    with sessions() as session:
        assert (sources(session), occurrences(session), source_of(session, key)) == ([], [], None)
