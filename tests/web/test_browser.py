"""The founding example in a real browser: pasted, answered, copied; nothing leaves the host, nothing is complained of."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.folders import APP, shipped
from app.store.database import connect, session_factory
from app.store.sources import count_records
from app.store.staff import add

pytestmark = pytest.mark.browser

FOUND = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()
START = "import sys; from app.main import create_app; from app.settings import load; import uvicorn; uvicorn.run(create_app(load()), port=int(sys.argv[1]), log_level='warning')"
PATIENCE = 30  # seconds until the server must answer; it takes two
LONG = "".join(f"2026-11-01 12:00:00,{n % 1000:03} INFO worker handled request {n}\n" for n in range(3000))
ODD = LONG + FOUND + "\u202e\u2066 שלום " + "W" * 20_000 + "\n" + LONG
MANY_PACKAGES = "/kb/flask-restplus/flask-restplus-cached_property"  # a proof with six packages on each side
WIDTHS = (320, 360, 768, 1280, 1800)


@dataclass
class Seen:
    """What the browser did beside showing the page."""

    host: str
    away: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> Page:
        page.on("request", lambda sent: None if sent.url.startswith(self.host) else self.away.append(sent.url))
        page.on("console", lambda said: self.complaints.append(said.text))
        page.on("pageerror", lambda wrong: self.complaints.append(str(wrong)))
        return page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("There is no chromium, and CI is set: apt-get install -y chromium")
        pytest.skip("There is no chromium: apt-get install -y chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-quic", "--disable-background-networking"]
        )
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('browser') / 'pages.db'}"


@pytest.fixture(scope="module")
def host(database: str) -> Iterator[str]:
    """Address of a real server on a free port, with a database of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "TRACELORE_DATABASE_URL": database}
    command = [sys.executable, "-c", START, str(port)]
    with subprocess.Popen(command, cwd=APP.parent, env=environment) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urlopen(url, timeout=1):
                return
        except OSError:
            assert server.poll() is None, "the server stopped"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.05)


@pytest.fixture
def seen(host: str) -> Iterator[Seen]:
    """Watches a page; in the end nothing may have left the host and nobody may have complained."""
    watching = Seen(host)
    yield watching
    assert watching.away == []
    assert watching.complaints == []


def answered(context: BrowserContext, seen: Seen, report: str) -> Page:
    """The page that answers this paste."""
    page = seen.watch(context.new_page())
    page.goto(seen.host)
    page.get_by_label("The crash").fill(report)
    page.get_by_role("button", name="Find the bug").click()
    page.wait_for_url("**/diagnoses/*")
    return page


def sent(seen: Seen, report: str) -> str:
    """Path of the answer to this report, sent without a browser: Playwright types a long one for a minute."""
    request = Request(f"{seen.host}/api/v1/diagnoses", report.encode(), {"content-type": "text/plain"})
    with urlopen(request) as answer:
        return str(json.load(answer)["url"])


@pytest.mark.parametrize("javascript", [True, False], ids=["with-script", "without-script"])
def test_the_founding_example_is_pasted_and_answered(browser: Browser, seen: Seen, *, javascript: bool) -> None:
    context = browser.new_context(java_script_enabled=javascript)
    page = answered(context, seen, FOUND)
    expect(page).to_have_title(re.compile(r"Known bug, 9\d % sure: .* · Tracelore"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Known bug, 9\d % sure"))
    expect(page.locator("#fix")).to_contain_text("Upgrade uvicorn to 0.18.0 or later.")
    expect(page.locator("#command")).to_have_text('pip install "uvicorn>=0.18.0"')
    expect(page.locator("#L19")).to_have_class("for")
    expect(page.locator("#L19")).to_contain_text("OSError: [WinError 87]")
    expect(page.locator("#L19 .tag")).not_to_have_count(0)
    expect(page.locator("#L1")).not_to_have_class("for")
    page.get_by_role("link", name="uvicorn-1317").or_(page.locator(".bug a")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("WinError 87")
    context.close()


def test_a_reply_is_copied_by_its_button(browser: Browser, seen: Seen) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = answered(context, seen, FOUND)
    page.locator("[data-copy=reply-customer]").click()
    expect(page.locator("[data-copy=reply-customer]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#reply-customer").text_content()
    context.close()


def test_without_script_no_button_stands_there_dead(browser: Browser, seen: Seen) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = answered(context, seen, FOUND)
    expect(page.locator("button[type=button]:visible")).to_have_count(0)  # those that send a form work without
    context.close()


def test_a_file_is_dropped_on_the_form(browser: Browser, seen: Seen) -> None:
    context = browser.new_context()
    page = seen.watch(context.new_page())
    page.goto(seen.host)
    dropped = page.evaluate_handle(
        "text => { const it = new DataTransfer(); it.items.add(new File([text], 'crash.log')); return it; }", FOUND
    )
    page.dispatch_event("main form[method=post]", "drop", {"dataTransfer": dropped})
    page.get_by_role("button", name="Find the bug").click()
    page.wait_for_url("**/diagnoses/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Known bug")
    context.close()


def test_a_complaint_keeps_what_was_typed(browser: Browser, seen: Seen) -> None:
    context = browser.new_context()
    page = seen.watch(context.new_page())
    page.goto(seen.host)
    page.get_by_label("The crash").fill(FOUND)
    page.get_by_text("What it ran on").click()
    page.get_by_label("Python version").fill("three")
    page.get_by_role("button", name="Find the bug").click()
    expect(page.get_by_role("alert")).to_contain_text("Python version")
    expect(page.get_by_label("The crash")).to_have_value(FOUND)
    expect(page.get_by_label("Python version")).to_have_value("three")
    # The browser itself notes a 422 on its console; that is no fault of the page.
    seen.complaints[:] = [said for said in seen.complaints if "422" not in said]
    context.close()


@pytest.mark.parametrize("report", [FOUND, ODD], ids=["short", "long-and-odd"])
def test_nothing_is_wider_than_the_screen(browser: Browser, seen: Seen, report: str) -> None:
    context = browser.new_context()
    address = sent(seen, report)
    page = seen.watch(context.new_page())
    for path in (
        "/",
        "/kb",
        "/kb?q=windows",
        f"/kb?q={'W' * 400}",
        "/kb/uvicorn",
        "/kb/uvicorn/uvicorn-1317",
        MANY_PACKAGES,
        address,
    ):
        page.goto(seen.host + path)
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} at {width}"
    context.close()


def test_the_keyboard_skips_to_the_content(browser: Browser, seen: Seen) -> None:
    context = browser.new_context()
    page = seen.watch(context.new_page())
    page.goto(seen.host)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    context.close()


@pytest.fixture(scope="module")
def staff_key(host: str, database: str) -> str:
    """A key that opens the pages of sources on this server."""
    assert host
    engine = connect(database)
    with session_factory(engine).begin() as session:
        key = add(session, "desk", datetime.now(UTC))
    engine.dispose()
    return key


@pytest.mark.parametrize("javascript", [True, False], ids=["with-script", "without-script"])
def test_staff_sign_in_make_a_source_and_copy_its_configuration(
    browser: Browser, seen: Seen, staff_key: str, database: str, *, javascript: bool
) -> None:
    """By the keyboard alone, and back to the page that was asked for; wide text never widens the page."""
    permissions = ["clipboard-read", "clipboard-write"] if javascript else []
    context = browser.new_context(java_script_enabled=javascript, permissions=permissions)
    page = seen.watch(context.new_page())
    page.goto(f"{seen.host}/sources")
    expect(page.get_by_label("Staff key")).to_be_focused()
    page.keyboard.insert_text(staff_key)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sources")
    name = "with-script" if javascript else "a-very-long-name.without-script" + "-and-more" * 3
    page.get_by_label("Name of a new source").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    key = str(page.locator("#new-key").text_content())
    page.get_by_label("Fluent Bit", exact=True).focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Logstash", exact=True)).to_be_focused()
    expect(page.locator("#logstash-1")).to_contain_text(f"Bearer {key}")
    expect(page.locator(".snippet:visible")).to_have_count(1)
    copies = page.locator(".panel:visible .copy:visible")
    if javascript:
        copies.click()
        assert page.evaluate("navigator.clipboard.readText()") == page.locator("#logstash-1").text_content()
    else:
        expect(copies).to_have_count(0)
    engine = connect(database)
    with session_factory(engine).begin() as session:
        count_records(session, name, 10**10, "W" * 300)
    engine.dispose()
    for path in (f"/sources/{name}", f"/sources/{name}/remove", "/sources"):
        page.goto(seen.host + path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} at {width}"
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{seen.host}/")
    page.goto(f"{seen.host}/sources/{name}")
    expect(page.get_by_label("Staff key")).to_be_visible()
    context.close()


@pytest.mark.parametrize("javascript", [True, False], ids=["with-script", "without-script"])
def test_staff_find_an_unknown_crash_and_draft_its_signature(
    browser: Browser, seen: Seen, staff_key: str, *, javascript: bool
) -> None:
    """From the list to both files, which are copied and loaded; long and hostile words never widen a page."""
    odd = "\u202e\u2066 שלום \x07" + "W" * 10_000
    sent(
        seen,
        f'Traceback (most recent call last):\n  File "/srv/shop.py", line 3, in {"x" * 300}\n    f()\nOddError: {odd}\n',
    )
    permissions = ["clipboard-read", "clipboard-write"] if javascript else []
    context = browser.new_context(java_script_enabled=javascript, permissions=permissions)
    page = seen.watch(context.new_page())
    page.goto(f"{seen.host}/unknown?exception=OddError")
    page.get_by_label("Staff key").fill(staff_key)
    page.keyboard.press("Enter")
    page.wait_for_url("**/unknown?exception=OddError")
    paths = ["/unknown?exception=OddError"]
    page.locator(".clusters a.said").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("OddError")
    paths.append(page.url.removeprefix(seen.host))
    page.get_by_role("link", name="Draft a signature").click()
    page.get_by_label("Package to change").fill("shop")
    page.get_by_label("Issue number").fill("99")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_have_text("shop/shop-99.yaml")
    paths += [page.url.removeprefix(seen.host), "/coverage"]
    with page.expect_download() as loading:
        page.get_by_role("link", name="Download").first.click()
    assert loading.value.suggested_filename == "shop-99.yaml"
    if javascript:
        page.get_by_role("button", name="Copy shop/shop-99.yaml").click()
        assert page.evaluate("navigator.clipboard.readText()") == loading.value.path().read_text()
    for path in paths:
        page.goto(seen.host + path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} at {width}"
    context.close()


def test_the_list_follows_what_is_typed(browser: Browser, seen: Seen) -> None:
    context = browser.new_context()
    page = seen.watch(context.new_page())
    page.goto(f"{seen.host}/kb?os=windows")
    page.keyboard.press("/")
    expect(page.get_by_label("Search the known bugs")).to_be_focused()
    page.keyboard.type("WinErr 87", delay=20)
    expect(page.locator(".bugs mark").first).to_have_text("WinErr")
    expect(page).to_have_url(f"{seen.host}/kb?q=WinErr+87&os=windows")
    expect(page).to_have_title("WinErr 87 · Known bugs · Tracelore")
    expect(page.get_by_role("status")).to_have_text(re.compile(r"\d known bugs found\."))
    expect(page.get_by_label("Search the known bugs")).to_be_focused()
    page.get_by_label("Search the known bugs").fill("zzzz zzzz")
    expect(page.locator(".nothing h2")).to_have_text("Nothing in the book says “zzzz zzzz”")
    page.get_by_label("Search the known bugs").fill("")
    expect(page).to_have_url(f"{seen.host}/kb?os=windows")
    page.get_by_role("link", name="Remove: Windows").click()
    expect(page).to_have_url(f"{seen.host}/kb")
    context.close()


def test_a_search_without_script_is_a_form_and_links(browser: Browser, seen: Seen) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = seen.watch(context.new_page())
    page.goto(seen.host)
    page.get_by_label("Search the known bugs").fill("WinErr 87")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{seen.host}/kb?q=WinErr+87")
    page.get_by_role("complementary").get_by_role("link", name="uvicorn").click()
    expect(page).to_have_url(f"{seen.host}/kb?q=WinErr+87&package=uvicorn")
    page.locator(".bugs a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Windows")
    context.close()


@pytest.mark.parametrize("start", ["/kb", "/"])
def test_a_traceback_that_is_pasted_in_the_search_is_answered(browser: Browser, seen: Seen, start: str) -> None:
    """In the field of the header the browser takes its line breaks away, and it is read all the same."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = seen.watch(context.new_page())
    page.goto(seen.host + start)
    page.evaluate("text => navigator.clipboard.writeText(text)", FOUND)
    page.get_by_label("Search the known bugs").focus()
    page.keyboard.press("Control+V")
    if start == "/":
        page.keyboard.press("Enter")
    expect(page.locator(".verdicts h2")).to_have_text("This crash is known")
    expect(page.locator(".verdict")).to_contain_text("OSError: [WinError 87]")
    context.close()
