"""Ctrl-C in a scan: what is counted by then is told. The first one ends the reading, a second one the process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SAID = b"\nstopping: what was found so far comes in a moment, Ctrl-C again ends at once\n"
STANDARD_ERROR = 2


class Stopped(OSError):
    """Raised where more would be read."""

    def __init__(self) -> None:
        super().__init__("the scan was stopped")


class _Stop:
    """Whether this process was asked to stop."""

    def __init__(self) -> None:
        self.asked = False
        self.waits = False
        """Whether it is at a read that may wait for ever, as for a pipe: only there it is interrupted."""

    def hear(self, _signal: int, _frame: FrameType | None) -> None:
        """Be asked, as the one who talks to the user."""
        if self.asked:
            raise KeyboardInterrupt
        os.write(STANDARD_ERROR, SAID)  # what is printed elsewhere may be half done
        self.obey(_signal, _frame)

    def obey(self, _signal: int, _frame: FrameType | None) -> None:
        """Be asked, as one of its processes: as often as the user likes."""
        self.asked = True
        if self.waits:
            raise Stopped

    def check(self) -> None:
        """Raise `Stopped` after it was asked."""
        if self.asked:
            raise Stopped


_STOP = _Stop()


def asked() -> bool:
    """Whether to begin nothing more."""
    return _STOP.asked


@contextmanager
def heard() -> Iterator[None]:
    """Hear Ctrl-C, for as long as this lasts. For the main thread."""
    before = signal.signal(signal.SIGINT, _STOP.hear)
    _STOP.asked = False
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        _STOP.asked = False


def obeyed() -> None:
    """Hear Ctrl-C from now on, in a process that the scan began."""
    signal.signal(signal.SIGINT, _STOP.obey)


def until_stopped(read: Callable[[int], bytes], *, waits: bool = False) -> Callable[[int], bytes]:
    """The same read up to the stop, behind which it raises `Stopped`.

    One that `waits` gives what there is, as `read1` does: it is asked until there is as much as wanted, and what came
    before the stop is not lost.
    """

    def reading(size: int) -> bytes:
        _STOP.check()
        return read(size)

    def gathering(size: int) -> bytes:
        found = bytearray()
        try:
            while len(found) < size and (more := _waited(read, size - len(found))):
                found += more
        except Stopped:
            if not found:
                raise
        return bytes(found)

    return gathering if waits else reading


def _waited(read: Callable[[int], bytes], size: int) -> bytes:
    _STOP.waits = True
    try:
        _STOP.check()
        return read(size)
    finally:
        _STOP.waits = False
