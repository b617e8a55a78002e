"""Clients for Node.js with their defaults: each crash that they send comes out diagnosed."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.npm import modules

if TYPE_CHECKING:
    from tests.shippers.conftest import Counted, Server, Shop

pytestmark = pytest.mark.shippers

SCRIPTS = Path(__file__).parent / "node"
PATIENCE = 120.0  # seconds for what takes one, or five where a client waits before it sends

Place = tuple[str | None, str | None, str | None]
SHOP, NAMED, NOBODY = ("shop", "7", None), ("shop", None, None), (None, None, None)
# What a client is started with -> the service, release and environment that it names by itself.
CLIENTS: dict[tuple[str, ...], Place] = {
    ("opentelemetry-json",): SHOP,
    ("opentelemetry-protobuf",): SHOP,
    ("pino-opentelemetry",): SHOP,
    ("sentry",): ("shop", "7", "production"),
    ("pino-loki",): NAMED,
    ("winston-loki", "json"): NAMED,
    ("winston-loki", "protobuf"): NAMED,
    ("pino-elasticsearch",): NAMED,
    ("splunk-logging",): NOBODY,
    ("winston-http", "single"): NAMED,
    ("winston-http", "batch"): NAMED,
    ("pino-http-send", "json"): NAMED,
    ("pino-http-send", "ndjson"): NAMED,
}
# What tells an error from a line of text, so that the error arrives with its stack.
REPORTERS = [client for client in CLIENTS if client[0] != "splunk-logging"]
HOOKS = {"standardwebhooks": "standard", "github": "github"}

KNOWN = ("uvicorn-1317", "OSError: [WinError 87] The parameter is incorrect", 1)
UNKNOWN = (None, "KeyError: 'dsn'", 1)
THROWN = (None, "Error: shop has no dsn", 1)

Run = Callable[..., None]


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Lets a client send, and end without a complaint; what it stands on is installed once for all sessions."""
    folder = tmp_path_factory.mktemp("node")
    (folder / "node_modules").symlink_to(modules(SCRIPTS))
    for script in SCRIPTS.glob("*.mjs"):
        shutil.copy(script, folder)

    def run(script: str, *words: str | Path) -> None:
        command = ["node", folder / f"{script}.mjs", *words]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        assert not done.stderr

    return run


def failures(found: list[Counted]) -> list[tuple[str | None, str, int]]:
    return [(one.signature, one.error.splitlines()[0], one.count) for one in found]


def named(client: tuple[str, ...]) -> str:
    return " ".join(client)


@pytest.mark.parametrize("client", CLIENTS, ids=named)
def test_a_client_sends_the_known_bug(node: Run, shop: Shop, known: Path, client: tuple[str, ...]) -> None:
    script, *words = client
    node(script, shop.url, shop.key, known, *words)
    found = shop.counted()
    assert failures(found) == [KNOWN]
    assert [(one.service, one.release, one.environment) for one in found] == [CLIENTS[client]]


@pytest.mark.parametrize("client", CLIENTS, ids=named)
def test_a_client_sends_a_crash_nobody_knows(node: Run, shop: Shop, unknown: Path, client: tuple[str, ...]) -> None:
    script, *words = client
    node(script, shop.url, shop.key, unknown, *words)
    found = shop.counted()
    assert failures(found) == [UNKNOWN]
    assert [(one.service, one.release, one.environment) for one in found] == [CLIENTS[client]]


@pytest.mark.parametrize("client", REPORTERS, ids=named)
def test_an_error_of_its_own_is_an_unknown_crash(node: Run, shop: Shop, client: tuple[str, ...]) -> None:
    script, *words = client
    node(script, shop.url, shop.key, "", *words)
    found = shop.counted()
    assert failures(found) == [THROWN]
    assert [(one.service, one.release, one.environment) for one in found] == [CLIENTS[client]]


def test_an_error_has_one_fingerprint_in_either_encoding(node: Run, server: Server, numbers: Iterator[int]) -> None:
    found = []
    for client in ("opentelemetry-json", "opentelemetry-protobuf"):
        shop = server.shop(f"alike-{next(numbers)}")
        node(client, shop.url, shop.key, "")
        found += shop.counted()
    assert len({one.fingerprint for one in found}) == 1
    assert len(found) == 2


@pytest.mark.parametrize("client", HOOKS)
@pytest.mark.parametrize("crash", ["known", "unknown"])
def test_a_signed_webhook_is_diagnosed(
    node: Run, hooked: Callable[[str], Shop], request: pytest.FixtureRequest, client: str, crash: str
) -> None:
    """Others send to these sources as well: what is counted there is one more than before."""
    hook = hooked(HOOKS[client])
    wanted = KNOWN if crash == "known" else UNKNOWN
    before = times(hook, wanted)
    node(client, hook.url, hook.key, request.getfixturevalue(crash))
    until = time.monotonic() + PATIENCE
    while times(hook, wanted) == before and time.monotonic() < until:
        time.sleep(0.1)
    assert times(hook, wanted) == before + 1


def times(hook: Shop, wanted: tuple[str | None, str, int]) -> int:
    return sum(count for signature, error, count in failures(hook.counted(0)) if (signature, error) == wanted[:2])
