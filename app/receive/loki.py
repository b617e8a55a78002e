"""Grafana Loki's push: JSON, or a snappy block of protobuf; the lines of a stream in their order."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import Unreadable
from app.receive import labels as named
from app.receive import wire
from app.receive.answers import as_json, as_text, batch, empty, in_words, refusal
from app.receive.bounds import Ration, ration
from app.receive.fields import crash_of, joined, record_of
from app.receive.loose import mapping, values
from app.receive.model import Asked, Batch, Format, Record, Reply
from app.receive.moment import moment
from app.receive.unpack import snappy_block

MOST = 64 * 1024 * 1024  # bytes that a snappy block may become; a block of 3 bytes can say 64
MILLIARD = 1_000_000_000

STREAMS, LABELS, ENTRIES = 1, 1, 2  # the numbers of push.proto's fields
TIMESTAMP, LINE, METADATA = 1, 2, 3
# What clients ask before they push.
HELLO: Mapping[str, Reply] = {
    "/ready": as_text(200, "ready\n"),
    "/loki/api/v1/status/buildinfo": as_json(200, {"version": "3.5.0", "revision": "", "branch": "", "goVersion": ""}),
}

WINSTON = ' {"level":"'  # what follows a message in its default format

Labels = Mapping[str, str]


def decode(body: bytes, _: Asked) -> Batch:
    """Each entry as a record, in the order of its stream. Whether it is JSON or protobuf say the bytes."""
    if not body.strip():
        raise Unreadable("empty", "The body is empty.")
    pushes = _pushes(body)
    records: list[Record] = []
    refused: list[str] = []
    if pushes:
        for push in pushes:
            _from_json(push, records, refused)
    else:
        _from_protobuf(body, records, refused)
    return batch(records, refused)


def _pushes(body: bytes) -> list[dict[object, object]]:
    """The JSON objects with streams in this body: none where it is protobuf, which may begin like JSON."""
    if not body.lstrip().startswith((b"{", b"[")):
        return []
    found, _ = values(body)
    return [one for one in found if isinstance(one, dict) and isinstance(one.get("streams"), list)]


def _from_json(push: Mapping[object, object], records: list[Record], refused: list[str]) -> None:
    streams = push["streams"]
    for stream in streams if isinstance(streams, list) else []:
        entries = stream.get("values", stream.get("entries")) if isinstance(stream, dict) else None
        if not isinstance(entries, list):
            refused.append(refusal("A stream has no values.", stream))
            continue
        about = _about(_labels(stream.get("stream", stream.get("labels"))))
        for entry in entries:
            time, line, metadata = _parts(entry)
            if isinstance(line, str):
                records.append(_record(line, moment(time), _labels(metadata), about))
            else:
                refused.append(refusal("An entry has no line.", entry))


def _parts(entry: object) -> tuple[object, object, object]:
    """Time, line and metadata of an entry: a list now, an object in the first version of the API."""
    if isinstance(entry, dict):
        return entry.get("ts"), entry.get("line"), None
    if isinstance(entry, list):
        time, line, metadata, *_ = [*entry, None, None, None]
        return time, line, metadata
    return None, None, None


def _labels(value: object) -> Labels:
    """Labels as an object or as a string, and only those that are text."""
    if isinstance(value, str):
        return named.read(value)
    if isinstance(value, dict):
        return {name: text for name, text in value.items() if isinstance(name, str) and isinstance(text, str)}
    return {}


def _from_protobuf(body: bytes, records: list[Record], refused: list[str]) -> None:
    """A snappy block as clients send it, or what is in one."""
    try:
        message = snappy_block(body, MOST)
    except Unreadable as wrong:
        if wrong.status != Unreadable.status and body[:1] != b"\x0a":
            raise
        message = body
    left = ration()
    try:
        streams = wire.parts(wire.grouped(message, left), STREAMS)
    except ValueError as wrong:
        raise Unreadable("not_a_push", f"The body is neither JSON nor a push in protobuf: {wrong}.") from None
    for stream in streams:
        try:
            found = wire.grouped(stream, left)
        except ValueError as wrong:
            refused.append(f"A stream can't be read: {wrong}.")
            continue
        about = _about(named.read("".join(map(_text, wire.parts(found, LABELS)[-1:]))))
        for entry in wire.parts(found, ENTRIES):
            try:
                records.append(_entry(entry, about, left))
            except ValueError as wrong:
                refused.append(f"An entry can't be read: {wrong}.")


def _entry(message: bytes, about: Record, left: Ration) -> Record:
    found = wire.grouped(message, left)
    time = wire.grouped(b"".join(wire.parts(found, TIMESTAMP)), left)
    seconds = wire.number_of(time, 1) + wire.number_of(time, 2) / MILLIARD
    pairs = [wire.grouped(pair, left) for pair in wire.parts(found, METADATA)]
    metadata = {_last(pair, 1): _last(pair, 2) for pair in pairs}
    return _record(_last(found, LINE), moment(seconds) if seconds else None, metadata, about)


def _last(found: dict[int, list[int | bytes]], number: int) -> str:
    return "".join(map(_text, wire.parts(found, number)[-1:]))


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _about(labels: Labels) -> Record:
    """What a stream's labels say of each of its lines."""
    return Record(
        text="",
        stream=named.place(labels),
        service=named.first(labels, named.SERVICE),
        release=named.first(labels, named.RELEASE),
        environment=named.first(labels, named.ENVIRONMENT),
    )


def _record(line: str, time: float | None, metadata: Labels, about: Record) -> Record:
    """A line with what its stream says of it; a line that is a JSON object says more itself."""
    line, told = _without_fields(line.rstrip())
    metadata = {**told, **metadata}
    # Where OpenTelemetry's records come through Loki, and with winston, the crash stands beside the line.
    stack = crash_of(metadata) if metadata else None
    inner = record_of({"message": line, "stack_trace": stack}) if stack or line.lstrip().startswith("{") else None
    if inner is None:
        inner = Record(text=line)
    return inner._replace(
        stream=joined((about.stream, inner.stream)),
        service=about.service or inner.service or named.first(metadata, named.SERVICE),
        release=about.release or inner.release or named.first(metadata, named.RELEASE),
        environment=about.environment or inner.environment or named.first(metadata, named.ENVIRONMENT),
        time=inner.time if time is None else time,
    )


def _without_fields(line: str) -> tuple[str, Labels]:
    """A line of winston's, which has all other fields of its record as JSON behind the message: taken apart again."""
    at = line.rfind(WINSTON) if line.endswith("}") else -1
    told = mapping(line[at + 1 :]) if at >= 0 else None
    return (line, {}) if told is None else (line[:at], _labels(told))


def accepted(_: Batch, __: bytes, ___: Asked) -> Reply:
    """Nothing at all, which is what clients take as success."""
    return empty(204)


def greet(asked: Asked) -> Reply | None:
    """The answer to what clients ask before they push; None where it is nothing of that kind."""
    return HELLO.get(asked.path.rstrip("/"))


FORMAT = Format(decode, accepted, in_words)
