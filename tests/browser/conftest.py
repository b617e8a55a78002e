"""One server with something on every page, Debian's Chromium, and axe-core as its lock names it."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.main import create_app
from app.settings import Settings
from tests.browser.furnish import Furnished, furnish
from tests.npm import missing, modules

if TYPE_CHECKING:
    from fastapi import FastAPI

HERE = Path(__file__).parent
PATIENCE = 60.0  # seconds until the server must answer; it takes one

Scheme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs, and what is on it."""

    host: str
    furnished: Furnished

    def walk(self, page: Page, *, missing: bool = True) -> Iterator[str]:
        """The page goes to every page there is, at last as staff, and to addresses of nothing; each time its path."""
        for path in (*self.furnished.open, *(self.furnished.missing if missing else ())):
            page.goto(self.host + path)
            yield path
        page.goto(self.host + "/sign-in")
        page.get_by_label("Staff key").fill(self.furnished.key)
        page.keyboard.press("Enter")
        page.wait_for_url("**/sources")
        for path in self.furnished.staff:
            page.goto(self.host + path)
            yield path


def window(browser: Browser, width: int = 1280, height: int = 900, scheme: Scheme = "light") -> BrowserContext:
    """A window of this size, whose user is not signed in."""
    return browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)


@pytest.fixture(scope="session")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The one server of all tests here."""
    file = shutil.copy(sqlite_template, tmp_path_factory.mktemp("browser") / "pages.db")
    app: FastAPI = create_app(Settings(database_url=f"sqlite:///{file}", work=False))
    furnished = furnish(app)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        until = time.monotonic() + PATIENCE
        while not server.started:
            assert thread.is_alive(), "the server stopped"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.02)
        yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", furnished)
        server.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, which asks nobody for anything by itself."""
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("There is no chromium: apt-get install -y chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, chromium_sandbox=False, args=["--disable-quic", "--disable-background-networking"]
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core, as the lock names it."""
    return (modules(HERE) / "axe-core" / "axe.min.js").read_text()
