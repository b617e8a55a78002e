"""What a subscription to CloudWatch Logs passes on: objects back to back, each with the lines of one log stream."""

from __future__ import annotations

from collections.abc import Mapping

from app.receive.answers import refusal
from app.receive.anything import placed
from app.receive.fields import joined, record_of, word_of
from app.receive.loose import values
from app.receive.model import Record
from app.receive.moment import moment

CONTROL = "CONTROL_MESSAGE"  # "is anybody there?"


def records_of(data: bytes) -> tuple[list[Record], list[str]] | None:
    """The lines as records, and why others are none; None where it is nothing of CloudWatch's."""
    found, refused = values(data)
    messages = [one for one in found if isinstance(one, dict) and "messageType" in one]
    if not messages:
        return None
    records: list[Record] = []
    for message in messages:
        events = message.get("logEvents")
        if message["messageType"] == CONTROL:
            continue
        about = Record("", stream=joined((word_of(message.get("logGroup")), word_of(message.get("logStream")))))
        for event in events if isinstance(events, list) else []:
            record = _record(event, about) if isinstance(event, dict) else None
            if record is None:
                refused.append(refusal("A log event has no message.", event))
            else:
                records.append(record)
    return records, refused


def _record(event: Mapping[str, object], about: Record) -> Record | None:
    """A log event; its text may be an object that says more."""
    message = event.get("message")
    if not isinstance(message, str):
        return None
    inner = record_of({"message": message}) if message.lstrip().startswith("{") else None
    told = about._replace(time=moment(event.get("timestamp")), key=word_of(event.get("id")))
    return placed(inner or Record(message.rstrip("\r\n")), told)
