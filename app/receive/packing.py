"""Records as bytes and back, so that what was accepted can wait in a database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgpack  # type: ignore[import-untyped]  # has no types
import zstandard

from app.receive.model import Record
from app.receive.stitch import Block, Held

# A record is packed as the list of its values: a field that is added later goes to the end, and old rows still read.
_STREAM, _SERVICE = Record._fields.index("stream"), Record._fields.index("service")
SURROGATES = "surrogatepass"  # JSON may hold half a pair; a crash is not lost for it


def pack_records(records: Iterable[Record]) -> bytes:
    """All of them as they are."""
    return _pack(list(records))


def records_in(body: bytes, source: str) -> list[Record]:
    """The records of one source; streams of the same name of other sources and services are told apart from theirs."""
    found = []
    for values in _unpacked(body):
        values[_STREAM] = f"{source}\n{values[_SERVICE] or ''}\n{values[_STREAM]}"
        found.append(Record(*values))
    return found


def pack_block(block: Block) -> bytes:
    """A text and the record that says where it came from; the record's own text is not kept twice."""
    return _pack([block.text, block.record._replace(text="")])


def block_in(body: bytes) -> Block:
    """What `pack_block` packed."""
    text, values = _unpacked(body)
    return Block(text, Record(*values))


def pack_held(name: str, held: Held) -> bytes:
    """The beginning of a crash in the stream of that name."""
    return _pack([name, held.record, list(held.before), list(held.lines), held.part, held.strangers])


def held_in(body: bytes) -> tuple[str, Held]:
    """What `pack_held` packed."""
    name, record, before, lines, part, strangers = _unpacked(body)
    return name, Held(None if record is None else Record(*record), tuple(before), tuple(lines), part, strangers)


def _pack(value: object) -> bytes:
    packed: bytes = msgpack.packb(value, unicode_errors=SURROGATES, default=dict)
    return zstandard.ZstdCompressor(level=1).compress(packed)


def _unpacked(body: bytes) -> Any:
    return msgpack.unpackb(zstandard.ZstdDecompressor().decompress(body), unicode_errors=SURROGATES)
