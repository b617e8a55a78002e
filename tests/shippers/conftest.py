"""A real server with a database of its own, for all tests with real clients; each test has its own source and key."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.request import urlopen

import pytest

from app.settings import shipped
from app.store.database import Sessions, connect, session_factory
from app.store.diagnoses import find
from app.store.inbox import load
from app.store.occurrences import Occurrence, occurrences
from app.store.sources import Source, add_key, sources

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds for what takes three
SECRETS = {
    "standard": "whsec_dGhpcnR5LXR3byBieXRlcyBvZiBub2JvZHkncyBrZXk=",
    "github": "a secret of nobody",
    "sentry": "another of nobody",
}
KNOWN = shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt"
UNKNOWN = """\
2026-11-22 10:00:01 ERROR in orders: payment failed
Traceback (most recent call last):
  File "/srv/shop/orders.py", line 31, in pay
    charge(orders[number])
           ~~~~~~^^^^^^^^
KeyError: 'dsn'
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of a failure: the signature that explains it, how it ended, where from, and how often."""

    signature: str | None
    error: str
    """Its exception and message, as in the last line of a traceback."""
    service: str | None = None
    release: str | None = None
    environment: str | None = None
    count: int = 1
    fingerprint: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Shop:
    """A source of a running server: where and with which key to send, and what has come of it."""

    port: int
    name: str
    key: str
    sessions: Sessions

    @property
    def url(self) -> str:
        """Address of the server, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def counted(self, most: int = 1, *, patience: float = PATIENCE) -> list[Counted]:
        """What was counted, in the order of errors, once there are so many crashes, or after a while what there is."""
        until = time.monotonic() + patience
        while True:
            with self.sessions() as session:
                found = [self._counted(one) for one in occurrences(session, self.name)]
            if sum(one.count for one in found) >= most or time.monotonic() > until:
                return sorted(found, key=lambda one: (one.error, one.service or "", one.release or ""))
            time.sleep(0.1)

    def settled(self, most: int = 1) -> list[Counted]:
        """What was counted when at least so many crashes have come and nothing waits any more."""
        self.counted(most)
        until = time.monotonic() + PATIENCE
        while self._waits() and time.monotonic() < until:
            time.sleep(0.1)
        return self.counted(most)

    def account(self) -> Source:
        """How the source stands: records taken, the last error."""
        with self.sessions() as session:
            return next(one for one in sources(session) if one.name == self.name)

    def failed(self) -> Source:
        """How the source stands once a request of it was not taken, or after a while as it is."""
        until = time.monotonic() + PATIENCE
        while not (account := self.account()).last_error and time.monotonic() < until:
            time.sleep(0.1)
        return account

    def received(self, records: int) -> Source:
        """How the source stands once so many records have come, or after a while as it is."""
        until = time.monotonic() + PATIENCE
        while (account := self.account()).records < records and time.monotonic() < until:
            time.sleep(0.1)
        return account

    def _waits(self) -> bool:
        with self.sessions() as session:
            waiting = load(session)
        return bool(waiting.requests or waiting.streams or waiting.crashes)

    def _counted(self, one: Occurrence) -> Counted:
        place = one.place
        return Counted(
            one.signature, self._error(one), place.service, place.release, place.environment, one.count, one.fingerprint
        )

    def _error(self, one: Occurrence) -> str:
        with self.sessions() as session:
            found = [find(session, example) for example in one.examples]
        crashes = [crash for example in found if example is not None for crash in example.diagnosis.crashes]
        crash = next(crash for crash in crashes if crash.fingerprint == one.fingerprint)
        return f"{crash.exception}: {crash.message}" if crash.message else str(crash.exception)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, with its database."""

    port: int
    sessions: Sessions
    log: Path
    """What it wrote to its standard error."""
    process: int
    """The id of its process."""

    def shop(self, name: str) -> Shop:
        """A source of this name, with a new key."""
        with self.sessions.begin() as session:
            return Shop(self.port, name, add_key(session, name), self.sessions)


@contextmanager
def serving(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """`tracelore serve` on a free port with a database in this folder and these variables, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {"TRACELORE_PORT": str(port), **(settings or {})}
    engine = connect(_database(folder))
    with _running("serve", folder, told) as (running, log):
        _await(f"http://127.0.0.1:{port}/healthz", running, log)
        yield Server(port, session_factory(engine), log, running.pid)
    engine.dispose()


@contextmanager
def working(folder: Path) -> Iterator[None]:
    """`tracelore worker` on the same database, until the block ends."""
    with _running("worker", folder, {}):
        yield


@contextmanager
def _running(command: str, folder: Path, settings: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A process of ours and the file that it writes its log to."""
    told = os.environ | {"TRACELORE_DATABASE_URL": _database(folder), **settings}
    log = folder / f"{command}.log"
    with (
        log.open("wb") as written,
        subprocess.Popen(
            [sys.executable, "-m", "app.cli", command], cwd=ROOT, env=told, stdout=written, stderr=written
        ) as running,
    ):
        try:
            yield running, log
        finally:
            running.terminate()
            running.wait(PATIENCE)


def _database(folder: Path) -> str:
    return f"sqlite:///{folder / 'shippers.db'}"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The one server of all tests here; it knows the secrets of signed webhooks."""
    told = {"TRACELORE_HOOK_SECRETS": json.dumps(SECRETS)}
    with serving(tmp_path_factory.mktemp("server"), told) as running:
        yield running


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """One number after the other."""
    return count(1)


@pytest.fixture
def shop(server: Server, numbers: Iterator[int]) -> Shop:
    """A source of this test alone, so that nothing it counts came from another."""
    return server.shop(f"shop-{next(numbers)}")


@pytest.fixture
def hooked(server: Server) -> Callable[[str], Shop]:
    """The source that signed webhooks of a kind come to, which all tests have in common: its key is the secret."""
    return lambda kind: Shop(server.port, f"hook-{kind}", SECRETS[kind], server.sessions)


@pytest.fixture(scope="session")
def known() -> Path:
    """File with the founding example, which uvicorn-1317 explains."""
    return KNOWN


@pytest.fixture(scope="session")
def unknown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File with a crash that no signature explains: `KeyError: 'dsn'`."""
    file = tmp_path_factory.mktemp("crashes") / "unknown.txt"
    file.write_text(UNKNOWN)
    return file


def _await(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not _answers(url):
        assert running.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < until, "the server does not answer"
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=1):
            return True
    except OSError:
        return False
