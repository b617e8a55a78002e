"""Facets: a count says what choosing that value would leave, whatever else is chosen."""

from __future__ import annotations

from app.diagnosis.candidates import Index
from app.signature.facets import KINDS, narrow


def test_choosing_a_value_leaves_as_many_as_was_said(index: Index) -> None:
    ids = tuple(index.book.signatures)
    every = narrow(index.book.facets, ids, {})
    assert every.ids == ids
    for kind in KINDS:
        for value, count in every.counts[kind].items():
            chosen = narrow(index.book.facets, ids, {kind: value})
            assert len(chosen.ids) == count
            assert chosen.counts[kind] == every.counts[kind], "its own kind is counted as if it were not chosen"


def test_choices_are_combined_and_the_order_stays(index: Index) -> None:
    ids = tuple(reversed(list(index.book.signatures)))
    both = narrow(index.book.facets, ids, {"os": "windows", "fix": "fixed"})
    assert both.ids
    assert list(both.ids) == sorted(both.ids, reverse=True)
    for one in both.ids:
        signature = index.book.get(one)
        assert (signature.environment.os, signature.fixed_in is not None) == ("windows", True)
    for exception, count in both.counts["exception"].items():
        more = {"os": "windows", "fix": "fixed", "exception": exception}
        assert len(narrow(index.book.facets, ids, more).ids) == count


def test_what_no_signature_has_leaves_nothing(index: Index) -> None:
    assert narrow(index.book.facets, tuple(index.book.signatures), {"package": "no-such"}).ids == ()
