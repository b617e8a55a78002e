"""No statement on the way of a report walks a table: with a million rows it costs what it does with a thousand."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, event

from app.crash.model import Environment
from app.diagnosis.candidates import Index
from app.intake import Place, Sender, judged, keeper_of, recall, receive, take
from app.settings import shipped
from app.store.database import Session, Sessions, session_factory
from app.store.diagnoses import save_all, write
from app.store.sources import make_source
from app.store.subscriptions import Wish, add_hook
from tests.alone import alone

KNOWN = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()
UNKNOWN = 'Traceback (most recent call last):\n  File "/srv/shop/orders.py", line 7, in pay\n    f()\nKeyError: 7\n'
# `hooks` may be walked: an operator has set up a few; and what was given with the statement, which `json_each` makes rows
WALK = re.compile(r"(?:SCAN|Seq Scan on) (?!(?:hooks|json_each)\b)")

Asked = list[tuple[str, Any]]


@contextmanager
def statements(engine: Engine) -> Iterator[Asked]:
    """What the database is asked meanwhile, with what stands in for values."""
    asked: Asked = []

    def note(_: object, __: object, statement: str, values: Any, ___: object, many: bool) -> None:  # noqa: FBT001 - SQLAlchemy's
        asked.append((statement, values[0] if many and isinstance(values, list) else values))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def walked(engine: Engine, asked: Asked) -> list[str]:
    """Each step of a plan that walks a table, with its statement. PostgreSQL walks only where there is no other way."""
    found = []
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, values in asked:
            if not statement.startswith(("SELECT", "UPDATE", "DELETE")):
                continue  # an insert finds what it conflicts with by a unique key, or fails
            explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
            for step in connection.exec_driver_sql(explain + statement, values):
                said = str(step[-1])
                if WALK.search(said):
                    found.append(f"{said.strip()}: {statement}")
    return found


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    made = session_factory(engine)
    with made.begin() as session:
        make_source(session, "shop")
        add_hook(session, Wish("https://example.com/"))
    return made


def keep(session: Session, index: Index) -> None:
    kept = receive(KNOWN.encode(), index=index, session=session).kept
    assert kept is not None
    session.flush()
    recall(session, kept.id)


def count_crashes(session: Session, index: Index) -> None:
    for text in (KNOWN, UNKNOWN):
        take(session, Sender(Place("shop", "web"), Environment(), None), text, index=index)


@pytest.mark.parametrize("way", [keep, count_crashes])
def test_a_report_is_kept_and_a_crash_counted_by_keys_alone(
    engine: Engine, sessions: Sessions, index: Index, way: Callable[[Session, Index], None]
) -> None:
    with statements(engine) as asked, sessions.begin() as session:
        way(session, index)
    assert len(asked) > 3
    assert walked(engine, asked) == []


def test_the_group_is_written_by_a_few_statements_however_many_are_in_it(
    engine: Engine, sessions: Sessions, index: Index
) -> None:
    keeper = keeper_of(sessions)

    sender = Sender(Place("shop", "web"), Environment(), None)
    found = [judged(sender, f"{UNKNOWN}\n{number}\n", index=index) for number in range(100)]

    async def many() -> None:
        await asyncio.gather(*(keeper.put(write(one.sent, one.diagnosis)) for one in found))

    keeper.start()
    with statements(engine) as asked:
        alone(many())
    keeper.stop()
    groups = len([one for one, _ in asked if one.startswith("INSERT INTO reports")])
    assert groups < 20
    assert len([one for one, _ in asked if one.startswith(("INSERT", "UPDATE"))]) <= 4 * groups


def test_what_came_before_is_counted_by_one_statement_that_walks_no_table(
    engine: Engine, sessions: Sessions, index: Index
) -> None:
    sender = Sender(Place("shop", "web"), Environment(), None)
    found = [judged(sender, f"{UNKNOWN}\n{number}\n", index=index) for number in range(100)]
    written = [write(one.sent, one.diagnosis) for one in found]
    with sessions.begin() as session:
        save_all(session, written)
    with statements(engine) as asked, sessions.begin() as session:
        save_all(session, [replace(one, again=True) for one in written])
    assert len(asked) == 1
    assert walked(engine, asked) == []


def test_the_search_for_walks_finds_one(engine: Engine) -> None:
    with statements(engine) as asked, engine.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM reports WHERE text = 'x'")
    assert len(walked(engine, asked)) == 1
