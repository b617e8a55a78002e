"""Real clients with their defaults, against a real server on loopback: each crash they send comes out diagnosed."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from app.settings import shipped

PATIENCE = 60.0  # seconds for what takes three
CRASH = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_bytes()
SENTRY = """
import sentry_sdk, sys
sentry_sdk.init(f"http://{sys.argv[2]}@127.0.0.1:{sys.argv[1]}/1", release="shop@1.2", environment="production")
try:
    {}["dsn"]
except KeyError as wrong:
    sentry_sdk.capture_exception(wrong)
sentry_sdk.flush()
"""
OTEL = """
import logging, sys
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
provider = LoggerProvider(resource=Resource.create({"service.name": "shop", "service.version": "7"}))
to = OTLPLogExporter(f"http://127.0.0.1:{sys.argv[1]}/v1/logs", headers={"Authorization": "Bearer " + sys.argv[2]})
provider.add_log_record_processor(SimpleLogRecordProcessor(to))
logging.getLogger("shop").addHandler(LoggingHandler(logger_provider=provider))
try:
    [][3]
except IndexError:
    logging.getLogger("shop").exception("failed")
provider.shutdown()
"""


@dataclass(frozen=True)
class Server:
    """A server of our own, its database, and a key to it."""

    port: int
    database: Path
    key: str

    def counted(self, most: int = 1) -> list[tuple[str | None, str | None, str | None, int]]:
        """Signature, service, release and count of what has come, once there is so much of it."""
        until = time.monotonic() + PATIENCE
        while True:
            with sqlite3.connect(self.database) as connection:
                found = connection.execute('SELECT signature, service, "release", count FROM occurrences').fetchall()
            if len(found) >= most or time.monotonic() > until:
                return found
            time.sleep(0.1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    database = tmp_path / "shippers.db"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "TRACELORE_DATABASE_URL": f"sqlite:///{database}",
        "TRACELORE_PORT": str(port),
    }
    command = [sys.executable, "-m", "app.cli"]
    made = subprocess.run(
        [*command, "source", "add", "shop"], env=environment, check=True, capture_output=True, text=True
    )
    with subprocess.Popen([*command, "serve"], env=environment, stderr=subprocess.DEVNULL) as running:
        try:
            until = time.monotonic() + PATIENCE
            while not answers(f"http://127.0.0.1:{port}/healthz"):
                assert running.poll() is None, "the server stopped"
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.05)
            yield Server(port, database, made.stdout.strip())
        finally:
            running.terminate()


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=1):
            return True
    except OSError:
        return False


@pytest.mark.parametrize(
    ("script", "service", "release"),
    [(SENTRY, "shop", "1.2"), (OTEL, "shop", "7")],
    ids=["sentry-sdk", "opentelemetry"],
)
def test_a_client_with_its_defaults_is_understood(server: Server, script: str, service: str, release: str) -> None:
    """An exception that it reports is one unknown crash, with the service and the release it came from."""
    done = subprocess.run(
        [sys.executable, "-c", script, str(server.port), server.key],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    assert server.counted() == [(None, service, release, 1)]


def test_curl_and_other_plain_senders_get_the_known_bug_counted(server: Server) -> None:
    """Twice the same within ten minutes is a retry."""
    url = f"http://127.0.0.1:{server.port}/ingest?service=web&token={server.key}"
    for _ in range(2):
        with urlopen(Request(url, data=CRASH, method="POST")) as answer:
            assert answer.status == 200
        assert server.counted() == [("uvicorn-1317", "web", None, 1)]


def test_an_endless_journal_is_taken_as_it_comes(server: Server) -> None:
    """As systemd-journal-upload sends it: the crash is counted while the request is still open."""
    lines = ["Traceback (most recent call last):", '  File "/srv/shop/a.py", line 7, in pay', "    f()", "KeyError: 7"]
    entries = "".join(f"_HOSTNAME=web\n_PID=7\nMESSAGE={line}\n\n" for line in lines).encode()

    def endless() -> Iterator[bytes]:
        yield entries[:40]
        yield entries[40:] + b"MESSAGE=mo"
        assert len(server.counted()) == 1
        yield b"re\n\n"

    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request("POST", f"/journal/{server.key}/upload", endless(), encode_chunked=True)
    assert connection.getresponse().status == 202
    connection.close()
