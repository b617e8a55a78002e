"""Two results are compared answer by answer, and what changed is counted by whether it became right."""

from dataclasses import replace

import pytest

from app.diagnosis.candidates import build_index
from app.errors import Unreadable
from app.evaluation.compare import changes, outcomes_in
from app.evaluation.evaluate import count
from app.evaluation.outcome import Named, Outcome
from app.evaluation.show import as_json
from app.signature.book import make_book

RIGHT = Named("b", "match", 0.9)
OTHER = Named("a", "maybe", 0.4)
POSITIVE = Outcome(
    report="r", shape="whole", damage="whole", kind="positive", bug="b", origin="run",
    versions_given=False, named=(RIGHT,), wrong=(), why="",
)  # fmt: skip
NEAR = replace(POSITIVE, report="n", kind="near_miss", bug=None, named=())


def test_a_result_is_read_back_as_it_was_written() -> None:
    result = count((POSITIVE, NEAR), build_index(make_book([])), seed=1)
    assert outcomes_in(as_json(result).encode()) == (POSITIVE, NEAR)


@pytest.mark.parametrize("document", [b"", b"{}", b"\xff", b'{"outcomes": [{"report": "r"}]}', b"Traceback"])
def test_what_is_no_result_is_refused(document: bytes) -> None:
    with pytest.raises(Unreadable, match="no result"):
        outcomes_in(document)


def test_the_same_answers_are_no_change() -> None:
    assert list(changes([POSITIVE, NEAR], [NEAR, POSITIVE])) == [
        "0 of 2 answers change: 0 became right, 0 became wrong"
    ]


def test_a_change_for_the_better_and_one_for_the_worse_are_told_apart() -> None:
    silent, named = replace(POSITIVE, named=()), replace(NEAR, named=(OTHER,), wrong=("a",))
    assert list(changes([silent, NEAR], [POSITIVE, named])) == [
        "2 of 2 answers change: 1 became right, 1 became wrong",
        "n/whole/text: nothing -> a maybe 0.40",
        "r/whole/text: nothing -> b match 0.90",
    ]


def test_a_change_of_the_number_alone_is_listed_and_neither_right_nor_wrong() -> None:
    less = replace(POSITIVE, named=(replace(RIGHT, confidence=0.85),))
    assert list(changes([POSITIVE], [less])) == [
        "1 of 1 answers change: 0 became right, 0 became wrong",
        "r/whole/text: b match 0.90 -> b match 0.85",
    ]


def test_what_only_one_was_asked_is_no_change_but_said() -> None:
    again = replace(NEAR, shape="cut")
    assert list(changes([POSITIVE], [NEAR, again])) == [
        "0 of 0 answers change: 0 became right, 0 became wrong",
        "2 questions were not asked before, about 1 reports:",
        "  n",
        "1 questions were no longer asked, about 1 reports:",
        "  r",
    ]
