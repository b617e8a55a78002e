"""OpenTelemetry over HTTP: logs, the exceptions in traces, and metrics, which are taken and dropped.

Protobuf is first made what OTLP's JSON would be, so that there is one way from there. A log record that is broken, or
whose text is no UTF-8, costs nobody else anything.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping

from app.receive.answers import as_json, batch
from app.receive.fields import CRASH, CRASH_MESSAGE, CRASH_TYPE, both, crash_of, joined, record_of, text_of, word_of
from app.receive.loose import values
from app.receive.model import Asked, Batch, Format, Record, Reply
from app.receive.moment import moment
from app.receive.otlp_wire import LOGS_REQUEST, TRACES_REQUEST, Shape, message, number, request
from app.receive.written import complete, is_crash, last_line

PROTOBUF = "application/x-protobuf"
# HTTP status -> google.rpc.Code
CODES = {400: 3, 401: 16, 403: 7, 404: 5, 408: 4, 413: 8, 429: 8, 503: 14}
UNKNOWN = 2
DEEPEST = 16  # values within values
SERVICE, RELEASE = ("service.name",), ("service.version",)
ENVIRONMENT = ("deployment.environment.name", "deployment.environment")
STREAM = (
    ("k8s.namespace.name",), ("k8s.pod.name",), ("k8s.container.name", "container.name"), ("container.id",),
    ("service.instance.id",), ("host.name", "net.host.name"), ("process.pid",), ("log.file.path", "log.file.name"),
    ("log.iostream",),
)  # fmt: skip
KNOWN = {
    *SERVICE, *RELEASE, *ENVIRONMENT, *(name for names in STREAM for name in names), "os.description", "os.name",
    "os.type", "process.runtime.name", "process.runtime.version",
}  # fmt: skip
OF_CRASHES = tuple({name.partition(".")[0] for name in (*CRASH, *CRASH_TYPE, *CRASH_MESSAGE)})
SCALARS = ("stringValue", "intValue", "boolValue", "doubleValue")


def decode_logs(body: bytes, _: Asked) -> Batch:
    """Each log record that has a text or an exception."""
    return _decoded(body, LOGS_REQUEST, _logs)


def decode_traces(body: bytes, _: Asked) -> Batch:
    """Each exception that a span has among its events."""
    return _decoded(body, TRACES_REQUEST, _exceptions)


def decode_metrics(_: bytes, __: Asked) -> Batch:
    """Nothing, whatever comes: so that a client with one address for all has no errors in its log."""
    return Batch()


def accepted_logs(taken: Batch, body: bytes, asked: Asked) -> Reply:
    """Taken, or taken in part: then nothing is to be sent again either."""
    return _accepted("rejectedLogRecords", taken, body, asked)


def accepted_traces(taken: Batch, body: bytes, asked: Asked) -> Reply:
    """The same for spans."""
    return _accepted("rejectedSpans", taken, body, asked)


def accepted_metrics(taken: Batch, body: bytes, asked: Asked) -> Reply:
    """The same for metrics, of which none is ever refused."""
    return _accepted("rejectedDataPoints", taken, body, asked)


def refused(status: int, detail: str, asked: Asked) -> Reply:
    """A `google.rpc.Status`, in the encoding that the request says it has."""
    detail = detail.encode(errors="replace").decode()
    code = CODES.get(status, UNKNOWN)
    if "json" in asked.headers.get("content-type", "").lower():
        return as_json(status, {"code": code, "message": detail})
    return Reply(status, number(1, code) + message(2, detail.encode()), PROTOBUF)


Place = Mapping[str, object]
"""The attributes of a resource, of which only those are kept that are read: they are laid under each of its records."""


def _decoded(
    body: bytes, shape: Shape, read: Callable[[Mapping[str, object]], Iterator[tuple[Record | None, str]]]
) -> Batch:
    """Every request in the body (a collector's file has one a line); an empty body is an empty request."""
    refused: list[str] = []
    found: list[object] = []
    if _is_json(body):
        found, refused = values(body)
    else:
        found.append(request(body, shape, refused))
    records: list[Record] = []
    for one in found:
        for record, why in read(one) if isinstance(one, Mapping) else [(None, "A request is no object.")]:
            if record is not None:
                records.append(record)
            elif why:
                refused.append(why)
    return batch(records, refused)


def _is_json(body: bytes) -> bool:
    """No message in protobuf starts with a brace; white space before one is what people type."""
    return body.lstrip()[:1] in (b"{", b"[") or body.startswith(b"\xef\xbb\xbf")


def _accepted(name: str, taken: Batch, body: bytes, asked: Asked) -> Reply:
    count = len(taken.refused)
    why = taken.refused[0].encode(errors="replace").decode() if count else ""
    if _is_json(body) or (not body and "json" in asked.headers.get("content-type", "").lower()):
        return as_json(200, {"partialSuccess": {name: str(count), "errorMessage": why}} if count else {})
    partial = message(1, number(1, count) + message(2, why.encode())) if count else b""
    return Reply(200, partial, PROTOBUF)


def _logs(asked: Mapping[str, object]) -> Iterator[tuple[Record | None, str]]:
    for place, scope in _scopes(asked, "resourceLogs", "scopeLogs"):
        where = _where(place)
        for log in _list(scope.get("logRecords")):
            if isinstance(log, Mapping):
                yield _log(log, place, where), ""
            else:
                yield None, "A log record is no object."


def _exceptions(asked: Mapping[str, object]) -> Iterator[tuple[Record | None, str]]:
    for place, scope in _scopes(asked, "resourceSpans", "scopeSpans"):
        where = _where(place)
        for span in _list(scope.get("spans")):
            if not isinstance(span, Mapping):
                yield None, "A span is no object."
                continue
            for event in _list(span.get("events")):
                if isinstance(event, Mapping) and event.get("name") == "exception":
                    yield _log({**event, "body": None}, place, where), ""


def _scopes(asked: Mapping[str, object], outer: str, inner: str) -> Iterator[tuple[Place, Mapping[str, object]]]:
    """Each scope with its resource's attributes."""
    for resource in _list(asked.get(outer)):
        if isinstance(resource, Mapping):
            held = resource.get("resource")
            told = _attributes(held.get("attributes")) if isinstance(held, Mapping) else {}
            place = {name: told[name] for name in KNOWN & told.keys()}
            for scope in _list(resource.get(inner)):
                if isinstance(scope, Mapping):
                    yield place, scope


def _log(log: Mapping[str, object], place: Place, where: Record) -> Record | None:
    """A log record or an event by its text and its exception; None where it has neither.

    `where` is what `place` says; a record that has none of its names says the same.
    """
    own = _attributes(log.get("attributes"))
    body = _value(log.get("body"))
    said = _said(body)
    crash = _crash(own)
    if said is None and crash is None:
        return None
    base = said or Record("")
    where = where if KNOWN.isdisjoint(own) else _where({**place, **own})
    return Record(
        text=both(base.text, crash),
        stream=joined((where.stream, base.stream)) if base.stream else where.stream,
        service=base.service or where.service,
        release=base.release or where.release,
        environment=base.environment or where.environment,
        time=_time(log) if base.time is None else base.time,
        partial=own.get("logtag") == "P",
        whole=base.whole or crash is not None,
        key=base.key,
        python=base.python or where.python,
        os=base.os or where.os,
    )


def _where(about: Place) -> Record:
    """Where attributes say that a record comes from."""
    service = _word(about, SERVICE)
    return Record(
        text="",
        stream=joined(_word(about, names) for names in STREAM),
        service=None if service and service.startswith("unknown_service") else service,
        release=_word(about, RELEASE),
        environment=_word(about, ENVIRONMENT),
        python=_python(about),
        os=_word(about, ("os.description", "os.name", "os.type")),
    )


def _said(body: object) -> Record | None:
    """The body as a record: text mostly, sometimes with JSON in it, or an object by its keys."""
    text = text_of(body)
    if text is not None and not text.lstrip().startswith("{"):
        return Record(text)
    return record_of(body if isinstance(body, dict) else {"message": body}) if body is not None else None


def _crash(own: Place) -> str | None:
    """The exception of the record's attributes as a text."""
    if not any(name.startswith(OF_CRASHES) for name in own):
        return None
    kind, stack = _word(own, ("exception.type",)), text_of(own.get("exception.stacktrace"))
    told = text_of(own.get("exception.message"))
    if stack and is_crash(stack):
        return complete(stack, kind, told)
    line = last_line(kind, told) if kind else told
    return both(line, stack) or crash_of(own)  # pino sends its errors as it always names them


def _time(log: Mapping[str, object]) -> float | None:
    """When it happened, or else when it was seen; 0 means nobody knows."""
    return moment(log.get("timeUnixNano")) or moment(log.get("observedTimeUnixNano")) or None


def _python(about: Place) -> str | None:
    runtime = about.get("process.runtime.name")
    return _word(about, ("process.runtime.version",)) if runtime in ("cpython", "CPython") else None


def _word(about: Place, names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := word_of(about.get(name)))), None)


def _attributes(pairs: object, depth: int = 0) -> dict[str, object]:
    """A list of keys and values as a mapping."""
    known = (pair for pair in _list(pairs) if isinstance(pair, Mapping))
    return {key: _value(pair.get("value"), depth) for pair in known if isinstance(key := pair.get("key"), str)}


def _value(value: object, depth: int = 0) -> object:
    """What an `AnyValue` holds; what is nested too deeply is left out."""
    if not isinstance(value, Mapping) or depth > DEEPEST:
        return None
    for name in SCALARS:
        if value.get(name) is not None:
            return value[name]
    if isinstance(value.get("bytesValue"), str):
        return _unpacked(str(value["bytesValue"]))
    inner = value.get("arrayValue")
    if isinstance(inner, Mapping):
        return [_value(item, depth + 1) for item in _list(inner.get("values"))]
    inner = value.get("kvlistValue")
    return _attributes(inner.get("values"), depth + 1) if isinstance(inner, Mapping) else None


def _unpacked(text: str) -> str:
    """Bytes as OTLP's JSON has them."""
    try:
        return base64.b64decode(text).decode(errors="replace")
    except (binascii.Error, ValueError):
        return text


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


LOGS = Format(decode_logs, accepted_logs, refused)
TRACES = Format(decode_traces, accepted_traces, refused)
METRICS = Format(decode_metrics, accepted_metrics, refused)
