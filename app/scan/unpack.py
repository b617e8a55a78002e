"""Compressed logs, UTF-16 and standard input as plain bytes, a little at a time and never more than asked for."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO, NamedTuple, cast

import zstandard

from app.scan.files import HEAD, Kind, kind_of, width_of

Read = Callable[[int], bytes]
"""At most so many bytes more; none at the end. Raises one of `DAMAGE`."""

DAMAGE = (
    OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, ValueError,
    tarfile.TarError, zipfile.BadZipFile, NotImplementedError,
)  # fmt: skip
WINDOW = 128 * 1024 * 1024  # of look-back that is allowed: zstd's own default, and twice that of `xz -9`
CHUNK = 1 << 20
SIP = 2048  # bytes of zstd at a time: in the worst case they make 64 MiB
XZ = b"\xfd7zXZ"


class Readable(NamedTuple):
    """What can only be read on."""

    read: Read


def why(wrong: BaseException) -> str:
    """What is said of damage."""
    text = getattr(wrong, "strerror", None) or str(wrong) or "it is damaged"
    return f"can't be read any further: {text}"


def opened(file: BinaryIO | Readable, kind: Kind) -> tuple[Read, Kind]:
    """How to read this file on, and what comes out: lines, a journal, or an archive."""
    outer = _Ahead(file.read)
    read = _reader(outer, kind_of(outer.head))
    if kind not in {"packed", "input"}:
        return read, kind
    inner = _Ahead(read)
    return inner.read, kind_of(inner.head)


def _reader(file: _Ahead, kind: Kind) -> Read:
    head = file.head
    if kind == "wide":
        return _Recoded(file).read
    if kind != "packed":
        return file.read
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=cast("BinaryIO", file)).read1
    if head.startswith(b"BZh"):
        return bz2.BZ2File(cast("BinaryIO", file)).read1
    if head.startswith(XZ):
        return _Xz(file).read
    return _Zstd(file).read


class _Ahead:
    """A reader whose first bytes were looked at."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.head = read(HEAD)
        self._first = self.head

    def read(self, most: int) -> bytes:
        first, self._first = self._first[:most], self._first[most:]
        return first or self._read(most)


class _Recoded:
    """UTF-16 as UTF-8."""

    def __init__(self, file: _Ahead) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(width_of(file.head) or "utf-16")(errors="replace")

    def read(self, most: int) -> bytes:
        while raw := self._file.read(most):
            if text := self._decoder.decode(raw):
                return text.encode("utf-8", "replace")
        return self._decoder.decode(b"", final=True).encode("utf-8", "replace")


class _Xz:
    """All streams of an xz file, with a bound on the memory that its header may ask for."""

    def __init__(self, file: _Ahead) -> None:
        self._file = file
        self._part = lzma.LZMADecompressor(memlimit=WINDOW)
        self._rest = b""

    def read(self, most: int) -> bytes:
        while True:
            if self._part.eof:
                self._rest = (self._part.unused_data or self._file.read(CHUNK)).lstrip(b"\0")  # padding between streams
                if not self._rest:
                    return b""
                self._part = lzma.LZMADecompressor(memlimit=WINDOW)
            elif self._part.needs_input:
                self._rest = self._rest or self._file.read(CHUNK)
                if not self._rest:
                    raise EOFError("it ends too early")
            found = self._part.decompress(self._rest, most)
            self._rest = b""
            if found:
                return found


class _Zstd:
    """All frames of a zstd file; unlike the library's own reader it sees that the last one is cut off."""

    def __init__(self, file: _Ahead) -> None:
        self._file = file
        self._reader = zstandard.ZstdDecompressor(max_window_size=WINDOW)
        self._part = self._reader.decompressobj()
        self._begun = False
        self._rest = b""

    def read(self, _: int) -> bytes:
        while True:
            if self._part.eof:
                self._rest, self._begun = self._part.unused_data, False
                self._part = self._reader.decompressobj()
            raw = self._rest or self._file.read(SIP)
            self._rest = b""
            if not raw:
                if self._begun:
                    raise EOFError("it ends too early")
                return b""
            self._begun = True
            if found := self._part.decompress(raw):
                return found
