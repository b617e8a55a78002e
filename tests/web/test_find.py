"""The page that searches: addresses that say everything, matching for what is pasted, and any text shown safely."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings, shipped
from app.store.staff import add

FOUND = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()
ANTIALIAS = "AttributeError: module 'PIL.Image' has no attribute 'ANTIALIAS'"
BROWSER = {"accept": "text/html"}
ODD = [
    "<script>alert(1)</script>",
    '" AND *',
    "' OR 1=1 --",
    "\u202e\u2066שלום",
    "a\x00b\x1b[31m",
    "\\",
    "%_",
    "x" * 5000,
]


def text_of(page: str) -> str:
    """What a reader sees of it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def hits(page: str) -> list[str]:
    return re.findall(r'<span class="id">([^<]+)</span> <span class="quiet">', page)


def links(page: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'href="(/kb\?[^"]*)"', page)]


@pytest.mark.parametrize("typed", ["WinErr 87", "CreateIoCompletionport", "pydantc BaseSettings"])
def test_what_is_found_is_shown_with_its_words_marked(client: TestClient, typed: str) -> None:
    page = client.get("/kb", params={"q": typed}).text
    assert {"uvicorn-1317", "pydantic-2-basesettings"} & set(hits(page))
    assert "<mark>" in page
    assert ("read as “pydantic”" in page) == ("pydantc" in typed)


def test_facets_are_counted_combined_and_removed_by_their_addresses(client: TestClient) -> None:
    page = client.get("/kb?q=windows").text
    narrower = next(one for one in links(page) if "exception=OSError" in one)
    assert narrower == "/kb?q=windows&exception=OSError"
    chosen = client.get(narrower).text
    assert 0 < len(hits(chosen)) < len(hits(page))
    both = client.get(f"{narrower}&package=uvicorn").text
    assert set(hits(both)) == {one for one in hits(chosen) if one.startswith("uvicorn-")}
    assert {"/kb?q=windows&package=uvicorn", "/kb?q=windows&exception=OSError"} <= set(links(both))
    assert "Remove: </span>OSError" in both
    assert 'name="package" value="uvicorn"' in both, "another word is searched for within the same"


def test_a_list_is_turned_page_by_page_without_a_gap(local_client: TestClient) -> None:
    path: str | None = "/kb?fix=fixed"
    found: list[str] = []
    while path:
        page = local_client.get(path).text
        found += hits(page)
        path = next(iter(re.findall(r'href="([^"]+)" rel="next"', page)), None)
        path = html.unescape(path) if path else None
    fixed = [one for one in local_client.get("/api/v1/signatures").json()["signatures"] if one["fixed_in"]]
    assert sorted(found) == sorted(one["id"] for one in fixed)
    assert hits(local_client.get("/kb?fix=fixed&page=999999").text), "beyond the last page is the last page"


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=²", "page=" + "9" * 30, "os=beos&fix=%00", "q=%FF%00"]
)
def test_an_address_that_asks_for_nonsense_is_answered(client: TestClient, query: str) -> None:
    assert client.get(f"/kb?{query}", headers=BROWSER).status_code == 200


@pytest.mark.parametrize(("line", "verdict"), [(ANTIALIAS, "This crash may be known"), ("KeyError: 'x'", None)])
def test_a_pasted_line_is_answered_by_matching(local_client: TestClient, line: str, verdict: str | None) -> None:
    page = local_client.get("/kb", params={"q": line}).text
    assert ("<h2>This crash" in page) == (verdict is not None)
    if verdict:
        assert verdict in page
        assert text_of(page).index("Line 1 " + ANTIALIAS) < text_of(page).index("with these words")


@pytest.mark.parametrize(
    "written", [FOUND, FOUND.replace("\n", "\r\n"), FOUND.replace("\n", "")], ids=["lf", "crlf", "in-a-line"]
)
def test_a_pasted_traceback_is_answered_by_matching_and_not_kept(client: TestClient, written: str) -> None:
    """Also where a field of one line has swallowed the line breaks."""
    page = client.post("/kb", data={"q": written}, headers=BROWSER)
    assert page.status_code == 200
    assert "This crash is known" in page.text
    assert "OSError: [WinError 87] The parameter is incorrect" in text_of(page.text)
    assert "/kb/uvicorn/uvicorn-1317" in page.text
    with client.app.state.sessions() as session:  # type: ignore[attr-defined]
        assert session.connection().exec_driver_sql("SELECT count(*) FROM reports").scalar() == 0


def test_a_line_that_is_sent_gets_an_address_of_its_own(local_client: TestClient) -> None:
    sent = local_client.post("/kb", data={"q": "WinError 87", "package": "uvicorn"}, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/kb?q=WinError+87&package=uvicorn")
    sent = local_client.get("/kb/uvicorn?q=workers", follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/kb?q=workers&package=uvicorn")


@pytest.mark.parametrize("size", [3_000_000, 9_000_000])
def test_what_is_too_long_gets_a_sentence(local_client: TestClient, size: int) -> None:
    sent = local_client.post("/kb", content="q=" + "y" * size, headers=BROWSER)
    assert sent.status_code == 413
    assert "longer than 2,097,152 bytes" in sent.text
    assert 'role="search"' in sent.text


def test_a_form_of_too_many_fields_is_refused(local_client: TestClient) -> None:
    assert local_client.post("/kb", content="a=1&" * 100, headers=BROWSER).status_code == 400


@pytest.mark.parametrize("typed", ODD)
def test_any_text_is_shown_safely(client: TestClient, typed: str) -> None:
    for page in (
        client.get("/kb", params={"q": typed}, headers=BROWSER),
        client.post("/kb", data={"q": f"{typed}\n{typed}"}, headers=BROWSER),
    ):
        assert page.status_code == 200
        body = page.text.partition("<main")[2]
        assert "<script>alert" not in body
        outside = re.sub(r'value="[^"]*"|<textarea.*?</textarea>', "", body, flags=re.DOTALL)
        assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", outside)
    assert client.get("/api/v1/signatures", params={"q": typed[:200]}).status_code == 200


def test_every_page_has_a_field_that_searches(local_client: TestClient) -> None:
    for path in ("/", "/kb", "/kb?q=x", "/kb/uvicorn", "/kb/uvicorn/uvicorn-1317", "/sign-in", "/nothing"):
        page = local_client.get(path, headers=BROWSER).text
        assert len(re.findall(r'<form[^>]* method="post" action="/kb"[^>]*role="search"', page)) == 1, path
        assert 'rel="search" href="/opensearch.xml"' in page


@pytest.mark.parametrize(
    ("base", "here"), [(None, "http://testserver"), ("https://bugs.example.org/", "https://bugs.example.org")]
)
def test_a_browser_is_told_how_to_search(database_url: str, base: str | None, here: str) -> None:
    with TestClient(create_app(Settings(database_url=database_url, base_url=base))) as client:
        answer = client.get("/opensearch.xml")
    assert answer.headers["content-type"].startswith("application/opensearchdescription+xml")
    [url] = [one for one in ET.fromstring(answer.text) if one.tag.endswith("}Url")]
    assert url.attrib["template"] == f"{here}/kb?q={{searchTerms}}"


def test_the_api_finds_the_same_in_the_same_order(client: TestClient) -> None:
    asked: dict[str, Any] = {"q": "werkzeug url_quote"}
    listed = [one["id"] for one in client.get("/api/v1/signatures", params=asked).json()["signatures"]]
    assert listed == hits(client.get("/kb", params=asked).text)
    asked["package"] = "flask"
    narrowed = [one["id"] for one in client.get("/api/v1/signatures", params=asked).json()["signatures"]]
    assert narrowed == [one for one in listed if one.startswith("flask-") and not one.startswith("flask-login")]


@pytest.fixture
def staff(client: TestClient) -> TestClient:
    with client.app.state.sessions.begin() as session:  # type: ignore[attr-defined]
        key = add(session, "night desk", datetime.now(UTC))
    client.post("/sign-in", data={"key": key})
    return client


def test_stored_diagnoses_are_for_staff_only(client: TestClient) -> None:
    assert client.get("/diagnoses").status_code == 401
    sent = client.get("/diagnoses?q=a", headers=BROWSER, follow_redirects=False)
    assert sent.headers["location"] == "/sign-in?next=%2Fdiagnoses%3Fq%3Da"


def test_staff_find_stored_diagnoses(staff: TestClient) -> None:
    assert "Nothing is kept yet" in staff.get("/diagnoses").text
    told = staff.post("/api/v1/diagnoses", json={"text": FOUND, "source": "ticket <4711>"}).json()
    page = staff.get("/diagnoses", params={"q": "winerror", "verdict": "match", "source": "ticket <"})
    assert page.headers["cache-control"] == "no-store"
    assert told["url"] in page.text
    assert "from ticket <4711>" in text_of(page.text)
    assert "No stored diagnosis is all of this" in staff.get("/diagnoses?q=winerror&verdict=none").text
    for typed in ODD:
        assert (
            staff.get("/diagnoses", params={"q": typed, "source": typed, "from": typed, "before": typed}).status_code
            == 200
        )


def test_of_a_report_without_a_crash_nobody_says_that_its_bug_is_unknown(staff: TestClient) -> None:
    staff.post("/api/v1/diagnoses", content="all is well")
    told = text_of(staff.get("/diagnoses").text)
    assert "No crash in it" in told
    assert "Not a bug we know" not in told
    staff.post("/api/v1/diagnoses", content="KeyError: 'a'")
    assert text_of(staff.get("/diagnoses").text).count("Not a bug we know") == 1


def test_stored_diagnoses_are_turned_page_by_page(staff: TestClient) -> None:
    for number in range(30):
        staff.post("/api/v1/diagnoses", json={"text": f"KeyError: 'a{number}'", "source": "shop"})
    first = staff.get("/diagnoses?source=shop").text
    [older] = re.findall(r'href="(/diagnoses\?[^"]+)" rel="next"', first)
    second = staff.get(html.unescape(older)).text
    assert "source=shop" in older
    shown = re.findall(r'href="/diagnoses/(\w{26})"', first + second)
    assert (len(shown), len(set(shown))) == (30, 30)
    assert 'href="/diagnoses?source=shop">Newest' in second
