"""Bodies in which nothing could begin a crash, and that is nearly all: their container is checked, their end is read.

What `skim` gives answers the sender as what `decode` gives would, and leaves a stitcher with no open stream as that
would: only the last lines of a place are ever wanted again, as what stood before a crash. Whatever is not plain
(something that could be a crash, parts of lines, an odd shape) is decoded as ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import orjson

from app.receive import bulk, ingest, loki, otlp
from app.receive.bounds import MOST_RECORDS, Ration, ensure_few_pieces, ration
from app.receive.fields import plain_texts
from app.receive.model import Asked, Batch, Format
from app.receive.otlp_wire import message
from app.receive.stitch import BEFORE, WORDS
from app.receive.wire import fields

# The stitcher's words; `xception` is the half of one that also begins the names of OpenTelemetry's attributes.
PLAIN = (*(word.encode() for word in WORDS if '"' not in word and word != "Exception"), b"xception")
FILE = re.compile(rb'File \\*"')  # however JSON in JSON escapes the quote
PARTS = (b"partial", b'"P', b"\n\x01P")  # marks of lines in parts, the last one as OTLP has it
ESCAPED = re.compile(rb"\\u00(?:[4-7][0-9a-fA-F]|2[02])")  # a letter, a space or a quote
MARKS = (b"\xff\xfe", b"\xfe\xff")  # of UTF-16
RECORDS_OF_OTLP = (1, 2, 2)  # the numbers of the fields that lead to them


class Rest(NamedTuple):
    """What is left of a body, in the same format, and how many records are not."""

    body: bytes
    skipped: int


def ordinary(body: bytes) -> bool:
    """Whether no record of this body could be a crash of Python's, the beginning of one, or a part of such a line."""
    return not (
        body.startswith(MARKS)
        or any(word in body for word in PLAIN)
        or any(mark in body for mark in PARTS)
        or (b"File " in body and FILE.search(body))
        or (b"\\u00" in body and ESCAPED.search(body))
    )


def skim(form: Format, body: bytes, asked: Asked) -> Batch:
    """The same as `form.decode`; of an ordinary body only the last records are built, and the others counted.

    Only for a source none of whose streams is open: a crash that goes on in the body would not be ended by it.
    """
    rest = SKIMMERS[form](body) if form in SKIMMERS else None
    if rest is not None and rest.skipped > 0:
        batch = form.decode(rest.body, asked)
        if not batch.refused:
            total = None if batch.total is None else batch.total + rest.skipped
            return replace(batch, total=total, skipped=rest.skipped)
    return form.decode(body, asked)


def _ingest(body: bytes) -> Rest | None:
    """An array, or an object a line."""
    if body[:1] == b"[":
        found = _loads(body)
    elif body[:1] == b"{":
        found = _lines(body)
    else:
        return None
    if not isinstance(found, list) or len(found) <= BEFORE or not _harmless(plain_texts(found)):
        return None
    return Rest(orjson.dumps(found[-BEFORE:]), len(found) - BEFORE)


def _bulk(body: bytes) -> Rest | None:
    """An action and a document in turn."""
    found = _lines(body)
    if found is None or len(found) % 2 or len(found) <= 2 * BEFORE:
        return None
    if not all(map(_adds, found[::2])) or not _harmless(plain_texts(found[1::2])):
        return None
    last = b"\n".join(map(orjson.dumps, found[-2 * BEFORE :]))
    return Rest(last + b"\n", len(found) // 2 - BEFORE)


def _adds(action: object) -> bool:
    """Whether a line asks for a document to be added."""
    if type(action) is not dict or len(action) != 1:
        return False
    about = action.get("index", action.get("create", 0))
    return about is None or type(about) is dict


def _loki(body: bytes) -> Rest | None:
    """Streams with their entries; each keeps its last ones."""
    found = _loads(body) if body[:1] == b"{" else None
    streams = found.get("streams") if isinstance(found, dict) else None
    if not isinstance(streams, list):
        return None
    skipped = 0
    for stream in streams:
        entries = stream.get("values") if type(stream) is dict else None
        if type(entries) is not list or not _harmless(_entries(entries)):
            return None
        skipped += max(len(entries) - BEFORE, 0)
        stream["values"] = entries[-BEFORE:]
    return Rest(orjson.dumps({"streams": streams}), skipped)


def _entries(entries: list[object]) -> list[str] | None:
    """The lines, where there is nothing but a time beside each."""
    lines = [entry[1] for entry in entries if type(entry) is list and len(entry) == 2]  # noqa: PLR2004 - time and line
    plain = len(lines) == len(entries) and all(type(line) is str for line in lines)
    return lines if plain else None


def _otlp(body: bytes) -> Rest | None:
    """Resources with their scopes with their records, in protobuf; each scope keeps its last ones.

    A record that is left out is not looked into: its sender is not told when it is broken.
    """
    if not body.startswith(b"\x0a") or not ordinary(body):
        return None
    try:
        return _trimmed(body, RECORDS_OF_OTLP, ration())
    except ValueError:
        return None


def _trimmed(body: bytes, path: tuple[int, ...], left: Ration) -> Rest:
    """A message without most of the records that this path of fields leads to. Raises `ValueError`."""
    kept: list[bytes] = []
    inner: list[bytes] = []
    for number, value in fields(body, left):
        if isinstance(value, int):
            raise ValueError("a number where only messages are")  # noqa: TRY004 - what a broken body raises
        if number == path[0]:
            inner.append(value)
        else:
            kept.append(message(number, value))
    if len(path) == 1:
        last = inner[-BEFORE:]
        return Rest(b"".join([*kept, *(message(path[0], one) for one in last)]), len(inner) - len(last))
    rests = [_trimmed(one, path[1:], left) for one in inner]
    kept += [message(path[0], rest.body) for rest in rests]
    return Rest(b"".join(kept), sum(rest.skipped for rest in rests))


def _loads(body: bytes) -> object:
    """The JSON that a body is, or None; as much of it as anybody sends."""
    ensure_few_pieces(body)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _lines(body: bytes) -> list[object] | None:
    """The values of a body with one a line, read at once: a line break inside a value is none that JSON allows."""
    joined = body.strip()
    found = _loads(b"[" + joined.replace(b"\n", b",") + b"]")
    return found if isinstance(found, list) and len(found) == joined.count(b"\n") + 1 else None


def _harmless(texts: list[str] | None) -> bool:
    """Whether these are texts that begin no crash, nor JSON that holds one."""
    if texts is None or len(texts) > MOST_RECORDS:
        return False
    text = "\n".join(texts)
    if any(word in text for word in WORDS):
        return False
    return "{" not in text or ordinary(text.encode(errors="replace"))


SKIMMERS: dict[Format, Callable[[bytes], Rest | None]] = {
    ingest.FORMAT: _ingest,
    bulk.FORMAT: _bulk,
    loki.FORMAT: _loki,
    otlp.LOGS: _otlp,
}
