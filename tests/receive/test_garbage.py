"""Bodies as clients send them, with bytes lost, doubled, swapped and put in: every decoder reads them or refuses them."""

from __future__ import annotations

import base64
import gzip
import json
import math
import zlib
from collections.abc import Callable

import cramjam
import msgpack  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import Unreadable
from app.receive import bulk, datadog, gelf, hooks, ingest, journal, loki, otlp, sentry, splunk
from app.receive.model import Asked, Batch, Format
from app.receive.otlp_wire import message
from app.receive.unpack import unpack

CRASH = 'Traceback (most recent call last):\n  File "/srv/a.py", line 7, in pay\n    f()\nKeyError: 7'
FORMATS: dict[str, Format] = {
    "ingest": ingest.FORMAT, "loki": loki.FORMAT, "bulk": bulk.FORMAT, "hec": splunk.EVENT, "raw": splunk.RAW,
    "ack": splunk.ACK, "gelf": gelf.FORMAT, "datadog": datadog.FORMAT, "journal": journal.FORMAT, "logs": otlp.LOGS,
    "traces": otlp.TRACES, "metrics": otlp.METRICS, "envelope": sentry.FORMAT, "store": sentry.STORE, **hooks.HOOKS,
}  # fmt: skip
ASKED = (
    Asked("POST", "/x", {"channel": "c"}, {"content-type": "application/x-www-form-urlencoded"}),
    Asked("POST", "/a/_bulk", {"time": "1e999"}, {"content-type": "application/json", "x-github-event": "issues"}),
    Asked("POST", "/x", {}, {"content-type": "application/x-protobuf", "ce-id": "1", "ce-source": "\xff"}),
)


def packed(value: object) -> bytes:
    return json.dumps(value).encode()


def attribute(name: bytes, text: bytes) -> bytes:
    return message(6, message(1, name) + message(2, message(1, text)))


PROTOBUF = message(1, message(2, message(2, message(5, message(1, b"failed")) + attribute(b"exception.type", b"K"))))
PUSH = message(1, message(1, b'{app="web"}') + message(2, message(2, CRASH.encode())))
EVENT = {
    "event_id": "a" * 32, "release": "shop@1", "modules": {"a": "1"}, "contexts": {"runtime": {"name": "CPython"}},
    "exception": {"values": [{"type": "KeyError", "value": "7", "mechanism": {"exception_id": 0, "parent_id": 1},
                              "stacktrace": {"frames": [{"filename": "a.py", "lineno": 7, "function": "f"}]}}]},
}  # fmt: skip
LOGGED = {"messageType": "DATA_MESSAGE", "logGroup": "g", "logEvents": [{"id": "1", "timestamp": 1, "message": CRASH}]}
SAMPLES = [
    packed([{"date": 1.5, "log": CRASH, "kubernetes": {"labels": {"app": "web"}}}, {"log": '{"message":"x"}'}]),
    b'{"log":"a"}\n{"message":"b","stack_trace":"c","level":50,"time":1e3}\n',
    msgpack.packb([[1.5, {}], {"log": b"a", "b": [None, True, -1]}]) * 2,
    packed({"streams": [{"stream": {"app": "web"}, "values": [["1", CRASH], ["2", "x", {"level": "error"}]]}]}),
    bytes(cramjam.snappy.compress_raw(PUSH)), PUSH, PROTOBUF,
    b'{"index":{"_id":"1"}}\n{"message":"a"}\n{"delete":{"_id":2}}\n{"update":{}}\n{"doc":{"message":"b"}}\n',
    b'{"event":"a","time":"1.5","fields":{"service":"web"}}{"event":{"message":"b"},"host":"h"}',
    packed({"version": "1.1", "host": "h", "short_message": "a", "full_message": CRASH, "_service": "web", "level": 3}),
    packed([{"message": "a", "ddtags": "env:prod,version:1", "error": {"stack": CRASH, "kind": "K"}}]),
    b"MESSAGE=a\n_PID=7\n__CURSOR=c\n\nMESSAGE\n\x03\x00\x00\x00\x00\x00\x00\x00a\nb\n_HOSTNAME=h\n\n",
    packed({"resourceLogs": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "web"}}]},
                              "scopeLogs": [{"logRecords": [{"body": {"stringValue": "a"}, "timeUnixNano": "1"}]}]}]}),
    b'{"event_id":"1"}\n{"type":"event","length":%d}\n%b\n{"type":"log"}\n{"items":[{"body":"a"}]}\n'
    % (len(packed(EVENT)), packed(EVENT)),
    packed(EVENT), packed({"data": {"event": EVENT, "issue": {"metadata": {"type": "K"}}}}),
    packed({"requestId": "r", "timestamp": 1, "records": [{"data": "H4sIAAAAAAAA"}, {"data": "eyJsb2ciOiJhIn0="}]}),
    packed({"awslogs": {"data": base64.b64encode(gzip.compress(packed(LOGGED))).decode()}}), packed({"message": {"data": "eyJsb2ciOiJhIn0=", "messageId": "1"}, "subscription": "s"}),
    packed([{"eventType": "x", "data": {"message": "a"}, "topic": "t"}, {"specversion": "1.0", "data_base64": "YQ=="}]),
    packed({"alerts": [{"status": "firing", "labels": {"service": "web"}, "annotations": {"log": CRASH}}]}),
    packed({"action": "opened", "issue": {"body": CRASH, "number": 7}, "repository": {"full_name": "a/b"}}),
    b"name=web&msg=failed&exc_text=x", CRASH.encode(), b'{"acks":[1,2]}',
]  # fmt: skip
# What breaks decoders where it stands in for something else.
SHARDS = [
    b"", b"\x00", b"\xff", b"\xff\xff\xff\xff\x0f", b"\x80" * 10, b"\n", b"\n\n", b"\r\n", b'"', b"{", b"}", b"[", b"]",
    b"\\", b"\\ud800", b"\xed\xa0\x80", b"NaN", b"-Infinity", b"1e999", b"9" * 400, b"null", b"true", b"{}", b"[[]]", b'""',
    b"0", b"-1", b",", b":", b"=", b"&", b"\x0a", b"\x12", b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\x91" * 40,
    b"[" * 2_000, b'{"a":' * 600, b"\x1f\x8b", b"\xef\xbb\xbf", b"\xff\xfe", b"\x28\xb5\x2f\xfd",
]  # fmt: skip
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(SHARDS) | st.binary(max_size=9)), max_size=5
)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
}
QUIETLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def damaged(body: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """The body with so many bytes gone at each place (a share of its length), and others in their stead."""
    for share, gone, put in edits:
        at = int(share * len(body))
        body = body[:at] + put + body[at + gone :]
    return body


def read_or_refused(format_: Format, body: bytes, asked: Asked) -> None:
    """A batch of clean records and an answer to it, or a refusal with a reason and an answer to that; nothing else."""
    try:
        taken = format_.decode(body, asked)
    except Unreadable as wrong:
        refusal = wrong
    else:
        check(taken, format_, body, asked)
        return
    assert refusal.status in {400, 413}
    assert format_.refused(refusal.status, refusal.detail, asked).status == refusal.status


def check(taken: Batch, format_: Format, body: bytes, asked: Asked) -> None:
    assert isinstance(taken, Batch)
    assert format_.accepted(taken, body, asked).status in range(200, 300)
    for record in taken.records:
        for text in (record.text, record.stream, record.service, record.release, record.environment, record.key):
            assert text is None or text.encode() is not None
        assert record.time is None or math.isfinite(record.time)


@QUIETLY
@given(st.sampled_from(SAMPLES), EDITS, st.sampled_from(ASKED))
def test_a_damaged_body_is_read_or_refused_by_every_decoder(
    body: bytes, edits: list[tuple[float, int, bytes]], asked: Asked
) -> None:
    broken = damaged(body, edits)
    for format_ in FORMATS.values():
        read_or_refused(format_, broken, asked)


@QUIETLY
@given(st.binary(max_size=300), st.sampled_from(ASKED))
def test_any_bytes_are_read_or_refused_by_every_decoder(body: bytes, asked: Asked) -> None:
    for format_ in FORMATS.values():
        read_or_refused(format_, body, asked)


@QUIETLY
@given(st.sampled_from(SAMPLES), st.sampled_from(sorted(PACKERS)), EDITS)
def test_a_damaged_compression_gives_its_bytes_or_is_refused(
    body: bytes, name: str, edits: list[tuple[float, int, bytes]]
) -> None:
    try:
        found = unpack(damaged(PACKERS[name](body), edits), name, 1024 * 1024)
    except Unreadable:
        return
    assert isinstance(found, bytes)


@pytest.mark.parametrize("sample", SAMPLES, ids=range(len(SAMPLES)))
def test_undamaged_each_sample_is_read_by_somebody(sample: bytes) -> None:
    """Without that, the damage would be done to nothing."""

    def read(format_: Format) -> bool:
        try:
            return bool(format_.decode(sample, ASKED[0]).records) or format_ is splunk.ACK
        except Unreadable:
            return False

    assert any(read(format_) for name, format_ in FORMATS.items() if name not in {"raw", "metrics"})
