"""The words of a text are cut alike in the book and in a search."""

from __future__ import annotations

import pytest

from app.signature.model import Clue
from app.signature.terms import LONGEST, plain, with_parts, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("OSError: [WinError 87]", ("oserror", "winerror", "87")),
        ("asyncio.windows_events:_register", ("asyncio.windows_events", "_register")),
        ("It ends. Here...", ("it", "ends", "here")),
        ("0.18.0", ("0.18.0",)),
        ("Straße ΣΑΣ", ("strasse", "σασ")),
        ("\x00\u202e \ud800 . _ __ …", ()),
        ("x" * 500, ("x" * LONGEST,)),
        ("", ()),
    ],
)
def test_a_text_is_cut_into_words(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("asyncio.windows_events", ("asyncio.windows_events", "asyncio", "windows_events", "windows", "events")),
        ("_register_with", ("_register_with", "register", "with")),
        ("0.18.0", ("0.18.0",)),
        ("plain", ("plain",)),
    ],
)
def test_a_name_is_found_by_its_parts(text: str, expected: tuple[str, ...]) -> None:
    assert with_parts(text) == expected


@pytest.mark.parametrize(
    ("clue", "expected"),
    [
        ({"message": r"\[WinError 87\]"}, "[WinError 87]"),
        ({"log": r"\bStarted (parent|server) process \[\d+\]"}, "Started parent server process [ ]"),
        ({"message": r"(?i)no attribute '\w+' in a\.b.*$"}, "no attribute ' ' in a.b"),
        ({"exception": "pydantic.ValidationError"}, "pydantic.ValidationError"),
    ],
)
def test_a_pattern_is_read_without_its_grammar(clue: dict[str, str], expected: str) -> None:
    assert " ".join(plain(Clue.model_validate(clue)).split()) == expected
