"""The plain way to read a text and the general one give the same lines and the same crashes, or the plain one declines."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.crash.package_lists import WHOLE_LIST
from app.crash.plain import MAX_TEXT, cut
from app.crash.text import decode, read_text
from app.crash.traceback import parse
from tests.both_ways import FILES, TEXTS, assert_same

SHARE = settings().max_examples / 100  # a number of examples below is what CI tries

LINES = sorted({line for text in TEXTS[::9] for line in text.split("\n") if len(line) < 200})
ODD = st.sampled_from(
    [
        *("", " ", "    at once", "  ...", "...", "E   x", "> x", "'a\\nb'", "{}", '{"message": "x"}', "a == 1", "x==1.0"),
        *("Name: uvicorn", "Version: 0.1", "Package    Version", "-------  ---", "uvicorn 0.17.6", "INFO", "- x", "\t", "**"),
        *("The above exception was the direct cause of the following exception:", '"""', "Timeout (0:00:01)!", "\r", "\x1b[0m"),
        *("During handling of the above exception, another exception occurred:", "[31m red", "a&lt;module&gt;", "\u2028"),
        *("Traceback (most recent call last):", '  File "a.py", line 1, in f', "    run()", "KeyError: 'x'", "object: 1"),
        *("Exception in thread Thread-1:", 'x, File "b.py", line 2', "10:00:00 INFO started", "  | x", "\ufeff", "\ud83d"),
        *("  [Previous line repeated 3 more times]", "SyntaxError: invalid syntax", "      ^", '  File "a.py", line 1', "ValueError"),
        *("2026-11-22T10:00:00.1Z stderr P half", "2026-11-22T10:00:00.1Z stderr F rest", "See https://example.org", "  indented"),
    ]
)  # fmt: skip


@pytest.mark.parametrize("file", FILES[::20], ids=lambda file: file.stem)
def test_an_example_reads_alike_both_ways(file: Path) -> None:
    """All of them are held to it in `tests/test_sweeps.py`."""
    assert_same(decode(file.read_bytes())[0])


EDITS = st.lists(
    st.tuples(st.sampled_from(["cut", "twice", "swap", "insert", "odd", "blank", "join", "indent"]), st.integers(0, 60), ODD | st.sampled_from(LINES)),
    max_size=5,
)  # fmt: skip


def edited(lines: list[str], edits: list[tuple[str, int, str]]) -> list[str]:
    """The lines after what editors, loggers and people do to them."""
    for what, where, line in edits:
        at = where % max(len(lines), 1)
        if what in {"insert", "odd", "blank"} or not lines:
            lines.insert(at, "" if what == "blank" else line)
        elif what == "cut":
            del lines[at]
        elif what == "twice":
            lines.insert(at, lines[at])
        elif what == "swap":
            lines[at], lines[-1 - at] = lines[-1 - at], lines[at]
        elif what == "join":
            lines[at] += line
        else:
            lines[at] = " " + lines[at]
    return lines


@settings(max_examples=round(1500 * SHARE), deadline=None)
@given(
    texts=st.lists(st.sampled_from([text for text in TEXTS if len(text) < 3_000]), min_size=1, max_size=3),
    edits=EDITS,
    end=st.sampled_from(["\n", ""]),
)
def test_mixed_and_damaged_tracebacks_read_alike_both_ways(
    texts: list[str], edits: list[tuple[str, int, str]], end: str
) -> None:
    lines = edited([line for text in texts for line in text.rstrip("\n").split("\n")], edits)
    assert_same("\n".join(lines) + end)


@settings(max_examples=round(1000 * SHARE), deadline=None)
@given(
    above=st.lists(ODD, max_size=3),
    stack=st.lists(ODD, max_size=2),
    below=st.lists(ODD, max_size=5),
    after=st.sampled_from([0, 1]),
)
def test_odd_lines_around_and_within_a_traceback_read_alike_both_ways(
    above: list[str], stack: list[str], below: list[str], after: int
) -> None:
    traceback = ["Traceback (most recent call last):", '  File "/srv/a.py", line 1, in f', "    run()"]
    lines = [*above, *traceback, *stack, "KeyError: 'x'", *below, *[*traceback, "ValueError"] * after]
    assert_same("\n".join(lines))


@pytest.mark.parametrize(
    "error",
    [
        "KeyError",
        "KeyError: 1 ",
        "KeyError: [31mred",
        "a.b",
        "ValueError: OS: Windows",
        "E: flask 2.0.1",
        "x y",
        "E:",
        "INFO: x",
        "E: **",
    ],
)
@pytest.mark.parametrize(
    "tie",
    [
        "The above exception was the direct cause of the following exception:",
        "During handling of the above exception, another exception occurred:",
        "Then:",
        "",
    ],
)
@pytest.mark.parametrize("blank", ["", "\n"])
def test_any_error_of_one_line_reads_alike_both_ways(error: str, tie: str, blank: str) -> None:
    stack = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    run()\n'
    assert_same(f"{stack}{error}\n{blank}{tie}\n{blank}{stack}{error}{blank * 2}")


@pytest.mark.parametrize(
    "error", ["SyntaxError: invalid syntax", "IndentationError", "shop.TabError: x", "ValueError: 1"]
)
@pytest.mark.parametrize(
    "under", ["", "    x = = 1\n", "    x = = 1\n        ^\n", "    x\n   ^^\n", "      ^^^\n", "    y\n    z\n"]
)
@pytest.mark.parametrize("frame", ["", '  File "a.py", line 1, in f\n    import b\n', '  File "a.py", line 1\n'])
def test_a_place_without_a_function_reads_alike_both_ways(error: str, under: str, frame: str) -> None:
    one = f'Traceback (most recent call last):\n{frame}  File "/srv/b.py", line 2\n{under}{error}\n'
    tie = "\nDuring handling of the above exception, another exception occurred:\n\n"
    assert all(assert_same(text) for text in (one, one + tie + one, one + one))


@pytest.mark.parametrize("rows", range(8))
@pytest.mark.parametrize("row", ["p{}==1.{}", "p{} (1.{})", "django==4.{1} (not {0})", "-e x{}", "a==1.{}   b"])
@pytest.mark.parametrize("head", ["", "Package  Version\n", "Name: uvicorn\nVersion: 0.1\n", "$ pip freeze\n"])
def test_rows_of_packages_read_alike_both_ways(rows: int, row: str, head: str) -> None:
    some = "".join(f"{row.format(number, number)}\n" for number in range(rows))
    one = 'Traceback (most recent call last):\n  File "/srv/a.py", line 2, in f\n    run()\nKeyError: 1\n'
    plain = [
        assert_same(text) for text in (head + some + one, one + "\n10:00:00 INFO x\n" + some, some + one + some + one)
    ]
    assert plain[0] or rows >= WHOLE_LIST or head.startswith(("Package", "Name"))


@pytest.mark.parametrize("above", ["", "Exception in thread Thread-1:\n", "10:00:00 INFO started\nProcess A-1:\n"])
@pytest.mark.parametrize("source", ["", "    run()\n", "    log('Internal Server Error')\n"])
@pytest.mark.parametrize("error", ["KeyError: 1", "shop.Stop: Internal Server Error"])
@pytest.mark.parametrize("between", range(5))
def test_what_may_introduce_the_next_traceback_reads_alike_both_ways(
    above: str, source: str, error: str, between: int
) -> None:
    one = f'Traceback (most recent call last):\n  File "a.py", line 1, in f\n{source}{error}\n'
    for below in ("worker stopped\n", "Exception in thread Thread-2:\n"):
        assert_same(above + (one + below * between) * 3)


def test_a_record_printed_over_many_lines_reads_alike_both_ways() -> None:
    record = '{\n  "errorMessage": "x",\n  "errorType": "KeyError",\n  "stackTrace": []\n}\n'
    one = 'Traceback (most recent call last):\n  File "/srv/a.py", line 2, in f\n    run()\nKeyError: 1\n'
    for text in (record + one, one + "\n" + record, one + "\n10:00:00 INFO x\n" + record + one):
        assert_same(text)


@pytest.mark.parametrize("margin", range(4, 12))
def test_what_a_line_tells_by_its_margin_reads_alike_both_ways(margin: int) -> None:
    lines = [
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in f',
        " " * margin + "OS: Windows 10",
        "KeyError",
    ]
    assert_same("\n".join(f"web-1 | {line}" for line in lines))


def test_most_examples_go_the_plain_way() -> None:
    plain = [assert_same(text) for text in TEXTS[::5]]
    assert sum(plain) > 0.7 * len(plain)


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
