"""An answer's whole life in a real browser, with script and without: pasted, asked again, found to hold, corrected."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from app.settings import shipped
from app.store.database import connect, session_factory
from app.store.staff import add
from tests.web.test_browser import Seen, answered, browser, database, host, seen

__all__ = ["browser", "database", "host", "seen"]  # fixtures

pytestmark = pytest.mark.browser

PERHAPS = (shipped("signatures") / "uvicorn" / "uvicorn-1317.maybe.bare-german.txt").read_text()
WORDS = "</p><script>window.broken = 1</script> \u202e שלום " + "W" * 200


def key_for(database: str, name: str) -> str:
    engine = connect(database)
    with session_factory(engine).begin() as session:
        key = add(session, name, datetime.now(UTC))
    engine.dispose()
    return key


def fits(page: Page) -> None:
    assert page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(("javascript", "width"), [(True, 1280), (False, 320)], ids=["with-script", "without-script"])
def test_a_paste_is_answered_asked_again_found_to_hold_and_corrected(
    browser: Browser, seen: Seen, database: str, *, javascript: bool, width: int
) -> None:
    context = browser.new_context(java_script_enabled=javascript, viewport={"width": width, "height": 900})
    # the two runs share a database: each pastes a report of its own
    page = answered(context, seen, f"# run {width}\n{PERHAPS}")
    link = page.url
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Perhaps this bug"))
    page.get_by_label("Version of uvicorn").fill("0.17.6")
    page.get_by_role("button", name="Judge again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Known bug, 9\d % sure"))
    expect(page.get_by_role("status")).to_contain_text("Judged again with uvicorn 0.17.6.")
    expect(page.locator("#fix")).to_contain_text("This report runs uvicorn 0.17.6: affected. 0.18.0 fixes it.")
    assert page.url.partition("?")[0] == link

    page.get_by_label("In a word").fill(WORDS)
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.locator("#feedback")).to_contain_text("You said: yes.")
    expect(page.locator("#feedback")).to_contain_text(re.compile(r"\d yes"))

    page.locator("#wrong summary").click()
    page.get_by_label("None of these, no known bug").check()
    page.get_by_label("Why").fill(WORDS)
    page.get_by_role("button", name="Send to the curators").click()
    expect(page.get_by_role("status").first).to_contain_text("A curator will look at your correction.")
    fits(page)

    page.goto(f"{seen.host}/sign-in?next=/curate")
    page.get_by_label("Staff key").fill(key_for(database, f"desk {width}"))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Corrections")).to_contain_text("1 open")
    fits(page)
    page.locator(".queue .plain a").first.click()
    expect(page.locator(".report")).to_contain_text("[WinError 87] Falscher Parameter")
    page.get_by_label("A word").fill("right you are")
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".queue")).to_contain_text("Nothing waits.")
    context.close()


@pytest.mark.parametrize("javascript", [True, False], ids=["with-script", "without-script"])
def test_from_an_answer_to_its_bug_to_a_search_to_its_package(
    browser: Browser, seen: Seen, *, javascript: bool
) -> None:
    context = browser.new_context(java_script_enabled=javascript)
    page = answered(context, seen, PERHAPS)
    page.get_by_role("link", name="Several workers on Windows: none of them accepts").first.click()
    expect(page.locator("#fix")).to_contain_text("Upgrade uvicorn to 0.18.0 or later.")
    page.get_by_placeholder("Search bugs").fill("WinErr 87")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Several workers on Windows: none of them accepts").first.click()
    page.get_by_label("Where this is").get_by_role("link", name="uvicorn").click()
    page.get_by_label("Version of uvicorn", exact=False).fill("0.17.6")
    page.keyboard.press("Enter")
    expect(page.get_by_text("On 0.17.6")).to_contain_text("wait for you")
    fits(page)
    context.close()


def test_a_mark_says_its_clue_to_whoever_points_at_it_or_tabs_to_it_and_leads_there(
    browser: Browser, seen: Seen
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    page = answered(context, seen, PERHAPS)
    mark = page.locator("#L8 a.tag").first
    expect(mark.locator(".note")).to_be_hidden()
    mark.hover()
    expect(mark.locator(".note")).to_have_text(re.compile(r"The exception is OSError: found"))
    page.mouse.move(0, 0)
    page.locator("#L8 .n").focus()
    page.keyboard.press("Tab")
    expect(mark.locator(".note")).to_be_visible()
    fits(page)
    page.keyboard.press("Enter")
    expect(page.locator(":target")).to_contain_text("The exception is")
    context.close()


def test_what_is_there_to_copy_is_copied(browser: Browser, seen: Seen) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = answered(context, seen, PERHAPS)
    page.get_by_role("button", name="Copy the link").click()
    expect(page.locator(".share-it .copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url.partition("?")[0]
    page.locator(".reply summary").first.click()
    page.locator("[data-copy=markdown-customer]").click()
    assert page.evaluate("navigator.clipboard.readText()").startswith("This may be a known problem")
    context.close()
