"""The doors for log pipelines, through the whole application: who may send, what is answered, and what comes of it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.main import create_app
from app.receive.stitch import BEFORE
from app.settings import Settings, shipped
from app.store.database import connect, session_factory
from app.store.diagnoses import find
from app.store.occurrences import Occurrence, occurrences
from app.store.sources import Source, add_key, revoke, sources

if TYPE_CHECKING:
    from fastapi import FastAPI

PATIENCE = 30.0  # seconds for what takes two
CRASH = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()
UNKNOWN = 'Traceback (most recent call last):\n  File "/srv/shop/orders.py", line 7, in pay\n    f()\nKeyError: 7\n'


@pytest.fixture
def app(client: TestClient) -> FastAPI:
    made: FastAPI = client.app  # type: ignore[assignment]
    return made


@pytest.fixture
def key(app: FastAPI) -> str:
    with app.state.sessions.begin() as session:
        return add_key(session, "shop")


@pytest.fixture
def headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def settled(app: FastAPI) -> Callable[[int], list[Occurrence]]:
    """The occurrences once there are so many, or after a while all there are."""

    def settled(count: int) -> list[Occurrence]:
        until = time.monotonic() + PATIENCE
        while True:
            with app.state.sessions() as session:
                found = occurrences(session)
            if sum(one.count for one in found) >= count or time.monotonic() > until:
                return found
            time.sleep(0.1)

    return settled


def pushed(text: str, **labels: str) -> dict[str, object]:
    values = [[str(1_795_341_600_000_000_000 + number), line] for number, line in enumerate(text.splitlines())]
    return {"streams": [{"stream": labels, "values": values}]}


def test_lines_split_over_requests_are_one_known_bug(
    client: TestClient, headers: dict[str, str], settled: Callable[[int], list[Occurrence]]
) -> None:
    """With another container's lines between; the answer is the one of the whole text, and it is counted once."""
    lines = CRASH.splitlines()
    for number in range(0, len(lines), 3):
        both = [pushed("\n".join(lines[number : number + 3]), app="web"), pushed(f"order {number} paid", app="shop")]
        body = {"streams": [stream for one in both for stream in one["streams"]]}  # type: ignore[attr-defined]
        answer = client.post("/loki/api/v1/push", json=body, headers=headers)
        assert (answer.status_code, answer.content) == (204, b"")
    (found,) = settled(1)
    assert (found.signature, found.count, found.place.service) == ("uvicorn-1317", 1, "web")
    shown = client.get(f"/api/v1/diagnoses/{found.examples[0]}").json()
    assert (shown["verdict"], shown["crashes"][0]["matches"][0]["signature"]) == ("match", "uvicorn-1317")


def test_an_unknown_crash_is_counted_by_its_fingerprint(
    client: TestClient, headers: dict[str, str], settled: Callable[[int], list[Occurrence]]
) -> None:
    assert client.post("/loki/api/v1/push", json=pushed(UNKNOWN, app="web"), headers=headers).status_code == 204
    (found,) = settled(1)
    assert (found.signature, found.fingerprint[:3], found.place.source) == (None, "v1:", "shop")


def test_what_is_left_at_the_end_is_not_lost(database_url: str) -> None:
    """A stop hands on what was still being joined."""
    app = create_app(Settings(database_url=database_url))
    with app.state.sessions.begin() as session:
        key = add_key(session, "shop")
    with TestClient(app) as client:
        client.post("/loki/api/v1/push", json=pushed(UNKNOWN, app="web"), headers={"X-Api-Key": key})
    engine = connect(database_url)
    with session_factory(engine)() as session:
        assert [one.count for one in occurrences(session)] == [1]
    engine.dispose()


def test_a_form_is_its_file_and_says_where_it_comes_from(database_url: str) -> None:
    """As `curl -F` sends it: the boundary, another one each time, is no part of the text, and so twice is a retry."""
    app = create_app(Settings(database_url=database_url))
    with app.state.sessions.begin() as session:
        key = add_key(session, "shop")
    with TestClient(app) as client:
        for boundary in ("one", "two"):
            sent = {"Authorization": f"Bearer {key}", "Content-Type": f"multipart/form-data; boundary={boundary}"}
            parts = [
                'Content-Disposition: form-data; name="file"; filename="crash.log"\r\n\r\n' + UNKNOWN.rstrip("\n"),
                'Content-Disposition: form-data; name="service"\r\n\r\nweb',
            ]
            body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
            assert client.post("/ingest", content=body.encode(), headers=sent).json()["accepted"] == 4
    engine = connect(database_url)
    with session_factory(engine)() as session:
        (found,) = occurrences(session)
        shown = find(session, found.examples[0])
    engine.dispose()
    assert (found.place.service, found.count) == ("web", 1)
    assert shown is not None
    assert shown.text == UNKNOWN


@pytest.fixture
def ways(key: str) -> list[dict[str, dict[str, str]]]:
    basic = base64.b64encode(f"user:{key}".encode()).decode()
    ways: list[dict[str, dict[str, str]]] = [
        {"headers": {"Authorization": value}}
        for value in (f"Bearer {key}", f"Splunk {key}", f"Token {key}", f"Basic {basic}", f"ApiKey {basic}")
    ]
    ways += [{"headers": {name: key}} for name in ("X-Api-Key", "DD-API-KEY", "X-Amz-Firehose-Access-Key")]
    ways += [{"headers": {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}, sentry_client=x/1"}}]
    return [*ways, *({"params": {name: key}} for name in ("sentry_key", "api_key", "token"))]


def test_every_way_to_send_a_key_is_understood(client: TestClient, ways: list[dict[str, dict[str, str]]]) -> None:
    for way in ways:
        answer = client.post("/loki/api/v1/push", json=pushed("all is well"), **way)  # type: ignore[arg-type]
        assert answer.status_code == 204, way


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/loki/api/v1/push", None),
        ("/elastic/_bulk", "error"),
        ("/_bulk", "error"),
        ("/services/collector", "code"),
        ("/gelf", "detail"),
        ("/api/v2/logs", None),
    ],
)
def test_without_a_valid_key_nothing_is_taken(
    client: TestClient, app: FastAPI, key: str, path: str, shape: str | None
) -> None:
    """In the shape that the path's clients know."""
    none, wrong = client.post(path, content=b"{}"), client.post(path, content=b"{}", headers={"X-Api-Key": "tl_no"})
    assert (none.status_code, wrong.status_code) == (401, 403)
    if shape is not None:
        assert shape in none.json()
    with app.state.sessions.begin() as session:
        revoke(session, "shop")
    assert client.post(path, content=b"{}", headers={"X-Api-Key": key}).status_code == 403


def test_a_bad_record_spoils_no_good_one_and_is_remembered(
    client: TestClient, app: FastAPI, headers: dict[str, str]
) -> None:
    push = pushed("all is well", app="web")
    push["streams"] = [*push["streams"], {"stream": {}, "values": [[1]]}]  # type: ignore[misc]
    assert client.post("/loki/api/v1/push", json=push, headers=headers).status_code == 204
    source = remembered(app)
    assert (source.records, source.last_error) == (1, "An entry has no line.")


def remembered(app: FastAPI) -> Source:
    """The source once what came has been written down."""
    until = time.monotonic() + PATIENCE
    while True:
        with app.state.sessions() as session:
            (source,) = sources(session)
        if source.last_error or source.records or time.monotonic() > until:
            return source
        time.sleep(0.1)


BOMBS = [
    (gzip.compress(bytes(200 * 1024 * 1024)), 413),
    (gzip.compress(b"{}")[:-9], 400),
    (b"\x1f\x8bnonsense", 400),
    (b" " * (21 * 1024 * 1024), 413),
]


@pytest.mark.parametrize("path", ["/loki/api/v1/push", "/_bulk", "/services/collector", "/gelf", "/api/v2/logs"])
def test_a_bomb_is_refused_and_named(local_client: TestClient, path: str) -> None:
    with local_client.app.state.sessions.begin() as session:  # type: ignore[attr-defined]
        key = add_key(session, "shop")
    for body, status in BOMBS:
        answer = local_client.post(path, content=body, headers={"X-Api-Key": key})
        assert answer.status_code == status, answer.text


def test_when_too_much_waits_the_sender_is_asked_to_come_again(
    local_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = local_client.app
    with app.state.sessions.begin() as session:  # type: ignore[attr-defined]
        key = add_key(session, "shop")
    monkeypatch.setattr(app.state.inbox, "_limit", -1)  # type: ignore[attr-defined]
    answer = local_client.post("/gelf", json={"short_message": "x"}, headers={"X-Api-Key": key})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    ready = local_client.get("/readyz")
    assert (ready.status_code, ready.json()["type"].rpartition("/")[2]) == (503, "inbox-full")
    monkeypatch.undo()
    assert local_client.get("/readyz").status_code == 200


def test_elasticsearchs_clients_meet_what_they_ask_for(client: TestClient) -> None:
    hello = client.get("/elastic")
    assert hello.headers["X-Elastic-Product"] == "Elasticsearch"
    assert hello.json()["tagline"] == "You Know, for Search"
    assert client.head("/elastic/").status_code == 200
    assert client.get("/elastic/nothing-of-ours").status_code == 404
    assert client.get("/services/collector/health").json()["code"] == 17


def test_a_calm_log_leaves_nothing_behind(client: TestClient, app: FastAPI, headers: dict[str, str]) -> None:
    calm = "\n".join(f"GET /items/{number} 200" for number in range(10 * BEFORE))
    client.post("/loki/api/v1/push", json=pushed(calm, app="web"), headers=headers)
    client.post("/loki/api/v1/push", content=json.dumps({"streams": [1]}), headers=headers)
    assert remembered(app).records == 10 * BEFORE
    with app.state.sessions() as session:
        assert occurrences(session) == []


SECRET = "It's a Secret to Everybody"  # of GitHub's own example


@pytest.fixture
def hooked(database_url: str) -> Iterator[TestClient]:
    secrets = {"github": SecretStr(SECRET), "sentry": SecretStr(SECRET)}
    app = create_app(Settings(database_url=database_url, hook_secrets=secrets))
    with TestClient(app) as client:
        yield client


def test_a_signed_webhook_is_taken_and_a_forged_one_is_not(hooked: TestClient) -> None:
    issue = {"action": "opened", "issue": {"body": f"It fails:\n```\n{UNKNOWN}```\n", "id": 7, "number": 7}}
    body = json.dumps(issue).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": "issues", "X-GitHub-Delivery": "d-1", "X-Hub-Signature-256": signature}
    assert hooked.post("/hooks/github", content=body, headers=headers).status_code == 202
    for forged in (headers | {"X-Hub-Signature-256": signature[:-1] + "0"}, {"X-GitHub-Event": "issues"}):
        assert hooked.post("/hooks/github", content=body + b" ", headers=forged).status_code == 401
    assert hooked.post("/hooks/standard", content=body, headers=headers).status_code == 401, "no secret is set for it"
    source = remembered(hooked.app)  # type: ignore[arg-type]
    assert (source.name, source.records) == ("hook-github", 1)
    named = {"X-Api-Key": "hook-github"}
    assert hooked.post("/gelf", json={"short_message": "x"}, headers=named).status_code == 403, "a name is no key"


def test_event_grids_handshake_and_vectors_question_are_answered(client: TestClient) -> None:
    asked = client.options("/hooks/eventgrid", headers={"WebHook-Request-Origin": "eventgrid.azure.net"})
    assert (asked.status_code, asked.headers["WebHook-Allowed-Origin"]) == (200, "eventgrid.azure.net")
    assert client.head("/ingest").status_code == client.get("/ready").status_code == 200
