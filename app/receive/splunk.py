"""Splunk's HTTP event collector: objects back to back, plain text, and the questions about them; with its codes."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from app.errors import Unreadable
from app.receive.answers import as_json, batch, refusal
from app.receive.bounds import ensure_few_pieces
from app.receive.fields import joined, record_of
from app.receive.loose import values
from app.receive.model import Asked, Batch, Format, Record, Reply
from app.receive.moment import moment

NO_DATA = "No data"
NO_EVENT = "Event field is required"
BLANK_EVENT = "Event field cannot be blank"
NO_CHANNEL = "Data channel is missing"
# The details that have a code of their own; all else goes by its status.
CODES = {NO_DATA: 5, NO_CHANNEL: 10, NO_EVENT: 12, BLANK_EVENT: 13}
BY_STATUS = {
    400: ("Invalid data format", 6),
    403: ("Invalid token", 4),
    413: ("Request entity too large", 27),
    429: ("Server is busy", 9),
    500: ("Internal server error", 8),
    503: ("Server is busy", 9),
}
HEALTHY = ("/services/collector/health", "/services/collector/health/1.0")
# Which parts of the metadata say where a line comes from; the type only where nothing else does.
PLACES = ("host", "source")


def decode(body: bytes, _: Asked) -> Batch:
    """Each event as a record; objects without `event` are taken as events themselves, since some clients send them."""
    _ensure(body)
    found, refused = values(body)
    records: list[Record] = []
    seen = False
    for one in found:
        if not isinstance(one, dict):
            refused.append(refusal("An event is no object.", one))
            continue
        seen = True
        taken = _event(one)
        if isinstance(taken, Record):
            records.append(taken)
        elif taken:
            refused.append(refusal(taken, one))
    if not seen:
        raise Unreadable("unreadable", "The body holds no events.")
    return batch(records, refused)


def decode_raw(body: bytes, asked: Asked) -> Batch:
    """Each line as a record; the query says where they come from. Lines that are objects may say more."""
    _ensure(body)
    ensure_few_pieces(body)
    stream, time = _place(asked.query), moment(asked.query.get("time"))
    records = []
    for line in body.decode("utf-8", "replace").split("\n"):
        text = line.removesuffix("\r")
        if text:
            records.append(_with(text, stream, time))
    return Batch(tuple(records))


def decode_ack(body: bytes, asked: Asked) -> Batch:
    """No records: it asks which of the earlier ones are kept."""
    if not _channel(asked):
        raise Unreadable("no_channel", NO_CHANNEL)
    if _asked_acks(body) is None:
        raise Unreadable("unreadable", "The body has no list of acks.")
    return Batch()


def _ensure(body: bytes) -> None:
    """Firehose sends an empty body first, and expects just this refusal."""
    if not body.strip():
        raise Unreadable("no_data", NO_DATA)


def _event(value: Mapping[str, object]) -> Record | str | None:
    """The record in an event, why there is none, or None where it is a measurement."""
    event = value.get("event", value)
    if event in ("", None):
        return BLANK_EVENT
    if event == "metric":
        return None
    extra = value.get("fields")
    found = _inner(event)
    if found is None:
        return None if "event" in value else NO_EVENT
    about = record_of({**extra, "message": "-"}) if isinstance(extra, dict) else None
    stream = joined((_place(value), found.stream)) if "event" in value else found.stream
    time = moment(value.get("time"))
    return found._replace(
        stream=stream,
        time=found.time if time is None else time,
        service=found.service or (about.service if about else None),
        release=found.release or (about.release if about else None),
        environment=found.environment or (about.environment if about else None),
    )


def _inner(event: object) -> Record | None:
    if isinstance(event, dict):
        return record_of(event)
    if isinstance(event, str):
        return _with(event.rstrip("\r\n"), "", None)
    return None


def _with(text: str, stream: str, time: float | None) -> Record:
    """A line as a record; what it says itself goes before what the request says of it."""
    inner = record_of({"message": text}) if text.lstrip().startswith("{") else None
    if inner is None:
        return Record(text=text, stream=stream, time=time)
    return inner._replace(stream=joined((stream, inner.stream)), time=inner.time if time is None else time)


def _place(value: Mapping[str, object]) -> str:
    known = [text for text in (value.get(name) for name in PLACES) if isinstance(text, str) and text]
    kind = value.get("sourcetype")
    return "/".join(known) or (kind if isinstance(kind, str) else "")


def _channel(asked: Asked) -> str:
    return asked.headers.get("x-splunk-request-channel", "") or asked.query.get("channel", "")


def _asked_acks(body: bytes) -> list[int] | None:
    found, _ = values(body)
    acks = found[0].get("acks") if found and isinstance(found[0], dict) else None
    if not isinstance(acks, list):
        return None
    return [one for one in acks if isinstance(one, int) and not isinstance(one, bool)]


def accepted(_: Batch, body: bytes, asked: Asked) -> Reply:
    """Success, and where a channel is named a number to ask about it: the same for the same body, so none is kept."""
    number = {"ackId": zlib.crc32(body)} if _channel(asked) else {}
    return as_json(200, {"text": "Success", "code": 0, **number})


def accepted_ack(_: Batch, body: bytes, __: Asked) -> Reply:
    """Whatever was answered with success is kept: all numbers are acknowledged."""
    return as_json(200, {"acks": {str(number): True for number in _asked_acks(body) or []}})


def refused(status: int, detail: str, asked: Asked) -> Reply:
    """The code that clients know: by what is wrong, else by the status."""
    if detail in CODES:
        return as_json(status, {"text": detail, "code": CODES[detail]})
    if status == 401:  # noqa: PLR2004 - its two codes say whether there was a token at all
        missing = not asked.headers.get("authorization")
        return as_json(401, {"text": "Token is required", "code": 2} if missing else INVALID)
    text, code = BY_STATUS.get(status, (detail, 6))
    return as_json(status, {"text": text, "code": code})


INVALID = {"text": "Invalid authorization", "code": 3}


def greet(asked: Asked) -> Reply | None:
    """The answer to a question after the collector's health; None where it is another one."""
    return as_json(200, {"text": "HEC is healthy", "code": 17}) if asked.path.rstrip("/") in HEALTHY else None


FORMAT = EVENT = Format(decode, accepted, refused)
RAW = Format(decode_raw, accepted, refused)
ACK = Format(decode_ack, accepted_ack, refused)
