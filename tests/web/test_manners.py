"""Every page there is, found by the routes of the application: its headers, its head, and what it is built of."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.web import feeds
from app.web.machines import preferred
from tests.browser.furnish import BROWSER, Furnished, furnish

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SECURE = {
    "content-security-policy", "cross-origin-opener-policy", "cross-origin-resource-policy", "permissions-policy",
    "referrer-policy", "x-content-type-options", "x-frame-options",
}  # fmt: skip
BUG = "/kb/uvicorn/uvicorn-1317"
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


class Markup(HTMLParser):
    """A page as its elements, each with its attributes and the text in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[list[str]] = []
        self.hidden: list[bool] = []
        self._open: list[int] = []
        self.broken: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        parts = [self.elements[at][1] for at in self._open]  # of a picture with a text of its own are not read out
        self.hidden.append(
            "true" in {one.get("aria-hidden") for one in (found, *parts)} or "img" in {one.get("role") for one in parts}
        )
        self.elements.append((tag, found))
        self.texts.append([])
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self.elements[self._open[-1]][0] != tag:
            self.broken.append(tag)
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for at in self._open:
            self.texts[at].append(data)

    def named(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    def text(self, tag: str) -> list[str]:
        return [
            " ".join("".join(said).split())
            for (it, _), said in zip(self.elements, self.texts, strict=True)
            if it == tag
        ]


@pytest.fixture(scope="module")
def client(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    file = tmp_path_factory.mktemp("manners") / "file.db"
    file.write_bytes(sqlite_template.read_bytes())
    settings = Settings(database_url=f"sqlite:///{file}", base_url="https://tracelore.example.org/", indexed=True)
    return TestClient(create_app(settings), headers=BROWSER, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def site(client: TestClient) -> Furnished:
    return furnish(client.app)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pages(client: TestClient, site: Furnished) -> dict[str, tuple[int, dict[str, str], str]]:
    """Status, headers and text of every page, of staff too, and of what is said where there is none."""
    staff = TestClient(client.app, headers=BROWSER, follow_redirects=False)
    staff.post("/sign-in", data={"key": site.key})
    found = {}
    for asker, paths in ((client, (*site.open, *site.missing)), (staff, site.staff)):
        for path in paths:
            answer = asker.get(path, follow_redirects=False)
            if answer.status_code in {303, 307}:
                continue  # the way back from a form that was loaded again
            found[path] = (answer.status_code, dict(answer.headers), answer.text)
    return found


Pages = dict[str, tuple[int, dict[str, str], str]]


def faults(pages: Pages, wrong: object) -> list[str]:
    """For each page what `wrong` finds in it, as lines."""
    assert len(pages) > 20
    assert callable(wrong)
    return [f"{path}: {said}" for path, (_, _, text) in pages.items() for said in wrong(Markup(text))]


def test_every_page_answers_as_it_should(pages: Pages, site: Furnished) -> None:
    assert {
        path: status for path, (status, _, _) in pages.items() if status != (404 if path in site.missing else 200)
    } == {}


def test_every_page_has_headers_that_trust_nobody(pages: Pages) -> None:
    assert {path: SECURE - set(headers) for path, (_, headers, _) in pages.items() if SECURE - set(headers)} == {}
    policies = {headers["content-security-policy"] for _, headers, _ in pages.values()}
    assert len(policies) == 1
    assert "unsafe" not in policies.pop()


def test_titles_are_there_and_tell_pages_apart(pages: Pages, site: Furnished) -> None:
    titles = {path: Markup(text).text("title") for path, (_, _, text) in pages.items() if path not in site.missing}
    assert [
        path for path, title in titles.items() if len(title) != 1 or not title[0].removesuffix(" · Tracelore")
    ] == []
    # one report may crash in the same way as another, and a search may find the same
    apart = Counter(
        title[0] for path, title in titles.items() if not path.startswith(("/diagnoses/", "/kb?", "/kb/uvicorn?"))
    )
    assert [title for title, times in apart.items() if times > 1] == []


def test_every_page_is_well_formed_with_one_heading_and_a_language(pages: Pages) -> None:
    def wrong(page: Markup) -> list[str]:
        said = [f"</{tag}> closes nothing" for tag in page.broken]
        said += [] if len(page.named("h1")) == 1 and page.text("h1")[0] else [f"h1: {page.text('h1')}"]
        said += [] if [one.get("lang") for one in page.named("html")] == ["en"] else ["lang"]
        said += [] if [one for one in page.named("meta") if one.get("name") == "viewport"] else ["viewport"]
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
        return said + [f"h{a} then h{b}" for a, b in itertools.pairwise(levels) if b > a + 1]

    assert faults(pages, wrong) == []


def test_no_page_has_styles_scripts_or_handlers_in_its_text(pages: Pages) -> None:
    def wrong(page: Markup) -> list[str]:
        said = ["<style>"] if page.named("style") else []
        said += [
            f"{tag} {name}"
            for tag, every in page.elements
            for name in every
            if name == "style" or name.startswith("on")
        ]
        inline = [one for one in page.named("script") if "src" not in one and one.get("type") != "application/ld+json"]
        return said + ["inline script"] * len(inline)

    assert faults(pages, wrong) == []


def test_every_link_stays_here_or_goes_to_https_without_telling_where_from(pages: Pages) -> None:
    def wrong(page: Markup) -> list[str]:
        said = []
        for one in page.named("a"):
            to = one.get("href", "")
            away = not to.startswith(("/", "#", "?", "mailto:")) or to.startswith("//")
            if away and not (
                to.startswith("https://") and {"noopener", "noreferrer"} & set(one.get("rel", "").split())
            ):
                said.append(to)
        said += [one["src"] for one in page.named("script", "img", "iframe") if not one.get("src", "/").startswith("/")]
        return said + [one["action"] for one in page.named("form") if not one.get("action", "/").startswith("/")]

    assert faults(pages, wrong) == []


def test_every_link_to_a_part_of_a_page_finds_it_and_no_id_stands_twice(pages: Pages) -> None:
    def wrong(page: Markup) -> list[str]:
        ids = Counter(one["id"] for _, one in page.elements if "id" in one)
        twice = [f"#{name} stands {times} times" for name, times in ids.items() if times > 1]
        named = [
            one[name]
            for _, one in page.elements
            for name in ("for", "aria-labelledby", "aria-describedby")
            if name in one
        ]
        lost = [name for several in named for name in several.split() if name not in ids]
        jumps = [one["href"][1:] for one in page.named("a") if one.get("href", "").startswith("#")]
        return twice + [f"#{name} is nowhere" for name in (*lost, *(one for one in jumps if one not in ids))]

    assert faults(pages, wrong) == []


def test_every_field_has_a_label_and_every_picture_a_text(pages: Pages) -> None:
    def wrong(page: Markup) -> list[str]:
        labels = {one.get("for") for one in page.named("label")}
        said = [
            f"{one.get('name')} has no label"
            for one in page.named("input", "select", "textarea")
            if one.get("type") not in {"hidden", "submit"} and "hidden" not in one
            and one.get("id") not in labels and not {"aria-label", "aria-labelledby"} & set(one)
        ]  # fmt: skip
        for (tag, one), hidden in zip(page.elements, page.hidden, strict=True):
            told = hidden or (one.get("role") == "img" and {"aria-label", "aria-labelledby"} & set(one))
            said += [f"svg {one}"] if tag == "svg" and not told else []
        return said + ["img without alt" for one in page.named("img") if "alt" not in one]

    assert faults(pages, wrong) == []


def test_pages_of_staff_are_kept_by_nobody_and_answers_by_one_browser_only(pages: Pages, site: Furnished) -> None:
    kept = {path: headers["cache-control"] for path, (_, headers, _) in pages.items()}
    assert {kept[path] for path in site.staff if path in kept} == {"no-store"}
    assert {kept[path] for path in kept if path.startswith("/diagnoses/") and path not in site.missing} == {
        "private, no-cache"
    }
    assert kept["/sign-in"] == "no-store"


def test_only_pages_that_may_be_indexed_say_where_they_stand(pages: Pages, site: Furnished) -> None:
    for path, (_, _, text) in pages.items():
        page = Markup(text)
        canonical = [one["href"] for one in page.named("link") if one.get("rel") == "canonical"]
        closed = [one for one in page.named("meta") if one.get("name") == "robots"]
        if path in site.staff or path in site.missing or path.startswith(("/diagnoses", "/sign-in", "/problems")):
            assert closed, path
        assert canonical == ([] if closed else [f"https://tracelore.example.org{path.partition('?')[0]}"]), path


def test_a_bug_is_described_for_whoever_shows_a_link_to_it(pages: Pages) -> None:
    page = Markup(pages[BUG][2])
    meta = {one.get("property") or one.get("name"): one.get("content") for one in page.named("meta")}
    assert meta["og:type"] == "article"
    assert meta["og:url"] == f"https://tracelore.example.org{BUG}"
    assert str(meta["og:description"]).startswith("Upgrade uvicorn to 0.18.0 or later.")
    assert meta["description"] == meta["og:description"]
    assert not [name for name in meta if name and "image" in name]
    written = page.texts[[one.get("type") for _, one in page.elements].index("application/ld+json")]
    told = json.loads("".join(written))
    assert told["@type"] == "TechArticle"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", told["dateModified"])
    assert told["about"]["softwareVersion"] == ">=0.16.0,<0.18.0"
    assert "<" not in "".join(written)


@pytest.mark.parametrize(
    "path", ["/", "/kb", "/kb/uvicorn", BUG, BUG + ".json", "/kb/feed.atom", "/sitemap.xml", "/robots.txt"]
)
def test_whoever_has_a_page_of_the_book_is_not_sent_it_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    assert first.headers["etag"].startswith('W/"')
    # a bug's page says what this browser said of its fix: no proxy may hand that to another one
    assert first.headers["cache-control"] == ("private, no-cache" if path == BUG else "no-cache")
    for asked in (
        first.headers["etag"],
        first.headers["etag"].removeprefix("W/"),
        f'"other", {first.headers["etag"]}',
        "*",
    ):
        again = client.get(path, headers={"if-none-match": asked})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["content-security-policy"]
        assert "content-type" not in again.headers
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_pages_of_the_book_say_when_it_was_last_looked_at(client: TestClient) -> None:
    for path in ("/kb", "/kb/uvicorn", BUG):
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} 00:00:00 GMT", client.get(path).headers["last-modified"])


def test_a_style_sheet_is_kept_for_good_by_its_revision_and_asked_for_by_any_other_name(client: TestClient) -> None:
    linked = next(one["href"] for one in Markup(client.get("/").text).named("link") if one.get("rel") == "stylesheet")
    assert "immutable" in client.get(linked).headers["cache-control"]
    assert client.get("/static/tracelore.css?another").headers["cache-control"] == "no-cache"
    known = client.get("/static/tracelore.css")
    for asked in ({"if-none-match": known.headers["etag"]}, {"if-modified-since": known.headers["last-modified"]}):
        assert client.get("/static/tracelore.css", headers=asked).status_code == 304


def test_head_tells_of_every_page_what_get_would(client: TestClient, site: Furnished) -> None:
    for path in (*site.open, *site.missing, "/sitemap.xml", "/static/tracelore.css"):
        asked, told = client.head(path), client.get(path)
        assert asked.content == b""
        assert asked.status_code == told.status_code
        assert asked.headers["content-length"] == str(len(told.content))


def test_a_bug_is_there_for_programs_too(client: TestClient) -> None:
    known = client.get(BUG + ".json").json()
    assert known == client.get("/api/v1/signatures/uvicorn-1317").json()
    told = client.get(BUG + ".md")
    assert told.headers["content-type"].startswith("text/markdown")
    assert told.text.startswith("# ")
    assert "**Upgrade uvicorn to 0.18.0 or later.**" in told.text
    assert f"https://tracelore.example.org{BUG}" in told.text
    for accept, ending in (("application/json", ".json"), ("text/markdown, */*;q=0.1", ".md")):
        sent = client.get(BUG, headers={"accept": accept}, follow_redirects=False)
        assert (sent.status_code, sent.headers["location"], sent.headers["vary"]) == (303, BUG + ending, "Accept")
    for accept in (
        "text/html, application/json;q=0.9",
        "*/*",
        "",
        "image/png",
        "application/json;q=bad, text/html;q=0.1",
    ):
        assert client.get(BUG, headers={"accept": accept}).headers["content-type"].startswith("text/html")


def test_what_is_no_number_is_no_preference() -> None:
    """A digit of Latin-1 need not be one to `float`."""
    for quality in ("\xb2", "1\xb9", ".", "-1", "nan", "1.0.0"):
        assert preferred(f"application/json;q={quality}, text/html;q=0.1") == "text/html"
    assert preferred("application/json;q=1., text/html;q=0.1") == "application/json"


def test_the_ranges_of_python_itself_are_semantic_versions(client: TestClient) -> None:
    told = client.get("/kb/cpython/cpython-79802.osv.json", follow_redirects=True).json()
    assert told["affected"] == [
        {"ranges": [{"type": "SEMVER", "events": [{"introduced": "3.5.3"}, {"fixed": "3.8.0-b.2"}]}]}
    ]


def test_every_bug_is_written_as_an_advisory_with_its_ranges(client: TestClient) -> None:
    told = client.get(BUG + ".osv.json").json()
    assert told["id"] == "x_TRACELORE-uvicorn-1317"
    assert told["affected"][0]["package"] == {"ecosystem": "PyPI", "name": "uvicorn", "purl": "pkg:pypi/uvicorn"}
    assert told["affected"][0]["ranges"] == [
        {"type": "ECOSYSTEM", "events": [{"introduced": "0.16.0"}, {"fixed": "0.18.0"}]}
    ]
    for one in client.get("/api/v1/signatures").json()["signatures"]:
        told = client.get(one["url"] + ".osv.json").json()
        assert told["modified"].endswith("T00:00:00Z")
        assert all(len(event) == 1 for side in told["affected"] for span in side["ranges"] for event in span["events"])
        assert {at["type"] for at in told["references"]} <= {"REPORT", "FIX", "ARTICLE", "WEB"}


@pytest.mark.parametrize("path", ["/kb/uvicorn/nothing.json", "/kb/django/uvicorn-1317.md", "/kb/nobody/feed.atom"])
def test_what_is_not_in_the_book_has_no_other_form(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"accept": "*/*"}).json()["type"] == "/problems/unknown-signature"


@pytest.mark.parametrize("path", ["/kb/feed.atom", "/kb/uvicorn/feed.atom"])
def test_a_feed_tells_what_was_checked_last_under_ids_that_stay(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = ET.fromstring(answer.content)
    entries = feed.findall(ATOM + "entry")
    assert 0 < len(entries) <= 50
    assert [link.get("href") for link in feed.findall(ATOM + "link")] == [
        f"https://tracelore.example.org{path}", f"https://tracelore.example.org{path.removesuffix('/feed.atom')}"
    ]  # fmt: skip
    ids = [str(one.findtext(ATOM + "id")) for one in (feed, *entries)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", one) for one in ids)
    updated = [str(one.findtext(ATOM + "updated")) for one in entries]
    assert updated == sorted(updated, reverse=True)
    assert feed.findtext(ATOM + "updated") == updated[0]
    page = Markup(client.get(path.removesuffix("/feed.atom")).text)
    assert path in [one.get("href") for one in page.named("link")]
    assert path in [one.get("href") for one in page.named("a")]


def test_the_feeds_ids_are_the_same_tomorrow(client: TestClient) -> None:
    entries = ET.fromstring(client.get("/kb/uvicorn/feed.atom").content).findall(ATOM + "entry")
    known = {one.find(ATOM + "link").get("href"): one.findtext(ATOM + "id") for one in entries}  # type: ignore[union-attr]
    assert known[f"https://tracelore.example.org{BUG}"] == "urn:uuid:e926439a-16c8-5b05-b81a-8fd64cf1cebe"


def test_the_sites_map_lists_what_may_be_indexed(client: TestClient) -> None:
    listed = ET.fromstring(client.get("/sitemap.xml").content)
    places = [str(one.findtext(MAP + "loc")) for one in listed]
    signatures = client.get("/api/v1/signatures").json()["signatures"]
    kept = [one["url"] for one in signatures if one["status"] != "retired"]
    assert set(places) >= {f"https://tracelore.example.org{path}" for path in ("/", "/kb", "/kb/uvicorn", *kept)}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", str(one.findtext(MAP + "lastmod"))) for one in listed[1:])


def test_what_does_not_fit_into_one_map_stands_in_several(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [(one.findtext(MAP + "loc"), one.findtext(MAP + "lastmod")) for one in in_map(client, "/sitemap.xml")]
    monkeypatch.setattr(feeds, "MOST_PLACES", 100)
    index = in_map(client, "/sitemap.xml")
    maps = [str(one.findtext(MAP + "loc")).removeprefix("https://tracelore.example.org") for one in index]
    assert (index.tag, maps) == (MAP + "sitemapindex", [f"/sitemap-{number + 1}.xml" for number in range(len(maps))])
    parts = [[(one.findtext(MAP + "loc"), one.findtext(MAP + "lastmod")) for one in in_map(client, at)] for at in maps]
    assert [place for part in parts for place in part] == whole
    assert all(0 < len(part) <= 100 for part in parts)
    days = [one.findtext(MAP + "lastmod") for one in index]
    assert days == [max(day for _, day in part if day) for part in parts]
    for number in ("0", str(len(maps) + 1), "01", "-1", "x", "9" * 5_000):
        assert client.get(f"/sitemap-{number}.xml").status_code == 404


def in_map(client: TestClient, path: str) -> ET.Element:
    return ET.fromstring(client.get(path).content)


def test_search_engines_are_let_in_only_where_the_operator_says_so(
    client: TestClient, local_client: TestClient
) -> None:
    assert "Sitemap: https://tracelore.example.org/sitemap.xml" in client.get("/robots.txt").text
    assert "Disallow: /diagnoses" in client.get("/robots.txt").text
    assert "x-robots-tag" not in client.get("/kb").headers
    assert local_client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert local_client.get("/kb").headers["x-robots-tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex">' in local_client.get("/kb").text


@pytest.mark.parametrize("host", ['evil"><script>', "a b", "x" * 300, ""])
def test_a_host_that_is_none_stands_on_no_page(local_client: TestClient, host: str) -> None:
    answer = local_client.get("/kb", headers={"host": host})
    assert 'rel="canonical"' not in answer.text
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/kb/", "/kb"),
        ("/KB", "/kb"),
        ("/uvicorn", "/kb/uvicorn"),
        ("/uvicorn-1317", BUG),
        (BUG + "/", BUG),
        ("/soruces", "/sources"),
    ],
)
def test_a_wrong_address_is_answered_with_the_one_that_was_meant(client: TestClient, path: str, meant: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Perhaps you meant" in answer.text
    assert f'<a href="{meant}">' in answer.text
    assert "Perhaps you meant" not in client.get("/zzzz-nothing").text


def test_a_wrong_method_is_answered_with_a_page_that_leads_on(client: TestClient) -> None:
    answer = client.post("/kb/uvicorn")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert '<a class="button quiet" href="/kb">' in answer.text
    assert answer.headers["vary"] == "Accept"
