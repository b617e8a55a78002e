"""The sender's text, folded: nothing is lost, nothing that decided is hidden."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.crash.model import Line
from app.web.excerpt import FOLDED, WHOLE, Excerpt, Mark, excerpt

MARK = (Mark(1, "log", "for"),)


def made(count: int, marked: tuple[int, ...] = (), crash: tuple[int, int] | None = None) -> Excerpt:
    lines = [Line(number, f"line {number}", f"line {number}") for number in range(1, count + 1)]
    found = excerpt(lines, dict.fromkeys(marked, MARK), crash)
    assert found is not None
    return found


def opened(one: Excerpt) -> set[int]:
    return {row.number for stretch in one.stretches if not stretch.folded for row in stretch.rows}


def test_a_short_report_is_not_folded() -> None:
    assert opened(made(WHOLE)) == set(range(1, WHOLE + 1))


@pytest.mark.parametrize("count", [61, 500, 20_000])
@pytest.mark.parametrize("crash", [None, (1, 9), (30, 45), (20, 60)])
@pytest.mark.parametrize("marked", [(), (1,), (3, 55, 60)])
def test_every_line_is_shown_folded_or_counted_once_and_in_order(
    count: int, crash: tuple[int, int] | None, marked: tuple[int, ...]
) -> None:
    one = made(count, marked, crash)
    reached = 0
    for stretch in one.stretches:
        assert stretch.first == reached + 1
        reached += len(stretch.rows) + stretch.left_out
    assert reached == count
    assert set(marked) <= opened(one)
    assert len(opened(one)) < 200
    assert sum(len(stretch.rows) for stretch in one.stretches if stretch.folded) <= FOLDED + len(one.stretches)


def test_the_crash_stays_open_with_some_lines_around_it() -> None:
    assert set(range(297, 322)) <= opened(made(4000, crash=(300, 318)))


def test_of_a_very_long_stack_the_ends_stay_open() -> None:
    shown = opened(made(4000, crash=(100, 3000)))
    assert {100, 120, 2970, 3000} <= shown
    assert 1500 not in shown


def test_a_fold_hides_more_than_two_lines() -> None:
    one = made(400, marked=(100, 109, 200), crash=(101, 102))
    assert all(len(stretch.rows) + stretch.left_out > 2 for stretch in one.stretches if stretch.folded)


def test_an_empty_report_has_no_excerpt() -> None:
    assert excerpt([Line(1, "", ""), Line(2, " ", " ")], {}, None) is None


def test_empty_lines_at_the_end_take_linear_time(linear: Callable[[Callable[[int], object]], None]) -> None:
    """Of a report there are up to 300,000."""
    lines = [Line(1, "first", "first"), *(Line(number, "", "") for number in range(2, 40_000))]
    linear(lambda size: excerpt(lines[: 10_000 * size - 1], {}, None))


def test_folds_are_named_by_their_lines() -> None:
    assert [stretch.name for stretch in made(90, crash=(50, 60)).stretches if stretch.folded] == [
        "Lines 1 to 46",
        "Lines 64 to 90",
    ]
