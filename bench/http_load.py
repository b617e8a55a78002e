"""Requests over connections that stay open, as fast as they are answered or at a steady rate.

Raw HTTP/1.1: a client library would cost more than the server that is measured.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import uvloop

END = b"\r\n\r\n"
LENGTH = b"content-length: "
PATIENCE = 60.0  # seconds until what is under way at the end has to be answered


@dataclass(slots=True)
class Load:
    """What was sent within a time, and how it was answered."""

    seconds: float = 0.0
    statuses: Counter[bytes] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    """Seconds from when a request was due to its last byte."""

    @property
    def answered(self) -> int:
        """How many requests were answered."""
        return len(self.latencies)


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, sender: _Sender) -> None:
        self._sender = sender
        self._transport: asyncio.WriteTransport | None = None
        self._due = 0.0
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is none by its class

    def send(self, request: bytes, due: float) -> None:
        """Send a request that was due at that time."""
        assert self._transport is not None
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        read = self._read + data
        end = read.find(END)
        at = read.find(LENGTH, 0, end) + len(LENGTH)
        if end < 0 or len(read) < end + len(END) + int(read[at : read.find(b"\r", at)]):
            self._read = read
            return
        self._read = b""
        self._sender.answered(self, read[9:12], self._due)

    def connection_lost(self, exc: Exception | None) -> None:
        self._sender.lost(exc)

    def close(self) -> None:
        """Hang up."""
        assert self._transport is not None
        self._transport.close()


class _Sender:
    """Sends requests over some connections until a time; `rate` a second, or each when the one before is answered."""

    def __init__(self, requests: Iterator[bytes], seconds: float, rate: float | None) -> None:
        self.load = Load()
        self._requests = requests
        self._rate = rate
        self._begin = time.perf_counter()
        self._end = self._begin + seconds
        self._free: deque[_Connection] = deque()
        self._waiting: deque[float] = deque()
        self._under_way = 0
        self._sent = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def answered(self, connection: _Connection, status: bytes, due: float) -> None:
        """Note the answer and use its connection for what is due."""
        now = time.perf_counter()
        self.load.statuses[status] += 1
        self.load.latencies.append(now - due)
        self._under_way -= 1
        if self._rate is None and now < self._end:
            self._send(connection, now)
        elif self._waiting:
            self._send(connection, self._waiting.popleft())
        else:
            self._free.append(connection)
        self._finish(now)

    def _finish(self, now: float) -> None:
        """End when all that was due is answered."""
        if now >= self._end and not self._under_way and not self.done.done():
            self.load.seconds = now - self._begin
            self.done.set_result(None)

    def lost(self, error: Exception | None) -> None:
        """A server that hangs up has failed."""
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server hung up"))

    def begin(self, connections: list[_Connection]) -> None:
        """Send the first request of each, or the first that is due."""
        self._begin = time.perf_counter()
        if self._rate is None:
            for one in connections:
                self._send(one, self._begin)
        else:
            self._free.extend(connections)
            self._tick(self._rate)

    def _tick(self, rate: float) -> None:
        """Send all that is due by now; what finds no free connection waits, and its latency counts from here."""
        now = time.perf_counter()
        while (due := self._begin + self._sent / rate) <= now and due < self._end:
            self._sent += 1
            if self._free:
                self._send(self._free.popleft(), due)
            else:
                self._waiting.append(due)
        if now < self._end:
            asyncio.get_running_loop().call_later(max(0.0, min(due, self._end) - time.perf_counter()), self._tick, rate)
        self._finish(now)

    def _send(self, connection: _Connection, due: float) -> None:
        self._under_way += 1
        connection.send(next(self._requests), due)


async def _load(port: int, requests: Iterator[bytes], connections: int, seconds: float, rate: float | None) -> Load:
    loop = asyncio.get_running_loop()
    sender = _Sender(requests, seconds, rate)
    made = [
        (await loop.create_connection(lambda: _Connection(sender), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    sender.begin(made)
    await asyncio.wait_for(sender.done, seconds + PATIENCE)
    for one in made:
        one.close()
    return sender.load


def closed(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Load:
    """As many requests as are answered: each connection sends the next when the last one is."""
    return uvloop.run(_load(port, requests, connections, seconds, None))


def steady(port: int, requests: Iterator[bytes], *, rate: float, connections: int, seconds: float) -> Load:
    """So many requests a second, however they are answered."""
    return uvloop.run(_load(port, requests, connections, seconds, rate))
