"""Graylog's GELF over HTTP: one object, or one a line."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import Unreadable
from app.receive.answers import batch, empty, in_detail, refusal
from app.receive.fields import both, record_of, text_of
from app.receive.loose import values
from app.receive.model import Asked, Batch, Format, Record, Reply
from app.receive.written import is_crash

# Of the additional fields, those that say where a line comes from. Others (`_file`, `_line`, `_path`) name places in
# the program's source, and would be taken for a log's file or text.
EXTRA = (
    "service", "service_name", "app", "app_name", "application", "release", "app_version", "service_version",
    "environment", "env", "container_id", "container_name", "tag", "pid", "process", "process_name", "logger",
    "logger_name", "stream", "event_id", "stack_trace", "stacktrace", "traceback", "exception", "exc_info",
    "python_version",
)  # fmt: skip
OWN = ("host", "timestamp", "version")


def decode(body: bytes, _: Asked) -> Batch:
    """Each object as a record: the short message, and the full one where that says more."""
    found, refused = values(body)
    records: list[Record] = []
    for one in found:
        record = record_of(_known(one)) if isinstance(one, dict) else None
        if record is None:
            refused.append(
                refusal("A message has no text." if isinstance(one, dict) else "A message is no object.", one)
            )
        else:
            records.append(record)
    if not found and not refused:
        raise Unreadable("empty", "The body is empty.")
    return batch(records, refused)


def _known(value: Mapping[str, object]) -> dict[str, object]:
    """The object with the fields whose meaning is known, under the names that other shippers use."""
    known = {name: value[name] for name in OWN if name in value}
    known |= {name: value[f"_{name}"] for name in EXTRA if f"_{name}" in value}
    short, full = text_of(value.get("short_message")), text_of(value.get("full_message"))
    if full is not None and is_crash(full):
        known["full_message"] = full
    elif full is not None:
        short = both(short, full)
    if short is not None:
        known["short_message"] = short
    return known


def accepted(_: Batch, __: bytes, ___: Asked) -> Reply:
    """Accepted, and no more: some clients don't even read it."""
    return empty(202)


FORMAT = Format(decode, accepted, in_detail)
