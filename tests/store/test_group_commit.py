"""Many requests, one commit: each is told what became of its own, and no sooner than it is durable."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from app.errors import Busy
from app.store import group_commit
from app.store.database import Session, Sessions, session_factory
from app.store.group_commit import GroupCommit
from app.store.sources import make_source, sources
from tests.alone import alone

BAD = "bad"
PATIENCE = 30.0  # seconds for what takes none


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    return session_factory(engine)


def write(session: Session, names: Sequence[str]) -> Sequence[str]:
    for name in names:
        make_source(session, name)
        if name == BAD:
            raise ValueError(name)
    return [name.upper() for name in names]


@pytest.fixture
def writer(sessions: Sessions) -> Iterator[GroupCommit[str, str]]:
    made = GroupCommit("test", sessions, write)
    made.start()
    yield made
    made.stop()


def kept(sessions: Sessions) -> list[str]:
    with sessions() as session:
        return [one.name for one in sources(session)]


def put(writer: GroupCommit[str, str], *names: str) -> list[str | BaseException]:
    """What each is told, all handed in at once."""

    async def all_of_them() -> list[str | BaseException]:
        return await asyncio.gather(*map(writer.put, names), return_exceptions=True)

    return alone(all_of_them())


def test_what_is_answered_is_committed(writer: GroupCommit[str, str], sessions: Sessions) -> None:
    async def one_after_the_other() -> None:
        for name in ("a", "b"):
            assert await writer.put(name) == name.upper()
            assert name in kept(sessions)

    alone(one_after_the_other())


def test_those_who_come_at_once_share_commits(writer: GroupCommit[str, str], sessions: Sessions) -> None:
    commits: list[Session] = []
    event.listen(sessions, "before_commit", commits.append)
    names = [f"s{number:02}" for number in range(50)]
    assert put(writer, *names) == [name.upper() for name in names]
    assert len(commits) < len(names)
    assert kept(sessions) == names


def test_one_that_cannot_be_written_spoils_no_other(writer: GroupCommit[str, str], sessions: Sessions) -> None:
    told = put(writer, "a", BAD, "c")
    assert (told[0], told[2]) == ("A", "C")
    assert isinstance(told[1], ValueError)
    assert kept(sessions) == ["a", "c"]


def test_while_the_database_is_away_all_are_asked_to_come_again(
    writer: GroupCommit[str, str], sessions: Sessions, engine: Engine
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("select", {}, Exception("it is away"))

    event.listen(engine, "before_cursor_execute", away)
    assert [type(one) for one in put(writer, "a", "b", "c")] == [Busy] * 3
    event.remove(engine, "before_cursor_execute", away)
    assert put(writer, "a") == ["A"]
    assert kept(sessions) == ["a"]


def test_who_gives_up_keeps_nobody_from_being_told(writer: GroupCommit[str, str], sessions: Sessions) -> None:
    async def two() -> str:
        first, second = (asyncio.ensure_future(writer.put(name)) for name in ("a", "b"))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert alone(two()) == "B"
    assert kept(sessions) == ["a", "b"]


def test_a_loop_that_is_gone_takes_nobody_along(sessions: Sessions) -> None:
    begun, over = threading.Event(), threading.Event()

    def write_slowly(session: Session, names: Sequence[str]) -> Sequence[str]:
        begun.set()
        assert over.wait(PATIENCE)
        return write(session, names)

    async def leave(writer: GroupCommit[str, str]) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(writer.put("a"), 0.01)
        assert begun.wait(PATIENCE)

    writer = GroupCommit("test", sessions, write_slowly)
    writer.start()
    alone(leave(writer))
    over.set()
    assert put(writer, "b") == ["B"]
    assert kept(sessions) == ["a", "b"]
    writer.stop()


def test_what_was_taken_before_the_stop_is_written_and_nothing_after_it(sessions: Sessions) -> None:
    writer = GroupCommit("test", sessions, write)

    async def stopped() -> list[str | BaseException]:
        writer.start()
        taken = [asyncio.ensure_future(writer.put(f"s{number}")) for number in range(5)]
        await asyncio.sleep(0)
        writer.stop()
        with pytest.raises(Busy) as refused:
            await writer.put("late")
        assert (refused.value.word, refused.value.status) == ("stopping", 503)
        return await asyncio.gather(*taken, return_exceptions=True)

    assert alone(stopped()) == [f"S{number}" for number in range(5)]
    assert kept(sessions) == [f"s{number}" for number in range(5)]
    writer.start()
    assert put(writer, "again") == ["AGAIN"]
    writer.stop()


def test_more_than_may_wait_is_refused_at_once(
    writer: GroupCommit[str, str], sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "MOST", 0)
    [refused] = put(writer, "a")
    assert isinstance(refused, Busy)
    assert refused.word == "busy"
    assert kept(sessions) == []


def test_those_who_come_one_by_one_while_the_loop_is_busy_share_a_commit(
    writer: GroupCommit[str, str], sessions: Sessions
) -> None:
    """As requests do that were read together: each is worked on before it is handed in."""
    commits: list[Session] = []
    event.listen(sessions, "before_commit", commits.append)
    names = [f"s{number:02}" for number in range(30)]

    async def busy() -> list[str]:
        tasks = []
        for name in names:
            tasks.append(asyncio.create_task(writer.put(name)))
            await asyncio.sleep(0)
        return await asyncio.gather(*tasks)

    assert alone(busy()) == [name.upper() for name in names]
    assert len(commits) == 1


def test_what_is_enough_waits_for_nobody(
    writer: GroupCommit[str, str], sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "ENOUGH", 3)
    monkeypatch.setattr(group_commit, "LOOKS", 1_000_000_000)

    async def three() -> list[str]:
        return await asyncio.wait_for(asyncio.gather(*map(writer.put, "abc")), PATIENCE)

    assert alone(three()) == ["A", "B", "C"]
    assert kept(sessions) == ["a", "b", "c"]


def test_what_was_gathered_by_a_loop_that_is_gone_is_written_with_the_next(
    writer: GroupCommit[str, str], sessions: Sessions
) -> None:
    async def leave() -> None:
        task = asyncio.ensure_future(writer.put("a"))
        await asyncio.sleep(0)
        assert not task.done()

    alone(leave())
    assert put(writer, "b") == ["B"]
    assert kept(sessions) == ["a", "b"]
