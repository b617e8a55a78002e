"""Clients for Python with their defaults: both crashes that each of them sends come out diagnosed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

if TYPE_CHECKING:
    from tests.shippers.conftest import Counted, Server, Shop

pytestmark = pytest.mark.shippers

SCRIPTS = Path(__file__).parent / "python"
KNOWN = ("uvicorn-1317", "OSError: [WinError 87] The parameter is incorrect", 1)
OWN = (None, "KeyError: 'dsn'", 1)  # raised by each script in `price`


def run(script: str, *words: str | Path, **environment: str) -> None:
    """Let a client send and end; it must have nothing to complain about."""
    command = [sys.executable, SCRIPTS / f"{script}.py", *words]
    told = os.environ | environment
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, env=told)
    assert done.returncode == 0, done.stderr
    assert "HTTP" not in done.stderr, done.stderr


def failures(found: list[Counted]) -> list[tuple[str | None, str, int]]:
    """The first line of each error: what a program logs next in the same stream may look like more of its message."""
    return [(one.signature, one.error.splitlines()[0], one.count) for one in found]


def places(found: list[Counted]) -> set[tuple[str | None, str | None, str | None]]:
    return {(one.service, one.release, one.environment) for one in found}


@pytest.mark.parametrize(
    ("handler", "place"),
    [
        ("opentelemetry", ("shop", "7", "production")),
        ("opentelemetry-gzip", ("shop", "7", "production")),
        ("python-logging-loki", ("shop", "7", None)),
        ("loki-logger-handler", ("shop", None, "production")),
        ("splunk-handler", (None, None, None)),
        ("pygelf", ("shop", "7", None)),
        ("pygelf-zlib", ("shop", "7", None)),
    ],
)
def test_a_logging_handler_sends_both(
    shop: Shop, known: Path, handler: str, place: tuple[str | None, str | None, str | None]
) -> None:
    run("logged", handler, shop.url, shop.key, known)
    found = shop.counted(2)
    assert failures(found) == [OWN, KNOWN]
    assert places(found) == {place}


@pytest.mark.parametrize("handler", ["splunk-hec-handler", "http-handler"])
def test_a_handler_that_drops_tracebacks_sends_what_is_in_the_message(shop: Shop, known: Path, handler: str) -> None:
    """Both read the record's message and leave its exception out: "payment failed" is all that they say of it."""
    run("logged", handler, shop.url, shop.key, known)
    assert failures(shop.counted()) == [KNOWN]
    account = shop.account()
    assert (account.records, account.crashes, account.last_error) == (2, 1, None)


def test_an_exception_has_one_fingerprint_whoever_sends_it(server: Server, known: Path) -> None:
    """As a text, in fields of its own, or with empty lines between its frames: it is the same failure."""
    handlers = ("opentelemetry", "python-logging-loki", "loki-logger-handler", "splunk-handler", "pygelf")
    shops = [server.shop(f"alike-{handler}") for handler in handlers]
    for handler, shop in zip(handlers, shops, strict=True):
        run("logged", handler, shop.url, shop.key, known)
    found = [one.fingerprint for shop in shops for one in shop.counted(2) if one.signature is None]
    assert len(found) == len(handlers)
    assert len(set(found)) == 1


@pytest.mark.parametrize(("mode", "logged"), [("PLAIN", 0), ("LOGS", 1)])
def test_sentry_sends_both(shop: Shop, known: Path, tmp_path: Path, mode: str, logged: int) -> None:
    """Its events say what is installed, and with a uvicorn that has the bug it is the bug."""
    package = tmp_path / "uvicorn-0.17.6.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: uvicorn\nVersion: 0.17.6\n")
    run("sentry", mode, shop.url, shop.key, known, PYTHONPATH=str(tmp_path))
    found = shop.counted(2 + logged)
    assert [one[:2] for one in failures(found)] == [OWN[:2], KNOWN[:2]]
    assert [one.count for one in found] == [1, 1 + logged]
    assert places(found) == {("shop", "7", "production")}


def test_an_event_of_sentry_from_where_the_bug_is_fixed_is_not_the_bug(shop: Shop, known: Path) -> None:
    assert Version(version("uvicorn")) >= Version("0.18.0")
    run("sentry", "PLAIN", shop.url, shop.key, known)
    assert failures(shop.counted(2)) == [OWN, (None, *KNOWN[1:])]


def test_opentelemetry_sends_the_exception_that_left_a_span(shop: Shop) -> None:
    run("otel_traces", shop.url, shop.key)
    found = shop.counted()
    assert failures(found) == [OWN]
    assert places(found) == {("shop", "7", None)}


@pytest.mark.parametrize("mode", ["INDEX", "CREATE"])
def test_elasticsearch_sends_both(shop: Shop, known: Path, mode: str) -> None:
    run("elastic", mode, shop.url, shop.key, known)
    found = shop.counted(2)
    assert failures(found) == [OWN, KNOWN]
    assert places(found) == {("shop", "7", "production")}


def test_datadog_sends_both(shop: Shop, known: Path) -> None:
    run("datadog", shop.url, shop.key, known)
    found = shop.counted(2)
    assert failures(found) == [OWN, KNOWN]
    assert places(found) == {("shop", "7", "production")}


@pytest.mark.parametrize("mode", ["BINARY", "STRUCTURED", "BATCH"])
def test_cloudevents_send_both(shop: Shop, known: Path, mode: str) -> None:
    run("webhooks", mode, shop.url, shop.key, known)
    found = shop.counted(2)
    assert failures(found) == [OWN, KNOWN]
    assert places(found) == {("shop", "7", None)}


def test_a_signed_webhook_sends_both(hooked: Callable[[str], Shop], known: Path) -> None:
    standard = hooked("standard")
    run("webhooks", "STANDARD", standard.url, standard.key, known)
    found = [one for one in standard.counted(2) if one.service == "shop"]
    assert failures(found) == [OWN, KNOWN]
    assert places(found) == {("shop", "7", None)}
