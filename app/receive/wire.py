"""Protobuf's wire format, read without a schema: enough for small messages, and a broken one spoils no other.

The protobuf library takes a message whole or not at all, and refuses text that is not UTF-8; what shippers send of
other programs' output often is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.receive.bounds import Ration

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
FIXED = {FIXED64: 8, FIXED32: 4}
LONGEST = 10  # bytes of a varint: 64 bits in groups of seven
MORE = 0x80  # a byte of a varint from here on is followed by another one


def fields(message: bytes, ration: Ration) -> Iterator[tuple[int, int | bytes]]:
    """Each field's number and value, as sent. Raises `ValueError` where it is no protobuf, or the ration is eaten."""
    at, end = 0, len(message)
    while at < end:
        if next(ration, None) is None:
            raise ValueError("there are too many fields")
        tag, at = (message[at], at + 1) if message[at] < MORE else _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if not number:
            raise ValueError("field 0")
        if kind == VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == LENGTH:
            size, at = (message[at], at + 1) if at < end and message[at] < MORE else _varint(message, at)
        elif kind in FIXED:
            size = FIXED[kind]
        else:
            raise ValueError(f"wire type {kind}")
        if size > end - at:
            raise ValueError("it ends too early")
        yield number, message[at : at + size]
        at += size


def grouped(message: bytes, ration: Ration) -> dict[int, list[int | bytes]]:
    """The values of each field, in their order. Raises `ValueError` as `fields` does."""
    found: dict[int, list[int | bytes]] = {}
    for number, value in fields(message, ration):
        found.setdefault(number, []).append(value)
    return found


def parts(found: dict[int, list[int | bytes]], number: int) -> list[bytes]:
    """The values of a field that holds messages or texts."""
    return [value for value in found.get(number, []) if isinstance(value, bytes)]


def number_of(found: dict[int, list[int | bytes]], number: int) -> int:
    """The last value of a field that holds a number, or 0, as protobuf has it."""
    return next((value for value in reversed(found.get(number, [])) if isinstance(value, int)), 0)


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """An integer of one to ten bytes, and where it ends."""
    low_and_high = message[at : at + 2]
    if len(low_and_high) == 2 and low_and_high[1] < MORE <= low_and_high[0]:  # noqa: PLR2004 - as most lengths are
        return low_and_high[0] & 0x7F | low_and_high[1] << 7, at + 2
    value = 0
    for shift in range(0, 7 * LONGEST, 7):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < MORE:
            return value, at
    raise ValueError("it ends within a number")
