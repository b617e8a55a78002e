"""A bug's page: what stands on it and in which order, derived from the file, its releases and its example."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.signature.book import make_book
from app.signature.model import Signature
from app.signature.releases import releases_of
from app.web import bug, missing
from app.web.render import html
from app.web.upgrade import upgrade
from app.web.versions import line, spans

DAY = date(2026, 3, 4)
TOLD: dict[str, Any] = {
    "id": "six-1",
    "package": "six",
    "title": "Six can't be imported",
    "match": {"all": [{"exception": "ImportError"}]},
    "affected": [{"introduced": "1.0", "fixed": "1.4"}, {"introduced": "2.0", "fixed": "2.1"}],
    "cause": "It is so.",
    "remedy": "It is no longer so.",
    "references": [{"kind": "fix", "url": "https://example.org/six/1"}],
}
RELEASES = releases_of(dict.fromkeys(("0.9", "1.0", "1.3", "1.4", "2.0", "2.1.post1", "2.2rc1"), DAY) | {"2.1": None})


def signature(**more: Any) -> Signature:
    return Signature.model_validate(TOLD | more)


def page_of(one: Signature, *others: Signature) -> str:
    book = make_book([one, *others], {"six": RELEASES})
    return bytes(html(bug.page(book, one, None)).body).decode()


def headings(page: str) -> list[str]:
    return re.findall(r"<h2[^>]*>([^<]+)", page.partition("<aside")[0])


def commands(one: Signature) -> list[list[str]]:
    return [[way.whom or "", *(command.line for command in way.commands)] for way in upgrade(one, RELEASES).ways]


def test_the_parts_stand_in_the_order_of_need(local_client: TestClient) -> None:
    page = local_client.get("/kb/uvicorn/uvicorn-1317").text
    assert headings(page) == [
        "What you see",
        "Upgrade",
        "Until then",
        "When not to use this fix",
        "What happens if you leave it",
        "Why",
        "Check that the fix holds",
        "Keep it from coming back",
        "How we know",
        "Versions",
        "Where it happens",
        "Related and look-alikes",
        "Rolling it out",
        "Did this fix it?",
        "How it is recognised",
    ]


def test_what_a_signature_does_not_say_has_no_part() -> None:
    assert headings(page_of(signature())) == [
        "Upgrade",
        "Why",
        "How we know",
        "Versions",
        "Rolling it out",
        "How it is recognised",
    ]


def test_each_source_is_named_once_and_none_is_left_out() -> None:
    kinds = ("report", "fix", "commit", "release", "docs", "discussion", "look-alike")
    told = [{"kind": kind, "url": f"https://example.org/{kind}"} for kind in kinds]
    page = page_of(signature(references=told)).partition("<main")[2]
    assert [page.count(f'href="https://example.org/{kind}"') for kind in kinds] == [1] * len(kinds)


def test_the_search_line_and_the_marks_come_from_its_example(local_client: TestClient) -> None:
    page = local_client.get("/kb/uvicorn/uvicorn-1317").text
    assert "&#34;OSError: [WinError 87]&#34; &#34;_register_with_iocp&#34;" in page
    marked = re.findall(r'<li class="for">.*?</li>', page)
    assert any("_register_with_iocp" in one and "frame" in one for one in marked)
    assert any("WinError 87" in one and "exception" in one and "text" in one for one in marked)
    assert 'data-copy="search-line"' in page


def test_the_error_is_the_one_it_is_recognised_by_not_the_last_of_the_chain(local_client: TestClient) -> None:
    page = local_client.get("/kb/requests/requests-6628").text
    assert '<pre class="error"><code>TypeError: __init__() missing 2 required' in page


def test_the_release_to_install_is_named_with_its_day_and_by_command() -> None:
    one = upgrade(signature(), RELEASES)
    assert one.advice == "Upgrade six to 2.1.post1 or later."
    assert one.notes == ("Released on 4 March 2026.", "2.1 has the fix too, but was withdrawn.")
    assert commands(signature()) == [
        ["From 2.0 on", *(f'{tool} "six>=2.1.post1"' for tool in ("pip install", "uv add", "poetry add"))],
        ["To stay below 2.0", *(f'{tool} "six>=1.4,<2.0"' for tool in ("pip install", "uv add", "poetry add"))],
    ]


def test_where_nothing_fixes_it_the_other_side_is_held_back_first() -> None:
    sides = [{"package": "five", "affected": [{"introduced": "3.0"}]}]
    one = signature(**{"affected": [{"introduced": "1.0"}], "with": sides})
    assert upgrade(one, RELEASES).heading == "No fix yet"
    assert [way[:2] for way in commands(one)] == [
        ["Hold five back", 'pip install "five<3.0"'],
        ["Or stay below it", 'pip install "six<1.0"'],
    ]
    assert "Rolling it out" not in headings(page_of(one))


def test_a_branch_without_the_fix_is_named() -> None:
    one = signature(affected=[{"introduced": "1.0", "last_affected": "1.3"}, {"introduced": "2.0", "fixed": "2.1"}])
    assert "The release line that ends with 1.3 never got the fix." in upgrade(one, RELEASES).notes


def test_python_itself_is_upgraded_by_no_installer(local_client: TestClient) -> None:
    page = local_client.get("/kb/cpython/cpython-92841").text
    assert "Upgrade Python to " in page
    assert "pip install" not in page.partition('id="fix"')[2].partition("</section>")[0]


def test_ranges_stand_against_the_releases_there_are() -> None:
    told = [
        [at and (at.version, at.day) for at in (one.begin, one.last, one.fixed)]
        for one in spans(signature().affected, RELEASES)
    ]
    day = "4 March 2026"
    assert told == [
        [("1.0", day), ("1.3", day), ("1.4", day)],
        [("2.0", day), ("2.0", day), ("2.1", "withdrawn")],
    ]
    [endless] = spans(signature(affected=[{}]).affected, RELEASES)
    assert endless.begin.version == "0.9"
    assert endless.last is not None
    assert endless.last.version == "2.1.post1, the newest"
    assert endless.fixed is None


def test_the_line_of_releases_says_in_words_what_it_shows() -> None:
    drawn = line("six", signature().affected, RELEASES)
    assert drawn is not None
    assert drawn.said == "3 of 6 releases of six have it: from 1.0 to 2.0."
    assert [kind for kind, _ in drawn.paths] == ["before", "affected", "fixed"]
    assert [path.count("M") for _, path in drawn.paths] == [1, 3, 2]
    assert line("six", signature().affected, None) is None
    assert line("six", signature().affected, releases_of({"1.0": DAY})) is None


def test_a_bug_that_others_name_says_how_they_differ() -> None:
    other = signature(
        id="six-2", title="Six is slow in the morning", related=[{"id": "six-1", "difference": "No `<error>` at all."}]
    )
    page = page_of(signature(), other)
    assert "Of this bug it says: No <code" in page
    assert "&lt;error&gt;" in page
    assert "/kb/six/six-2" in page
    both = signature(related=[{"id": "six-2", "difference": "An error."}])
    assert "Of this bug it says" not in page_of(both, other)


def test_long_and_hostile_texts_are_shown_and_do_nothing() -> None:
    hostile = "</p><script>x</script> \u202e " + "W" * 3000
    one = signature(title="<b>" + "W" * 140, cause=hostile, workaround=hostile, verify=hostile)
    page = page_of(one)
    assert "<script>x" not in page
    assert "\u202e" not in page
    assert "<b>W" not in page


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/kb/uvicorn/uvicorn-1371", 404, "/kb/uvicorn/uvicorn-1317"),
        ("/kb/flask/uvicorn-1317", 404, "/kb/uvicorn/uvicorn-1317"),
        ("/kb/uvicor/nothing-like-it-at-all", 404, '"/kb/uvicorn"'),
        ("/kb/uvicor", 404, '"/kb/uvicorn"'),
        ("/kb/Uvicorn", 404, '"/kb/uvicorn"'),
        ("/kb/%3Cscript%3E/" + "x" * 3000, 404, "There is no such bug"),
    ],
)
def test_what_is_not_there_is_answered_with_what_may_be_meant(
    local_client: TestClient, path: str, status: int, told: str
) -> None:
    answer = local_client.get(path)
    assert answer.status_code == status
    assert told in answer.text
    assert "<script>" not in answer.text
    assert "noindex" in answer.text


def test_a_retired_bug_names_its_successor() -> None:
    old = signature(id="six-0", title="Six was broken once", status="retired", replaced_by="six-1")
    page = bytes(html(missing.retired(make_book([old, signature()]), old), status=410).body).decode()
    assert "six-0" in page
    assert '<a href="/kb/six/six-1">Six can' in page
