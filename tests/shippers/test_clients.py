"""Senders without a library of their own, against a real server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

if TYPE_CHECKING:
    from tests.shippers.conftest import Shop

pytestmark = pytest.mark.shippers

PATIENCE = 60.0  # seconds for what takes three


def test_the_same_within_ten_minutes_is_a_retry(shop: Shop, known: Path) -> None:
    url = f"{shop.url}/ingest?service=web&token={shop.key}"
    for _ in range(2):
        with urlopen(Request(url, data=known.read_bytes(), method="POST")) as answer:
            assert answer.status == 200
        assert [(one.signature, one.service, one.count) for one in shop.counted()] == [("uvicorn-1317", "web", 1)]


def test_an_endless_journal_is_taken_as_it_comes(shop: Shop) -> None:
    """As systemd-journal-upload sends it: the crash is counted while the request is still open."""
    lines = ["Traceback (most recent call last):", '  File "/srv/shop/a.py", line 7, in pay', "    f()", "KeyError: 7"]
    entries = "".join(f"_HOSTNAME=web\n_PID=7\nMESSAGE={line}\n\n" for line in lines).encode()

    def endless() -> Iterator[bytes]:
        yield entries[:40]
        yield entries[40:] + b"MESSAGE=mo"
        assert [one.error for one in shop.counted()] == ["KeyError: 7"]
        yield b"re\n\n"

    connection = HTTPConnection("127.0.0.1", shop.port, timeout=PATIENCE)
    connection.request("POST", f"/journal/{shop.key}/upload", endless(), encode_chunked=True)
    assert connection.getresponse().status == 202
    connection.close()
