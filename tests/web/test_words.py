"""What a page calls things: small sentences, whole."""

from __future__ import annotations

import pytest

from app.web import words

COUNTED = [
    (0, "crash", "0 crashes"),
    (1, "crash", "1 crash"),
    (2, "other crash", "2 other crashes"),
    (1_000, "known bug", "1,000 known bugs"),
    (2, "release", "2 releases"),
]


@pytest.mark.parametrize(("number", "one", "said"), COUNTED)
def test_what_is_counted_stands_in_its_plural(number: int, one: str, said: str) -> None:
    assert words.counted(number, one) == said


SHARES = [
    (0, 0, ""),
    (0, 9, "0\xa0%"),
    (9, 9, "100\xa0%"),
    (1, 1000, "1\xa0%"),
    (999, 1000, "99\xa0%"),
    (81, 100, "81\xa0%"),
]


@pytest.mark.parametrize(("some", "of", "said"), SHARES)
def test_a_share_is_neither_all_nor_nothing_where_it_is_neither(some: int, of: int, said: str) -> None:
    assert words.share_of(some, of) == said
