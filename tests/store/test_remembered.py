"""Stored diagnoses are found by what crashed, what it was, from where and when, and page by page without a gap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, select, text

from app.diagnosis.candidates import Index
from app.intake import receive
from app.settings import shipped
from app.store.database import Session, connect, session_factory
from app.store.remembered import Wanted, remembered
from app.store.tables import CrashRow

FOUND = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_bytes()
TODAY = datetime.now(UTC).date()
DAY = timedelta(days=1)


def crash(said: str) -> bytes:
    return f'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n{said}\n'.encode()


@pytest.fixture
def session(engine: Engine, index: Index) -> Iterator[Session]:
    """With four reports: a known bug, two unknown ones, and a text without a crash."""
    with session_factory(engine).begin() as made:
        for raw, source in (
            (FOUND, "ticket 4711"),
            (crash("KeyError: 'sprocket_100%'"), "shop"),
            (crash("ValueError: no kettle") + b"\n" + crash("KeyError: 'lid'"), "shop-two"),
            (b"all is well", None),
        ):
            receive(raw, index=index, source=source, session=made)
        yield made


def said(session: Session, wanted: Wanted) -> list[str]:
    return [one.said.partition(":")[0] for one in remembered(session, wanted, 10)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), ["", "ValueError", "KeyError", "OSError"]),
        (Wanted(text="winerror PARAMETER"), ["OSError"]),
        (Wanted(text="uvicorn-1317"), ["OSError"]),
        (Wanted(text="keyerror"), ["ValueError", "KeyError"]),
        (Wanted(text="sprocket_100%"), ["KeyError"]),
        (Wanted(text="sprocketX100"), []),
        (Wanted(text="kettle lid"), []),
        (Wanted(text="' OR 1=1 --"), []),
        (Wanted(text="\x00\ud800"), []),
        (Wanted(verdict="match"), ["OSError"]),
        (Wanted(verdict="none", text="kettle"), ["ValueError"]),
        (Wanted(source="SHOP"), ["ValueError", "KeyError"]),
        (Wanted(source="4711"), ["OSError"]),
        (Wanted(begin=TODAY - DAY, end=TODAY + DAY, text="kettle"), ["ValueError"]),
        (Wanted(begin=TODAY + DAY), []),
        (Wanted(end=TODAY - DAY), []),
        (Wanted(begin=datetime.min.replace(tzinfo=UTC).date(), text="kettle"), ["ValueError"]),
        (Wanted(end=datetime.max.replace(tzinfo=UTC).date(), text="kettle"), ["ValueError"]),
        (Wanted(before="no id", text="kettle"), ["ValueError"]),
    ],
)
def test_it_is_found_by_what_is_known_of_it(session: Session, wanted: Wanted, expected: list[str]) -> None:
    assert sorted(said(session, wanted)) == sorted(expected)


def test_it_is_found_by_its_fingerprint_and_by_its_own_id(session: Session) -> None:
    one = remembered(session, Wanted(text="sprocket"), 10)[0]
    assert one.fingerprint is not None
    assert one.id in {same.id for same in remembered(session, Wanted(text=one.fingerprint), 10)}
    assert [same.id for same in remembered(session, Wanted(text=one.id.lower()), 10)] == [one.id]


def test_it_tells_what_the_list_shows(session: Session) -> None:
    [known] = remembered(session, Wanted(verdict="match"), 10)
    assert (known.signature, known.source, known.seen, known.crashes) == ("uvicorn-1317", "ticket 4711", 1, 1)
    assert known.said.startswith("OSError: [WinError 87]")
    [two] = remembered(session, Wanted(text="kettle"), 10)
    assert two.crashes == 2


def test_pages_follow_each_other_without_a_gap(engine: Engine, index: Index) -> None:
    with session_factory(engine).begin() as session:
        for number in range(7):
            receive(crash(f"KeyError: 'a{number}'"), index=index, session=session)
    with session_factory(engine)() as session:
        found: list[str] = []
        while some := remembered(session, Wanted(text="KeyError", before=found[-1] if found else None), 3):
            found += [one.id for one in some]
        assert len(found) == len(set(found)) == 7
        assert found == sorted(found, reverse=True)


def test_crashes_that_were_stored_before_are_found_after_the_migration(database_url: str, index: Index) -> None:
    engine = connect(database_url)
    with session_factory(engine).begin() as session:
        receive(crash("KeyError: 'sprocket'"), index=index, session=session)
        session.execute(text("UPDATE crashes SET said = ''"))
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")))
    config.set_main_option("path_separator", "os")
    for step, to in ((command.downgrade, "0005"), (command.upgrade, "head")):
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            step(config, to)
            connection.commit()
            connection.invalidate()
    with session_factory(engine)() as session:
        assert session.execute(select(CrashRow.said)).scalars().all() == ["KeyError: 'sprocket'"]
    engine.dispose()
