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
