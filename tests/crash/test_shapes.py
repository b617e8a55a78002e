"""A line's shape is what can be said of it whatever its digits are, so that it may be remembered for all such lines."""

import re
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import pytest

from app.crash.package_lists import is_listed
from app.crash.shapes import are_plain_inside, is_plain, is_plain_inside, shape, shapes, told_around
from app.crash.text import decode

HERE = Path(__file__).parent.parent
FILES = [*sorted((HERE / "ordinary").rglob("*.txt")), *sorted((HERE / "golden").glob("*.txt"))]
LINES = sorted({line for file in FILES for line in decode(file.read_bytes())[0].split("\n")})


@pytest.fixture(scope="module")
def lines() -> Sequence[str]:
    """Every tenth of them; `tests/test_sweeps_of_reading.py` holds all to the same."""
    return LINES[::10]


@pytest.mark.parametrize("digit", ["1", "7"])
def test_other_digits_leave_the_shape_as_it_was(digit: str, lines: Sequence[str]) -> None:
    for line in lines:
        assert shape(line) == shape(re.sub("[0-9]", digit, line)), line


def test_a_line_without_doubt_is_plain(lines: Sequence[str]) -> None:
    for line in lines:
        assert shape(line).odd or is_plain(line), line


def test_a_line_inside_a_traceback_is_plain_when_it_is_so_by_itself(lines: Sequence[str]) -> None:
    begins = ("", "    ", '  File "', '  File "C:\\shop\\', '  File "/srv/a.py", line 3, in ')
    for line, begin in zip(lines, cycle(begins), strict=False):
        assert is_plain_inside(begin + line) == is_plain(begin + line), begin + line


@pytest.mark.parametrize("more", [1, 2, 3])
def test_lines_inside_a_traceback_are_plain_when_each_is_so_and_part_of_no_list(
    more: int, lines: Sequence[str]
) -> None:
    for at in range(0, len(lines), 2):
        some = ['  File "/srv/a.py", line 3, in ' + lines[at], *lines[at + 1 : at + more]]
        each = all(is_plain(line) and not is_listed(line) for line in some)
        assert are_plain_inside("\n".join(some)) == each, some


def test_the_shapes_of_a_text_are_those_of_its_lines(lines: Sequence[str]) -> None:
    assert shapes("\n".join(lines)) == [shape(line) for line in lines]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Traceback (most recent call last):", "begins"),
        ('see File "a.py", line 3', "begins"),
        ("uvicorn==0.17.6", "row"),
        ("Name: uvicorn", "listed"),
        ("Package    Version", "listed"),
        ("Exception in thread Thread-1:", "introduces"),
        ("2026-11-22 10:00:00,123 INFO started", "logged"),
        ("\x1b[31mred", "odd"),
        ("[31mred", "odd"),
        ("E   assert 1 == 2", "odd"),
        ('{"message": "x"}', "odd"),
        ("    at pay (/srv/shop/orders.js:7:13)", "odd"),
    ],
)
def test_a_line_that_may_be_more_than_a_line_of_a_log_is_known_by_its_shape(line: str, kind: str) -> None:
    assert getattr(shape(line), kind)


def test_lines_that_differ_in_their_digits_betray_each_its_own() -> None:
    assert [told.value for told in told_around("Python version: 3.8.10")] == ["3.8.10"]
    assert [told.value for told in told_around("Python version: 3.9.11")] == ["3.9.11"]
    assert told_around("2026-11-22 10:00:00,123 INFO started") == ()
