"""The HTTP contract, on both databases: what is sent, what is answered, and what is remembered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import Engine, event, inspect, text
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.types import Message

from app.errors import Unreadable
from app.main import create_app
from app.settings import Settings
from app.store.database import Session
from app.web.body import read_body

DIAGNOSES = "/api/v1/diagnoses"
CRASH = 'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\n    foo()\nValueError: no foo\n'
NOTHING_KEPT = {"reports": 0, "diagnoses": 0, "crashes": 0}


def rows(client: TestClient) -> dict[str, int]:
    engine: Engine = client.app.state.engine  # type: ignore[attr-defined]
    with engine.connect() as connection:
        return {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in ("reports", "diagnoses", "crashes")
        }


def everything_stored(client: TestClient) -> str:
    engine: Engine = client.app.state.engine  # type: ignore[attr-defined]
    with engine.connect() as connection:
        tables = inspect(engine).get_table_names()
        return "\n".join(str(row) for table in tables for row in connection.execute(text(f"SELECT * FROM {table}")))


def test_a_report_is_answered_and_found_again_by_its_link(client: TestClient) -> None:
    sent = client.post(DIAGNOSES, content=CRASH, headers={"content-type": "text/plain"})
    assert sent.status_code == 201
    answer = sent.json()
    assert answer["crashes"][0]["exception"] == "ValueError"
    assert answer["url"] == f"/diagnoses/{answer['id']}"
    assert sent.headers["location"] == f"{DIAGNOSES}/{answer['id']}"
    assert client.get(sent.headers["location"]).json() == answer


def as_text(report: str) -> dict[str, Any]:
    return {"content": report, "headers": {"content-type": "text/plain"}}


def as_json(report: str) -> dict[str, Any]:
    return {"json": {"text": report}}


def as_file(report: str) -> dict[str, Any]:
    return {"files": {"file": ("crash.log", report)}}


def as_field(report: str) -> dict[str, Any]:
    return {"files": {"text": (None, report)}}


def as_curl_sends_it(report: str) -> dict[str, Any]:
    return {"content": report, "headers": {"content-type": "application/x-www-form-urlencoded"}}


def as_bytes(report: str) -> dict[str, Any]:
    return {"content": report.encode("utf-16"), "headers": {"content-type": "application/octet-stream"}}


def test_the_same_report_is_the_same_however_it_is_sent(client: TestClient) -> None:
    first = client.post(DIAGNOSES, content=CRASH)  # without any type
    for times, way in enumerate((as_text, as_json, as_file, as_field, as_curl_sends_it, as_bytes), 2):
        again = client.post(DIAGNOSES, **way(CRASH))
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.headers["location"] == first.headers["location"]
        assert again.json() == {**first.json(), "seen": times}
    assert rows(client) == {"reports": 1, "diagnoses": 1, "crashes": 1}


def test_another_source_is_no_other_report_but_another_environment_is(client: TestClient) -> None:
    plain = client.post(DIAGNOSES, json={"text": CRASH}).json()
    sourced = client.post(DIAGNOSES, json={"text": CRASH, "source": "ticket 7"}).json()
    stated = client.post(DIAGNOSES, json={"text": CRASH, "environment": {"python": "3.11"}}).json()
    assert sourced["id"] == plain["id"]
    assert stated["id"] != plain["id"]
    assert stated["crashes"][0]["environment"]["python"] == {"value": "3.11", "line": None}


def test_eight_at_once_are_stored_once_and_counted_eight_times(client: TestClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(lambda _: client.post(DIAGNOSES, content=CRASH), range(8)))
    assert sorted(one.status_code for one in sent) == [200] * 7 + [201]
    assert sorted(one.json()["seen"] for one in sent) == list(range(1, 9))
    assert len({one.json()["id"] for one in sent}) == 1
    assert rows(client) == {"reports": 1, "diagnoses": 1, "crashes": 1}


def test_another_book_gives_another_answer_and_the_old_link_keeps_its_own(client: TestClient) -> None:
    old = client.post(DIAGNOSES, content=CRASH).json()
    state = client.app.state  # type: ignore[attr-defined]
    state.index = replace(state.index, book=replace(state.index.book, revision="sha256:another"))
    new = client.post(DIAGNOSES, content=CRASH)
    assert new.status_code == 201
    assert new.json()["book"] == "sha256:another"
    assert client.get(f"{DIAGNOSES}/{old['id']}").json() == old
    assert rows(client) == {"reports": 1, "diagnoses": 2, "crashes": 2}


def test_unstored_means_that_nothing_is_written(client: TestClient) -> None:
    statements: list[str] = []
    engine = client.app.state.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    sent = client.post(DIAGNOSES, content=CRASH, params={"store": "false"})
    assert sent.status_code == 200
    assert "location" not in sent.headers
    assert (sent.json()["id"], sent.json()["url"], sent.json()["seen"]) == (None, None, 0)
    assert not [one for one in statements if "reports" in one or "diagnoses" in one]  # others look into the inbox
    assert rows(client) == NOTHING_KEPT


def test_a_log_without_a_crash_is_an_ordinary_answer(client: TestClient) -> None:
    sent = client.post(DIAGNOSES, content="INFO: started\nINFO: stopped\n")
    assert sent.status_code == 201
    assert sent.json()["crashes"] == []
    assert sent.json()["verdict"] == "none"
    assert "traceback" in sent.json()["summary"].lower()


def test_secrets_are_neither_stored_nor_told(client: TestClient) -> None:
    report = CRASH.replace("no foo", "postgresql://admin:hunter2@db.example.com/x refused for jane.doe@example.com")
    sent = client.post(DIAGNOSES, json={"text": report})
    assert sent.json()["redacted"]
    for told in (sent.text, client.get(sent.headers["location"]).text, everything_stored(client)):
        assert "hunter2" not in told
        assert "jane.doe" not in told


ODD = ["nul \x00 byte", "half \\ud83d of", "whole \\ud83d\\ude00", "written \\u0000", "😀 \ufffe"]


def test_odd_characters_break_no_database(client: TestClient) -> None:
    reports = [CRASH.replace("no foo", odd) for odd in ODD]
    escaped = [json.dumps({"log": one}).replace("\\\\u", "\\u") for one in reports]  # the same, said in escapes
    for report in reports + escaped:
        sent = client.post(DIAGNOSES, content=report.encode(errors="replace"))
        assert sent.status_code == 201, sent.text
        assert client.get(sent.headers["location"]).json() == sent.json()
    body = b'{"text": "ValueError: \\ud83d and \\u0000", "source": "\\udc00"}'
    assert client.post(DIAGNOSES, content=body, headers={"content-type": "application/json"}).status_code == 201


def test_what_could_not_be_committed_is_not_said_to_be_kept(client: TestClient) -> None:
    sessions = client.app.state.sessions  # type: ignore[attr-defined]

    def fail(_: Session) -> None:
        raise RuntimeError("disk full")

    event.listen(sessions, "before_commit", fail)
    sent = client.post(DIAGNOSES, content=CRASH)
    event.remove(sessions, "before_commit", fail)
    assert sent.status_code == 500
    assert "location" not in sent.headers
    assert rows(client) == NOTHING_KEPT


def test_top_limits_the_signatures_that_are_named_not_those_that_are_kept(client: TestClient) -> None:
    openapi = client.get("/openapi.json").json()
    body = openapi["paths"][DIAGNOSES]["post"]["requestBody"]["content"]
    known = body["text/plain"]["examples"]["known"]["value"]
    sent = client.post(DIAGNOSES, content=known, params={"top": 1})
    assert len(sent.json()["crashes"][0]["matches"]) == 1
    assert client.get(sent.headers["location"], params={"top": 20}).json()["id"] == sent.json()["id"]


def test_each_example_of_the_description_gets_the_answer_it_names(local_client: TestClient) -> None:
    content = local_client.get("/openapi.json").json()["paths"][DIAGNOSES]["post"]["requestBody"]["content"]
    count = 0
    for kind in ("text/plain", "application/json"):
        for example in content[kind]["examples"].values():
            value = example["value"]
            body = value if isinstance(value, str) else json.dumps(value)
            sent = local_client.post(DIAGNOSES, content=body, headers={"content-type": kind})
            assert sent.json()["verdict"] == example["summary"].rpartition("Verdict: ")[2]
            count += 1
    assert count == 4


def test_signatures_are_listed_searched_and_shown(local_client: TestClient) -> None:
    every = local_client.get("/api/v1/signatures").json()
    assert every["book"].startswith("sha256:")
    one = next(one for one in every["signatures"] if one["id"] == "uvicorn-1317")
    assert one["url"] == "/kb/uvicorn/uvicorn-1317"
    assert one["fixed_in"] == "0.18.0"
    found = local_client.get("/api/v1/signatures", params={"q": "WinError 87", "package": "uvicorn"}).json()
    assert "uvicorn-1317" in {one["id"] for one in found["signatures"]}
    assert local_client.get("/api/v1/signatures", params={"package": "no-such"}).json()["signatures"] == []
    shown = local_client.get("/api/v1/signatures/uvicorn-1317").json()
    assert shown["affected"][0]["fixed"] == "0.18.0"
    assert "with" in shown


def test_the_process_lives_and_is_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ready"


def test_without_its_tables_it_lives_but_is_not_ready(client: TestClient) -> None:
    engine: Engine = client.app.state.engine  # type: ignore[attr-defined]
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz").json()["type"] == "/problems/database-unreachable"


def test_diagnoses_are_counted_by_verdict(local_client: TestClient) -> None:
    local_client.post(DIAGNOSES, content=CRASH)
    local_client.post(DIAGNOSES, content=CRASH, params={"store": False})
    told = local_client.get("/metrics").text
    assert 'tracelore_diagnoses_total{verdict="none"} 2.0' in told
    assert "tracelore_diagnosis_seconds_count 2.0" in told


def test_the_documentation_comes_from_here_alone(local_client: TestClient) -> None:
    page = local_client.get("/docs")
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(assets) > 2
    assert not re.findall(r'["\'](?:https?:)?//', page.text)
    for asset in assets:
        assert local_client.get(asset).status_code == 200
    assert "script-src 'self' 'unsafe-inline'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/healthz", "/nothing", "/openapi.json", "/api/v1/diagnoses/x"])
def test_every_answer_tells_the_browser_to_trust_only_us(local_client: TestClient, path: str) -> None:
    headers = local_client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.fixture
def strict_client(tmp_path: Path) -> Iterator[TestClient]:
    """An application that takes 4 KiB at most."""
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path / 'file.db'}", max_report=4096))
    with TestClient(app) as made:
        yield made


def test_a_longer_report_is_refused_and_the_limit_named(strict_client: TestClient) -> None:
    for way in (as_text, as_json, as_file):
        refused = strict_client.post(DIAGNOSES, **way("x" * 4097))
        assert (refused.status_code, refused.json()["type"]) == (413, "/problems/too-long")
        assert "4,096" in refused.json()["detail"]


def test_no_more_is_read_than_may_be_accepted() -> None:
    """A body without an end, announced or not, is left unread after the limit."""
    handed = 0

    async def endless() -> Message:
        nonlocal handed
        handed += 1000
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    for headers in ([], [(b"content-type", b"application/json")], [(b"content-length", b"99999999")]):
        request = Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, endless)
        with pytest.raises(Unreadable) as refused:
            anyio.run(read_body, request, 4096)
        assert refused.value.status == 413
    assert handed < 4096 + 2 * 4096 + 20_000


def test_a_report_of_exactly_the_limit_is_read_however_it_is_wrapped(strict_client: TestClient) -> None:
    report = CRASH + "\n" * (4096 - len(CRASH))
    for way in (as_text, as_json, as_file):
        assert strict_client.post(DIAGNOSES, **way(report)).status_code in {200, 201}
