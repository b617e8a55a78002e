"""OTLP's protobuf -> the mapping that OTLP's JSON would give, and the few messages that are answered.

Only the fields that are read are named here; `opentelemetry/proto/*/v1/*.proto` has all of them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from app.receive.bounds import Ration, ration
from app.receive.wire import fields

DEEPEST = 40  # messages in messages
MOST_KNOWN = 256  # attributes that are remembered while a body is read: most say the same in each record
LONGEST_KNOWN = 256  # bytes of one


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _fixed(raw: bytes) -> int:
    return int.from_bytes(raw[:8], "little")


def _double(raw: bytes) -> float:
    return float(struct.unpack("<d", raw)[0]) if len(raw) == struct.calcsize("<d") else 0.0


def _signed(value: int) -> int:
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


Shape = dict[int, tuple[str, "Reader", bool]]
"""Field's number -> its name, how it is read, and whether there may be many."""
Reader = Callable[[bytes], object] | Callable[[int], object] | Shape | str

# A shape that is named by a string stands in SHAPES: values hold values.
SHAPES: dict[str, Shape] = {
    "AnyValue": {
        1: ("stringValue", _text, False),
        2: ("boolValue", bool, False),
        3: ("intValue", _signed, False),
        4: ("doubleValue", _double, False),
        5: ("arrayValue", {1: ("values", "AnyValue", True)}, False),
        6: ("kvlistValue", {1: ("values", "KeyValue", True)}, False),
        7: ("stringValue", _text, False),  # bytes
    },
    "KeyValue": {1: ("key", _text, False), 2: ("value", "AnyValue", False)},
}
RESOURCE: Shape = {1: ("attributes", "KeyValue", True)}
LOG_RECORD: Shape = {
    1: ("timeUnixNano", _fixed, False),
    5: ("body", "AnyValue", False),
    6: ("attributes", "KeyValue", True),
    11: ("observedTimeUnixNano", _fixed, False),
}
EVENT: Shape = {
    1: ("timeUnixNano", _fixed, False),
    2: ("name", _text, False),
    3: ("attributes", "KeyValue", True),
}
SPAN: Shape = {11: ("events", EVENT, True)}


def _of_resources(name: str, items: str, item: Shape) -> Shape:
    """The three levels that all requests have: resources, scopes, items."""
    scope: Shape = {2: (items, item, True)}
    resource: Shape = {1: ("resource", RESOURCE, False), 2: (f"scope{name}", scope, True)}
    return {1: (f"resource{name}", resource, True)}


LOGS_REQUEST = _of_resources("Logs", "logRecords", LOG_RECORD)
TRACES_REQUEST = _of_resources("Spans", "spans", SPAN)
# A broken one of these is left out; what else is broken keeps what was read of it.
ITEMS = (LOG_RECORD, EVENT)


def request(body: bytes, shape: Shape, refused: list[str]) -> dict[str, object]:
    """A message's known fields by name, and the reasons of what could not be read."""
    return _read(body, shape, _Reading(refused, ration(), {}), 0) or {}


def number(field: int, value: int) -> bytes:
    """A field with a number, as protobuf has it."""
    return _varint(field << 3) + _varint(value) if value else b""


def message(field: int, value: bytes) -> bytes:
    """A field with a message or a text, as protobuf has it."""
    return _varint(field << 3 | 2) + _varint(len(value)) + value if value else b""


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


class _Reading(NamedTuple):
    """What all messages of a body have in common: why some were not read, and how many fields may still be."""

    refused: list[str]
    left: Ration
    known: dict[bytes, object]
    """Attributes that were read already, by their bytes."""


def _read(raw: bytes, shape: Shape, reading: _Reading, depth: int) -> dict[str, object] | None:
    found: dict[str, object] = {}
    if depth > DEEPEST:
        return None
    refused = reading.refused
    before = len(refused)
    try:
        for field, value in fields(raw, reading.left):
            if field in shape:
                _add(found, shape[field], value, reading, depth)
    except ValueError as wrong:
        refused.append(f"A message is broken: {wrong}.")
    if len(refused) == before or shape not in ITEMS:
        return found
    del refused[before + 1 :]  # one reason a record
    return None


def _message(raw: bytes, reader: Shape | str, reading: _Reading, depth: int) -> dict[str, object] | None:
    return _read(raw, SHAPES[reader] if isinstance(reader, str) else reader, reading, depth + 1)


def _attribute(raw: bytes, reading: _Reading, depth: int) -> object:
    """A key and its value; not read again where the same bytes came before."""
    if raw in reading.known:
        return reading.known[raw]
    refused = len(reading.refused)
    told = _message(raw, "KeyValue", reading, depth)
    if len(raw) <= LONGEST_KNOWN and len(reading.known) < MOST_KNOWN and len(reading.refused) == refused:
        reading.known[raw] = told
    return told


def _add(
    found: dict[str, object], known: tuple[str, Reader, bool], value: int | bytes, reading: _Reading, depth: int
) -> None:
    """One field under its name; of another type than the name has, it is passed over."""
    name, reader, many = known
    told: object
    if isinstance(reader, str | dict):  # a `Mapping` takes longer to ask for than all the rest
        if isinstance(value, int):
            return
        told = _attribute(value, reading, depth) if reader == "KeyValue" else _message(value, reader, reading, depth)
    elif isinstance(value, int) != (reader in (bool, _signed)):
        return
    else:
        told = reader(value)  # type: ignore[arg-type]
    if not many:
        found[name] = told
        return
    listed = found.setdefault(name, [])
    if isinstance(listed, list) and told is not None:
        listed.append(told)
