"""Senders without a library of their own, against a real server on loopback."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

if TYPE_CHECKING:
    from tests.shippers.conftest import Counted, Shop

pytestmark = pytest.mark.shippers

PATIENCE = 60.0  # seconds for what takes three
# What follows `curl URL`, with the place of the file in it, and the service that is told.
WAYS: dict[str, tuple[list[str], str | None]] = {
    "data-binary": (["--data-binary", "@{}"], None),
    "data": (["--data", "@{}"], None),
    "data-urlencode": (["--data-urlencode", "message@{}", "--data", "service=web"], "web"),
    "form": (["--form", "file=@{}", "--form", "service=web"], "web"),
    "form-text": (["--form", "text=<{}"], None),
    "upload": (["--upload-file", "{}"], None),
    "gzip": (["--data-binary", "@{}.gz", "--header", "Content-Encoding: gzip"], None),
    "form-gzip": (["--form", "file=@{}.gz"], None),
}


def errors(found: list[Counted]) -> list[tuple[str | None, str, str | None, int]]:
    return [(one.signature, one.error, one.service, one.count) for one in found]


@pytest.mark.parametrize("way", WAYS)
def test_curl_sends_both(shop: Shop, known: Path, unknown: Path, tmp_path: Path, way: str) -> None:
    """Each way that its manual has for a file; with `--data` it takes all line breaks out."""
    if shutil.which("curl") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("curl is missing: apt-get install curl")
    words, service = WAYS[way]
    for crash in (known, unknown):
        file = tmp_path / crash.name
        shutil.copy(crash, file)
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        told = [word.format(file) for word in words]
        command = ["curl", "--silent", "--show-error", "--fail", "-H", f"Authorization: Bearer {shop.key}", *told]
        subprocess.run([*command, f"{shop.url}/ingest?stream={crash.name}"], check=True, timeout=60)
    assert errors(shop.counted(2)) == [
        (None, "KeyError: 'dsn'", service, 1),
        ("uvicorn-1317", "OSError: [WinError 87] The parameter is incorrect", service, 1),
    ]


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
