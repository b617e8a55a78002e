"""Exceptions that are JSON objects are told as a traceback tells them, and nothing else is taken for one."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.crash.records import of_lambda, of_structlog
from app.crash.text import read_text, undone
from app.crash.traceback import parse

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FRAME = {"filename": "/srv/shop/pay.py", "lineno": 7, "name": "main"}


def raised(kind: str, said: str, **more: Any) -> dict[str, Any]:
    return {"exc_type": kind, "exc_value": said, "frames": [FRAME], **more}


def test_frames_that_were_left_out_are_told() -> None:
    skipped = {"filename": "", "lineno": -1, "name": "Skipped frames: 12"}
    text = of_structlog([{"exc_type": "RecursionError", "exc_value": "too deep", "frames": [FRAME, skipped, FRAME]}])
    (crash,) = parse(read_text(text or ""))
    assert (crash.raised.type, len(crash.raised.frames), crash.raised.elided) == ("RecursionError", 2, True)


def test_what_was_raised_last_stands_first_and_is_told_last() -> None:
    cause, context = raised("KeyError", "'a'", is_cause=True), raised("OSError", "gone", is_cause=False)
    (crash,) = parse(read_text(of_structlog([raised("ValueError", "no"), cause, context]) or ""))
    assert crash.raised.type == "ValueError"
    assert crash.raised.cause is not None
    assert crash.raised.cause.type == "KeyError"
    assert crash.raised.cause.context is not None
    assert crash.raised.cause.context.type == "OSError"


@settings(deadline=None)
@given(
    st.fixed_dictionaries({"exc_type": JSON | st.text(), "exc_value": JSON, "frames": JSON | st.lists(JSON)}),
    st.fixed_dictionaries({"errorType": JSON, "errorMessage": JSON, "stackTrace": JSON}),
)
def test_garbage_is_read_without_complaint(one: dict[str, Any], record: dict[str, Any]) -> None:
    for told in (of_structlog([one]), of_structlog([one, {}]), of_structlog(one), of_lambda(record)):
        assert told is None or isinstance(told, str)


def test_of_a_line_that_holds_many_no_more_are_made_than_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def counted(line: str) -> list[str]:
        made.append(line)
        return [line]

    monkeypatch.setattr("app.crash.unfold._spread", counted)
    monkeypatch.setattr("app.crash.text.MAX_LINES", 100)
    report = undone("Traceback (most recent call last):" + "\\n " * 5_000)
    assert len(report.lines) == 100
    assert report.notes == ("only its first 100 lines were read",)
    assert len(made) == 101
