"""What is held against every text of the repository, or against hundreds of made-up ones: that they are read as promised.

The rooms' own tests hold it against a few, so that they take less than five seconds together; `tests/test_sweeps.py` is
the rest of that.
"""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.crash.package_lists import WHOLE_LIST
from app.crash.text import decode, read
from app.crash.traceback import parse
from app.diagnosis.candidates import Index
from app.diagnosis.diagnose import diagnose
from app.evaluation.damage import WRAPPINGS, variations
from tests.both_ways import FILES, TEXTS, assert_same
from tests.crash import test_letters, test_plain, test_shapes, test_wrapped
from tests.crash.test_property import PLANS, Plan, assert_known
from tests.crash.test_wrapped import GOLDEN, HEAD, NAMES, READABLE, as_mail, broken_at_blanks, told

Linear = Callable[[Callable[[int], object]], None]

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


@pytest.mark.parametrize("folder", sorted({file.parent for file in FILES}), ids=lambda folder: folder.name)
def test_the_examples_of_a_package_read_alike_both_ways(folder: Path) -> None:
    for file in FILES:
        if file.parent == folder:
            assert_same(decode(file.read_bytes())[0])


def test_most_examples_go_the_plain_way() -> None:
    plain = [assert_same(text) for text in TEXTS[::5]]
    assert sum(plain) > 0.7 * len(plain)


@pytest.mark.parametrize("file", FILES[::12], ids=lambda file: file.stem)
def test_a_wrapped_or_damaged_example_reads_alike_both_ways(file: Path) -> None:
    for _, _, raw in variations(decode(file.read_bytes())[0], TEXTS[:20], Random(1)):
        assert_same(decode(raw)[0])


SOURCES = [
    *("", "    run()", "    ...", "    [run()]", "    -x", "    ^^^", "     run() ", "   run()", "\trun()", "    **x"),
    *("    File x", '    File "b.py", line 2, in g', "    python: 3.9"),
]
MARKERS = ["", "    ^^^", "      ~~^~", "   ^^", "     ~~ ~^ ", " ^", "    run()", "    ..."]
PATHS = [
    *("/usr/lib/python3.11/a.py", "/srv/my shop/a.py", "C:\\shop\\a.py", '/srv/"a".py', "<string>", " a.py"),
    *("/srv/flask-2.0.1/a.py", "/srv/foo==1.0/a.py", "plugins: a.py"),
]
FUNCTIONS = ["f", "A.f", "<module>", "f ", " not from_here", "in x, in y", "close", "flask 2.0.1", "x, foo-1.0"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_any_frame_reads_alike_both_ways(path: str, function: str) -> None:
    for source in SOURCES:
        for marker in MARKERS:
            under = [line for line in (source, marker) if line]
            place = f'  File "{path}", line 1, in {function}'
            lines = ["Traceback (most recent call last):", place, *under, place, *under, "KeyError: 'x'"]
            assert_same("\n".join(lines))


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


@pytest.mark.parametrize("row", test_plain.ROWS)
@pytest.mark.parametrize("head", test_plain.HEADS)
def test_any_number_of_rows_of_packages_reads_alike_both_ways(row: str, head: str) -> None:
    test_plain.test_rows_of_packages_read_alike_both_ways(row, head, range(WHOLE_LIST + 3))


@pytest.mark.parametrize("name", [*test_letters.CHANGES, *test_letters.CELLS])
def test_the_plain_way_leaves_a_text_from_an_office_program_to_the_general_one(name: str) -> None:
    test_letters.test_the_plain_way_leaves_such_a_text_to_the_general_one(name, test_letters.TEXTS)


@pytest.mark.parametrize("name", test_letters.CHANGES)
def test_characters_that_an_office_program_put_in_change_nothing(name: str) -> None:
    test_letters.test_characters_that_were_put_in_change_nothing(name, test_letters.TEXTS)


@pytest.mark.parametrize("name", test_letters.CELLS)
def test_a_cell_of_any_table_is_read_as_its_text(name: str) -> None:
    test_letters.test_a_cell_of_a_table_is_read_as_its_text(name, test_letters.TEXTS)


def test_the_shape_of_every_line_is_what_is_promised_of_some() -> None:
    for digit in ("1", "7"):
        test_shapes.test_other_digits_leave_the_shape_as_it_was(digit, test_shapes.LINES)
    for more in (1, 2, 3):
        test_shapes.test_lines_inside_a_traceback_are_plain_when_each_is_so_and_part_of_no_list(more, test_shapes.LINES)
    test_shapes.test_a_line_without_doubt_is_plain(test_shapes.LINES)
    test_shapes.test_a_line_inside_a_traceback_is_plain_when_it_is_so_by_itself(test_shapes.LINES)
    test_shapes.test_the_shapes_of_a_text_are_those_of_its_lines(test_shapes.LINES)


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@settings(max_examples=round(18 * SHARE), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=PLANS)
def test_a_traceback_in_any_wrapping_reads_as_the_interpreter_knows_it(wrapping: str, plan: Plan) -> None:
    assert_known(wrapping, plan)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wrapping", READABLE)
def test_each_form_without_a_mark_is_read_out_of_each_wrapping(wrapping: str, name: str) -> None:
    text = (GOLDEN / f"{name}.txt").read_text()
    assert told(WRAPPINGS[wrapping](text)) == told(text.encode())


BROKEN_FRAME = re.compile(r'File "[^"\n]*",(?: line)?\n|File\n')
SINGLE = [text for text in TEXTS[::6] if text.count(HEAD) == 1 and len(parse(read(text.encode()))) == 1]


def stacks(text: str) -> list[tuple[str | None, str, list[tuple[str | None, int | None, str | None]]]]:
    return [
        (one.raised.type, one.raised.message, [(frame.file, frame.line, frame.function) for frame in one.raised.frames])
        for one in parse(read(text.encode()))
    ]


@pytest.mark.parametrize(("width", "quote"), [(74, ""), (76, ""), (76, "> "), (74, "> > ")])
def test_most_examples_that_a_mail_program_broke_are_read_as_they_were(width: int, quote: str) -> None:
    broken = [(text, broken_at_blanks(text, width, quote)) for text in SINGLE]
    broken = [(text, mail) for text, mail in broken if BROKEN_FRAME.search(mail)]
    alike = [stacks(mail) == stacks(text) for text, mail in broken]
    assert len(alike) > 50
    assert sum(alike) >= 0.9 * len(alike)


@pytest.mark.parametrize(("width", "quote"), [(74, ""), (76, "> ")])
def test_most_examples_that_a_mail_program_broke_are_answered_alike(width: int, quote: str, index: Index) -> None:
    def answer(text: str) -> list[tuple[str, str | None]]:
        crashes = diagnose(read(text.encode()), index).crashes
        return [(one.verdict, one.matches[0].signature if one.matches else None) for one in crashes]

    broken = [(text, broken_at_blanks(text, width, quote)) for text in SINGLE]
    alike = [answer(mail) == answer(text) for text, mail in broken if BROKEN_FRAME.search(mail)]
    assert sum(alike) >= 0.95 * len(alike) > 50


def test_examples_in_quoted_printable_are_read_as_they_were() -> None:
    mails = [(text, as_mail(text)) for text in SINGLE]
    alike = [stacks(mail) == stacks(text) for text, mail in mails if "=\n" in mail and "=3D" in mail]
    assert sum(alike) >= 0.9 * len(alike) > 50


@pytest.mark.parametrize("width", [60, 76])
def test_a_text_that_a_mail_program_broke_reads_alike_both_ways(width: int) -> None:
    for text in TEXTS[::40]:
        assert_same(broken_at_blanks(text, width))


@pytest.mark.parametrize("unit", test_wrapped.HOSTILE)
def test_time_to_join_lines_grows_no_faster_than_a_long_hostile_text(unit: str, linear: Linear) -> None:
    test_wrapped.test_time_grows_no_faster_than_a_hostile_text(unit, 4_000, linear)


@pytest.mark.parametrize("unit", test_wrapped.HOSTILE_MAIL)
def test_time_to_undo_a_mail_grows_no_faster_than_a_long_hostile_one(unit: str, linear: Linear) -> None:
    test_wrapped.test_time_grows_no_faster_than_a_hostile_mail(unit, 4_000, linear)
