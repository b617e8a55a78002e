"""Every page in a real browser, on a phone and on a desk, light and dark: what axe finds, and what is too wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import window

if TYPE_CHECKING:
    from tests.browser.conftest import Scheme, Served

pytestmark = pytest.mark.browser

SIZES = {"phone": (390, 844), "desk": (1280, 900)}
WIDTHS = (320, 390, 768, 1280)
OPEN_ALL = "for (const fold of document.querySelectorAll('details')) fold.open = true"
TOO_WIDE = """() => {
  const most = document.scrollingElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= most) return [];
  return [...document.querySelectorAll('main *, header *, footer *')]
    .filter((one) => one.getBoundingClientRect().right > most + 1).slice(0, 3)
    .map((one) => `${one.tagName} ${one.className} ${Math.round(one.getBoundingClientRect().right)}`);
}"""
# Whatever else is wrong is so by day and by night.
RULES = {"light": "{}", "dark": "{runOnly: ['color-contrast', 'link-in-text-block']}"}
SERIOUS = """async () => (await axe.run(document, {...%s, resultTypes: ['violations']})).violations
  .filter((one) => ['serious', 'critical'].includes(one.impact))
  .flatMap((one) => one.nodes.slice(0, 3).map((node) => `${one.id}: ${node.html.slice(0, 160)} ${node.any.concat(node.all).map((it) => it.message).join(' ').slice(0, 200)}`))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_serious_on_any_page(
    browser: Browser, site: Served, axe: str, size: str, scheme: Scheme
) -> None:
    found: list[str] = []
    with window(browser, *SIZES[size], scheme=scheme) as context:
        page = context.new_page()
        for path in site.walk(page):
            page.evaluate(OPEN_ALL)
            page.evaluate(axe)
            found += [f"{path}: {one}" for one in page.evaluate(SERIOUS % RULES[scheme])]
    assert not found, "\n".join(found)


def test_no_page_scrolls_sideways_whatever_stands_on_it(browser: Browser, site: Served) -> None:
    """Also at 400 %, where a window of 1280 has 320 CSS pixels."""
    wide: list[str] = []
    with window(browser) as context:
        page = context.new_page()
        for path in site.walk(page):
            page.evaluate(OPEN_ALL)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                wide += [f"{path} at {width}: {one}" for one in page.evaluate(TOO_WIDE)]
    assert not wide, "\n".join(wide)


def test_no_page_asks_another_host_or_makes_the_browser_complain(browser: Browser, site: Served) -> None:
    """The browser holds every page against its Content-Security-Policy, the JSON-LD in it too."""
    said: list[str] = []
    with window(browser) as context:
        page = context.new_page()
        page.on("console", lambda one: said.append(f"{page.url}: {one.text}"))
        page.on("pageerror", lambda one: said.append(f"{page.url}: {one}"))
        page.on("request", lambda one: None if one.url.startswith(site.host) else said.append(one.url))
        for _ in site.walk(page, missing=False):
            pass
    assert not said, "\n".join(said)


def test_every_page_is_walked_by_tab_in_the_order_it_is_read(browser: Browser, site: Served) -> None:
    """The skip link is first, what has the focus is seen to have it, and no page keeps it."""
    lost: list[str] = []
    with window(browser) as context:
        page = context.new_page()
        for path in site.walk(page):
            page.evaluate("document.body.tabIndex = -1; document.body.focus()")  # a form may have taken the focus
            page.keyboard.press("Tab")
            lost += [] if page.evaluate("document.activeElement.matches('.skip')") else [f"{path}: no skip link first"]
            lost += [f"{path}: {one}" for one in _unseen_focus(page)]
    assert not lost, "\n".join(lost)


def _unseen_focus(page: Page, steps: int = 12) -> list[str]:
    """What gets the focus within some steps and shows nothing of it."""
    found = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => { const one = document.activeElement; const at = getComputedStyle(one);
            const label = one.labels && one.labels[0] && getComputedStyle(one.labels[0]);
            const seen = (it) => it && it.outlineStyle !== 'none' && parseFloat(it.outlineWidth) >= 2;
            return one === document.body || seen(at) || seen(label) ? '' : one.outerHTML.slice(0, 120); }"""
        )
        found += [told] if told else []
    return found


def test_the_skip_link_leads_past_the_navigation(browser: Browser, site: Served) -> None:
    with window(browser) as context:
        page = context.new_page()
        page.goto(site.host + "/kb")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_slash_leads_to_the_search_field_but_not_out_of_another_field(browser: Browser, site: Served) -> None:
    with window(browser) as context:
        page = context.new_page()
        page.goto(site.host + "/kb/uvicorn/uvicorn-1317")
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        expect(page.get_by_role("searchbox")).to_have_value("")
        page.goto(site.host)
        page.get_by_label("The crash").focus()
        page.keyboard.press("/")
        expect(page.get_by_label("The crash")).to_have_value("/")


def test_on_paper_there_is_the_page_and_no_navigation(browser: Browser, site: Served) -> None:
    """Dark letters on white, addresses written out, tracebacks wrapped, nothing folded away, nothing to press."""
    hidden = "header nav, footer, .skip, .copy, form.find, form.person, button"
    with window(browser, scheme="dark") as context:
        page = context.new_page()
        page.emulate_media(media="print", color_scheme="dark")
        for path in site.furnished.open:
            page.goto(site.host + path)
            shown = page.evaluate(
                f"[...document.querySelectorAll('{hidden}')].filter((one) => one.checkVisibility()).length"
            )
            assert shown == 0, path
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") in {
                "rgb(255, 255, 255)",
                "rgba(0, 0, 0, 0)",
            }
            assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        page.goto(site.host + "/kb/uvicorn/uvicorn-1317")
        link = page.locator("main a[href^='https://github.com']").first
        written = link.evaluate("one => getComputedStyle(one, '::after').content")
        assert "https://github.com" in written
        assert (
            page.locator("main pre, main .lines code").first.evaluate("one => getComputedStyle(one).whiteSpace")
            == "pre-wrap"
        )
        assert len(page.pdf(format="A4")) > 1000


def test_whoever_wants_no_motion_gets_none(browser: Browser, site: Served) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    for path in site.furnished.open:
        page.goto(site.host + path)
        moving = page.evaluate(
            """() => [...document.querySelectorAll('*')].map((one) => getComputedStyle(one)).filter((at) =>
            parseFloat(at.transitionDuration) > .01 || parseFloat(at.animationDuration) > .01 || at.scrollBehavior === 'smooth').length"""
        )
        assert moving == 0, path
    context.close()
