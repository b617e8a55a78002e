"""The fast way of `POST /api/v1/diagnoses`: the same answers as the route's, and nothing else is its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from app.errors import Busy
from app.settings import shipped
from app.web.hot_door import PATH, SMALL, HotDoor
from app.web.schemas import Answer
from tests.alone import alone

KNOWN = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_bytes()
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


def as_json(**said: Any) -> bytes:
    return json.dumps({"text": KNOWN.decode(), **said}).encode()


# what is sent: type, body and query
PLAIN: dict[str, tuple[str, bytes, str]] = {
    "text": (TEXT, KNOWN, ""),
    "no type": ("", KNOWN, ""),
    "as curl sends it": ("application/x-www-form-urlencoded", KNOWN, "top=1"),
    "JSON": (JSON, as_json(), "top=20"),
    "environment": (JSON, as_json(environment={"packages": {"uvicorn": "0.30.0"}}, source="desk"), ""),
    "no crash": (TEXT, b"INFO: started\n", ""),
    "other characters": ("text/plain; charset=utf-16", KNOWN.decode().encode("utf-16"), ""),
    "half a character": (JSON, rb'{"text": "ValueError: \ud83d"}', ""),
}
SECRET = KNOWN + b"\nmail: ada@example.org\n"
NUL = json.dumps({"text": KNOWN.decode().replace("parameter", "para\0meter")}).encode()
HEADERS = {"type": b"content-type", "length": b"content-length"}
REFUSED: dict[str, tuple[str, bytes, str]] = {
    "blank": (TEXT, b" \n", ""),
    "image": (TEXT, b"\x89PNG\r\n\x1a\n" + bytes(99), ""),
    "no JSON": (JSON, b"Traceback", ""),
    "unknown field": (JSON, as_json(txt=1), ""),
    "wrong query": (TEXT, KNOWN, "top=0"),
    "unknown query": (TEXT, KNOWN, "tops=1"),
    "half a query": (TEXT, KNOWN, "store="),
}


def post(client: TestClient, kind: str, body: Any, query: str) -> httpx2.Response:
    return client.post(f"{PATH}?{query}", content=body, headers={"content-type": kind} if kind else {})


def in_pieces(body: bytes) -> Iterator[bytes]:
    """Of no known length, and so a matter for the route."""
    yield body[:10]
    yield body[10:]


@pytest.mark.parametrize(("kind", "body", "query"), PLAIN.values(), ids=PLAIN)
def test_it_answers_to_the_letter_as_the_route_does(
    local_client: TestClient, kind: str, body: bytes, query: str
) -> None:
    here, there = (post(local_client, kind, one, f"{query}&store=false") for one in (body, in_pieces(body)))
    assert here.status_code == there.status_code == 200
    assert here.headers.multi_items() == there.headers.multi_items()
    assert here.content == there.content


@pytest.mark.parametrize(("kind", "body", "query"), [*PLAIN.values(), (TEXT, SECRET, ""), (JSON, NUL, "")])
def test_what_it_keeps_is_answered_to_the_letter_as_it_is_recalled(
    local_client: TestClient, kind: str, body: bytes, query: str
) -> None:
    kept = post(local_client, kind, body, query)
    again = local_client.get(f"{kept.headers['location']}?{query}")
    assert kept.status_code in {200, 201}
    assert Answer.model_validate_json(kept.content).id == kept.headers["location"].rpartition("/")[2]
    if body != NUL:
        assert kept.content == again.content


def test_it_keeps_as_the_route_does(client: TestClient) -> None:
    first, second, third = (post(client, TEXT, one, "") for one in (KNOWN, in_pieces(KNOWN), KNOWN))
    assert [one.status_code for one in (first, second, third)] == [201, 200, 200]
    assert [one.json()["seen"] for one in (first, second, third)] == [1, 2, 3]
    assert len({one.headers["location"] for one in (first, second, third)}) == 1
    assert first.headers.keys() == second.headers.keys()
    assert client.get(first.headers["location"]).json() == {**third.json()}


@pytest.mark.parametrize(("kind", "body", "query"), REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_take_is_refused_in_the_words_of_the_route(
    local_client: TestClient, kind: str, body: bytes, query: str
) -> None:
    here, there = (post(local_client, kind, one, query) for one in (body, in_pieces(body)))
    assert here.status_code >= 400
    assert (here.status_code, here.headers, here.content) == (there.status_code, there.headers, there.content)


class Route:
    """An application that notes what came to it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, _: Scope, receive: Receive, __: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.bodies.append(body)


def ask(client: TestClient, messages: Sequence[Message], **changed: Any) -> tuple[list[bytes], list[Message]]:
    """What the route behind the door gets, and what the door answers, when these messages come one by one."""
    length = sum(len(one.get("body", b"")) for one in messages)
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % length)]
    scope = {
        "type": "http", "method": "POST", "path": PATH, "query_string": b"store=false", "headers": headers,
        "app": client.app, **changed,
    }  # fmt: skip
    route, sent, coming = Route(), list[Message](), iter(messages)

    async def receive() -> Message:
        await asyncio.sleep(0)  # as it is with a body that is on its way
        return next(coming)

    async def send(message: Message) -> None:
        sent.append(message)

    alone(HotDoor(route)(scope, receive, send))
    return route.bodies, sent


WHOLE: list[Message] = [{"type": "http.request", "body": KNOWN, "more_body": False}]


def test_a_plain_report_never_gets_to_the_route(local_client: TestClient) -> None:
    passed, sent = ask(local_client, WHOLE)
    assert passed == []
    assert sent[0]["status"] == 200
    assert b'"match"' in sent[1]["body"]


PASSED: dict[str, dict[str, Any]] = {
    "another path": {"path": "/api/v1/diagnosis"},
    "another method": {"method": "PUT"},
    "a form": {"headers": [(b"content-type", b"multipart/form-data; boundary=b"), (b"content-length", b"900")]},
    "no length": {"headers": []},
    "nothing": {"headers": [(b"content-length", b"0")]},
    "no number": {"headers": [(b"content-length", b"-1")]},
    "long": {"headers": [(b"content-length", b"%d" % (SMALL + 1))]},
    "long number": {"headers": [(b"content-length", b"9" * 5000)]},
    "waits for leave": {"headers": [(b"content-length", b"900"), (b"expect", b"100-continue")]},
    "pieces": {"headers": [(b"content-length", b"900"), (b"transfer-encoding", b"chunked")]},
    "odd query": {"query_string": b"top=21"},
    "long query": {"query_string": b"top=5&" * 10},
}


@pytest.mark.parametrize("changed", PASSED.values(), ids=PASSED)
def test_what_is_not_plain_goes_on_to_the_route_untouched(local_client: TestClient, changed: dict[str, Any]) -> None:
    assert ask(local_client, WHOLE, **changed) == ([KNOWN], [])


def test_a_body_in_parts_goes_on_to_the_route_whole(local_client: TestClient) -> None:
    parts = [KNOWN[:100], KNOWN[100:200], KNOWN[200:]]
    messages = [{"type": "http.request", "body": one, "more_body": one is not parts[2]} for one in parts]
    assert ask(local_client, messages) == ([KNOWN], [])


def test_who_left_is_left_to_the_route(local_client: TestClient) -> None:
    assert ask(local_client, [{"type": "http.disconnect"}]) == ([b""], [])


def test_a_body_that_does_not_come_is_waited_for_by_the_route(
    local_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.hot_door.MOMENT", 0.0)
    assert ask(local_client, WHOLE) == ([KNOWN], [])


def test_before_somebody_writes_the_route_keeps_it_by_itself(local_client: TestClient) -> None:
    local_client.app.state.keeper.stop()  # type: ignore[attr-defined]  # Starlette's app is any ASGI app
    assert post(local_client, TEXT, KNOWN, "").status_code == 201


def test_who_is_too_much_is_told_when_to_come_again(local_client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.group_commit.MOST", 0)
    refused = post(local_client, TEXT, KNOWN, "")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, str(Busy.retry_seconds))
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/busy"
    assert refused.headers["content-security-policy"].startswith("default-src 'self'")
    assert post(local_client, TEXT, KNOWN, "store=false").status_code == 200


def test_a_fault_of_ours_is_answered_as_any_other(local_client: TestClient, tmp_path: Path) -> None:
    local_client.app.state.index = tmp_path  # type: ignore[attr-defined]  # as above; no index
    for body in (KNOWN, in_pieces(KNOWN)):
        broken = post(local_client, TEXT, body, "")
        assert (broken.status_code, broken.json()["type"]) == (500, "/problems/server-error")
