"""Elasticsearch's `_bulk`, as its own client, Fluent Bit, pino, rsyslog and syslog-ng use it."""

import json
from typing import Any

import pytest

from app.errors import Unreadable
from app.receive.bulk import FORMAT, greet
from app.receive.model import Asked, Record

ASKED = Asked("POST", "/_bulk", {}, {"content-type": "application/x-ndjson"})
CRASH = "Traceback (most recent call last):\n  File \"/srv/app/worker.py\", line 3, in load\nKeyError: 'dsn'"


def read(body: bytes, asked: Asked = ASKED) -> tuple[Record, ...]:
    return FORMAT.decode(body, asked).records


def answered(body: bytes, asked: Asked = ASKED) -> dict[str, Any]:
    reply = FORMAT.accepted(FORMAT.decode(body, asked), body, asked)
    assert reply.status == 200
    assert reply.headers["X-Elastic-Product"] == "Elasticsearch"
    found: dict[str, Any] = json.loads(reply.body)
    return found


FLUENT_BIT = (
    b'{"create":{"_index":"logs-app","_id":"3b804185-8c92-0d18-ce08-074204f301d3"}}\n'
    b'{"@timestamp":"2026-11-22T16:22:00.892Z","log":"2026-11-22 10:00:00 INFO starting\\n"}\n'
    b'{"create":{"_index":"logs-app","_id":"cfdd447a-67d3-7964-e416-40bd54a1cdc0"}}\n'
    b'{"@timestamp":"2026-11-22T16:22:00.892Z","log":"ERROR worker failed\\nTraceback (most recent call last):\\n'
    b'  File \\"/srv/app/worker.py\\", line 3, in load\\nKeyError: \'dsn\'\\n"}\n'
)


def test_fluent_bit_names_what_it_creates() -> None:
    first, second = read(FLUENT_BIT)
    assert first == Record(
        text="2026-11-22 10:00:00 INFO starting",
        time=1795364520.892,
        key="logs-app/3b804185-8c92-0d18-ce08-074204f301d3",
    )
    assert second.text.endswith(CRASH)
    found = answered(FLUENT_BIT)
    assert found["errors"] is False
    assert [item["create"]["status"] for item in found["items"]] == [201, 201]
    assert found["items"][1]["create"]["_id"] == "cfdd447a-67d3-7964-e416-40bd54a1cdc0"


def test_its_own_client_puts_to_an_index_and_names_no_document() -> None:
    value = {"@timestamp": "2026-11-22T16:22:00Z", "message": "failed", "error": {"type": "KeyError", "stack_trace": CRASH},
             "service": {"name": "checkout", "version": "4.2.1"}, "host": {"name": "web-1"}}  # fmt: skip
    body = b'{"index":{}}\n' + json.dumps(value).encode() + b'\n{"index":{}}\n{"message":"b"}\n'
    asked = Asked(
        "PUT", "/logs-app/_bulk", {}, {"content-type": "application/vnd.elasticsearch+x-ndjson; compatible-with=9"}
    )
    record, _ = read(body, asked)
    assert (record.text, record.whole, record.service, record.release) == (
        f"failed\n{CRASH}",
        True,
        "checkout",
        "4.2.1",
    )
    assert (record.stream, record.key) == ("web-1", None)
    items = [item["index"] for item in answered(body, asked)["items"]]
    assert {item["_index"] for item in items} == {"logs-app"}
    assert len({item["_id"] for item in items}) == 2


def test_rsyslog_leaves_lines_blank() -> None:
    body = b'{"index":{"_index":"system"}}\n{"message":"a"}\n\n{"index":{"_index":"system"}}\n{"message":"b"}\n\n'
    assert [record.text for record in read(body)] == ["a", "b"]
    assert len(answered(body)["items"]) == 2


def test_rsyslogs_own_template_says_when_and_on_which_host() -> None:
    source = b'{"message":"a","fromhost":"web-1","facility":"user","priority":"err","timereported":"2026-11-22T10:00:00+00:00"}'
    assert read(b'{"index":{"_index": "logs"}}\n' + source + b"\n") == (Record("a", stream="web-1", time=1795341600.0),)


def test_every_action_is_answered_in_its_order() -> None:
    body = (
        b'{"index":{"_id":1}}\n{"msg":"a"}\n{"delete":{"_id":"2"}}\r\n{"update":{"_id":"3"}}\n{"doc":{"msg":"c"}}\n'
        b'{"update":{}}\n{"script":"x"}\n{"create":null}\n{"msg":"d"}'
    )
    assert [record.text for record in read(body)] == ["a", "c", "d"]
    assert [record.key for record in read(body)] == ["1", None, None]
    items = answered(body)["items"]
    assert [next(iter(item)) for item in items] == ["index", "delete", "update", "update", "create"]
    assert [next(iter(item.values()))["status"] for item in items] == [201, 200, 200, 200, 201]


def test_good_documents_beside_bad_ones_are_kept_and_each_is_answered() -> None:
    body = (
        b'{"index":{}}\n{"message":"a"}\n'
        b'{"index":{}}\n{"message":\n'
        b'{"wrong":{}}\n{"message":"not mine"}\n'
        b'{"index":{}\n{"index":{}}\n{"message":"b","n":NaN,"s":"\\ud800"}\n'
        b'{"index":{}}\n[1]\n'
        b'{"index":{}}\n{"value":1}\n'
        b'{"index":{}}'
    )
    taken = FORMAT.decode(body, ASKED)
    assert [record.text for record in taken.records] == ["a", "b"]
    found = answered(body)
    assert found["errors"] is True
    assert [item["index"]["status"] for item in found["items"]] == [201, 400, 400, 400, 201, 400, 201, 400]
    assert taken.total == len(found["items"])
    assert found["items"][1]["index"]["error"] == {
        "type": "document_parsing_exception",
        "reason": "The document is no JSON object.",
    }


@pytest.mark.parametrize(
    "body", [b"", b"\n\n", b"hello", b"{}", b'{"index":5}', b"\xff\x00", b"[" * 10_000, b'{"a":1}\n{"index"']
)
def test_what_holds_no_action_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        FORMAT.decode(body, ASKED)


def test_nothing_else_is_refused_as_a_whole() -> None:
    assert FORMAT.decode(b'{"index":{}}\n' + b"[" * 10_000, ASKED).total == 1


@pytest.mark.parametrize("status", [400, 401, 403, 413, 429, 503])
def test_a_refusal_is_worded_as_its_clients_expect(status: int) -> None:
    reply = FORMAT.refused(status, "why", ASKED)
    found = json.loads(reply.body)
    assert (reply.status, found["status"], found["error"]["reason"]) == (status, status, "why")
    assert found["error"]["root_cause"][0]["type"] == found["error"]["type"]
    assert reply.headers["X-Elastic-Product"] == "Elasticsearch"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/", "tagline"), ("", "version"), ("/_license", "license"), ("/_xpack", "features"), ("/_ilm/policy/x", "acknowledged"),
        ("/_index_template/a-b", "acknowledged"), ("/_ingest/pipeline/p", "acknowledged"),
        ("/pino/_refresh", "_shards"), ("/_refresh", "_shards"),
    ],
)  # fmt: skip
def test_what_clients_ask_before_is_answered(path: str, key: str) -> None:
    reply = greet(Asked("GET", path, {}, {}))
    assert reply is not None
    assert key in json.loads(reply.body)
    head = greet(Asked("HEAD", path, {}, {}))
    assert head is not None
    assert (head.status, head.body) == (200, b"")
    assert head.headers["X-Elastic-Product"] == "Elasticsearch"


def test_other_paths_are_not_its_own() -> None:
    assert greet(Asked("GET", "/_search", {}, {})) is None
    assert greet(Asked("POST", "/", {}, {})) is None
