"""The format of everybody who has none: whatever JSON, msgpack, form or text a shipper was told to send here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from app.errors import Unreadable
from app.receive.alike import remembered
from app.receive.answers import as_json, batch, in_detail, refusal
from app.receive.fields import Look, joined, record_of, word_of
from app.receive.loose import values
from app.receive.model import Asked, Batch, Format, Record, Reply

# Kafka's REST proxy as rsyslog writes it, pino-http-send, and others that put their records into an object; what a
# Standard Webhook is about is in its `data`.
WRAPPERS = ("records", "logs", "events", "data")
FORM = re.compile(r"[^\s=&{}\[\]\"]+=[^\s&]*(?:&[^\s=&]*=[^\s&]*)*\Z")
MOST_FIELDS = 1_000
# Headers that say where a text comes from: Fluent Bit's `header_tag`, and what syslog-ng sends with each line.
PROGRAM = "x-syslog-program"
PLACES = ("x-tag", "x-syslog-host", PROGRAM)
TOLD = 100  # reasons in one answer


def decode(body: bytes, asked: Asked) -> Batch:
    """Every record in the body, with what headers and query say of all of them."""
    found, refused = values(body)
    if not body.strip():
        raise Unreadable("empty", "The body is empty.")
    stream = joined((asked.query.get("stream"), *(asked.headers.get(name) for name in PLACES)))
    records: list[Record] = []
    look = remembered()
    for at, item in enumerate(_items(found, asked), start=1):
        record = _record(item, look)
        if record is None:
            why = f"Record {at} has no text under a name that is known (log, message, msg, stack_trace, ...)."
            refused.append(refusal(why, item))
        else:
            records.append(_placed(record, stream, asked))
    return batch(records, refused)


def accepted(taken: Batch, _: bytes, __: Asked) -> Reply:
    """How many records were taken, and why the others were not; 200, since winston takes no other for success."""
    return as_json(200, {"accepted": taken.taken, "refused": list(taken.refused[:TOLD])})


def _items(found: list[object], asked: Asked) -> Iterator[object]:
    """The records themselves, out of what some senders wrap around them."""
    if len(found) == 1 and isinstance(found[0], str) and (form := _form(found[0], asked)) is not None:
        yield form
        return
    for value in found:
        wrapped = _wrapped(value)
        if wrapped is None:
            yield value
        else:
            yield from wrapped


def _wrapped(value: object) -> list[object] | None:
    """What an object holds that is no record itself."""
    if not isinstance(value, dict) or not any(name in value for name in WRAPPERS):  # JSON and msgpack make no other
        return None
    held = next((found for name in WRAPPERS if isinstance(found := value.get(name), list | dict)), None)
    if held is None or record_of(value) is not None:
        return None
    if isinstance(held, Mapping):
        return [held]
    return [item["value"] if isinstance(item, Mapping) and "value" in item else item for item in held]


def _form(text: str, asked: Asked) -> Mapping[str, object] | None:
    """A form whose fields are a record's. Many send another thing under a form's content type."""
    if "form-urlencoded" not in asked.headers.get("content-type", "") or not FORM.match(text):
        return None
    try:
        form = dict(parse_qsl(text, max_num_fields=MOST_FIELDS))
    except ValueError:
        return None
    return form if record_of(form) is not None else None


def _record(item: object, look: Look) -> Record | None:
    """An object by its keys, a text as it stands."""
    if isinstance(item, str):
        return record_of({"message": item}, look=look)
    return record_of(item, look=look) if isinstance(item, Mapping) else None


def _placed(record: Record, stream: str, asked: Asked) -> Record:
    """What the address says was written by whoever set the shipper up, and goes before what is guessed."""
    query = asked.query
    if not stream and not query and PROGRAM not in asked.headers:
        return record
    return record._replace(
        stream=joined((stream, record.stream)),
        service=query.get("service") or record.service or word_of(asked.headers.get(PROGRAM)),
        release=query.get("release") or record.release,
        environment=query.get("environment") or record.environment,
    )


FORMAT = Format(decode, accepted, in_detail)
