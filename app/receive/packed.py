"""A msgpack body -> its values: Fluent Bit's `[[time, meta], record]` and Fluentd's maps, whose strings are binary."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgpack  # type: ignore[import-untyped]

from app.receive.bounds import MOST_OPENED

MAP_OR_ARRAY = range(0x80, 0xA0)
LONG_MAP_OR_ARRAY = range(0xDC, 0xE0)  # these four begin characters of two bytes as well
CONTINUATION = range(0x80, 0xC0)
DEEPEST = 32
LONGEST_ARRAY = 65_536  # its room is taken before its items are read
SURROGATE = re.compile("[\ud800-\udfff]")
EVENT_TIME = 0
EVENT_TIME_BYTES = 8
Held = TypeVar("Held", dict[Any, Any], list[Any])
PAIR = 2


def unpacked(body: bytes) -> tuple[list[object], list[str]] | None:
    """The values of a msgpack body and why the rest can't be read, or None when it is none."""
    if not _looks(body):
        return None
    reader = msgpack.Unpacker(
        raw=False, unicode_errors="replace", strict_map_key=False, timestamp=1, ext_hook=_extension,
        max_buffer_size=len(body), max_array_len=LONGEST_ARRAY, max_map_len=LONGEST_ARRAY,
        object_pairs_hook=_counted(dict), list_hook=_counted(list),
    )  # fmt: skip
    found: list[object] = []
    at, why = 0, "it ends in the middle"
    try:
        reader.feed(body)
        for value in reader:
            found.extend(_items(clean(value)))
            at = reader.tell()
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException) as wrong:
        why = str(wrong) or type(wrong).__name__
    if not any(isinstance(value, Mapping) for value in found):
        return None
    return found, [] if at >= len(body) else [f"At byte {at} the msgpack is broken: {why}."]


def clean(value: object, depth: int = 0) -> object:
    """A value with all its text as proper strings; what is nested deeper than any record is left out."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, str):
        return value if value.isascii() else SURROGATE.sub("\ufffd", value)
    if not isinstance(value, list | dict):
        return value
    if depth == DEEPEST:
        return None
    if isinstance(value, list):
        return [clean(item, depth + 1) for item in value]
    return {clean(key): clean(item, depth + 1) for key, item in value.items()}


def _counted(kind: type[Held]) -> Callable[[Any], Held]:
    """Maps or lists as they come, until they have too many values: a hundred of them fit into a byte each."""
    left = MOST_OPENED

    def count(items: Any) -> Held:
        nonlocal left
        left -= len(items) + 1
        if left < 0:
            raise ValueError("it has too many values")
        return kind(items)

    return count


def _looks(body: bytes) -> bool:
    if not body:
        return False
    return body[0] in MAP_OR_ARRAY or (
        body[0] in LONG_MAP_OR_ARRAY and body[1:2] != b"" and body[1] not in CONTINUATION
    )


def _extension(code: int, data: bytes) -> float | None:
    """Fluentd's EventTime, in seconds."""
    if code != EVENT_TIME or len(data) != EVENT_TIME_BYTES:
        return None
    seconds, nanoseconds = struct.unpack(">II", data)
    return float(seconds) + float(nanoseconds) / 1e9


def _items(value: object) -> list[object]:
    """A record under its time as Fluent Bit's JSON has it, an array's items, or the one value."""
    if not isinstance(value, list):
        return [value]
    if len(value) == PAIR and isinstance(value[1], dict) and not isinstance(value[0], dict):
        head = value[0][0] if isinstance(value[0], list) and value[0] else value[0]
        return [{"date": head, **value[1]}]
    return list(value)
