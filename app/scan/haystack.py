"""A stretch of a log in memory, and how a few words are found in it as fast as memory can be read."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable
from functools import lru_cache

# Nearer than this the next hit is looked for by Python's own search: a call through ctypes costs a microsecond.
NEAR = 4096

Search = Callable[[int, int, bytes, int], int | None]


@lru_cache(maxsize=1)
def _memmem() -> Search | None:
    """The C library's own search, twice as fast as Python's; None where the system has none."""
    try:
        search = ctypes.CDLL(None).memmem
    except (OSError, AttributeError, TypeError):
        return None
    search.restype = ctypes.c_void_p
    search.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    found: Search = search
    return found


class Haystack:
    """Bytes that may be searched and sliced; `size` of them count."""

    __slots__ = ("_address", "_held", "_search", "data", "size", "view")

    def __init__(self, data: bytearray | mmap.mmap, size: int) -> None:
        """Look at the first `size` bytes; call `close` before the memory is given back."""
        self.data = data
        self.size = size
        self.view = memoryview(data)
        self._search = _memmem()
        self._held: ctypes.Array[ctypes.c_char] | None = None
        self._address = 0
        if self._search is not None and size:
            self._held = (ctypes.c_char * size).from_buffer(data)
            self._address = ctypes.addressof(self._held)

    def close(self) -> None:
        """Let go of the memory, so that it can be resized or unmapped."""
        self.view.release()
        self._held, self._address, self.size = None, 0, 0

    def find(self, needle: bytes, start: int, stop: int) -> int:
        """Where the needle stands first between these places, or -1."""
        near = self.data.find(needle, start, min(start + NEAR, stop))
        start += NEAR - len(needle)
        if near >= 0 or start >= stop - len(needle):
            return near
        if self._search is None:
            return self.data.find(needle, start, stop)
        found = self._search(self._address + start, stop - start, needle, len(needle))
        return -1 if found is None else found - self._address

    def line_start(self, at: int, least: int) -> int:
        """Where the line that holds this place begins, at `least` at the earliest."""
        begin = self.data.rfind(b"\n", least, at) + 1
        return begin or least

    def line_end(self, at: int, most: int) -> int:
        """Where the line that holds this place ends, after its line break, at `most` at the latest."""
        end = self.data.find(b"\n", at, most)
        return end + 1 if end >= 0 else most

    def cut(self, start: int, stop: int) -> bytes:
        """The bytes between two places."""
        return bytes(self.data[start:stop])
