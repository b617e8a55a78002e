"""Answers that are remembered: the same as fresh ones, of this book alone, bounded in bytes, and nothing secret."""

from __future__ import annotations

import json
import pickle
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from app.crash.model import Environment
from app.diagnosis.candidates import Index, build_index
from app.intake import receive, receive_written
from app.settings import shipped
from app.signature.book import make_book
from app.web import hot_door
from app.web.hot_door import PATH
from app.web.memory import Memory, Told, digest_of, tell

KNOWN = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_bytes()
SAID = b"INFO: nobody was here before\n"
SECRET = b"hunter2-of-ada"
REPORT = SAID + b"INFO: password=" + SECRET + b"\n" + KNOWN
STATED = json.dumps({"text": REPORT.decode(), "environment": {"packages": {"uvicorn": "0.30.0"}}, "source": "desk"})


def post(client: TestClient, body: Any = REPORT, query: str = "", kind: str = "text/plain") -> httpx2.Response:
    return client.post(f"{PATH}?{query}", content=body, headers={"content-type": kind})


def by_the_route(body: bytes) -> Iterator[bytes]:
    """Of no known length, and so not for the door."""
    yield body


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Reports that were diagnosed at the door."""
    diagnosed: list[bytes] = []

    def noted(way: Any) -> Any:
        def note(raw: bytes, **how: Any) -> Any:
            diagnosed.append(raw)
            return way(raw, **how)

        return note

    monkeypatch.setattr(hot_door, "receive", noted(receive))
    monkeypatch.setattr(hot_door, "receive_written", noted(receive_written))
    monkeypatch.setattr(hot_door, "HASTE", 60.0)  # however slow this machine is
    return diagnosed


@pytest.mark.parametrize(
    ("body", "kind"), [(REPORT, "text/plain"), (STATED.encode(), "application/json"), (SAID, "text/plain")]
)
def test_a_remembered_answer_is_what_a_fresh_one_would_be(
    local_client: TestClient, worked_out: list[bytes], body: bytes, kind: str
) -> None:
    first, second, third = (post(local_client, body, "store=false", kind) for _ in range(3))
    assert len(worked_out) == 2
    assert first.content == second.content == third.content
    assert third.content == post(local_client, by_the_route(body), "store=false", kind).content
    assert first.headers == third.headers


def test_what_is_stored_is_counted_and_recalled_as_ever(client: TestClient, worked_out: list[bytes]) -> None:
    answers = [post(client) for _ in range(4)]
    assert len(worked_out) == 2
    assert [one.status_code for one in answers] == [201, 200, 200, 200]
    told = [one.json() for one in answers]
    assert [one["seen"] for one in told] == [1, 2, 3, 4]
    assert {**told[0], "seen": 4} == told[3] == client.get(answers[0].headers["location"]).json()


def test_what_was_deleted_meanwhile_is_stored_anew(client: TestClient, worked_out: list[bytes]) -> None:
    first, _ = (post(client) for _ in range(2))
    with client.app.state.engine.begin() as connection:  # type: ignore[attr-defined]  # Starlette's app is any ASGI app
        connection.execute(text("DELETE FROM reports"))
    again = post(client)
    assert len(worked_out) == 2
    assert (again.status_code, again.json()["seen"]) == (201, 1)
    assert again.json()["id"] != first.json()["id"]
    assert client.get(again.headers["location"]).json() == again.json()


def test_another_book_answers_for_itself(local_client: TestClient, index: Index) -> None:
    state = local_client.app.state  # type: ignore[attr-defined]  # as above
    _, _, known = (post(local_client, query="store=false").json() for _ in range(3))
    state.index = build_index(make_book([]))
    unknown = post(local_client, query="store=false").json()
    assert (known["verdict"], unknown["verdict"]) == ("match", "none")
    assert unknown["book"] == state.index.book.revision != known["book"]
    state.index = index
    assert post(local_client, query="store=false").json() == known


def test_what_differs_in_anything_is_worked_out(local_client: TestClient, worked_out: list[bytes]) -> None:
    asked: list[tuple[bytes, str, str]] = [
        (REPORT, "", "text/plain"),
        (REPORT + b"\n", "", "text/plain"),
        (REPORT, "store=false", "text/plain"),
        (REPORT, "top=1", "text/plain"),
        (REPORT, "", "text/plain; charset=utf-8"),
        (STATED.encode(), "", "application/json"),
        (STATED.replace("0.30.0", "0.17.0").encode(), "", "application/json"),
        (STATED.replace("desk", "lab").encode(), "", "application/json"),
    ]
    for one in asked * 4:
        assert post(local_client, *one).status_code < 300
    assert len(worked_out) == 2 * len(asked)


def test_what_took_long_is_worked_out_anew(
    local_client: TestClient, worked_out: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hot_door, "HASTE", 0.0)
    assert len({post(local_client, query="store=false").content for _ in range(4)}) == 1
    assert len(worked_out) == 4


def test_nothing_secret_is_held_and_no_report_that_is_not_stored_or_came_once(
    local_client: TestClient, worked_out: list[bytes]
) -> None:
    memory = local_client.app.state.memory  # type: ignore[attr-defined]  # as above
    post(local_client, query="store=false")
    post(local_client)
    assert b"uvicorn" not in pickle.dumps(memory)
    post(local_client, query="store=false")
    held = pickle.dumps(memory)
    assert b"uvicorn-1317" in held
    assert SAID.strip() not in held
    post(local_client)
    held = pickle.dumps(memory)
    assert SAID.strip() in held
    assert SECRET not in held
    assert len(worked_out) == 4


def tell_of(number: int, index: Index) -> Told:
    """An answer that is like no other."""
    raw = b"INFO: request %d\n%s" % (number, KNOWN)
    received, written = receive_written(raw, index=index, stated=Environment(), source=None)
    return tell(received, 5, written)


def keep(memory: Memory, digest: bytes, told: Told) -> None:
    """As it is kept when it comes again."""
    memory.keep(digest, told)
    memory.keep(digest, told)


def came_before(told: Told) -> Told:
    """As it is remembered: what keeps it says that it is kept already."""
    assert told.written is not None
    return replace(told, written=replace(told.written, again=True))


def test_what_comes_once_drives_nothing_out(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.memory.MOST_ONCE", 10)
    told = tell_of(1, index)
    memory = Memory(told.size + 1)
    keep(memory, b"again and again", told)
    for number in range(100):
        memory.keep(b"%d" % number, told)
    assert memory.recall(b"again and again") == came_before(told)
    assert memory.recall(b"99") is None
    memory.keep(b"88", told)  # so long ago that it is as if it had never come
    assert memory.recall(b"88") is None


def test_it_holds_so_many_bytes_and_what_was_asked_for_last(index: Index) -> None:
    size = tell_of(100, index).size
    memory = Memory(10 * size)
    for number in range(100, 200):
        keep(memory, digest_of(number, b""), tell_of(number, index))
        assert memory.recall(digest_of(100, b""))
    held = [number for number in range(100, 200) if memory.recall(digest_of(number, b""))]
    assert held == [100, *range(191, 200)]


def test_what_is_larger_than_all_of_it_drives_nothing_out(index: Index) -> None:
    told = tell_of(1, index)
    memory = Memory(told.size + 1)
    keep(memory, b"small", told)
    keep(memory, b"large", tell_of(10_000, index))
    assert memory.recall(b"small") == came_before(told)
    assert memory.recall(b"large") is None


def test_what_it_says_that_an_answer_takes_is_what_it_takes(index: Index) -> None:
    tell_of(0, index)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    told = [tell_of(number, index) for number in range(200)]
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken < 1.3 * sum(one.size for one in told)
