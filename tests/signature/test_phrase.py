"""The words by which a bug is searched for: general, and found in every report of it."""

from __future__ import annotations

from typing import Any

import pytest

from app.signature.model import Signature
from app.signature.phrase import MOST, phrases, quoted


@pytest.mark.parametrize(
    ("clues", "line", "expected"),
    [
        ([{"message": r"\[WinError 87\]"}], "OSError: [WinError 87] Falscher Parameter", '"OSError: [WinError 87]"'),
        ([{"message": "no .+ here"}], "a.b.TurnError: sorry: no luck here", '"TurnError" "no luck here"'),
        ([{"message": ".+"}], 'TurnError: can\'t open "/srv/app/x" at 0x7f00', '"TurnError: can\'t open"'),
        ([{"message": ".+"}], "a later line: of the text", '"ValueError: a later line: of the text"'),
        ([{"message": ".+"}], "TurnError: " + "W" * 400, f'"TurnError: {"W" * MOST}"'),
        ([{"frame": "widget.core:turn_over"}], "", '"ValueError" "turn_over"'),
        (
            [{"frame": "widget.core:load"}, {"frame": "widget:<module>"}, {"frame": "widget:__init__"}],
            "",
            '"ValueError"',
        ),
        ([{"message": "turn_over"}, {"frame": "w:turn_over"}], "TypeError: turn_over", '"TypeError: turn_over"'),
    ],
)
def test_the_exception_its_text_and_the_function_are_searched_for(
    good: dict[str, Any], clues: list[dict[str, str]], line: str, expected: str
) -> None:
    one = Signature.model_validate(good | {"match": {"all": [{"exception": "ValueError"}, *clues]}})
    seen = {clue["message"]: line for clue in clues if "message" in clue}
    assert quoted(phrases(one, seen)) == expected
