"""Datadog's log intake: an object, an array, or text with its tags in the query."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from app.errors import Unreadable
from app.receive.answers import as_json, batch, refusal
from app.receive.fields import joined, record_of, tags
from app.receive.loose import values
from app.receive.model import Asked, Batch, Format, Record, Reply

# Tags that say where a line comes from, one of each row.
PLACES = (
    ("kube_namespace", "namespace"),
    ("pod_name", "pod"),
    ("container_name", "kube_container_name", "container_id"),
    ("filename",),
)
ABOUT = ("hostname", "service", "ddtags", "ddsource")


def decode(body: bytes, asked: Asked) -> Batch:
    """Each object, or line of text, as a record. An agent's probe (`{}`) is none, and welcome."""
    found, refused = values(body)
    about = {name: asked.query[name] for name in ABOUT if name in asked.query}
    records: list[Record] = []
    line = _record({**about, "message": "-"}) if any(isinstance(one, str) for one in found) else None
    for one in found:
        record = _record({**about, **one}) if isinstance(one, dict) else None
        if isinstance(one, str) and line is not None:
            record = line._replace(text=one.rstrip("\r\n"))
        if record is not None:
            records.append(record)
        elif one != {}:
            refused.append(refusal("A log has no message." if isinstance(one, dict) else "A log is no object.", one))
    if not found and not refused and not body.strip():
        raise Unreadable("empty", "The body is empty.")
    return batch(records, refused)


def _record(value: Mapping[str, object]) -> Record | None:
    """The record of an object, with the places that its tags name."""
    record = record_of(value)
    if record is None:
        return None
    told = tags(value.get("ddtags"))
    where = joined(next((told[name] for name in row if name in told), None) for row in PLACES)
    return record._replace(stream=joined((where, record.stream)))


def accepted(_: Batch, __: bytes, ___: Asked) -> Reply:
    """Accepted, with the empty object that its clients parse."""
    return as_json(202, {})


def refused(status: int, detail: str, asked: Asked) -> Reply:
    """Errors as version 2 of the interface has them, or as version 1 does."""
    if asked.path.startswith("/v1/"):
        return as_json(status, {"code": status, "message": detail})
    title = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    return as_json(status, {"errors": [{"status": str(status), "title": title, "detail": detail}]})


FORMAT = Format(decode, accepted, refused)
