"""A stretch of a log in memory, and the lines in it."""

from __future__ import annotations


class Haystack:
    """Bytes that may be searched and sliced; `size` of them count."""

    __slots__ = ("data", "size", "view")

    def __init__(self, data: bytes | bytearray, size: int) -> None:
        """Look at the first `size` bytes; call `close` before the memory is given back."""
        self.data = data
        self.size = size
        self.view = memoryview(data)
        """For searches that need no copy."""

    def close(self) -> None:
        """Let go of the memory, so that it can be resized."""
        self.view.release()
        self.size = 0

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
