"""Splunk's event collector, as Fluent Bit, Python's and JavaScript's handlers, Docker and Firehose use it."""

import json

import pytest

from app.errors import Unreadable
from app.receive.model import Asked, Record
from app.receive.splunk import ACK, EVENT, RAW, greet

ASKED = Asked("POST", "/services/collector/event", {}, {"authorization": "Splunk 11111111-2222-3333-4444-555555555555"})
CHANNEL = "0aeeac95-ac74-4aa9-b30d-6c4c0ac581ba"
RAW_ASKED = Asked(
    "POST",
    "/services/collector/raw",
    {"host": "web-1", "source": "app.log", "time": "1795364528.5"},
    {"x-splunk-request-channel": CHANNEL},
)
CRASH = (
    "worker failed\nTraceback (most recent call last):\n  File \"/srv/app/worker.py\", line 3, in load\nKeyError: 'dsn'"
)


def read(body: bytes) -> tuple[Record, ...]:
    return EVENT.decode(body, ASKED).records


def test_fluent_bit_sends_objects_back_to_back() -> None:
    first, second = read(
        b'{"time":1795364528.662445,"sourcetype":"app","event":{"log":"2026-11-22 10:00:00 INFO starting\\n"}}'
        b'{"time":1795364528.662484,"sourcetype":"app","event":{"log":"ERROR worker failed\\nTraceback (most recent call'
        b' last):\\n  File \\"/srv/app/worker.py\\", line 3, in load\\n    return cfg[\\"dsn\\"]\\nKeyError: \'dsn\'\\n"}}'
    )
    assert first == Record(text="2026-11-22 10:00:00 INFO starting", stream="app", time=1795364528.662445)
    assert second.text.endswith("KeyError: 'dsn'")


def test_fluent_bit_s_raw_mode_sends_bare_records() -> None:
    records = read(b'{"log":"2026-11-22 10:00:00 INFO starting\\n"}\n{"log":"2026-11-22 10:00:02 INFO next\\n"}\n')
    assert [record.text for record in records] == ["2026-11-22 10:00:00 INFO starting", "2026-11-22 10:00:02 INFO next"]


def test_python_s_handler_sends_text_and_times_as_text() -> None:
    event = {
        "event": CRASH + "\n",
        "host": "web-1",
        "index": "main",
        "source": "root",
        "sourcetype": "text",
        "time": "1795364528.6",
    }
    assert read(json.dumps(event).encode()) == (Record(text=CRASH, stream="web-1/root", time=1795364528.6),)


def test_javascript_s_logger_sends_an_object_as_the_message() -> None:
    event = {"time": "1795364528.662", "event": {"message": {"temperature": "70F"}, "severity": "info", "stack": CRASH}}
    (record,) = read(json.dumps(event).encode())
    assert (record.text, record.whole, record.time) == (CRASH, True, 1795364528.662)


def test_docker_says_the_line_and_its_source() -> None:
    (record,) = read(b'{"event":{"line":"hello","source":"stdout","tag":"3f2a"},"time":"1795364528.6","host":"web-1"}')
    assert record.text == "hello"
    assert record.stream == "web-1/3f2a/stdout"


def test_fields_say_more() -> None:
    (record,) = read(b'{"event":"a","fields":{"service":"checkout","environment":"prod","version":"4.2.1"}}')
    assert (record.service, record.environment, record.release) == ("checkout", "prod", "4.2.1")


def test_an_array_and_lines_are_read_as_well() -> None:
    assert [record.text for record in read(b'[{"event":"a"},{"event":"b"}]')] == ["a", "b"]
    assert [record.text for record in read(b'{"event":"a"}\n\n{"event":"{\\"log\\":\\"b\\"}"}\n')] == ["a", "b"]


def test_measurements_are_passed_over() -> None:
    assert read(b'{"event":"metric","fields":{"metric_name:cpu":1}}') == ()
    assert read(b'{"event":{"cpu":1}}') == ()


def test_good_events_beside_bad_ones_are_kept() -> None:
    taken = EVENT.decode(
        b'{"event":"a"}{"event":""}{"x":1}{"event":NaN}[5]{"event":null}\n{"event":"b","time":NaN}', ASKED
    )
    assert [record.text for record in taken.records] == ["a", "b"]
    assert len(taken.refused) == 3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 5), (b" \n", 5), (b"hello", 6), (b"[[1]]", 6), (b'{"event"', 6), (b"{" * 10_000, 6), (b"\xff\x00\x01", 6),
        (b'{"event":""}', 13), (b'{"event":null}', 13), (b'{"time":1}', 12), (b"{}", 12),
    ],
)  # fmt: skip
def test_a_refusal_has_the_code_of_its_reason(body: bytes, code: int) -> None:
    with pytest.raises(Unreadable) as refused:
        EVENT.decode(body, ASKED)
    reply = EVENT.refused(refused.value.status, refused.value.detail, ASKED)
    assert reply.status == 400
    assert json.loads(reply.body)["code"] == code


@pytest.mark.parametrize(("status", "code"), [(401, 3), (403, 4), (413, 27), (500, 8), (503, 9)])
def test_other_refusals_have_the_code_of_their_status(status: int, code: int) -> None:
    reply = EVENT.refused(status, "why", ASKED)
    assert (reply.status, json.loads(reply.body)["code"]) == (status, code)


def test_without_any_token_it_is_required() -> None:
    reply = EVENT.refused(401, "why", Asked("POST", "/services/collector", {}, {}))
    assert json.loads(reply.body) == {"text": "Token is required", "code": 2}


def test_raw_text_is_read_line_by_line() -> None:
    records = RAW.decode(CRASH.replace("\n", "\r\n").encode() + b'\n\n{"log":"x"}\n\xff', RAW_ASKED).records
    assert [record.text for record in records] == [*CRASH.split("\n"), "x", "\ufffd"]
    assert {record.stream for record in records} == {"web-1/app.log"}
    assert records[0].time == 1795364528.5
    with pytest.raises(Unreadable):
        RAW.decode(b"", RAW_ASKED)


def test_success_is_said_and_numbered_where_a_channel_is_named() -> None:
    reply = EVENT.accepted(EVENT.decode(b'{"event":"a"}', ASKED), b'{"event":"a"}', ASKED)
    assert (reply.status, json.loads(reply.body)) == (200, {"text": "Success", "code": 0})
    numbers = {
        json.loads(RAW.accepted(RAW.decode(body, RAW_ASKED), body, RAW_ASKED).body)["ackId"]
        for body in (b"a", b"b", b"a")
    }
    assert len(numbers) == 2


def test_what_was_taken_is_acknowledged() -> None:
    asked = Asked("POST", "/services/collector/ack", {"channel": CHANNEL}, {})
    body = b'{"acks":[0, 17, "x", null, true]}'
    reply = ACK.accepted(ACK.decode(body, asked), body, asked)
    assert json.loads(reply.body) == {"acks": {"0": True, "17": True}}
    for wrong in (b"", b"{}", b"[1]", b"\xff"):
        with pytest.raises(Unreadable):
            ACK.decode(wrong, asked)
    with pytest.raises(Unreadable) as refused:
        ACK.decode(body, ASKED)
    assert json.loads(ACK.refused(400, refused.value.detail, ASKED).body)["code"] == 10


def test_its_health_is_good() -> None:
    reply = greet(Asked("GET", "/services/collector/health", {}, {}))
    assert reply is not None
    assert (reply.status, json.loads(reply.body)["code"]) == (200, 17)
    assert greet(ASKED) is None
