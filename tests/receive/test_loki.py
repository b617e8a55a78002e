"""Loki's push, as Fluent Bit, the handlers for Python, pino and winston, and Alloy send it."""

import json

import cramjam
import pytest

from app.errors import Unreadable
from app.receive import labels
from app.receive.loki import FORMAT, greet
from app.receive.model import Asked, Record

ASKED = Asked("POST", "/loki/api/v1/push", {}, {"content-type": "application/json"})
CRASH = "ERROR worker failed\nTraceback (most recent call last):\n  File \"/srv/app/worker.py\", line 3, in load\nKeyError: 'dsn'"


def read(body: bytes) -> tuple[Record, ...]:
    return FORMAT.decode(body, ASKED).records


def push(*streams: object) -> bytes:
    return json.dumps({"streams": streams}).encode()


# Protobuf, written by hand: what logproto's messages are on the wire.
def number(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def part(field: int, data: bytes) -> bytes:
    return number(field << 3 | 2) + number(len(data)) + data


def entry(line: bytes, seconds: int = 1795364504, nanos: int = 500_000_000, *more: bytes) -> bytes:
    time = b"\x08" + number(seconds) + b"\x10" + number(nanos)
    return part(2, part(1, time) + part(2, line) + b"".join(part(3, pair) for pair in more))


def stream(labels: bytes, *entries: bytes) -> bytes:
    return part(1, part(1, labels) + b"".join(entries) + b"\x18" + number(2**63))


def test_fluent_bit_sends_json_in_json() -> None:
    body = (
        b'{"streams":[{"stream":{"job":"app","env":"prod"},"values":['
        b'["1795364504803014590","{\\"log\\":\\"2026-11-22 10:00:00 INFO starting\\\\n\\"}"],'
        b'["1795364504803053248","{\\"log\\":\\"2026-11-22 10:00:01 ERROR worker failed\\\\nTraceback (most recent call'
        b' last):\\\\n  File \\\\\\"/srv/app/worker.py\\\\\\", line 3, in load\\\\n    return cfg[\\\\\\"dsn\\\\\\"]'
        b"\\\\nKeyError: 'dsn'\\\\n\\\"}\"]]}]}"
    )
    first, second = read(body)
    assert first == Record(
        text="2026-11-22 10:00:00 INFO starting",
        stream="prod/app",
        service="app",
        environment="prod",
        time=1795364504803014590 / 1e9,
    )
    assert second.text.splitlines()[1:3] == [
        "Traceback (most recent call last):",
        '  File "/srv/app/worker.py", line 3, in load',
    ]


def test_python_logging_loki_sends_plain_lines() -> None:
    about = {"severity": "error", "logger": "root", "app": "checkout", "version": "4.2.1"}
    (record,) = read(push({"stream": about, "values": [["1795364504803014590", CRASH + "\n"]]}))
    assert (record.text, record.service, record.release) == (CRASH, "checkout", "4.2.1")


def test_winston_and_pino_put_message_and_stack_into_the_line() -> None:
    line = json.dumps({"level": "error", "message": "failed", "stack": CRASH, "hostname": "web-1", "pid": 7})
    (record,) = read(push({"stream": {"job": "app"}, "values": [["1795364504803014590", line]]}))
    assert record.text.endswith(CRASH)
    assert record.whole
    assert record.stream.startswith("app/web-1")


def test_the_lines_of_a_stream_keep_their_order_whatever_their_level() -> None:
    lines = [["1", line] for line in CRASH.split("\n")]
    records = read(
        push(
            {"stream": {"app": "a", "level": "error"}, "values": lines[:1]},
            {"stream": {"level": "info", "app": "a"}, "values": lines[1:]},
        )
    )
    assert [record.text for record in records] == CRASH.split("\n")
    assert {record.stream for record in records} == {"a"}


def test_an_exception_in_the_metadata_is_a_crash() -> None:
    value = ["1795364504803014590", "could not start", {"exception_stacktrace": CRASH, "service_version": "1.2"}]
    (record,) = read(push({"stream": {"service_name": "checkout"}, "values": [value]}))
    assert (record.text, record.whole, record.release) == (f"could not start\n{CRASH}", True, "1.2")


@pytest.mark.parametrize("metadata", [True, False], ids=["JSON", "protobuf"])
def test_winston_s_fields_behind_the_message_are_no_part_of_it(metadata: bool) -> None:  # noqa: FBT001
    """In JSON they come a second time, as metadata."""
    stack = "Error: shop has no dsn\n    at open (/srv/shop/a.js:7:13)"
    told = {"level": "error", "service": "shop", "stack": stack}
    line = "shop has no dsn " + json.dumps(told, separators=(",", ":"))
    (record,) = read(push({"stream": {}, "values": [["1", line, *([told] if metadata else [])]]}))
    assert (record.text, record.whole, record.service) == (stack, True, "shop")


@pytest.mark.parametrize(
    "line", ['got {"level":"error"', 'got {"level":"a"} }', 'got {"level":}', 'got {"n":1}', "a {} }"]
)
def test_what_only_looks_like_winston_s_fields_stays(line: str) -> None:
    (record,) = read(push({"stream": {}, "values": [["1", line]]}))
    assert record.text == line


def test_the_first_version_of_the_interface_is_read_too() -> None:
    (record,) = read(push({"labels": '{app="a"}', "entries": [{"ts": "2026-11-22T10:00:00Z", "line": "hello"}]}))
    assert record == Record(text="hello", stream="a", service="a", time=1795341600.0)


@pytest.mark.parametrize("packed", [True, False], ids=["snappy", "plain"])
def test_alloy_and_winston_send_protobuf(packed: bool) -> None:  # noqa: FBT001
    message = stream(
        b'{namespace="shop", level="error", pod="web-0", container="app", stream="stderr"}',
        *(entry(line) for line in CRASH.encode().split(b"\n")),
    ) + stream(b'{app="b"}', entry(b"\xff", 0, 0), entry(b"x", 1, 0, part(1, b"env") + part(2, b"prod")))
    records = read(bytes(cramjam.snappy.compress_raw(message)) if packed else message)
    assert "\n".join(record.text for record in records[:-2]) == CRASH
    assert {record.stream for record in records[:-2]} == {"shop/web-0/app/stderr"}
    assert records[0].time == 1795364504.5
    assert records[-2:] == (
        Record(text="\ufffd", stream="b", service="b"),
        Record(text="x", stream="b", service="b", environment="prod", time=1.0),
    )


def test_a_block_that_begins_like_json_is_none() -> None:
    """A snappy block of 123 bytes begins with the byte of `{`."""
    message = next(found for n in range(123) if len(found := stream(b'{app="a"}', entry(b"x" * n))) == 123)
    packed = bytes(cramjam.snappy.compress_raw(message))
    assert packed[:1] == b"{"
    assert len(read(packed)) == 1


def test_good_lines_beside_bad_ones_are_kept() -> None:
    values = [["1", "a"], ["1"], "x", None, [1, 2], [1, "b"], ["x", "c", 5], ["2", "d", {"k": 1}]]
    taken = FORMAT.decode(push({"stream": {"app": 1}, "values": values}, 5, {"stream": {}}, {"values": 1}), ASKED)
    assert [record.text for record in taken.records] == ["a", "b", "c", "d"]
    assert len(taken.refused) == 7


def test_good_streams_beside_broken_protobuf_are_kept() -> None:
    message = part(1, b"\xff") + stream(b"{", entry(b"good"), part(2, b"\x0a\x7f")) + b"\x10\x01"
    taken = FORMAT.decode(message, ASKED)
    assert [record.text for record in taken.records] == ["good"]
    assert len(taken.refused) == 2


def test_nothing_to_push_is_fine() -> None:
    assert read(b'{"streams":[]}') == ()
    assert read(push({"stream": {}, "values": []})) == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"{}",
        b"[]",
        b"null",
        b"hello",
        b'{"streams":1}',
        b"[" * 10_000,
        b"\xff\xff\xff\xff\x0f\x00",
        b"\x0a\x05ab",
    ],
)
def test_what_is_no_push_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        FORMAT.decode(body, ASKED)


def test_a_block_that_would_be_too_long_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(Unreadable) as refused:
        FORMAT.decode(number(2**31) + b"\x00x", ASKED)
    assert refused.value.status == 413


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{app="x",level="error"}', {"app": "x", "level": "error"}),
        ('{ b = "2" , a="1", }', {"b": "2", "a": "1"}),
        (r'{a="q\"\\\n\u00e9\x41\101",b="}"}', {"a": 'q"\\\néAA', "b": "}"}),
        (r'{a="\ud800\U00110000"}', {"a": "\ufffd\ufffd"}),
        ('{a="1",broken', {"a": "1"}),
        ("", {}),
        ("{}", {}),
        ("{a=1}", {}),
    ],
)
def test_a_label_string_is_read_as_prometheus_writes_it(text: str, found: dict[str, str]) -> None:
    assert labels.read(text) == found


def test_the_answers_are_those_of_loki() -> None:
    reply = FORMAT.accepted(FORMAT.decode(b'{"streams":[]}', ASKED), b"", ASKED)
    assert (reply.status, reply.body) == (204, b"")
    for status in (400, 401, 403, 413, 503):
        refused = FORMAT.refused(status, "why", ASKED)
        assert (refused.status, refused.body, refused.media_type) == (status, b"why", "text/plain; charset=utf-8")


@pytest.mark.parametrize("path", ["/ready", "/loki/api/v1/status/buildinfo", "/loki/api/v1/status/buildinfo/"])
def test_clients_ask_whether_it_is_there(path: str) -> None:
    reply = greet(Asked("GET", path, {}, {}))
    assert reply is not None
    assert reply.status == 200
    assert greet(ASKED) is None
