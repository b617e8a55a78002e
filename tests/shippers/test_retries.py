"""Clients that are told to come again do so, and what they send twice is counted once."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.shippers.conftest import PATIENCE, serving, working
from tests.shippers.front import refusing_once

if TYPE_CHECKING:
    from tests.shippers.conftest import Shop

pytestmark = pytest.mark.shippers

SCRIPTS = Path(__file__).parent / "python"
CLIENTS: dict[str, tuple[list[str], int]] = {
    "opentelemetry": (["logged.py", "opentelemetry"], 2),
    "opentelemetry-traces": (["otel_traces.py"], 1),
    "splunk-handler": (["logged.py", "splunk-handler"], 2),
    "elasticsearch": (["elastic.py", "INDEX"], 2),
}


@pytest.mark.parametrize("heard", [False, True], ids=["refused", "answer-lost"])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_crash_that_was_answered_with_503_comes_again_and_is_counted_once(
    shop: Shop, known: Path, client: str, *, heard: bool
) -> None:
    """Whether it had been taken or not: after a timeout nobody knows."""
    (script, *words), crashes = CLIENTS[client]
    with refusing_once(shop.port, heard=heard) as front:
        told = [*words, front.url, shop.key, *([str(known)] if crashes > 1 else [])]
        done = subprocess.run([sys.executable, SCRIPTS / script, *told], check=False, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    assert front.answered[0] == 503
    assert front.answered[1:]
    assert all(200 <= status < 300 for status in front.answered[1:])
    assert [one.count for one in shop.settled(crashes)] == [1] * crashes


def status(shop: Shop, crash: bytes) -> int:
    """What the server answers to a crash."""
    try:
        with urlopen(Request(f"{shop.url}/ingest?token={shop.key}", data=crash, method="POST")) as answer:
            return int(answer.status)
    except HTTPError as wrong:
        wrong.close()
        return wrong.code


def test_what_a_full_inbox_refuses_comes_again_when_there_is_room(tmp_path: Path, known: Path, unknown: Path) -> None:
    """Nobody works the inbox off until the client has been refused."""
    with serving(tmp_path, {"TRACELORE_WORK": "false", "TRACELORE_INBOX_LIMIT": "0"}) as server:
        shop, other = server.shop("shop"), server.shop("other")
        until = time.monotonic() + PATIENCE
        while status(other, unknown.read_bytes()) != 503:
            assert time.monotonic() < until, "the inbox is never full"
        told = ["splunk-handler", shop.url, shop.key, str(known)]
        with subprocess.Popen([sys.executable, SCRIPTS / "logged.py", *told]) as client:
            assert "waiting" in str(shop.failed().last_error)
            assert client.poll() is None
            with working(tmp_path):
                assert client.wait(PATIENCE) == 0
                assert [one.count for one in shop.settled(2)] == [1, 1]
