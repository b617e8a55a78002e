"""The pages, asked for as a browser asks: what they say, what they refuse, and that no text can break them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.diagnosis.weights import WEIGHTS
from app.settings import shipped
from app.store.parked import park
from app.store.sources import add_key, count_crashes, count_records
from app.store.staff import add
from app.web import words
from app.web.render import STATIC

BROWSER = {"accept": "text/html,application/xhtml+xml"}
FOUND = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()
PERHAPS = (shipped("signatures") / "uvicorn" / "uvicorn-1317.maybe.bare-german.txt").read_text()
UNKNOWN = 'Traceback (most recent call last):\n  File "/srv/shop/cart.py", line 3, in total\n    prices["x"]\nKeyError: \'x\'\n'
HOSTILE = (
    "Traceback (most recent call last):\n"
    '  File "/srv/<script>alert(1)</script>.py", line 3, in <img src=x onerror=alert(2)>\n'
    "    </code></li></ol></div><h1>mine</h1>\n"
    "ValueError: </title><script>alert(3)</script> \u202egnp.exe \u2066 \x1b]0;x\x07 \x9b {{ 7*7 }} {% raw %} &amp; \"' "
    + "W" * 5000
    + "\n"
)
VOID = {"meta", "link", "input", "br", "path", "rect"}


class Outline(HTMLParser):
    """What a page is made of; complains about anything that is not closed, doubled or inline."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.links: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[str] = []
        self.wrong: list[str] = []
        self.words = ""
        self.feed(page)
        self.close()
        self.wrong += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(tag)
        if "id" in known:
            self.ids.append(str(known["id"]))
        if tag == "label":
            self.labelled.add(str(known["for"]))
        if tag in {"input", "textarea", "select"} and known.get("type") != "hidden" and "hidden" not in known:
            self.fields.append(str(known["id"]))
        if tag == "a":
            self.links.append(str(known["href"]))
        self.wrong += [f"{name} on <{tag}>" for name in known if name.startswith("on") or name == "style"]
        data = known.get("type") == "application/ld+json"  # is read, never run
        if tag == "style" or (tag == "script" and "src" not in known and not data):
            self.wrong.append(f"inline <{tag}>")
        names = known.get("rel") in {"canonical", "alternate"}  # of this page, not to be loaded with it
        loads = known.get("src") or (known.get("href") if tag == "link" and not names else None)
        if loads and not loads.startswith(("/static/", "/opensearch.xml")):
            self.wrong.append(f"<{tag}> loads {loads}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        assert tag in VOID, tag

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "textarea":
            self.words += data


def paste(client: TestClient, **fields: str) -> str:
    """The page that follows a paste."""
    sent = client.post("/", files={name: (None, value) for name, value in fields.items()}, headers=BROWSER)
    assert sent.status_code == 200, sent.text
    assert sent.url.path.startswith("/diagnoses/")
    return sent.text


def refused(client: TestClient, files: dict[str, Any]) -> tuple[int, str]:
    sent = client.post("/", files=files, headers=BROWSER)
    assert sent.url.path == "/"
    return sent.status_code, sent.text


def said(page: str) -> str:
    return " ".join(Outline(page).words.split())


def test_the_founding_example_gets_its_answer(local_client: TestClient) -> None:
    page = paste(local_client, text=FOUND)
    assert re.search(r"<h1>Known bug, 9\d % sure</h1>", page)
    words = said(page)
    for part in (
        "Upgrade uvicorn to 0.18.0 or later.",
        'pip install "uvicorn>=0.18.0"',
        "The report does not show which version of uvicorn runs.",
        "Why it happens",
        "Until you can upgrade",
        "When not to use this fix",
        "To the customer",
        "Internal note",
        "This report was seen once.",
    ):
        assert part in words, part
    assert re.search(r'<li id="L19" class="for">.*OSError: \[WinError 87\].*</li>', page)
    assert '<li id="L1">' in page


def test_the_version_verdict_is_said_in_words(local_client: TestClient) -> None:
    assert "This report runs uvicorn 0.17.6: affected. 0.18.0 fixes it." in said(
        paste(local_client, text=FOUND, packages="uvicorn==0.17.6")
    )
    later = said(paste(local_client, text=FOUND, packages="uvicorn==0.30.0"))
    assert "uvicorn 0.30.0: it already has the fix" in later
    assert "Known bug" not in re.findall(r"^.*? · Tracelore", later)[0]


def test_a_perhaps_asks_the_question_that_would_decide(local_client: TestClient) -> None:
    words = said(paste(local_client, text=PERHAPS))
    assert "Perhaps this bug, " in words
    assert "If it is this bug" in words
    assert "One answer would decide" in words


def test_the_number_is_accounted_for_in_the_answer_and_on_its_page(local_client: TestClient) -> None:
    page = paste(local_client, text=PERHAPS)
    [folded] = re.findall(r"<section class=\"sum\".*?</section>", page, re.DOTALL)
    answer = local_client.post("/api/v1/diagnoses", json={"text": PERHAPS}).json()
    match, other = answer["crashes"][0]["matches"]
    told = said(folded)
    assert len(match["contributions"]) > 3
    for name, value in match["contributions"].items():
        assert f"{words.piece(name)}{words.added(value)} " in told
    assert told.endswith(f"Together{words.added(sum(match['contributions'].values()))}")
    assert match["confidence"] + other["confidence"] == pytest.approx(1)
    assert match["confidence"] < match["ceiling"]["at_most"]
    assert f"Held at {words.percent(match['ceiling']['at_most'])} at most. {match['ceiling']['why']}" in told
    assert "all of them together are 100 % at most." in told


def test_every_piece_of_evidence_has_words() -> None:
    assert words.PIECES.keys() == WEIGHTS.keys()


def test_an_unknown_crash_gets_its_fingerprint_and_count(local_client: TestClient) -> None:
    paste(local_client, text=UNKNOWN)
    words = said(paste(local_client, text=UNKNOWN + "\n\n", python="3.11.4"))
    assert "Not a bug we know" in words
    assert re.search(r"v1:[0-9a-f]{8,}", words)
    assert "A crash like this was seen twice." in words


def test_without_a_crash_the_page_says_what_was_looked_for(local_client: TestClient) -> None:
    words = said(paste(local_client, text="all is well\n"))
    assert "No Python crash found" in words
    assert "To the customer" in words


def test_each_crash_of_a_report_can_be_shown(local_client: TestClient) -> None:
    page = paste(local_client, text=FOUND + "\n" * 3 + UNKNOWN)
    assert "One of 2 crashes in this report" in said(page)
    other = next(link for link in Outline(page).links if link.endswith("?crash=2"))
    assert "Not a bug we know" in said(local_client.get(other, headers=BROWSER).text)


def test_a_file_is_read_like_a_paste(local_client: TestClient) -> None:
    sent = local_client.post("/", files={"text": (None, ""), "file": ("crash.log", FOUND.encode("utf-16"))})
    assert "Known bug, " in said(sent.text)


def test_what_is_taken_out_is_named_and_gone(local_client: TestClient) -> None:
    page = paste(local_client, text=UNKNOWN.replace("/srv/shop", "/home/mallory/shop"))
    assert "mallory" not in page
    assert "Taken out before storing user name" in said(page)


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({}, 400, "There is nothing to read."),
        ({"text": "  \n"}, 400, "There is nothing to read."),
        ({"text": "x" * (2 * 1024 * 1024 + 1)}, 413, "That is too long."),
        ({"text": "kept & safe", "python": "three"}, 422, "Python version:"),
        ({"text": "kept & safe", "os": "amiga"}, 422, "System:"),
        ({"text": "kept & safe", "packages": "uvicorn is new"}, 422, "Packages:"),
    ],
)
def test_what_cannot_be_used_is_said_and_kept(
    local_client: TestClient, fields: dict[str, str], status: int, sentence: str
) -> None:
    blank = {"text": "", "os": "", "python": "", "packages": ""}
    code, page = refused(local_client, {name: (None, value) for name, value in {**blank, **fields}.items()})
    assert code == status
    assert sentence in said(page)
    for value in {**fields, "os": ""}.values():  # a list can't hold what is not in it
        assert value.strip().replace("&", "&amp;") in page


def test_a_text_and_a_file_are_one_too_many(local_client: TestClient) -> None:
    code, page = refused(local_client, {"text": (None, "kept"), "file": ("crash.txt", b"other")})
    assert code == 422
    assert "not both" in page
    assert "kept</textarea>" in page


def test_a_binary_file_and_a_giant_are_refused_with_a_page(local_client: TestClient) -> None:
    code, page = refused(local_client, {"file": ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(500))})
    assert (code, "not text" in page) == (415, True)
    code, page = refused(local_client, {"file": ("a.log", b"y" * 9_000_000)})
    assert (code, "That is too long." in page) == (413, True)


def test_the_book_is_listed_searched_and_read(local_client: TestClient) -> None:
    books = local_client.get("/kb").text
    assert "/kb/uvicorn/uvicorn-1317" in Outline(books).links
    hits = Outline(local_client.get("/kb", params={"q": "winerror 87"}).text).links
    assert "/kb/uvicorn/uvicorn-1317" in hits
    assert "/kb/pillow/pillow-antialias-removed" not in hits
    assert "/kb/hypercorn/hypercorn-129" not in Outline(local_client.get("/kb/uvicorn").text).links
    page = said(local_client.get("/kb/uvicorn/uvicorn-1317").text)
    for part in (
        "Upgrade uvicorn to 0.18.0 or later.",
        "0.16.0",
        "How it is recognised",
        "How we know",
        "Windows only",
    ):
        assert part in page


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (
            "/kb/flask/flask-werkzeug3-url_quote",
            (
                ": it was made to happen, and with the fix it was gone.",
                "It crashed on",
                "Python 3.8.18 with flask 2.2.3 and werkzeug 3.0.1",
                "It ran on",
                "Python 3.8.18 with flask 2.2.5 and werkzeug 3.0.1",
                "The ends of the range were run: flask 1.1.2 fails in another way, 2.0.0 crashes, 2.2.3 crashes,",
                "Could not be installed beside the others: 1.1.4",
            ),
        ),
        (
            "/kb/uvicorn/uvicorn-1317",
            (": its public sources were read, and they agree.", "Not run here. Needs Windows: "),
        ),
    ],
    ids=["run", "read"],
)
def test_a_bug_says_how_it_is_known(local_client: TestClient, path: str, told: tuple[str, ...]) -> None:
    page = said(local_client.get(path).text).rpartition("Last checked on ")[2]
    for part in told:
        assert part in page, part
    assert ("It crashed on" in page) == ("made to happen" in page)


def test_a_search_that_finds_nothing_says_what_to_try(local_client: TestClient) -> None:
    page = local_client.get("/kb", params={"q": "<b>frobnicate</b>"}).text
    assert "Nothing in the book says “<b>frobnicate</b>”" in said(page)


def test_every_signature_has_a_page_without_empty_parts(local_client: TestClient) -> None:
    for one in local_client.get("/api/v1/signatures").json()["signatures"]:
        page = local_client.get(one["url"])
        assert page.status_code == 200
        assert not Outline(page.text).wrong
        assert not re.search(r"<h([23])[^>]*>[^<]*</h\1>\s*(?:<h2|<h\1|</section)", page.text), one["id"]
        own = local_client.get(f"/api/v1/signatures/{one['id']}").text
        written = re.sub(r'<ol class="lines">.*?</ol>', "", page.text, flags=re.DOTALL)  # anybody's own source
        assert "None" in own or "None" not in said(written).split(), one["id"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing/here", 404),
        ("/diagnoses/01ARZ3NDEKTSV4RRFFQ69G5FAV", 404),
        ("/diagnoses/<script>", 404),
        ("/kb/no-such-package", 404),
        ("/kb/uvicorn/uvicorn-0", 404),
        ("/kb/flask/uvicorn-1317", 404),
    ],
)
def test_failures_are_pages_for_browsers(local_client: TestClient, path: str, status: int) -> None:
    page = local_client.get(path, headers=BROWSER)
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert str(status) in said(page.text)
    assert not Outline(page.text).wrong


def pages_of_staff(client: TestClient) -> dict[str, str]:
    """The pages for whoever is signed in, of a source with something of everything."""
    found = {"/sign-in": client.get("/sign-in", headers=BROWSER).text}
    with client.app.state.sessions.begin() as session:  # type: ignore[attr-defined]
        key = add(session, "desk", datetime.now(UTC))
        add_key(session, "shop")
        add_key(session, "shop")
        session.flush()
        count_records(session, "shop", 9, HOSTILE)
        count_crashes(session, "shop", 3, 1)
        park(session, "shop", [(HOSTILE, None, HOSTILE)])
    client.post("/sign-in", data={"key": key})
    found |= {
        path: client.get(path, headers=BROWSER).text for path in ("/sources", "/sources/shop", "/sources/shop/remove")
    }
    token = re.findall(r'name="token" value="(\w+)"', found["/sources"])[0]
    found["new key"] = client.post("/sources/shop/keys", data={"token": token}, headers=BROWSER).text
    found["no name"] = client.post("/sources", data={"token": token, "name": HOSTILE}, headers=BROWSER).text
    return found


def pages(client: TestClient) -> dict[str, str]:
    """One page of each kind, the hostile ones among them."""
    found = {path: client.get(path, headers=BROWSER).text for path in ("/", "/kb", "/kb/uvicorn", "/nothing")}
    found |= {f"/kb?q={query}": client.get("/kb", params={"q": query}).text for query in ("python", HOSTILE[:300])}
    reports = {
        "match": FOUND,
        "maybe": PERHAPS,
        "none": UNKNOWN,
        "empty": "fine",
        "hostile": HOSTILE,
        "many": FOUND * 9,
    }
    found |= {name: paste(client, text=report) for name, report in reports.items()}
    found["refused"] = refused(client, {"text": (None, HOSTILE), "os": (None, HOSTILE), "python": (None, HOSTILE)})[1]
    return found


def test_every_page_is_whole_and_accessible(local_client: TestClient) -> None:
    for name, page in (pages(local_client) | pages_of_staff(local_client)).items():
        outline = Outline(page)
        assert not outline.wrong, name
        assert outline.headings.count("h1") == 1, name
        assert len(outline.ids) == len(set(outline.ids)), name
        assert set(outline.fields) <= outline.labelled, name
        fragments = {link[1:] for link in outline.links if link.startswith("#")}
        assert fragments <= set(outline.ids), name
        assert '<html lang="en">' in page, name
        assert re.search(r"<title>[^<]+ · Tracelore</title>", page), name


def test_hostile_text_is_shown_and_does_nothing(local_client: TestClient) -> None:
    page = paste(local_client, text=HOSTILE)
    for live in ("<script>alert", "<img", "<h1>mine", "\u202e", "\u2066", "\x1b", "\x9b"):
        assert live not in page
    words = said(page)
    assert "«U+202E»gnp.exe" in words
    assert "{{ 7*7 }}" in words
    assert "more characters" in words
    assert max(len(word) for word in words.split()) <= 1100


def test_a_stored_answer_is_not_for_search_engines_and_a_signature_may_be(local_client: TestClient) -> None:
    state = local_client.app.state  # type: ignore[attr-defined]
    state.settings = state.settings.model_copy(update={"indexed": True})
    assert 'name="robots" content="noindex"' in paste(local_client, text=FOUND)
    assert "noindex" not in local_client.get("/kb/uvicorn/uvicorn-1317").text


def test_pages_trust_only_their_own_host(local_client: TestClient) -> None:
    answer = local_client.get("/")
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert "unsafe" not in answer.headers["content-security-policy"]
    for asset in ("tracelore.css", "tracelore.js", "icon.svg"):
        sent = local_client.get(f"/static/{asset}")
        assert sent.status_code == 200
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|url\(", sent.text)


def luminance(colour: str) -> float:
    digits = colour if len(colour) == 6 else "".join(one * 2 for one in colour)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_have_enough_contrast_to_be_read(scheme: int) -> None:
    css = (STATIC / "tracelore.css").read_text()
    colours = dict(re.findall(r"--([a-z-]+): #([0-9a-f]{3,6});", css.split("prefers-color-scheme")[scheme]))
    grounds = {
        "ink": ("paper", "sheet", "well", "match-bg", "maybe-bg", "none-bg"),
        "quiet": ("paper", "sheet", "well"),
    }
    grounds |= {tone: (f"{tone}-bg", "sheet", "paper") for tone in ("match", "maybe", "none")}
    grounds |= {"link": ("paper", "sheet", "well"), "on-act": ("act",)}
    for ink, backs in grounds.items():
        for back in backs:
            light, dark = sorted((luminance(colours[ink]), luminance(colours[back])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{ink} on {back}"


def test_templates_decide_nothing() -> None:
    for template in (STATIC.parent / "templates").rglob("*.html"):
        tags = set(re.findall(r"{%-?\s*(\w+)", template.read_text()))
        assert tags <= {"if", "else", "endif", "for", "endfor", "with", "endwith", "include"}, template.name
        assert "|safe" not in template.read_text()
