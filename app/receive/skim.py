"""Bodies in which nothing could begin a crash, and that is nearly all: their container is checked, their end is read.

What `skim` gives answers the sender as what `decode` gives would, and leaves a stitcher with no open stream as that
would: only the last lines of a place are ever wanted again, as what stood before a crash. Whatever is not plain
(something that could be a crash, parts of lines, an odd shape) is decoded as ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import orjson
from ahocorasick_rs import BytesAhoCorasick, MatchKind

from app.errors import Unreadable
from app.receive import bulk, ingest, loki, otlp
from app.receive.alike import plain_texts
from app.receive.bounds import MOST_RECORDS, Ration, ensure_few_pieces, ration
from app.receive.loose import STRANGE, begins_json
from app.receive.model import Asked, Batch, Format
from app.receive.otlp_wire import message
from app.receive.stitch import BEFORE, WORDS
from app.receive.unpack import snappy_block
from app.receive.wire import fields

# The stitcher's words; `xception` is the half of one that also begins the names of OpenTelemetry's attributes.
PLAIN = (*(word.encode() for word in WORDS if '"' not in word and word != "Exception"), b"xception")
FILE = re.compile(rb'File \\*"')  # however JSON in JSON escapes the quote
PARTS = (b"partial", b'"P"', b'"P\\', b"\n\x01P")  # marks of lines in parts: also as JSON in JSON, and as OTLP has it
ESCAPED = re.compile(rb"\\u00(?:[4-7][0-9a-fA-F]|2[02])")  # a letter, a space or a quote
# All words in one pass, thirty times as fast as one after the other: for leftmost matches the library has SIMD.
ANY_WORD = BytesAhoCorasick([word.encode() for word in WORDS], matchkind=MatchKind.LeftmostFirst)
# The first two need a second look; no other sign overlaps with them, and a match would hide it.
SIGNS = (b"File", b"\\u00", *PLAIN, *PARTS)
LOOK_AGAIN = {0: FILE, 1: ESCAPED}
ANY_SIGN = BytesAhoCorasick(SIGNS, matchkind=MatchKind.LeftmostFirst)
MARKS = (b"\xff\xfe", b"\xfe\xff")  # of UTF-16
LONGEST_BEGINNING = 200  # bytes of a line
RECORDS_OF_OTLP = (1, 2, 2)  # the numbers of the fields that lead to them
ENTRIES_OF_LOKI = (1, 2)


class Rest(NamedTuple):
    """What is left of a body, in the same format, and how many records are not."""

    body: bytes
    skipped: int


def ordinary(body: bytes) -> bool:
    """Whether no record of this body could be a crash of Python's, the beginning of one, or a part of such a line."""
    if body.startswith(MARKS):
        return False
    signs = {sign for sign, _, _ in ANY_SIGN.find_matches_as_indexes(body)}
    return signs <= LOOK_AGAIN.keys() and not any(LOOK_AGAIN[sign].search(body) for sign in signs)


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
    """An array, an object a line, or lines of text, which may begin like an array."""
    found: object = None
    if body[:1] == b"[":
        found = _loads(body)
    elif body[:1] == b"{":
        found = _listed(body.strip().split(b"\n"))
    if found is None:
        return _text(body)
    if not isinstance(found, list) or len(found) <= BEFORE or not _harmless(plain_texts(found)):
        return None
    return Rest(orjson.dumps(found[-BEFORE:]), len(found) - BEFORE)


def _text(body: bytes) -> Rest | None:
    """Lines of which none is an object, and that can be nothing else than text."""
    ensure_few_pieces(body)
    lines = body.strip(b"\r\n").split(b"\n")
    if len(lines) <= BEFORE or any(map(_begins_object, lines)) or not ordinary(body):
        return None
    if not (_begins_text(body) and _begins_text(lines[-BEFORE])):  # the rest must be taken for what the whole was
        return None
    if STRANGE.search(body.decode(errors="replace")):
        return None
    return Rest(b"\n".join(lines[-BEFORE:]), len(lines) - BEFORE)


def _begins_object(line: bytes) -> bool:
    return b"{" in line and not line.partition(b"{")[0].decode(errors="replace").strip()


def _begins_text(body: bytes) -> bool:
    """Whether what begins so is neither msgpack nor JSON."""
    beginning = body[:LONGEST_BEGINNING].decode(errors="replace")
    return body[:1].isascii() and beginning.strip() != "" and not begins_json(beginning)


def _bulk(body: bytes) -> Rest | None:
    """An action and a document in turn; shippers write one action again and again."""
    ensure_few_pieces(body)
    lines = body.removesuffix(b"\n").split(b"\n")
    if len(lines) % 2 or len(lines) <= 2 * BEFORE or not all(map(_adds, set(lines[::2]))):
        return None
    found = _listed(lines[1::2])
    if found is None or not _harmless(plain_texts(found)):
        return None
    return Rest(b"\n".join(lines[-2 * BEFORE :]) + b"\n", len(found) - BEFORE)


def _adds(line: bytes) -> bool:
    """Whether a line asks for a document to be added."""
    try:
        action = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    if type(action) is not dict or len(action) != 1:
        return False
    about = action.get("index", action.get("create", 0))
    return about is None or type(about) is dict


def _loki(body: bytes) -> Rest | None:
    """Streams with their entries; each keeps its last ones."""
    if body[:1] != b"{":
        return _loki_protobuf(body)
    found = _loads(body)
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


def _loki_protobuf(body: bytes) -> Rest | None:
    """The same as a snappy block of protobuf. An entry that is left out is not looked into."""
    try:
        push = snappy_block(body, loki.MOST)
        return _trimmed(push, ENTRIES_OF_LOKI, ration()) if ordinary(push) else None
    except (Unreadable, ValueError):
        return None


def _entries(entries: list[object]) -> list[str] | None:
    """The lines, where there is nothing but a time beside each."""
    lines = [entry[1] for entry in entries if type(entry) is list and len(entry) == 2]  # noqa: PLR2004 - time and line
    plain = len(lines) == len(entries) and all(type(line) is str for line in lines)
    return lines if plain else None


def _otlp(body: bytes) -> Rest | None:
    """Resources with their scopes with their records; each scope keeps its last ones.

    A record that is left out is not looked into: its sender is not told when it is broken.
    """
    if body[:1] == b"{":
        return _otlp_json(body) if ordinary(body) else None
    if not body.startswith(b"\x0a") or not ordinary(body):
        return None
    try:
        return _trimmed(body, RECORDS_OF_OTLP, ration())
    except ValueError:
        return None


def _otlp_json(body: bytes) -> Rest | None:
    request = _loads(body)
    if not isinstance(request, dict):
        return None
    skipped = 0
    for scope in (scope for resource in _objects(request, "resourceLogs") for scope in _objects(resource, "scopeLogs")):
        logs = _objects(scope, "logRecords")
        if len(logs) > BEFORE:
            skipped += len(logs) - BEFORE
            scope["logRecords"] = logs[-BEFORE:]
    return Rest(orjson.dumps(request), skipped)


def _objects(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects under a name, if there is nothing else under it."""
    found = value.get(name)
    return found if isinstance(found, list) and set(map(type, found)) == {dict} else []


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


def _listed(lines: list[bytes]) -> list[object] | None:
    """The values of lines with one each, read at once: a line break inside a value is none that JSON allows."""
    found = _loads(b"[" + b",".join(lines) + b"]")
    return found if isinstance(found, list) and len(found) == len(lines) else None


def _harmless(texts: list[str] | None) -> bool:
    """Whether these are texts that begin no crash, nor JSON that holds one."""
    if texts is None or len(texts) > MOST_RECORDS:
        return False
    text = "\n".join(texts).encode(errors="replace")
    return not ANY_WORD.find_matches_as_indexes(text) and (b"{" not in text or ordinary(text))


SKIMMERS: dict[Format, Callable[[bytes], Rest | None]] = {
    ingest.FORMAT: _ingest,
    bulk.FORMAT: _bulk,
    loki.FORMAT: _loki,
    otlp.LOGS: _otlp,
}
