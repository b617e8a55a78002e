"""Ordinary bodies are not built record by record; who sends them, and whoever waits for a crash, sees no difference."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from app.errors import Unreadable
from app.receive import bulk, datadog, ingest, loki, otlp
from app.receive.model import Asked, Format, Record
from app.receive.otlp_wire import message, number
from app.receive.skim import LOOK_AGAIN, PARTS, SIGNS, ordinary, skim
from app.receive.stitch import Block, Stitcher

PATHS = {ingest.FORMAT: "/ingest", bulk.FORMAT: "/_bulk", loki.FORMAT: "/loki/api/v1/push", otlp.LOGS: "/v1/logs"}
CRASH = ["Traceback (most recent call last):", '  File "/srv/shop/cart.py", line 7, in add', "    fail()", "shop.Gone"]


def asked(form: Format) -> Asked:
    return Asked("POST", PATHS[form], {}, {})


def array(texts: list[str]) -> bytes:
    return json.dumps(
        [{"date": 1795364453.1, "logtag": "F", "log": text, "kubernetes": {"pod_name": "a"}} for text in texts]
    ).encode()


def newlines(texts: list[str]) -> bytes:
    return "".join(json.dumps({"message": text, "service": "cart"}) + "\n" for text in texts).encode()


def bulked(texts: list[str]) -> bytes:
    return "".join(
        '{"index":{}}\n' + json.dumps({"message": text, "service": "cart"}) + "\n" for text in texts
    ).encode()


def pushed(texts: list[str]) -> bytes:
    streams = [
        {"stream": {"app": "cart"}, "values": [[f"{1795364453_000000000 + at}", text] for at, text in enumerate(texts)]}
    ]
    return json.dumps({"streams": streams}).encode()


def packed(texts: list[str]) -> bytes:
    """As Promtail and Alloy push it."""
    labels = message(1, b'{app="cart"}')
    entries = [
        message(2, message(1, number(1, 1795364453 + at)) + message(2, text.encode())) for at, text in enumerate(texts)
    ]
    return bytes(cramjam.snappy.compress_raw(message(1, labels + b"".join(entries))))


def plain(texts: list[str]) -> bytes:
    return "\n".join(texts).encode()


def as_json(texts: list[str]) -> bytes:
    records = [
        {"timeUnixNano": f"{1795364453_000000000 + at}", "body": {"stringValue": text}} for at, text in enumerate(texts)
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "cart"}}]}
    return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}).encode()


def exported(texts: list[str]) -> bytes:
    request = ExportLogsServiceRequest()
    logs = request.resource_logs.add()
    logs.resource.attributes.add(key="service.name").value.string_value = "cart"
    scope = logs.scope_logs.add()
    scope.scope.name = "cart.web"
    for text in texts:
        scope.log_records.add(time_unix_nano=1795364453_000000000).body.string_value = text
    return bytes(request.SerializeToString())


Make = Callable[[list[str]], bytes]
SENT: list[tuple[Format, Make]] = [
    (ingest.FORMAT, array),
    (ingest.FORMAT, newlines),
    (ingest.FORMAT, plain),
    (bulk.FORMAT, bulked),
    (loki.FORMAT, pushed),
    (loki.FORMAT, packed),
    (otlp.LOGS, exported),
    (otlp.LOGS, as_json),
]
each = pytest.mark.parametrize(
    ("form", "made"), SENT, ids=["array", "newlines", "lines", "bulk", "loki", "loki snappy", "otlp", "otlp JSON"]
)


def ordinary_lines(count: int) -> list[str]:
    return [f"GET /orders/{at} 200" for at in range(count)]


def crashes(*bodies: tuple[Record, ...]) -> list[Block]:
    """What a stitcher makes of one body after the other."""
    stitcher = Stitcher()
    return [block for body in bodies for block in stitcher.add(body, 0.0)] + stitcher.flush()


@each
def test_of_an_ordinary_body_only_the_end_is_built_and_the_sender_is_answered_alike(form: Format, made: Make) -> None:
    body = made(ordinary_lines(500))
    skimmed, decoded = skim(form, body, asked(form)), form.decode(body, asked(form))
    assert skimmed.records == decoded.records[-30:]
    assert (skimmed.taken, skimmed.total, skimmed.refused) == (500, decoded.total, ())
    assert form.accepted(skimmed, body, asked(form)) == form.accepted(decoded, body, asked(form))


@each
def test_a_crash_after_an_ordinary_body_has_the_same_lines_before_it(form: Format, made: Make) -> None:
    before, crash = made(ordinary_lines(100)), form.decode(made(CRASH), asked(form)).records
    skimmed, decoded = skim(form, before, asked(form)), form.decode(before, asked(form))
    assert crashes(skimmed.records, crash) == crashes(decoded.records, crash) != []


@each
@pytest.mark.parametrize(
    "line", [*CRASH[:2], "shop.OutError: gone", "Fatal Python error: x", 'say {"a": "File \\"x\\""}']
)
def test_a_body_with_a_line_that_could_belong_to_a_crash_is_built_whole(form: Format, made: Make, line: str) -> None:
    body = made([*ordinary_lines(50), line, *ordinary_lines(50)])
    assert skim(form, body, asked(form)) == form.decode(body, asked(form))


@each
def test_json_in_a_line_that_holds_a_crash_is_built_whole(form: Format, made: Make) -> None:
    inner = json.dumps({"message": "failed", "stack": "\n".join(CRASH)}).replace("T", "\\u0054")
    body = made([*ordinary_lines(50), inner, *ordinary_lines(50)])
    batch = skim(form, body, asked(form))
    assert len(batch.records) == 101
    assert any(record.text.startswith("failed\nTraceback") or "Traceback" in record.text for record in batch.records)


@pytest.mark.parametrize(
    "odd",
    [
        {"message": "x", "stack_trace": "KeyboardInterrupt"},
        {"message": ["x", "y"]},
        {"message": 5},
        {"message": ""},
        {"message": "Trace", "logtag": "P"},
        {"message": "Trace", "partial_message": True},
        {"log": "x" * 16_384, "stream": "stdout"},
        {"nothing": "known"},
        "a text",
        7,
        [{"message": "x"}],
        {"records": [{"message": "x"}]},
    ],
    ids=str,
)
@pytest.mark.parametrize("written", ["array", "newlines", "bulk"])
def test_one_odd_record_and_all_are_built(odd: object, written: str) -> None:
    items = [{"message": line} for line in ordinary_lines(40)]
    bodies = {
        "array": json.dumps([*items, odd, *items]),
        "newlines": "\n".join(map(json.dumps, [*items, odd, *items])),
        "bulk": "".join(f'{{"create":{{}}}}\n{json.dumps(one)}\n' for one in [*items, odd, *items]),
    }
    form = bulk.FORMAT if written == "bulk" else ingest.FORMAT
    body = bodies[written].encode()
    assert skim(form, body, asked(form)) == form.decode(body, asked(form))


@each
@pytest.mark.parametrize("cut", [1, 2, 7])
def test_a_body_that_is_cut_is_answered_as_ever(form: Format, made: Make, cut: int) -> None:
    body = made(ordinary_lines(100))[:-cut]
    try:
        decoded = form.decode(body, asked(form))
    except Unreadable:
        with pytest.raises(Unreadable):
            skim(form, body, asked(form))
    else:
        skimmed = skim(form, body, asked(form))
        assert form.accepted(skimmed, body, asked(form)) == form.accepted(decoded, body, asked(form))


def test_each_stream_of_a_push_keeps_its_last_lines() -> None:
    streams = [
        {"stream": {"pod": pod}, "values": [["1795364453000000000", f"{pod} {at}"] for at in range(50)]} for pod in "ab"
    ]
    batch = skim(loki.FORMAT, json.dumps({"streams": streams}).encode(), asked(loki.FORMAT))
    assert [record.text for record in batch.records] == [f"{pod} {at}" for pod in "ab" for at in range(20, 50)]
    assert batch.taken == 100


@pytest.mark.parametrize("beside", [[{"exception_stacktrace": "x"}], ["x", "y"], []], ids=["metadata", "more", "less"])
def test_a_line_of_loki_with_more_than_its_time_is_looked_at(beside: list[object]) -> None:
    values: list[list[object]] = [["1795364453000000000", line] for line in ordinary_lines(50)]
    values.append(["1795364453000000000", *(["x"] if beside else []), *beside])
    body = json.dumps({"streams": [{"stream": {"app": "a"}, "values": values}]}).encode()
    assert skim(loki.FORMAT, body, asked(loki.FORMAT)) == loki.FORMAT.decode(body, asked(loki.FORMAT))


def test_a_format_that_nobody_skims_is_decoded() -> None:
    body = json.dumps([{"message": line} for line in ordinary_lines(100)]).encode()
    request = Asked("POST", "/api/v2/logs", {}, {})
    assert skim(datadog.FORMAT, body, request) == datadog.FORMAT.decode(body, request)


def test_no_sign_overlaps_with_one_that_is_looked_at_again() -> None:
    again = [SIGNS[sign] for sign in LOOK_AGAIN]
    overlaps = [
        (one, other)
        for one, other in [*product(again, SIGNS), *product(SIGNS, again)]
        for size in range(1, min(len(one), len(other)))
        if one.endswith(other[:size]) and one not in PARTS
    ]
    assert overlaps == []


WORDS = st.text(min_size=1, max_size=20)
CRASHY = st.sampled_from([*CRASH, "ok", "{}", '{"message":"File \\"x\\", line 3"}', "KeyError"])
LINES = st.one_of(
    st.lists(WORDS, min_size=31, max_size=60), st.lists(st.one_of(CRASHY, WORDS), min_size=31, max_size=60)
)


@each
@settings(deadline=None)  # a busy machine is no failure
@given(texts=LINES)
def test_whatever_the_lines_the_same_crashes_come_out(form: Format, made: Make, texts: list[str]) -> None:
    body = made([text.encode(errors="replace").decode() for text in texts])
    try:
        decoded = form.decode(body, asked(form))
    except Unreadable:  # lines of control characters are no text
        with pytest.raises(Unreadable):
            skim(form, body, asked(form))
        return
    skimmed = skim(form, body, asked(form))
    assert crashes(skimmed.records) == crashes(decoded.records)
    assert skimmed.records[-30:] == decoded.records[-30:]
    assert skimmed.taken == len(decoded.records)


@pytest.mark.parametrize(
    "body",
    [
        b"Traceback",
        b'{"a":"File \\"x"}',
        b'{"a":"{\\"b\\":\\"File \\\\\\"x"}',
        b'File "x',
        b"\\u0054raceback",
        b"an \\u0045rror",
        "\ufeffTraceback".encode("utf-16"),
        b'"exception.type"',
        b'"logtag":"P"',
        b'{"log":"{\\"logtag\\": \\"P\\"}"}',
        b"\x0a\x06logtag\x12\x03\x0a\x01P",
    ],
)
def test_what_could_be_a_crash_is_not_ordinary(body: bytes) -> None:
    assert not ordinary(body)


@pytest.mark.parametrize(
    "body",
    [b'{"log":"GET / 200"}', b'{"log":"POST / 200"}', b"gr\\u00fc\\u00df \\u003ca\\u003e", b"a File of 3", b"error"],
)
def test_what_no_crash_begins_with_is_ordinary(body: bytes) -> None:
    assert ordinary(body)
