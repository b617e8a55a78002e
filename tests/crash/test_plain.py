"""The plain way to read a text and the general one give the same lines and the same crashes, or the plain one declines."""

from collections.abc import Sequence
from itertools import product

import pytest

from app.crash.package_lists import WHOLE_LIST
from app.crash.plain import MAX_TEXT, cut
from app.crash.text import read_text
from app.crash.traceback import parse
from tests.both_ways import TEXTS, assert_same

ERRORS = [
    *("KeyError", "KeyError: 1 ", "KeyError: [31mred", "a.b", "ValueError: OS: Windows", "E: flask 2.0.1"),
    *("x y", "E:", "INFO: x", "E: **"),
]


@pytest.mark.parametrize(
    "tie",
    [
        "The above exception was the direct cause of the following exception:",
        "During handling of the above exception, another exception occurred:",
        "Then:",
        "",
    ],
)
def test_any_error_of_one_line_reads_alike_both_ways(tie: str) -> None:
    stack = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    run()\n'
    for error, blank in product(ERRORS, ("", "\n")):
        assert_same(f"{stack}{error}\n{blank}{tie}\n{blank}{stack}{error}{blank * 2}")


@pytest.mark.parametrize(
    "error", ["SyntaxError: invalid syntax", "IndentationError", "shop.TabError: x", "ValueError: 1"]
)
def test_a_place_without_a_function_reads_alike_both_ways(error: str) -> None:
    tie = "\nDuring handling of the above exception, another exception occurred:\n\n"
    frames = ("", '  File "a.py", line 1, in f\n    import b\n', '  File "a.py", line 1\n')
    sources = ("", "    x = = 1\n", "    x = = 1\n        ^\n", "    x\n   ^^\n", "      ^^^\n", "    y\n    z\n")
    for frame, under in product(frames, sources):
        one = f'Traceback (most recent call last):\n{frame}  File "/srv/b.py", line 2\n{under}{error}\n'
        for text in (one, one + tie + one, one + one):
            assert assert_same(text), text


ROWS = ("p{}==1.{}", "p{} (1.{})", "django==4.{1} (not {0})", "-e x{}", "a==1.{}   b")
HEADS = ("", "Package  Version\n", "Name: uvicorn\nVersion: 0.1\n", "$ pip freeze\n")


@pytest.fixture
def numbers() -> Sequence[int]:
    """How many rows; `tests/test_sweeps_of_reading.py` has all numbers."""
    return (0, 1, WHOLE_LIST - 1, WHOLE_LIST)


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("head", HEADS)
def test_rows_of_packages_read_alike_both_ways(row: str, head: str, numbers: Sequence[int]) -> None:
    one = 'Traceback (most recent call last):\n  File "/srv/a.py", line 2, in f\n    run()\nKeyError: 1\n'
    for rows in numbers:
        some = "".join(f"{row.format(number, number)}\n" for number in range(rows))
        texts = (head + some + one, one + "\n10:00:00 INFO x\n" + some, some + one + some + one)
        plain = [assert_same(text) for text in texts]
        assert plain[0] or rows >= WHOLE_LIST or head.startswith(("Package", "Name")), texts[0]


@pytest.mark.parametrize("above", ["", "Exception in thread Thread-1:\n", "10:00:00 INFO started\nProcess A-1:\n"])
@pytest.mark.parametrize("error", ["KeyError: 1", "shop.Stop: Internal Server Error"])
def test_what_may_introduce_the_next_traceback_reads_alike_both_ways(above: str, error: str) -> None:
    for source in ("", "    run()\n", "    log('Internal Server Error')\n"):
        one = f'Traceback (most recent call last):\n  File "a.py", line 1, in f\n{source}{error}\n'
        for below, between in product(("worker stopped\n", "Exception in thread Thread-2:\n"), range(5)):
            assert_same(above + (one + below * between) * 3)


def test_a_record_printed_over_many_lines_reads_alike_both_ways() -> None:
    record = '{\n  "errorMessage": "x",\n  "errorType": "KeyError",\n  "stackTrace": []\n}\n'
    one = 'Traceback (most recent call last):\n  File "/srv/a.py", line 2, in f\n    run()\nKeyError: 1\n'
    for text in (record + one, one + "\n" + record, one + "\n10:00:00 INFO x\n" + record + one):
        assert_same(text)


def test_what_a_line_tells_by_its_margin_reads_alike_both_ways() -> None:
    begin = ("Traceback (most recent call last):", '  File "a.py", line 1, in f')
    for margin in range(4, 12):
        lines = [*begin, " " * margin + "OS: Windows 10", "KeyError"]
        assert_same("\n".join(f"web-1 | {line}" for line in lines))


def test_an_example_reads_alike_both_ways_and_most_go_the_plain_one() -> None:
    """All of them are held to it in `tests/test_sweeps_of_reading.py`, and made-up texts too."""
    plain = [assert_same(text) for text in TEXTS[::20]]
    assert sum(plain) > 0.7 * len(plain) > 50


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no traceback",
        "Traceback (most recent call last):\n",
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x' + "x" * MAX_TEXT,
    ],
)
def test_what_is_not_plain_is_declined(text: str) -> None:
    assert not cut(text)
    assert_same(text)


def test_the_frames_of_two_reports_stand_each_on_its_own_lines() -> None:
    text = TEXTS[0][TEXTS[0].index("Traceback (") :]
    (first,), (second,) = parse(read_text(text)), parse(read_text("10:00:00 INFO started\n\n" + text))
    assert [frame.first_line + 2 for frame in first.raised.frames] == [
        frame.first_line for frame in second.raised.frames
    ]
    assert second.first_line == first.first_line + 2


def test_a_report_that_comes_again_is_read_once() -> None:
    text = 'Traceback (most recent call last):\n  File "/srv/again.py", line 3, in <module>\n    run()\nKeyError: 7\n'
    assert parse(read_text(text))[0] is parse(read_text(text[:9] + text[9:]))[0]
    assert parse(read_text(text, ("read as utf-8-sig",))) == parse(read_text(text))
