"""Release dates as a package index tells them: an index on this machine, found by pip and asked by the command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli.main import cli
from app.errors import Misconfigured, Unknown
from app.published import first_days
from app.store.releases import read_releases

FILES: list[dict[str, Any]] = [
    {"filename": "tally-1.10.tar.gz", "upload-time": "2026-02-02T10:00:00.000000Z", "yanked": False},
    {"filename": "tally-1.10-py3-none-any.whl", "upload-time": "2026-02-01T23:00:00Z"},
    {"filename": "tally-1.9.tar.bz2", "upload-time": "2026-01-02T10:00:00Z", "yanked": False},
    {"filename": "tally-1.8.zip", "upload-time": "2026-01-01T10:00:00Z", "yanked": "it broke"},
    {"filename": "tally-1.11rc1.tar.gz", "upload-time": "2026-03-02T10:00:00Z", "yanked": False},
    {"filename": "tally-1.7.win32.exe", "upload-time": "2025-03-02T10:00:00Z"},
    {"filename": "tally-1.6.tar.gz"},
]


def test_a_version_has_the_day_of_its_first_file_and_a_withdrawn_one_none() -> None:
    days = {version: str(day) for version, day in first_days(FILES).items()}
    assert days == {"1.10": "2026-02-01", "1.9": "2026-01-02", "1.8": "None", "1.11rc1": "2026-03-02"}


class Index(BaseHTTPRequestHandler):
    """A package index that has tally alone; it speaks JSON, as the simple API has it."""

    files = FILES

    def do_GET(self) -> None:
        there = self.path.endswith("/tally/") and "simple.v1+json" in self.headers["Accept"]
        files = [{"url": one["filename"], "hashes": {}, **one} for one in self.files]
        body = json.dumps({"meta": {"api-version": "1.1"}, "name": "tally", "files": files}).encode()
        self.send_response(200 if there else 404)
        self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nobody reads it."""


@pytest.fixture
def index(offline: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Index]]:  # noqa: ARG001
    """The index, as the one pip is set up with."""

    class Own(Index):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
        yield Own
        server.shutdown()


def releases(signatures: Path, *packages: str) -> str:
    """What the command says; its errors are raised."""
    done = CliRunner().invoke(cli, ["releases", *packages, "--signatures", str(signatures)], catch_exceptions=False)
    if done.exception is not None:
        raise done.exception
    return done.output


@pytest.mark.usefixtures("index")
def test_the_index_that_pip_names_is_asked_and_its_days_are_kept(signatures: Path) -> None:
    file = signatures / "tally" / "releases.json"
    assert releases(signatures) == "tally: 3 releases\n"
    assert list(json.loads(file.read_text()).items()) == [
        ("1.8", None),
        ("1.9", "2026-01-02"),
        ("1.10", "2026-02-01"),
        ("1.11rc1", "2026-03-02"),
    ]
    assert read_releases(signatures)["tally"].withdrawn == ("1.8",)
    file.write_text('{"1.5": null, "1.4": "2020-01-01"}')
    assert releases(signatures, "Tally") == "tally: 3 releases\n"
    assert list(json.loads(file.read_text())) == ["1.5", "1.8", "1.9", "1.10", "1.11rc1"]


def test_an_index_without_days_is_refused(signatures: Path, index: type[Index]) -> None:
    index.files = [{"filename": "tally-1.6.tar.gz"}]
    with pytest.raises(Misconfigured, match="does not say when files were uploaded"):
        releases(signatures)
    assert read_releases(signatures) == {}


@pytest.mark.usefixtures("offline")
def test_without_an_index_the_command_says_so(signatures: Path) -> None:
    with pytest.raises(Misconfigured, match="pip names no index"):
        releases(signatures)


def test_a_package_without_signatures_is_not_asked_for(signatures: Path) -> None:
    with pytest.raises(Unknown, match="No package 'other'"):
        releases(signatures, "other")


@pytest.mark.parametrize("text", ["[]", "{", '{"1.0": 3}', '{"1.0": "yesterday"}'])
def test_a_broken_file_is_named(signatures: Path, text: str) -> None:
    (signatures / "tally" / "releases.json").write_text(text)
    with pytest.raises(Misconfigured, match=r"tally/releases\.json: should be versions"):
        read_releases(signatures)
