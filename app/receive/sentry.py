"""Sentry's envelope and its older store endpoint: an error's frames as the traceback they were, and logs."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

from app.errors import Unreadable
from app.receive.answers import as_json, batch, refusal
from app.receive.bounds import ensure_few_pieces
from app.receive.fields import find, joined, record_of, text_of, word_of
from app.receive.frames import frames_of, traceback_of, v8
from app.receive.loose import one
from app.receive.model import SHOWN, Asked, Batch, Format, Record, Reply
from app.receive.moment import moment
from app.receive.unpack import unpack
from app.receive.written import is_crash

MOST = 20 * 1024 * 1024  # bytes of an event that came as base64 of zlib, as the oldest clients send it
MOST_PACKAGES = 5_000
MOST_EXCEPTIONS = 200
MOST_FRAMES = 1_000
BROWSERS_MAY = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-Sentry-Error, X-Sentry-Rate-Limits, Retry-After",
}
TOO_MANY = 429


def decode_envelope(body: bytes, asked: Asked) -> Batch:
    """The events and logs of an envelope; what else is in it (sessions, transactions, files) is left unsaid."""
    ensure_few_pieces(body)
    head, _, rest = body.lstrip().partition(b"\n")
    header = _object(head)
    if header is None or "exception" in header or "message" in header:  # an event alone, perhaps over many lines
        return decode_store(body, asked)
    records: list[Record] = []
    refused: list[str] = []
    for kind, payload in _items(rest, refused):
        if kind in READERS:
            found = _object(payload)
            for record in READERS[kind](found) if found is not None else [None]:
                if record is None:
                    refused.append(refusal(f"An item of type {kind} can't be read.", payload[:SHOWN]))
                else:
                    records.append(record)
    return batch(records, refused)


def decode_store(body: bytes, _: Asked) -> Batch:
    """One event as JSON, or as base64 of zlib of JSON."""
    event = _object(body)
    if event is None and (packed := _packed(body)) is not None:
        event = _object(packed)
    if event is None:
        raise Unreadable("no_event", "The body is neither an envelope nor an event in JSON.")
    if event.get("type") in ("transaction", "session"):
        return Batch()
    return batch(*_sorted(_event(event)))


def accepted(taken: Batch, body: bytes, _: Asked) -> Reply:
    """The event's id, as the client gave it."""
    named = next((record.key for record in taken.records if record.key), None)
    if named is None:
        header = _object(body.lstrip().partition(b"\n")[0]) or {}
        named = word_of(header.get("event_id"))
    return as_json(200, {"id": named} if named else {}, BROWSERS_MAY)


def refused(status: int, detail: str, _: Asked) -> Reply:
    """The reason, in the header too that clients print; whoever sends too much waits with errors, not with all."""
    headers = {**BROWSERS_MAY, "X-Sentry-Error": "".join(c if " " <= c <= "~" else "?" for c in detail)}
    if status == TOO_MANY:
        headers["X-Sentry-Rate-Limits"] = "60:error:key"
    return as_json(status, {"detail": detail.encode(errors="replace").decode(), "causes": []}, headers)


def _sorted(found: list[Record | None]) -> tuple[list[Record], list[str]]:
    good = [record for record in found if record is not None]
    return good, [] if good else ["The event has neither an exception nor a message."]


def _object(text: bytes) -> Mapping[str, object] | None:
    try:
        found = one(text)
    except ValueError:
        return None
    return found if isinstance(found, Mapping) else None


def _packed(body: bytes) -> bytes | None:
    try:
        return unpack(base64.b64decode(body.strip(), validate=True), "", MOST)
    except (binascii.Error, ValueError):
        return None


def _items(rest: bytes, refused: list[str]) -> Iterator[tuple[str, bytes]]:
    """Each item's type and payload. A length that doesn't lead to a line's end is not believed."""
    at = 0
    while at < len(rest):
        end = _line_end(rest, at)
        line, at = rest[at:end].strip(), end + 1
        if not line:
            continue
        header = _object(line)
        if header is None or not isinstance(header.get("type"), str):
            refused.append("An item has no header.")
            continue
        size = header.get("length")
        end = at + size if isinstance(size, int) and size >= 0 else -1
        if not (at <= end <= len(rest) and rest[end : end + 1] in (b"", b"\n", b"\r")):
            end = _line_end(rest, at)
        yield str(header["type"]), rest[at:end]
        at = end + 1


def _line_end(body: bytes, at: int) -> int:
    end = body.find(b"\n", at)
    return end if end >= 0 else len(body)


def _event(event: Mapping[str, object]) -> list[Record | None]:
    """An event as one record, or None where it says nothing."""
    exceptions = _exceptions(event)
    raised = any(one.get("type") for one in exceptions)
    if raised:
        other = event.get("platform") in ("node", "javascript")
        text = v8(exceptions) if other else traceback_of(exceptions)
    else:  # without a type it is a message, with the stack of whoever wrote it
        values = (text_of(one.get("value")) for one in exceptions)
        text = _message(event) or next(filter(None, values), "")
    if not text:
        return [None]
    service, _, release = (word_of(event.get("release")) or "").rpartition("@")
    return [
        Record(
            text=text,
            stream=joined((word_of(event.get("server_name")), word_of(event.get("logger")))),
            service=service or None,
            release=release or None,
            environment=word_of(event.get("environment")),
            time=moment(event.get("timestamp")),
            whole=raised or is_crash(text),
            key=word_of(event.get("event_id")),
            python=_python(event),
            os=_words(find(event, "contexts.os.name"), find(event, "contexts.os.version")),
            packages=_packages(event.get("modules")),
        )
    ]


def _words(*words: object) -> str | None:
    """Those that are there, with blanks between."""
    return " ".join(found for word in words if (found := word_of(word))) or None


def _exceptions(event: Mapping[str, object]) -> list[Mapping[str, object]]:
    held = event.get("exception", event.get("sentry.interfaces.Exception"))
    values = held.get("values", [held]) if isinstance(held, Mapping) else held
    if not isinstance(values, list):
        return []
    found = [value for value in values if isinstance(value, Mapping) and (value.get("type") or value.get("value"))]
    return [_bounded(value) for value in found[-MOST_EXCEPTIONS:]]


def _bounded(exception: Mapping[str, object]) -> Mapping[str, object]:
    """Of very many frames, the first and the last."""
    frames = frames_of(exception)
    if len(frames) <= MOST_FRAMES:
        return exception
    half = MOST_FRAMES // 2
    return {**exception, "stacktrace": {"frames": frames[:half] + frames[-half:]}}


def _message(event: Mapping[str, object]) -> str | None:
    names = ("logentry.formatted", "logentry.message", "message.formatted", "message.message", "message")
    return next((text for name in names if (text := text_of(find(event, name)))), None)


def _python(event: Mapping[str, object]) -> str | None:
    """The version of CPython; another runtime's number would be read as one of Python."""
    runtime = find(event, "contexts.runtime.name")
    python = isinstance(runtime, str) and runtime.lower() in ("cpython", "python")
    return word_of(find(event, "contexts.runtime.version")) if python else None


def _packages(modules: object) -> dict[str, str]:
    if not isinstance(modules, Mapping):
        return {}
    pairs = list(modules.items())[:MOST_PACKAGES]
    return {name: version for name, version in pairs if isinstance(name, str) and isinstance(version, str) and version}


def _logs(batched: Mapping[str, object]) -> list[Record | None]:
    """The records of a batch of logs."""
    items = batched.get("items")
    return [_log(item) if isinstance(item, Mapping) else None for item in items] if isinstance(items, list) else [None]


def _log(item: Mapping[str, object]) -> Record | None:
    held = item.get("attributes")
    said = held if isinstance(held, Mapping) else {}
    told = {name: value.get("value") for name, value in said.items() if isinstance(value, Mapping)}
    service, _, release = (word_of(told.get("sentry.release")) or "").rpartition("@")
    return record_of(
        {
            "message": item.get("body"),
            "timestamp": item.get("timestamp"),
            "service": service,
            "release": release,
            "environment": told.get("sentry.environment"),
            "host": told.get("server.address"),
            "logger": told.get("logger.name"),
            "pid": told.get("process.pid"),
        }
    )


READERS = {"event": _event, "log": _logs}
FORMAT = Format(decode_envelope, accepted, refused)
STORE = Format(decode_store, accepted, refused)
