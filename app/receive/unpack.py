"""A request's body out of its compression, never longer than allowed. What it is says its first bytes, not its header.

Shippers send `Content-Encoding: gzip,deflate` over one zlib stream, and no header over snappy. A bomb (194 KB of gzip
that make 200 MB) is stopped where the limit is reached; nothing more of it is unpacked.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import brotli
import cramjam
import zstandard

from app.errors import Unreadable

ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
LAYERS = 2  # compressed by the client and once more by a proxy; more is hostile
WINDOW = 8 * 1024 * 1024  # bytes of zstd's look-back, as RFC 8878 advises to allow
CHUNK = 64 * 1024
PIECE = 4 * 1024  # bytes of gzip that are read at a time; a member has 20 at least
STORED, SKIPPED = 0x01, 0x80  # kinds of snappy frames: up to the one with data, from the other on without


def unpack(body: bytes, encoding: str, most: int) -> bytes:
    """The body unpacked, `most` bytes at most. Raises `Unreadable` (413 when it is longer, 400 when it is broken)."""
    for _ in range(LAYERS):
        reader = _reader(body, encoding)
        if reader is None:
            break
        try:
            body, encoding = reader(body, most), ""
        except (zlib.error, zstandard.ZstdError, cramjam.DecompressionError, brotli.error, EOFError) as wrong:
            raise Unreadable("bad_encoding", f"The body can't be unpacked: {wrong}.") from None
    if len(body) > most:
        raise too_long(most)
    return body


def is_packed(body: bytes, encoding: str) -> bool:
    """Whether there is anything to unpack."""
    return _reader(body, encoding) is not None


def too_long(most: int) -> Unreadable:
    """The refusal of a body that is too long once it is unpacked."""
    detail = f"The body is longer than {most:,} bytes once it is unpacked: send fewer records at a time."
    return Unreadable("too_long", detail, status=413)


def snappy_block(body: bytes, most: int) -> bytes:
    """A raw snappy block, whose first bytes say how long it will be."""
    size = shift = 0
    for byte in body[:5]:
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a varint
            break
    if size > most:
        raise too_long(most)
    try:
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as wrong:
        raise Unreadable("bad_encoding", f"The body is no snappy block: {wrong}.") from None


def _reader(body: bytes, encoding: str) -> Callable[[bytes, int], bytes] | None:
    """By the first bytes; only where they say nothing, by the header."""
    if body.startswith(b"\x1f\x8b"):
        return _gzip
    if body.startswith(ZLIB):
        return _zlib
    if body.startswith(b"\x28\xb5\x2f\xfd"):
        return _zstd
    if body.startswith(b"\xff\x06\x00\x00sNaPpY"):
        return _snappy_frames
    named = {"deflate": _raw_deflate, "br": _brotli, "snappy": snappy_block}
    return named.get(encoding.strip().lower()) if body else None


def _gzip(body: bytes, most: int) -> bytes:
    """All members of a gzip file: some shippers join several. In pieces, as what is behind a member is copied."""
    found = bytearray()
    at = 0
    while body.startswith(b"\x1f\x8b", at):
        part = zlib.decompressobj(wbits=31)
        while not part.eof:
            piece = body[at : at + PIECE]
            if not piece:
                raise EOFError("it ends too early")
            found += part.decompress(piece, most - len(found) + 1)  # one at least: none would mean all
            if len(found) > most:
                raise too_long(most)
            at += len(piece) - len(part.unused_data)
    return bytes(found)


def _zlib(body: bytes, most: int) -> bytes:
    return _all(zlib.decompressobj(), body, most)


def _raw_deflate(body: bytes, most: int) -> bytes:
    return _all(zlib.decompressobj(wbits=-15), body, most)


def _all(part: zlib._Decompress, body: bytes, most: int) -> bytes:
    """All of a stream."""
    found = part.decompress(body, most + 1)
    if len(found) > most:
        raise too_long(most)
    if not part.eof:
        raise EOFError("it ends too early")
    return found


def _zstd(body: bytes, most: int) -> bytes:
    """Truncation shows only where the frame says how long it is, as those of shippers do."""
    reader = zstandard.ZstdDecompressor(max_window_size=WINDOW).stream_reader(body, read_across_frames=True)
    found = bytearray()
    while chunk := reader.read(CHUNK):
        found += chunk
        if len(found) > most:
            raise too_long(most)
    said = zstandard.get_frame_parameters(body).content_size
    if said != zstandard.CONTENTSIZE_UNKNOWN and len(found) < said:
        raise EOFError("it ends too early")
    return bytes(found)


def _snappy_frames(body: bytes, most: int) -> bytes:
    """Frames of 64 KiB at most each: a kind, three bytes of length, a checksum, a block (Snappy's framing format)."""
    found = bytearray()
    at = 0
    while at < len(body):
        kind, end = body[at], at + 4 + int.from_bytes(body[at + 1 : at + 4], "little")
        data = body[at + 8 : end]
        if end > len(body) or STORED < kind < SKIPPED:
            raise EOFError("a frame of it is broken")
        if kind <= STORED:
            found += snappy_block(data, CHUNK) if kind == 0 else data
        if len(found) > most:
            raise too_long(most)
        at = end
    return bytes(found)


def _brotli(body: bytes, most: int) -> bytes:
    """In steps of bounded output: 300 bytes of brotli can make 200 MB."""
    parts = brotli.Decompressor()
    found = bytearray(parts.process(body, output_buffer_limit=CHUNK))
    while not parts.is_finished():
        more = parts.process(b"", output_buffer_limit=CHUNK)
        found += more
        if len(found) > most:
            raise too_long(most)
        if not more and parts.can_accept_more_data():
            raise EOFError("it ends too early")
    return bytes(found)
