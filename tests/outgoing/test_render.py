"""News are written so that no crash can say more than words: nobody is called, nothing is ordered, no limit is passed."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outgoing.render import RENDER, Telling, headline, issue, traceback_of
from app.outgoing.words import JOINER, code, fenced, markdown, slack, visible
from app.store.news import News

NEWS = News(
    event="crash.known.first",
    at="2026-11-23T12:00:00+00:00",
    title="Several workers on Windows: none of them accepts connections",
    verdict="match",
    confidence=0.974,
    signature="uvicorn-1317",
    package="uvicorn",
    version="0.17.6",
    fixed_in="0.18.0",
    advice="Upgrade uvicorn to 0.18.0 or later.",
    page="/kb/uvicorn/uvicorn-1317",
    exception="OSError",
    message="[WinError 87] The parameter is incorrect",
    fingerprint="v1:abc",
    source="shop",
    service="web",
    release="1.2",
    environment="production",
    count=1,
    minutes=None,
    diagnosis="01M82BFT2869M0V98RBQFDWDRB",
    first_line=2,
    last_line=4,
)
TRACEBACK = 'Traceback (most recent call last):\n  File "/srv/a.py", line 1, in f\nOSError: [WinError 87] <&>'
BASE = "https://tracelore.example.org/t"
HOSTILE = (
    "x\n```\n/close\n@everyone #1 !2 <!channel> <@U1> <script>alert(1)</script> `````` ~~~ ](javascript:x) "
    "*b* &lt; \u202egnp.exe \x1b[31m \x00 \u2028 -->\r\n/assign @root\n````\n| --- |"
)
LETTERS = st.text(st.sampled_from("`~@#/<>&|*_[]()!\n\r\\ax \u202e\u2028"), max_size=300)


def everywhere(text: str, **more: object) -> Telling:
    """News that hold this text wherever a crash or its sender could put it."""
    words = ("title", "message", "exception", "service", "release", "environment", "version", "advice")
    return Telling(replace(NEWS, **dict.fromkeys(words, text), **more), text, BASE)  # type: ignore[arg-type]  # by name


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return [value] if isinstance(value, str) else []


def test_programs_get_all_that_is_known_with_whole_links() -> None:
    body = RENDER["standard"](Telling(NEWS, TRACEBACK, BASE))
    assert (body["type"], body["timestamp"]) == ("crash.known.first", "2026-11-23T12:00:00+00:00")
    data = body["data"]
    assert data["links"] == {
        "diagnosis": f"{BASE}/diagnoses/01M82BFT2869M0V98RBQFDWDRB",
        "signature": f"{BASE}/kb/uvicorn/uvicorn-1317",
    }
    wanted = [
        "signature",
        "title",
        "package",
        "fixed_in",
        "advice",
        "fingerprint",
        "service",
        "release",
        "environment",
        "source",
        "count",
        "confidence",
    ]
    assert {name: data[name] for name in wanted} == {name: getattr(NEWS, name) for name in wanted}


def test_without_an_address_links_are_paths_or_left_out() -> None:
    telling = Telling(NEWS, TRACEBACK, None)
    assert RENDER["standard"](telling)["data"]["links"]["diagnosis"] == "/diagnoses/01M82BFT2869M0V98RBQFDWDRB"
    assert "](" not in issue(telling)[1]
    assert "|Diagnosis>" not in json.dumps(RENDER["slack"](telling))


def test_the_headline_says_what_is_new_and_where() -> None:
    assert headline(NEWS) == f"Known bug, new in web: {NEWS.title}"
    again = replace(NEWS, event="crash.regression", version="0.30.0")
    assert headline(again) == f"Known bug in web, although uvicorn 0.30.0 has the fix: {NEWS.title}"
    rate = replace(NEWS, event="crash.unknown.rate", title="KeyError: 1", service=None, count=12, minutes=10)
    assert headline(rate) == "Unknown crash in shop, 12 times in 10 minutes: KeyError: 1"


def test_the_traceback_is_cut_out_of_its_report() -> None:
    assert traceback_of("before\n" + TRACEBACK + "\nafter", NEWS) == TRACEBACK
    assert traceback_of("one line", NEWS) is None


def test_an_issue_shows_the_crash_and_what_is_known() -> None:
    title, body = issue(Telling(NEWS, TRACEBACK, BASE))
    assert title == headline(NEWS)
    assert f"```text\n{TRACEBACK}\n```" in body
    assert "- Signature: `uvicorn-1317 (match, 97 % sure)`" in body
    assert f"[What is known](<{BASE}/kb/uvicorn/uvicorn-1317>)" in body


def test_a_message_in_slack_shows_them_too() -> None:
    body = RENDER["slack"](Telling(NEWS, TRACEBACK, BASE))
    assert body["text"] == headline(NEWS)
    pre = body["blocks"][-1]["elements"][0]
    assert (pre["type"], pre["elements"][0]["text"]) == ("rich_text_preformatted", TRACEBACK)
    assert f"<{BASE}/kb/uvicorn/uvicorn-1317|What is known>" in body["blocks"][-2]["text"]["text"]


@pytest.mark.parametrize("kind", RENDER)
@pytest.mark.parametrize("text", [HOSTILE, "`" * 200_000, "&" * 200_000, "\U0001f600" * 200_000, "/\n" * 100_000])
def test_no_limit_is_passed(kind: str, text: str) -> None:
    body = RENDER[kind](everywhere(text))
    json.dumps(body)
    if kind == "slack":
        assert len(body["blocks"]) <= 50
        assert max(map(len, strings(body))) <= 3000
    if kind in {"github", "gitlab"}:
        assert len(body["title"]) <= 255
        assert len(body["body" if kind == "github" else "description"]) <= 65_536


def outside_of_code(body: str) -> str:
    """What is left of Markdown when blocks and spans of code are read as CommonMark reads them."""
    body = re.sub(r"^(`{3,})text\n.*?^\1$", "", body, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", body)


@given(LETTERS)
def test_a_crash_stays_inside_its_code(text: str) -> None:
    _, body = issue(Telling(replace(NEWS, message=text, service=f"x{text}", release=f"x{text}"), f"x{text}", None))
    _, quiet = issue(Telling(replace(NEWS, message="x", service="x", release="x"), "x", None))
    assert outside_of_code(body) == outside_of_code(quiet)


@given(LETTERS)
def test_a_span_of_code_ends_where_it_is_meant_to(text: str) -> None:
    span = code(text, 200)
    ticks = span[: len(span) - len(span.lstrip("`"))]
    assert span.endswith(ticks)
    assert "\n" not in span
    assert ticks not in re.findall(r"`+", span[len(ticks) : -len(ticks)])


@given(LETTERS)
def test_no_line_of_an_issue_is_an_order(text: str) -> None:
    _, body = issue(everywhere(text))
    assert not [line for line in body.splitlines() if line.lstrip().startswith("/")]


@given(LETTERS)
def test_markdowns_words_hold_no_markup(text: str) -> None:
    written = markdown(text, 200)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]<>|~]", written)
    assert not re.search(r"[@#!]\w", written)


@given(LETTERS)
def test_slack_is_told_no_commands(text: str) -> None:
    written = slack(text, 100)
    assert not re.search(r"[<>`\n]|&(?!amp;|lt;|gt;)", written)
    assert len(written) <= 100


def test_hostile_words_call_nobody() -> None:
    title, body = issue(everywhere(HOSTILE))
    free = outside_of_code(body)
    assert "<script" not in free
    assert not re.search(r"@\w|^/", free, re.MULTILINE)
    assert "\u202e" not in title + body
    said = json.dumps(RENDER["slack"](everywhere(HOSTILE))["blocks"][:-1])
    assert "<!channel>" not in said
    assert "<@U1>" not in said


def test_what_is_not_seen_is_shown_as_such() -> None:
    assert visible("a\x00b\u202ec\x1b\r\nd\te\u2028f") == "a\ufffdb\ufffdc\ufffd\nd       e\nf"


def test_a_long_traceback_keeps_its_end() -> None:
    block = fenced("beginning\n" + "x" * 5000 + "\nValueError: end", 200)
    assert "beginning" not in block
    assert "ValueError: end" in block


def test_an_order_in_a_traceback_is_none() -> None:
    assert f"\n{JOINER}/close\n" in fenced("x\n```\n/close\n", 200)
