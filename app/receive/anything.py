"""What stands in another protocol's envelope: an object, a text, bytes, or a list of them -> records."""

from __future__ import annotations

from collections.abc import Mapping

from app.receive.fields import joined, record_of
from app.receive.loose import values
from app.receive.model import Record
from app.receive.written import is_crash

ABOUT_WHERE = ("service", "release", "environment", "time", "key")


def records_of(value: object) -> list[Record]:
    """The records in a value; none where it holds no text."""
    items = value if isinstance(value, list) else [value]
    return [record for record in map(_record, items) if record is not None]


def records_in(data: bytes) -> tuple[list[Record], list[str]]:
    """The records in bytes of any kind, and why the rest can't be read. A text that is a crash stays in one piece."""
    found, refused = values(data)
    if found and all(isinstance(line, str) for line in found):
        text = "\n".join(str(line) for line in found)
        if is_crash(text):
            return records_of(text), refused
    return records_of(found), refused


def placed(record: Record, about: Record) -> Record:
    """A record that says itself what it can, and else what its envelope says; the envelope's place goes first."""
    told = {name: getattr(record, name) or getattr(about, name) for name in ABOUT_WHERE}
    return record._replace(stream=joined((about.stream, record.stream)), **told)


def text_record(text: str) -> Record:
    """A text as it stands: a crash by itself where it is one and has more than one line."""
    text = text.rstrip("\r\n")
    return Record(text=text, whole="\n" in text and is_crash(text))


def _record(value: object) -> Record | None:
    if isinstance(value, Mapping):
        return record_of(value)
    if not isinstance(value, str) or not value.strip():
        return None
    if value.lstrip().startswith("{"):
        return record_of({"message": value})
    return text_record(value)
