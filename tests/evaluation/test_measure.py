"""The figures count what they say they count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.evaluation.corpus import Kind
from app.evaluation.measure import by, calibration_error, measure, reliability
from app.evaluation.outcome import Named, Outcome


def outcome(
    kind: Kind, named: list[tuple[str, str, float]], *, bug: str | None = "b", damage: str = "whole"
) -> Outcome:
    told = tuple(Named(*one) for one in named)
    true = bug if kind == "positive" else None
    return Outcome(
        report="r",
        shape="whole",
        damage=damage,  # type: ignore[arg-type]
        kind=kind,
        bug=true,
        origin="run",
        versions_given=False,
        named=told,
        wrong=tuple(one.signature for one in told if one.signature != true),
        why="",
    )


RIGHT = outcome("positive", [("b", "match", 0.9)])
SECOND = outcome("positive", [("a", "maybe", 0.5), ("b", "maybe", 0.4)])
SILENT = outcome("positive", [])
NEAR_MATCH = outcome("near_miss", [("b", "match", 0.85)])
NEAR_QUIET = outcome("near_miss", [])
FAR_MAYBE = outcome("unrelated", [("b", "maybe", 0.4)])
FAR_QUIET = outcome("unrelated", [])


def test_each_share_is_of_its_own_kind() -> None:
    figures = measure([RIGHT, SECOND, SILENT, NEAR_MATCH, NEAR_QUIET, FAR_MAYBE, FAR_QUIET])
    assert (figures.asked, figures.positives, figures.near_misses, figures.unrelated) == (7, 3, 2, 2)
    assert figures.top_1 == pytest.approx(1 / 3)
    assert figures.top_5 == pytest.approx(2 / 3)
    assert figures.precision == pytest.approx(1 / 2)
    assert figures.recall == pytest.approx(1 / 3)
    assert (figures.near_miss_match, figures.near_miss_maybe) == (0.5, 0.0)
    assert (figures.unrelated_match, figures.unrelated_maybe) == (0.0, 0.5)
    assert figures.brier == pytest.approx((0.01 + 0.25 + 0.7225 + 0.16) / 4)


def test_a_share_of_nothing_is_unknown() -> None:
    figures = measure([FAR_QUIET])
    assert figures.top_1 is None
    assert figures.precision is None
    assert figures.calibration_error is None


def test_the_parts_are_the_whole() -> None:
    outcomes = [RIGHT, outcome("positive", [], damage="cut")]
    assert {name: figures.top_1 for name, figures in by(outcomes, lambda one: one.damage).items()} == {
        "whole": 1,
        "cut": 0,
    }


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200))
def test_bins_hold_every_answer_once_and_their_error_is_a_share(answers: list[tuple[float, bool]]) -> None:
    bins = reliability(answers)
    assert sum(one.count for one in bins) == len(answers)
    assert 0 <= (calibration_error(bins) or 0) <= 1


def test_an_honest_number_has_no_error_and_a_boaster_has() -> None:
    honest = [(0.75, True)] * 75 + [(0.75, False)] * 25
    assert calibration_error(reliability([(0.99, False)] * 50)) == pytest.approx(0.99)
    assert abs(sum(right for _, right in honest) / len(honest) - 0.75) < 1e-9
