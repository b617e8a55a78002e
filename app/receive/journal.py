"""The journal export format, which `systemd-journal-upload` sends: entries of `KEY=value` lines and binary fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from app.errors import Unreadable
from app.receive.answers import as_text, batch, in_words
from app.receive.model import Asked, Batch, Format, Record, Reply

LENGTH = 8  # bytes, little endian, before a binary field's data

STREAM = (
    "_HOSTNAME",
    "CONTAINER_NAME",
    "_SYSTEMD_UNIT",
    "_SYSTEMD_USER_UNIT",
    "SYSLOG_IDENTIFIER",
    "_PID",
    "_STREAM_ID",
)
# What it is called by people stands before what systemd calls it: all containers have one unit.
SERVICE = ("CONTAINER_NAME", "_SYSTEMD_USER_UNIT", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER")
TIME = ("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP")  # microseconds: when it happened, when it was written
CUT = "The last entry is cut off."

Entry = dict[str, list[str]]


def decode(body: bytes, _: Asked) -> Batch:
    """Each entry with a message as a record. An entry cut off at the end is refused: its sender sends it again."""
    if not body.strip():
        raise Unreadable("empty", "The body is empty.")
    records, refused = [], []
    for found in _entries(body):
        if isinstance(found, str):
            refused.append(found)
        elif (record := _record(found)) is not None:
            records.append(record)
    return batch(records, refused)


class Seen(NamedTuple):
    """How far a body that is still coming was read: asked again with it, no byte is looked at twice."""

    done: int = 0
    """Bytes of complete entries, which can be decoded by themselves."""
    at: int = 0
    """Where the first field begins that is not all there."""
    searched: int = 0
    need: int = 0
    """How long the body must be before there is more to see."""

    def cut(self) -> Seen:
        """The same of the body without what is done."""
        return Seen(0, *(place - self.done for place in self[1:]))


def look(body: bytes | bytearray, seen: Seen) -> Seen:
    """How many entries of a body are complete, given how far it was read when it was shorter."""
    if len(body) < seen.need:
        return seen
    done, at, start = seen.done, seen.at, seen.searched
    while (after := _field(body, at, start)) is not None:
        if after > len(body):
            return Seen(done, at, at, after)
        if after == at + 1:
            done = after
        at = start = after
    return Seen(done, at, len(body), len(body) + 1)


def _field(body: bytes | bytearray, at: int, start: int) -> int | None:
    """Where the field at this place ends, though it may not be all there; None where its first line is not.

    A field of one byte is the empty line. Before `start` there is no newline in it.
    """
    newline = body.find(b"\n", start)
    if newline < 0:
        return None
    if newline == at or body.find(b"=", at, newline) >= 0:
        return newline + 1
    end = newline + 1 + LENGTH
    if end > len(body):
        return end
    return end + int.from_bytes(body[newline + 1 : end], "little") + 1


def _entries(body: bytes) -> Iterator[Entry | str]:
    """Entries as read, and why one was not."""
    entry: Entry = {}
    wrong = ""
    at = 0
    while at < len(body):
        after = _field(body, at, at)
        if after is None or after > len(body):
            yield CUT
            return
        line = body[at:after]
        at = after
        if line != b"\n":
            wrong = wrong or _add(entry, line)
        elif entry or wrong:
            yield wrong or entry
            entry, wrong = {}, ""
    if entry or wrong:
        yield wrong or entry


def _add(entry: Entry, field: bytes) -> str:
    """Put a field into its entry. Returns what is wrong with it, or nothing."""
    name, newline, rest = field.partition(b"\n")
    if b"=" in name:
        name, _, value = name.partition(b"=")
    elif rest.endswith(b"\n") and newline:
        value = rest[LENGTH:-1]
    else:
        return "A binary field is not as long as it says."
    if not name or not name.replace(b"_", b"").isalnum():
        return "A field has no name."
    entry.setdefault(name.decode("ascii", "replace"), []).append(value.decode("utf-8", "replace"))
    return ""


def _record(entry: Entry) -> Record | None:
    text = "\n".join(entry.get("MESSAGE", []))
    crash = "\n".join(entry.get("EXCEPTION_TEXT", []))
    # Python's own handler sends the traceback twice where the formatter is the usual one.
    if crash and crash not in text:
        text = f"{text}\n{crash}".lstrip("\n")
    if not text:
        return None
    return Record(
        text=text.removesuffix("\n"),
        stream="/".join(one for one in (_first(entry, name) for name in STREAM) if one),
        service=next((one for one in (_first(entry, name) for name in SERVICE) if one), "").removesuffix(".service")
        or None,
        time=next((one for one in (_seconds(_first(entry, name)) for name in TIME) if one is not None), None),
        partial=_first(entry, "CONTAINER_PARTIAL_MESSAGE") == "true",
        whole=bool(crash),
        key=_first(entry, "__CURSOR") or None,
    )


def _first(entry: Entry, name: str) -> str:
    return entry.get(name, [""])[0]


def _seconds(microseconds: str) -> float | None:
    digits = microseconds.isascii() and microseconds.isdigit() and len(microseconds) < 20  # noqa: PLR2004 - of 64 bits
    return int(microseconds) / 1e6 if digits else None


def accepted(_: Batch, __: bytes, ___: Asked) -> Reply:
    """What `systemd-journal-remote` answers."""
    return as_text(202, "OK.\n")


FORMAT = Format(decode, accepted, in_words)
