"""Whatever the body: each format reads it or says that it can't, answers it, and takes time linear in it."""

import json
import time
from typing import Any

import cramjam
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import Unreadable
from app.receive import bulk, datadog, gelf, hooks, journal, loki, splunk
from app.receive.model import Asked, Batch, Format, Reply

FORMATS: dict[str, Format] = {
    "loki": loki.FORMAT,
    "bulk": bulk.FORMAT,
    "splunk": splunk.EVENT,
    "splunk raw": splunk.RAW,
    "splunk ack": splunk.ACK,
    "gelf": gelf.FORMAT,
    "datadog": datadog.FORMAT,
    "journal": journal.FORMAT,
    **hooks.HOOKS,
}
ASKED = [
    Asked("POST", "/x", {}, {}),
    Asked(
        "POST",
        "/é/_bulk",
        {"channel": "c", "ddtags": "a:b,:,", "host": "h", "time": "nan"},
        {"ce-id": "1", "ce-source": "é"},
    ),
]

# Names that the formats know, so that made-up JSON gets somewhere.
NAMES = ["streams", "stream", "values", "labels", "entries", "ts", "line", "index", "create", "update", "delete", "doc", "event", "fields", "time", "host", "acks", "short_message", "full_message", "message", "ddtags", "error", "stack", "data", "records", "requestId", "timestamp", "awslogs", "messageType", "logEvents", "id", "specversion", "source", "data_base64", "subscription", "messageId", "publishTime", "logName", "textPayload", "jsonPayload", "resource", "eventType", "issue", "body", "action", "comment", "alerts", "annotations", "status", "startsAt", "fingerprint", "exception", "values", "type", "stacktrace", "frames", "lineno", "modules", "release", "contexts", "tags", "event_id", "issue", "metadata"]  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8),
    st.sampled_from(["1795364504803014590", "DATA_MESSAGE", "eyJsb2ciOiJhIn0=", "H4sI", '{a="b"}', "firing", "opened", "\ud800", "metric"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=20,
)
HOSTILE = {
    "nothing": b"",
    "no UTF-8": b'{"message":"\xff\xfe\x80"}',
    "deep list": b"[" * 10_000,
    "deep object": b'{"event":' * 10_000 + b"1" + b"}" * 10_000,
    "deep protobuf": b"\x0a\xff\xff\xff\xff\x0f",
    "huge number": b'{"message":"a","time":' + b"9" * 5_000 + b"}",
    "NaN": b'{"message":NaN,"event":Infinity,"streams":NaN}',
    "surrogate": b'{"message":"\\ud800","event":"\\udfff","short_message":"\\ud800","_id":"\\ud800"}',
    "surrogate named": b'{"index":{"_id":"\\ud800","_index":"\\udfff"}}\n{"message":"\\ud800"}',
    "twice": b'{"message":"a","message":[],"event":"a","event":{}}',
    "snappy of nothing": bytes(cramjam.snappy.compress_raw(b"")),
    "many zeros": b"\x00" * 1_000,
}


def asked_all(body: bytes, formats: dict[str, Format] = FORMATS) -> None:
    """Every format reads the body, or refuses it with a reason; and words both."""
    for format_ in formats.values():
        for asked in ASKED:
            try:
                taken = format_.decode(body, asked)
            except Unreadable as refusal:
                why = refusal
            else:
                check(taken, format_.accepted(taken, body, asked))
                continue
            assert why.status in {400, 413}
            assert format_.refused(why.status, why.detail, asked).status == why.status


def check(taken: Batch, reply: Reply) -> None:
    assert reply.status in range(200, 300)
    for record in taken.records:
        record.text.encode()
        record.stream.encode()
        assert record.text == record.text.rstrip("\n")
        assert record.time is None or record.time >= 0


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_body_is_answered(body: bytes) -> None:
    asked_all(body)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(body: bytes) -> None:
    asked_all(body)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(VALUES, min_size=1, max_size=3), st.sampled_from([b"", b"\n", b"{\n"]))
def test_any_json_is_answered(values: list[Any], between: bytes) -> None:
    asked_all(between.join(json.dumps(value).encode() for value in values))


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60), st.binary(max_size=20))
def test_any_protobuf_and_journal_is_answered(inner: bytes, label: bytes) -> None:
    stream = b"\x0a" + bytes([len(label)]) + label + b"\x12" + bytes([len(inner)]) + inner
    some = {name: FORMATS[name] for name in ("loki", "journal")}
    asked_all(b"\x0a" + bytes([len(stream)]) + stream, some)
    asked_all(b"MESSAGE\n" + len(inner).to_bytes(8, "little") + inner + b"\n" + label + b"\n\n", some)


LONG = {
    "objects": (bulk.FORMAT, b'{"index":{}}\n{"a":1}\n'),
    "broken actions": (bulk.FORMAT, b'{"index":{}\n'),
    "labels": (loki.FORMAT, b'{"streams":[{"stream":"' + b"{a={a=" * 10_000 + b'","values":[["1","x"]]}]}'),
    "open lists": (splunk.EVENT, b"[{"),
    "events": (splunk.RAW, b"a\n"),
    "lines": (datadog.FORMAT, b"a\n"),
    "fields": (journal.FORMAT, b"A=\n"),
    "binary fields": (journal.FORMAT, b"A\n\x01\x00\x00\x00\x00\x00\x00\x00a\n"),
    "nothing": (journal.FORMAT, b"\n"),
    "protobuf": (loki.FORMAT, b"\x0a\x04\x12\x02\x12\x00"),
}


@pytest.mark.parametrize(("format_", "piece"), LONG.values(), ids=LONG.keys())
def test_the_time_grows_with_the_body(format_: Format, piece: bytes) -> None:
    """A bound far above what it takes, and far below what a quadratic reading would."""
    body = piece * max(1, 10_000 // len(piece))
    start = time.process_time()
    asked_all(body, {"": format_})
    assert time.process_time() - start < 2
