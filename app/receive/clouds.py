"""What the clouds push: CloudEvents, Pub/Sub, Event Grid and Firehose; an envelope, and in it whatever was logged."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

from app.errors import Unreadable
from app.receive import cloudwatch
from app.receive.answers import as_json, batch, empty, in_detail
from app.receive.anything import placed, records_in, records_of
from app.receive.bounds import MOST_RECORDS, too_many
from app.receive.fields import find, joined, record_of, text_of, word_of
from app.receive.loose import values
from app.receive.model import Asked, Batch, Format, Record, Reply
from app.receive.moment import moment
from app.receive.unpack import unpack

MOST = 64 * 1024 * 1024  # bytes that all the packed parts of one request may become
GZIP = b"\x1f\x8b"
VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"

Parts = tuple[list[Record], list[str]]


def from_base64(data: object) -> bytes | None:
    """The bytes in base64 of either alphabet, with or without padding; None where it is none."""
    if not isinstance(data, str):
        return None
    try:
        raw = data.encode("ascii").translate(bytes.maketrans(b"-_", b"+/"))
        return base64.b64decode(raw + b"=" * (-len(raw) % 4), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None


def objects(body: bytes) -> list[dict[str, object]]:
    """The JSON objects in a body. Raises `Unreadable` where there is none."""
    found = [one for one in values(body)[0] if isinstance(one, dict)]
    if not found:
        raise Unreadable("unreadable", "The body holds no JSON object." if body.strip() else "The body is empty.")
    return found


def decode_cloudevents(body: bytes, asked: Asked) -> Batch:
    """The data of one event, in the body or around it, or of a batch of them: which it is say the bytes."""
    found = [one for one in values(body)[0] if isinstance(one, dict) and "specversion" in one]
    records: list[Record] = []
    refused: list[str] = []
    if found:
        for event in found:
            _add(records, refused, _event_data(event), _event(event))
    elif "ce-id" in asked.headers or "ce-type" in asked.headers:
        about = {name.removeprefix("ce-"): told for name, told in asked.headers.items() if name.startswith("ce-")}
        _add(records, refused, records_in(body), _event(about))
    elif body.strip() not in (b"", b"[]"):
        raise Unreadable("unreadable", "The body holds no CloudEvents event.")
    return batch(records, refused)


def _event(event: Mapping[str, object]) -> Record:
    """What a CloudEvents event says of its data: `source` and `id` together are its name."""
    source, name = word_of(event.get("source")), word_of(event.get("id"))
    key = f"{source or ''}/{name}" if name else None
    return Record("", stream=joined((source, word_of(event.get("subject")))), time=moment(event.get("time")), key=key)


def _event_data(event: Mapping[str, object]) -> Parts:
    if "data_base64" in event:
        data = from_base64(event["data_base64"])
        return records_in(data) if data is not None else ([], ["The data of an event is no base64."])
    return records_of(event.get("data")), []


def _add(records: list[Record], refused: list[str], parts: Parts, about: Record) -> None:
    """Put the records of one envelope to the others; the envelope's name is theirs, numbered where they are many."""
    found, wrong = parts
    for number, record in enumerate(found):
        key = about.key if about.key is None or len(found) == 1 else f"{about.key}/{number}"
        records.append(placed(record, Record("", stream=about.stream, time=about.time, key=record.key or key)))
    refused.extend(wrong)


def decode_pubsub(body: bytes, asked: Asked) -> Batch:
    """The data of a pushed message, wrapped or not. What is no base64 is left out: it would be no better next time."""
    found = [one for one in values(body)[0] if isinstance(one, dict)]
    message = found[0].get("message") if len(found) == 1 else None
    records: list[Record] = []
    refused: list[str] = []
    if isinstance(message, dict) and ({"messageId", "message_id"} & message.keys() or "subscription" in found[0]):
        name, sent = word_of(message.get("messageId", message.get("message_id"))), message.get("publishTime")
        data = from_base64(message.get("data", ""))
        parts = _log_entries(data) if data is not None else ([], ["The data of the message is no base64."])
        _add(records, refused, parts, Record("", time=moment(sent), key=name))
        return Batch(tuple(records), tuple(refused))
    name = asked.headers.get("x-goog-pubsub-message-id")
    if not body.strip():
        raise Unreadable("empty", "The body is empty.")
    _add(records, refused, _log_entries(body), Record("", key=name))
    return batch(records, refused)


# Of a log entry's resource, what says where it comes from, from the outside inwards.
RESOURCE = (
    "namespace_name", "pod_name", "container_name", "service_name", "revision_name", "function_name", "module_id",
    "version_id", "job_name", "instance_id",
)  # fmt: skip


def _log_entries(data: bytes) -> Parts:
    """Cloud Logging's entries where there are some, else whatever it is."""
    found, refused = values(data)
    if not any(isinstance(one, dict) and "logName" in one for one in found):
        return records_in(data)
    return [record for one in found if isinstance(one, dict) and (record := _log_entry(one)) is not None], refused


def _log_entry(entry: Mapping[str, object]) -> Record | None:
    """A log entry as a record; audits and the like have no text."""
    record = record_of(entry)
    if record is None:
        return None
    told = [word_of(find(entry, f"resource.labels.{name}")) for name in RESOURCE]
    log = (word_of(entry.get("logName")) or "").rpartition("/")[2]
    names = ("jsonPayload.serviceContext.service", "resource.labels.container_name", "resource.labels.service_name")
    about = Record(
        "",
        stream=joined([*told, log]),
        service=next((word_of(find(entry, name)) for name in names if find(entry, name)), None),
        release=word_of(find(entry, "jsonPayload.serviceContext.version")),
        time=moment(entry.get("timestamp")),
        key=word_of(entry.get("insertId")),
    )
    return placed(record, about)


def decode_eventgrid(body: bytes, asked: Asked) -> Batch:
    """The data of Event Grid's events, in its own schema or CloudEvents'; the handshake's event is none."""
    found = objects(body)
    if any("specversion" in event for event in found):
        return decode_cloudevents(body, asked)
    records: list[Record] = []
    for event in found:
        if event.get("eventType") != VALIDATION:
            stream = joined((word_of(event.get("topic")), word_of(event.get("subject"))))
            about = Record("", stream=stream, time=moment(event.get("eventTime")), key=word_of(event.get("id")))
            _add(records, [], (records_of(event.get("data")), []), about)
    return Batch(tuple(records))


def decode_firehose(body: bytes, asked: Asked) -> Batch:
    """Firehose's records, each base64 of anything: often gzip of what CloudWatch Logs has to say."""
    about = _source(asked)
    records: list[Record] = []
    refused: list[str] = []
    room = MOST
    for number, data in enumerate(_firehose_data(objects(body))):
        raw = from_base64(data)
        if raw is None:
            refused.append(f"Record {number} is no base64.")
            continue
        try:
            raw = unpack(raw, "", room) if raw.startswith(GZIP) else raw
        except Unreadable as wrong:
            refused.append(f"Record {number}: {wrong.detail}")
            continue
        room -= len(raw)
        if len(records) + len(refused) > MOST_RECORDS:
            raise too_many()
        key = f"{about.key}/{number}" if about.key else None
        parts = cloudwatch.records_of(raw)
        _add(records, refused, parts or records_in(raw), Record("", stream="" if parts else about.stream, key=key))
    return Batch(tuple(records), tuple(refused))


def _firehose_data(found: list[dict[str, object]]) -> Iterator[object]:
    """The data of each record; a function subscribed to CloudWatch Logs passes on just one."""
    for one in found:
        sent = one.get("records")
        for record in sent if isinstance(sent, list) else [{"data": find(one, "awslogs.data")}]:
            yield record.get("data") if isinstance(record, dict) else None


def _source(asked: Asked) -> Record:
    """Where Firehose says it comes from, and its name of the request: the same when it sends it again."""
    return Record(
        "",
        stream=asked.headers.get("x-amz-firehose-source-arn", ""),
        key=asked.headers.get("x-amz-firehose-request-id"),
    )


def accepted(_: Batch, __: bytes, ___: Asked) -> Reply:
    """Taken, and nothing to say of it."""
    return empty(204)


def accepted_eventgrid(_: Batch, body: bytes, __: Asked) -> Reply:
    """The code that Event Grid wants to see again before it sends anything; 200, since it takes no other."""
    validation = next((one for one in objects(body) if one.get("eventType") == VALIDATION), None)
    code = text_of(find(validation, "data.validationCode")) if validation else None
    return as_json(200, {"validationResponse": code} if code is not None else {})


def accepted_firehose(_: Batch, body: bytes, asked: Asked) -> Reply:
    """The request's own name and time: without the name it counts as not delivered."""
    found = objects(body)[0]
    name = asked.headers.get("x-amz-firehose-request-id") or text_of(found.get("requestId")) or ""
    return as_json(200, {"requestId": name, "timestamp": _milliseconds(found.get("timestamp"))})


def refused_firehose(status: int, detail: str, asked: Asked) -> Reply:
    """The same with what is wrong. The body may be unread: the name comes from the header, a time from nowhere."""
    name = asked.headers.get("x-amz-firehose-request-id", "")
    return as_json(status, {"requestId": name, "timestamp": 0, "errorMessage": detail[:8192]})


def _milliseconds(time: object) -> int:
    return round((moment(time) or 0) * 1000)


def greet(asked: Asked) -> Reply | None:
    """CloudEvents' handshake, which Event Grid makes too: who asks may send, as fast as it likes."""
    origin = asked.headers.get("webhook-request-origin")
    if asked.method != "OPTIONS" or not origin:
        return None
    return Reply(200, b"", "", {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*", "Allow": "POST"})


CLOUDEVENTS = Format(decode_cloudevents, accepted, in_detail)
PUBSUB = Format(decode_pubsub, accepted, in_detail)
EVENTGRID = Format(decode_eventgrid, accepted_eventgrid, in_detail)
FIREHOSE = Format(decode_firehose, accepted_firehose, refused_firehose)
