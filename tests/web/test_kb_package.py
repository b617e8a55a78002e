"""A package's page: its bugs on one line of releases, and those that wait for the reader's version."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.signature.model import Signature
from app.signature.releases import releases_of
from app.web.package import here

TOLD: dict[str, Any] = {
    "package": "six",
    "match": {"all": [{"exception": "ImportError"}]},
    "cause": "It is so.",
    "remedy": "It is no longer so.",
    "references": [{"kind": "fix", "url": "https://example.org/six/1"}],
}
VERSIONS = ("1.0", "1.1", "1.2", "1.4", "2.0", "2.1")
RELEASES = releases_of(dict.fromkeys(VERSIONS, date(2026, 3, 4)) | {"1.3": None})


def bug(number: int, *ranges: tuple[str, str | None], **more: Any) -> Signature:
    affected = [{"introduced": begin, "fixed": end} for begin, end in ranges]
    return Signature.model_validate(
        TOLD | {"id": f"six-{number}", "title": f"Bug number {number}", "affected": affected} | more
    )


ALL = (bug(1, ("1.0", "1.2")), bug(2, ("0", "1.3")), bug(3, ("1.1", "2.0")), bug(4, ("2.0", None)))


@pytest.mark.parametrize(
    ("bugs", "version", "told"),
    [
        (
            ALL,
            "1.1",
            "On 1.1 these three wait for you; 1.2 ends one of them, 2.0 all of them. One other begins by then.",
        ),
        (ALL[:2], "1.1", "On 1.1 these two wait for you; 1.2 ends one of them, 1.4 both."),
        (ALL[:1], "1.1", "On 1.1 this one waits for you; 1.2 ends it."),
        (ALL[3:], "2.1", "On 2.1 this one waits for you; no later release ends it."),
        (
            (*ALL[2:3], bug(5, ("0", None))),
            "1.2",
            "On 1.2 these two wait for you; 2.0 ends one of them; no release ends the last.",
        ),
        (ALL[:1], "1.2", "On 1.2 none of these waits for you."),
    ],
)
def test_what_waits_for_a_version_is_said_in_a_sentence(bugs: tuple[Signature, ...], version: str, told: str) -> None:
    assert here("six", "six", bugs, RELEASES, version).told == told


def test_each_bug_stands_with_what_this_version_is_to_it() -> None:
    part = here("six", "six", ALL, RELEASES, "1.2")
    assert [(row.id, row.end) for row in part.waiting] == [("six-2", "1.4 ends it"), ("six-3", "2.0 ends it")]
    (_, over), (_, later) = part.others
    assert [(row.id, row.end) for row in over] == [("six-1", "ended by 1.2")]
    assert [(row.id, row.end) for row in later] == [("six-4", "begins with 2.0")]


def test_what_else_must_be_true_is_said() -> None:
    sides = [{"package": "five", "affected": [{"introduced": "3.0"}]}]
    one = bug(6, ("1.0", None), environment={"os": "windows", "python": ">=3.8,<3.12"}, **{"with": sides})
    [row] = here("six", "six", (one,), None, "1.0").waiting
    assert row.where == ("Windows only", "Python 3.8 or later, before 3.12", "with five")


@pytest.mark.parametrize(
    ("typed", "notes"),
    [
        ("1.3", ("six 1.3 was released and then withdrawn.",)),
        ("9.9", ("9.9 is no release of six listed here.",)),
        ("1.1.0", ()),
    ],
)
def test_a_version_that_nobody_can_have_is_noted(typed: str, notes: tuple[str, ...]) -> None:
    assert here("six", "six", ALL, RELEASES, typed).notes == notes


def test_the_page_answers_for_a_version_and_marks_it(local_client: TestClient) -> None:
    page = local_client.get("/kb/uvicorn", params={"version": " 0.17.6 "}).text
    assert "On 0.17.6 these two wait for you; 0.18.0 ends one of them, 0.20.0 both." in page
    assert page.count('class="here"') > 1
    assert 'value="0.17.6"' in page
    assert "8 of 201 releases of uvicorn have it" in local_client.get("/kb/uvicorn").text


@pytest.mark.parametrize("typed", ["new", "1.0 or so", "<script>"])
def test_what_is_no_version_is_said(local_client: TestClient, typed: str) -> None:
    page = local_client.get("/kb/uvicorn", params={"version": typed}).text
    assert "is not a version" in page
    assert "<script>" not in page
    assert "waits for you" not in page


def test_a_package_without_releases_has_its_table(local_client: TestClient) -> None:
    page = local_client.get("/kb/cpython", params={"version": "3.12.1"}).text
    assert '<svg class="releases"' not in page
    assert "wait for you" in page
