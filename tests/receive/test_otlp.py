"""OpenTelemetry's logs, traces and metrics, as SDKs, pino and Fluent Bit send them, in both encodings."""

import json
import time
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from app.errors import Unreadable
from app.receive.bounds import ration
from app.receive.model import Asked, Batch, Format, Record
from app.receive.otlp import LOGS, METRICS, TRACES
from app.receive.wire import grouped, number_of, parts

PROTOBUF = Asked("POST", "/v1/logs", {}, {"content-type": "application/x-protobuf"})
JSON = Asked("POST", "/v1/logs", {}, {"content-type": "application/json; charset=utf-8"})
CRASH = 'Traceback (most recent call last):\n  File "/srv/app/worker.py", line 3, in load\n    return cfg["dsn"]\nKeyError: \'dsn\''
NANOSECONDS = 1795341601500000000


def attributes(**told: str) -> list[KeyValue]:
    return [KeyValue(key=key.replace("__", "."), value=AnyValue(string_value=value)) for key, value in told.items()]


PLACE = attributes(
    service__name="checkout", service__version="4.2.1", deployment__environment__name="prod", host__name="web-1",
    telemetry__sdk__language="python", process__runtime__name="cpython", process__runtime__version="3.11.2", os__type="linux",
)  # fmt: skip
EXCEPTION = attributes(exception__type="KeyError", exception__message="'dsn'", exception__stacktrace=CRASH + "\n")


def logs() -> Any:
    """What the Python SDK sends for `logger.exception("worker failed")` and a line of information."""
    asked = ExportLogsServiceRequest()
    resource = asked.resource_logs.add()
    resource.resource.attributes.extend(PLACE)
    scope = resource.scope_logs.add()
    scope.scope.name = "worker"
    failed = scope.log_records.add(time_unix_nano=NANOSECONDS, severity_number=17, severity_text="ERROR")
    failed.body.string_value = "worker failed"
    failed.attributes.extend([*EXCEPTION, *attributes(code__file__path="/srv/app/worker.py")])
    line = scope.log_records.add(observed_time_unix_nano=NANOSECONDS, severity_number=9)
    line.body.string_value = "starting\n"
    return asked


def traces() -> Any:
    asked = ExportTraceServiceRequest()
    resource = asked.resource_spans.add()
    resource.resource.attributes.extend(PLACE)
    span = resource.scope_spans.add().spans.add(name="GET /", trace_id=b"\x01" * 16, start_time_unix_nano=5)
    span.events.add(name="exception", time_unix_nano=NANOSECONDS).attributes.extend(EXCEPTION)
    span.events.add(name="cache miss", time_unix_nano=NANOSECONDS)
    return asked


def as_json(asked: Any) -> bytes:
    """As the specification has it: 64-bit numbers as strings, enums as numbers."""
    return json.dumps(MessageToDict(asked, use_integers_for_enums=True)).encode()


def both(asked: Any, form: Format = LOGS) -> Batch:
    """What is read of a request, which is the same in both encodings."""
    packed = form.decode(asked.SerializeToString(), PROTOBUF)
    assert form.decode(as_json(asked), JSON) == packed
    return packed


ABOUT: dict[str, Any] = {
    "stream": "web-1", "service": "checkout", "release": "4.2.1", "environment": "prod", "time": 1795341601.5,
    "python": "3.11.2", "os": "linux",
}  # fmt: skip


def test_the_python_sdk_sends_exceptions_as_attributes() -> None:
    assert both(logs()).records == (
        Record(f"worker failed\n{CRASH}", whole=True, **ABOUT),
        Record("starting", **ABOUT),
    )


def test_exceptions_are_found_among_a_spans_events() -> None:
    assert both(traces(), TRACES) == Batch((Record(CRASH, whole=True, **ABOUT),))


def test_fluent_bit_puts_the_whole_text_into_the_body() -> None:
    text = b"worker failed\n" + CRASH.encode() + b"\n"
    value = b"\x0a" + bytes([len(text), 1]) + text
    log = b"\x09\xbd\xcdqi\x7fj\xea\x18\x2a" + bytes([len(value) | 0x80, 1]) + value
    assert len(text) >= 128
    scope = b"\x0a\x00\x12" + bytes([len(log) & 0x7F | 0x80, len(log) >> 7]) + log
    resource = b"\x0a\x00\x12" + bytes([len(scope) & 0x7F | 0x80, len(scope) >> 7]) + scope
    body = b"\x0a" + bytes([len(resource) & 0x7F | 0x80, len(resource) >> 7]) + resource
    assert LOGS.decode(body, PROTOBUF).records == (Record(f"worker failed\n{CRASH}", time=1795364496923020733 / 1e9),)


def test_javascript_sends_numbers_as_numbers_and_its_own_stacks() -> None:
    stack = "TypeError: boom\n    at load (/b.js:2:1)"
    told = {"exception.type": "TypeError", "exception.message": "boom", "exception.stacktrace": stack}
    held = [{"key": key, "value": {"stringValue": value}} for key, value in told.items()]
    log = {
        "timeUnixNano": NANOSECONDS,
        "severityNumber": 17,
        "body": {"stringValue": "boom"},
        "attributes": held,
        "traceId": "0af7651916cd43dd",
        "new": [1],
    }
    body = {
        "resourceLogs": [
            {
                "resource": {"attributes": [], "droppedAttributesCount": 0},
                "scopeLogs": [{"scope": {"name": "a"}, "logRecords": [log]}],
            }
        ]
    }
    assert LOGS.decode(json.dumps(body).encode(), JSON).records == (Record(stack, time=1795341601.5, whole=True),)


def test_pino_names_its_errors_itself() -> None:
    """Its transport sends a logger's fields as attributes; a field that is no crash is none."""
    stack = "Error: shop has no dsn\n    at open (/srv/shop/a.js:7:13)"
    asked = ExportLogsServiceRequest()
    log = asked.resource_logs.add().scope_logs.add().log_records.add()
    log.body.string_value = "order failed"
    held = KeyValueList(values=attributes(type="Error", message="shop has no dsn", stack=stack))
    log.attributes.extend([*attributes(name="shop"), KeyValue(key="err", value=AnyValue(kvlist_value=held))])
    assert both(asked).records == (Record(f"order failed\n{stack}", whole=True),)
    held.values[2].value.string_value = "none"
    log.attributes[1].value.kvlist_value.CopyFrom(held)
    assert both(asked).records == (Record("order failed"),)


def test_bodies_may_hold_objects() -> None:
    asked = ExportLogsServiceRequest()
    log = asked.resource_logs.add().scope_logs.add().log_records.add()
    stack = AnyValue(array_value=ArrayValue(values=[AnyValue(string_value=line) for line in CRASH.split("\n")]))
    log.body.kvlist_value.CopyFrom(
        KeyValueList(
            values=[*attributes(message="failed", service="checkout"), KeyValue(key="stack_trace", value=stack)]
        )
    )
    assert both(asked).records == (Record(f"failed\n{CRASH}", service="checkout", whole=True),)
    log.body.bytes_value = b"raw \xff"
    assert both(asked).records == (Record("raw \ufffd"),)
    log.body.string_value = json.dumps({"message": "inner", "service": "a"})
    assert both(asked).records == (Record("inner", service="a"),)


def test_containers_say_where_a_line_comes_from() -> None:
    asked = logs()
    del asked.resource_logs[0].resource.attributes[:]
    asked.resource_logs[0].resource.attributes.extend(
        attributes(
            k8s__namespace__name="shop",
            k8s__pod__name="a-1",
            k8s__container__name="app",
            service__name="unknown_service:python",
        )
    )
    asked.resource_logs[0].scope_logs[0].log_records[1].attributes.extend(
        attributes(log__iostream="stderr", logtag="P")
    )
    record = both(asked).records[1]
    assert (record.stream, record.service, record.partial) == ("shop/a-1/app/stderr", None, True)


def test_an_exception_without_a_stack_is_its_last_line() -> None:
    asked = logs()
    del asked.resource_logs[0].scope_logs[0].log_records[0].attributes[2:]
    assert both(asked).records[0].text == "worker failed\nKeyError: 'dsn'"


def test_text_that_is_no_utf_8_is_taken() -> None:
    body = logs().SerializeToString().replace(b"starting", b"st\xffrting")
    with pytest.raises(Exception, match="Error parsing"):
        ExportLogsServiceRequest.FromString(body)
    assert [record.text for record in LOGS.decode(body, PROTOBUF).records][1] == "st\ufffdrting"


def test_a_broken_log_record_costs_only_itself() -> None:
    taken = LOGS.decode(logs().SerializeToString().replace(b"\x0a\x09starting\n", b"\x0a\x7fstarting\n"), PROTOBUF)
    assert len(taken.records) == len(taken.refused) == 1
    value = json.loads(as_json(logs()))
    value["resourceLogs"][0]["scopeLogs"][0]["logRecords"][1:] = [5, {"body": {"stringValue": "b"}}, {}]
    value["resourceLogs"] += [7, {"scopeLogs": [None, {"logRecords": "x"}]}]
    taken = LOGS.decode(json.dumps(value).encode(), JSON)
    assert [record.text for record in taken.records] == [f"worker failed\n{CRASH}", "b"]
    assert taken.refused == ("A log record is no object.",)


@pytest.mark.parametrize("form", [LOGS, TRACES, METRICS])
def test_an_empty_request_is_answered_in_its_own_encoding(form: Format) -> None:
    for body, asked, answer, media_type in [
        (b"", PROTOBUF, b"", "application/x-protobuf"),
        (b"", JSON, b"{}", "application/json"),
        (b"{}", PROTOBUF, b"{}", "application/json"),  # the body is believed, not its header
        (b"\x0a\x00", JSON, b"", "application/x-protobuf"),
    ]:
        assert form.decode(body, asked) == Batch()
        reply = form.accepted(Batch(), body, asked)
        assert (reply.status, reply.body, reply.media_type) == (200, answer, media_type)


def test_a_partial_success_says_how_many_and_why() -> None:
    taken = Batch((Record("a"),), ("one", "two" * 100) * 100)
    log = ExportLogsServiceResponse.FromString(LOGS.accepted(taken, b"\x0a", PROTOBUF).body).partial_success
    assert (log.rejected_log_records, log.error_message) == (200, "one")
    span = ExportTraceServiceResponse.FromString(TRACES.accepted(taken, b"\x0a", PROTOBUF).body).partial_success
    assert (span.rejected_spans, span.error_message) == (200, "one")
    assert json.loads(LOGS.accepted(taken, b"{", JSON).body) == {
        "partialSuccess": {"rejectedLogRecords": "200", "errorMessage": "one"}
    }
    assert json.loads(TRACES.accepted(taken, b"{", JSON).body)["partialSuccess"]["rejectedSpans"] == "200"


@pytest.mark.parametrize(("status", "code"), [(400, 3), (401, 16), (403, 7), (413, 8), (429, 8), (503, 14), (418, 2)])
def test_a_refusal_is_a_status_in_the_requests_encoding(status: int, code: int) -> None:
    said = LOGS.refused(status, "n\u00f6" * 100, JSON)
    assert (said.status, json.loads(said.body)) == (status, {"code": code, "message": "n\u00f6" * 100})
    packed = LOGS.refused(status, "n\u00f6" * 100, PROTOBUF)
    found = grouped(packed.body, ration())
    assert (packed.status, packed.media_type) == (status, "application/x-protobuf")
    assert (number_of(found, 1), parts(found, 2)) == (code, [("n\u00f6" * 100).encode()])


@pytest.mark.parametrize("form", [LOGS, TRACES])
@pytest.mark.parametrize(
    "body", [b"\x0a\xff", b"\xff" * 99, b"{oops", b"[1]", b"[" * 10_000, b'{"a":' * 10_000, b"\x0a\xff\xff\xff\xff\x0f"]
)
def test_what_is_no_request_is_refused(body: bytes, form: Format) -> None:
    with pytest.raises(Unreadable) as raised:
        form.decode(body, PROTOBUF)
    assert raised.value.status == 400
    assert METRICS.decode(body, PROTOBUF) == Batch()


def test_values_nested_too_deeply_are_left_out() -> None:
    value = AnyValue(string_value="deep")
    for _ in range(30):
        value = AnyValue(array_value=ArrayValue(values=[value]))
    asked = logs()
    asked.resource_logs[0].scope_logs[0].log_records[1].attributes.append(KeyValue(key="a", value=value))
    assert len(LOGS.decode(asked.SerializeToString(), PROTOBUF).records) == 2
    raw = b"\x2a\x00"
    for _ in range(10_000):
        raw = b"\x0a" + _varint(len(raw)) + raw
    assert LOGS.decode(raw, PROTOBUF) == Batch()


def test_a_large_resource_is_not_looked_through_for_each_record() -> None:
    asked = logs()
    asked.resource_logs[0].resource.attributes.extend(KeyValue(key=str(at)) for at in range(5_000))
    log = asked.resource_logs[0].scope_logs[0].log_records[1]
    asked.resource_logs[0].scope_logs[0].log_records.extend([log] * 5_000)
    start = time.perf_counter()
    assert len(LOGS.decode(asked.SerializeToString(), PROTOBUF).records) == 5_002
    assert time.perf_counter() - start < 2


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def test_several_requests_in_one_body_and_odd_numbers() -> None:
    one = (
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":NaN,"body":{"stringValue":"a\\ud800"}}]}]}]}\n'
    )
    assert LOGS.decode(one * 2, JSON).records == (Record("a\ufffd"), Record("a\ufffd"))


NAMES = st.sampled_from(
    ["resourceLogs", "scopeLogs", "logRecords", "resourceSpans", "scopeSpans", "spans", "events", "resource", "attributes", "body", "key", "value",
     "stringValue", "bytesValue", "arrayValue", "kvlistValue", "values", "timeUnixNano", "name"]
)  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["exception", "exception.type"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
WHOLE = logs().SerializeToString()


@given(VALUES, st.binary(max_size=60), st.integers(0, len(WHOLE)), st.binary(max_size=3))
def test_any_body_is_read_or_refused(value: object, raw: bytes, at: int, noise: bytes) -> None:
    log = {"resourceLogs": [{"scopeLogs": [{"logRecords": [value, {"body": value, "attributes": value}]}]}]}
    spans = {"resourceSpans": [{"resource": value, "scopeSpans": [{"spans": [value, {"events": [value]}]}]}]}
    bodies = [raw, WHOLE[:at] + noise + WHOLE[at:], *(json.dumps(one).encode() for one in (value, log, spans))]
    for form in (LOGS, TRACES, METRICS):
        for body in bodies:
            try:
                taken = form.decode(body, PROTOBUF)
            except Unreadable:
                continue
            assert form.accepted(taken, body, PROTOBUF).status == 200
