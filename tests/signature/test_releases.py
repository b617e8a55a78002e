"""Releases in order, and what a bug's ranges say of each."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from packaging.version import Version

from app.signature.lint import Entry, lint
from app.signature.model import Range, Signature
from app.signature.releases import releases_of, state, unpublished, way_out

DAY = date(2026, 3, 4)
KNOWN = releases_of(dict.fromkeys(("2.0", "1.10", "1.9", "2.0rc1", "what?"), DAY) | {"1.8": None})
BRANCHES = (Range(introduced="1.0", fixed="1.4"), Range(introduced="2.0", fixed="2.1"), Range(introduced="3.0"))


def test_releases_are_in_the_order_of_versions_and_the_withdrawn_are_apart() -> None:
    assert [one.version for one in KNOWN.all] == ["1.9", "1.10", "2.0rc1", "2.0"]
    assert [one.version for one in KNOWN.final()] == ["1.9", "1.10", "2.0"]
    assert KNOWN.withdrawn == ("1.8",)
    assert list(KNOWN.dates()) == ["1.8", "1.9", "1.10", "2.0rc1", "2.0"]
    assert releases_of(KNOWN.dates()) == KNOWN


def test_a_package_of_pre_releases_has_those() -> None:
    assert [one.version for one in releases_of({"1.0b2": DAY, "1.0b1": DAY}).final()] == ["1.0b1", "1.0b2"]


@pytest.mark.parametrize(("written", "found"), [("2.0.0", "2.0"), ("2", "2.0"), ("1.8", None), ("9", None)])
def test_a_release_is_found_however_it_is_written(written: str, found: str | None) -> None:
    one = KNOWN.find(written)
    assert (one.version if one else None) == found


@pytest.mark.parametrize(("fixed", "installable"), [("1.8", "1.9"), ("1.10", "1.10"), ("1.11", "2.0"), ("2.1", None)])
def test_what_was_fixed_in_a_withdrawn_release_is_to_be_had_from_the_next(fixed: str, installable: str | None) -> None:
    one = KNOWN.from_on(fixed)
    assert (one.version if one else None) == installable


@pytest.mark.parametrize(
    ("version", "expected", "way"),
    [
        ("0.9", "before", "1.4"),
        ("1.0", "affected", "1.4"),
        ("1.4rc1", "affected", "1.4"),
        ("1.4", "fixed", "2.1"),
        ("2.0.5", "affected", "2.1"),
        ("2.5", "fixed", None),
        ("3.7", "affected", None),
    ],
)
def test_a_version_is_before_a_bug_in_it_or_past_it(version: str, expected: str, way: str | None) -> None:
    assert state(BRANCHES, Version(version)) == expected
    assert way_out(BRANCHES, Version(version)) == way


def test_a_branch_without_a_fix_ends_with_its_last_affected_version() -> None:
    ranges = (Range(introduced="1.0", last_affected="1.9"), Range(introduced="2.0", fixed="2.1"))
    assert [state(ranges, Version(one)) for one in ("1.9", "1.10", "2.0")] == ["affected", "fixed", "affected"]


def test_an_end_that_was_never_published_is_told() -> None:
    ranges = (Range(introduced="0", fixed="1.8"), Range(introduced="1.9.0", fixed="1.95"))
    assert unpublished(ranges, KNOWN) == [(1, "fixed", "1.95")]
    assert unpublished(ranges, None) == []


def test_lint_names_the_end_and_the_side_it_belongs_to(good: dict[str, Any]) -> None:
    one = Signature.model_validate(good | {"with": [{"package": "gadget", "affected": [{"introduced": "7.0"}]}]})
    released = {
        "widget": releases_of(dict.fromkeys(("1.0", "1.4", "2.0"), DAY)),
        "gadget": releases_of({"6.0": DAY}),
    }
    examples = {"monday": "match", "gadget": "none"}
    told = list(lint(Entry(one, one.id, one.package, examples, releases=released)))
    assert [(code, path) for code, path, _ in told] == [
        ("TL311", ("affected", 1, "fixed")),
        ("TL311", ("with", 0, "affected", 0, "introduced")),
    ]
    assert told[0][2] == "'2.1' is no release of widget (tracelore releases widget asks anew)"
