"""Each form is found in the golden texts that hold it, in no other, whole and garbled; `tests/test_sweeps.py` cuts them."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.crash import grammar
from app.crash.forms import django_page, fault_dump, ipython_cell, named_above, pytest_report, rich_box, v8_stack
from app.crash.forms.found import Found
from app.crash.model import Line, Raised, chain
from app.crash.text import read
from app.crash.traceback import parse

Linear = Callable[[Callable[[int], object]], None]

GOLDEN = Path(__file__).parent.parent / "golden"
NAMES = sorted(text.stem for text in GOLDEN.glob("*.txt"))


def named(form: str, lines: Sequence[Line]) -> list[Found]:
    return [one for one in named_above.find(lines) if one.form == form]


FORMS: dict[str, Callable[[Sequence[Line]], Iterable[Found]]] = {
    "django": django_page.find,
    "faulthandler": fault_dump.find,
    "ipython": ipython_cell.find,
    **{form: partial(named, form) for form in sorted(named_above.NAMED_ABOVE)},
    "pytest": pytest_report.find,
    "rich": rich_box.find,
    "v8": v8_stack.find,
}


def lines_of(text: str) -> list[Line]:
    return [Line(number, line, line) for number, line in enumerate(text.split("\n"), 1)]


@cache
def golden(name: str) -> list[Line]:
    return list(read((GOLDEN / f"{name}.txt").read_bytes()).lines)


@cache
def promised(name: str) -> list[dict[str, Any]]:
    crashes: list[dict[str, Any]] = json.loads((GOLDEN / f"{name}.json").read_text())["crashes"]
    return crashes


def told(raised: Any) -> Any:
    """What an exception says, whether it comes out of a form or out of a golden file's JSON."""
    get = raised.get if isinstance(raised, dict) else lambda name: getattr(raised, name)
    frames = [(frame["file"], frame["line"], frame["function"]) for frame in map(fields, get("frames") or ())]
    tied = [told(one) for one in (get("cause"), get("context"), *(get("exceptions") or ())) if one]
    return (get("type"), get("message") or "", frames, tied, bool(get("head_cut")), bool(get("tail_cut")))


def fields(frame: Any) -> dict[str, Any]:
    names = ("file", "line", "function")
    return {name: frame.get(name) if isinstance(frame, dict) else getattr(frame, name) for name in names}


def only(find: Callable[[Sequence[Line]], Iterable[Found]], text: str) -> Raised:
    (found,) = find(lines_of(text))
    return found.raised


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_found_where_it_is_and_nowhere_else(form: str) -> None:
    for name in NAMES:
        expected = [crash for crash in promised(name) if crash["form"] == form]
        found = list(FORMS[form](golden(name)))
        assert [told(one.raised) for one in found] == [told(crash["raised"]) for crash in expected], name
        assert [(one.first_line, one.last_line) for one in found] == [
            (crash["first_line"], crash["last_line"]) for crash in expected
        ], name


@pytest.mark.parametrize("form", FORMS)
def test_every_line_number_lies_within_the_lines_claimed(form: str) -> None:
    for name in NAMES:
        for found in FORMS[form](golden(name)):
            assert found.form == form, name
            for one in chain(found.raised):
                numbers = [one.first_line, one.last_line, *(frame.first_line for frame in one.frames)]
                numbers += [frame.last_line for frame in one.frames] + [one.type_line or one.first_line]
                assert all(found.first_line <= number <= found.last_line for number in numbers), name


PIECES = sorted({line for name in NAMES for line in (GOLDEN / f"{name}.txt").read_text().split("\n")})


@settings(deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=40)), max_size=40))
def test_garbage_is_read_without_complaint(texts: list[str]) -> None:
    for find in FORMS.values():
        for found in find(lines_of("\n".join(texts))):
            assert 1 <= found.first_line <= found.last_line


HOSTILE = [
    "_ " * 30_000,
    "_" * 30_000 + " x",
    "=== " * 15_000,
    ":1: " * 15_000,
    "x:1: in " * 8_000,
    "E   " + ": " * 20_000,
    ">   " + " x" * 20_000,
    "a.b in " * 8_000,
    "File " + "x:1, in " * 8_000,
    "Cell In[1], line 1, in " * 3_000,
    "╭─ " * 20_000,
    "+-- Traceback (most recent call last) " * 2_000,
    "│ " * 20_000 + "x:1 in",
    "The above exception (" * 3_000,
    'File "' * 10_000,
    "A" * 30_000 + "Traceback (most recent call last)",
    "Current thread " * 5_000 + "(most recent call first)",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_time_grows_no_faster_than_a_hostile_line(text: str, linear: Linear) -> None:
    def find_all(size: int) -> None:
        hostile = text[: len(text) * size // 4]
        lines = lines_of(f"E   \n-> \n╰──\nTraceback:\nFatal Python error: x\n{hostile}\n{hostile}\nCell In[1]")
        for find in FORMS.values():
            list(find(lines))

    linear(find_all)


UNITS = {
    "django": 'Traceback:\nFile "x" in y\n  1. z\nException Type: E at x\n',
    "faulthandler": 'Stack (most recent call first):\n  File "x", line 1 in f\n\nx\n',
    "ipython": "Cell In[1], line 1\n----> 1 x\nValueError: x\n\n",
    "pytest": "___ test_x ___\n>   x()\nE   ValueError: x\nx.py:1: ValueError\n",
    "rich": f"╭{'─' * 9} Traceback (most recent call last) {'─' * 9}╮\n│ x.py:1 in f │\n╰{'─' * 9}╯\nE: x\n",
    "v8": "Error: x\n    at f (x.js:1:1)\n",
}


class Watched(list[Line]):
    """Lines, and how far down they were taken one by one."""

    furthest = 0

    def __iter__(self) -> Iterator[Line]:
        for at in range(len(self)):
            yield self[at]

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, int):
            self.furthest = max(self.furthest, at)
        return super().__getitem__(at)


@pytest.mark.parametrize("form", UNITS)
def test_no_more_is_read_than_what_is_wanted(form: str) -> None:
    lines = Watched(lines_of(UNITS[form] * 300))
    assert len(list(islice(FORMS[form](lines), 3))) == 3
    assert lines.furthest < 50


def test_a_line_is_looked_at_for_one_header_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    class Counted:
        match = staticmethod(looked.append)

    monkeypatch.setattr(grammar, "NAMED_EXCEPTION", Counted)
    lines = lines_of("x\nTraceback:\n" * 1_000)
    assert not list(named_above.find(lines))
    assert len(looked) <= len(lines)


def test_a_failed_assert_without_a_message_is_an_assertion_error() -> None:
    raised = only(pytest_report.find, "tests/test_cart.py:5: in test_total\n    assert total() == 1\nE   assert 2 == 1")
    assert (raised.type, raised.message) == ("AssertionError", "assert 2 == 1")


def test_a_fixture_that_is_missing_is_no_crash() -> None:
    text = "file /srv/app/tests/test_x.py, line 5\n  def test_x(nope):\nE       fixture 'nope' not found\n"
    assert not list(pytest_report.find(lines_of(text)))


def test_a_pytest_entry_whose_error_line_is_cut_off_is_no_crash_of_its_own() -> None:
    assert not list(pytest_report.find(lines_of("tests/test_x.py:5: in test_x\n    assert total() == 1")))


def test_pytest_leaves_a_standard_traceback_above_alone() -> None:
    """Without a title nothing tells where a failure begins, but only indented source can belong to it."""
    text = (
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    open()\nTypeError: x\nnotes:5: yes\n\n'
        "    def test_x():\n>       f()\nE       ValueError: y\n\ntest_x.py:2: ValueError"
    )
    (found,) = pytest_report.find(lines_of(text))
    assert (found.first_line, found.last_line) == (7, 11)
    assert (found.raised.type, found.raised.frames[0].function) == ("ValueError", "test_x")


def test_ipython_takes_a_windows_path_and_the_name_without_its_class() -> None:
    raised = only(
        ipython_cell.find,
        "ValueError                 Traceback (most recent call last)\n"
        "File c:\\srv\\app\\my shop.py:12, in Shop.open.<locals>.<lambda>(door)\n"
        "     11 x = 1\n"
        "---> 12 door.unlock()\n"
        "\n"
        "ValueError: no key",
    )
    (frame,) = raised.frames
    assert (frame.file, frame.line, frame.function) == ("c:\\srv\\app\\my shop.py", 12, "<lambda>")


@pytest.mark.parametrize(
    "text",
    [
        "we met in main() -> 3 of us\n\nValueError: no",
        "1. -> 12 items\nCell In[3] is the one that fails",
        "│ a tree\n│ ╰── of files\n╰── and folders",
        "Traceback: see below\nThe error is in shop.py",
        "the stack, most recent call first, is in the file",
        "E   \n>   \n_ _ _",
    ],
)
def test_prose_is_no_crash(text: str) -> None:
    assert not [found for find in FORMS.values() for found in find(lines_of(text))]


def test_boxes_in_boxes_end_somewhere() -> None:
    top = "╭── Traceback (most recent call last) ──╮\n╰──╯\nExceptionGroup: x\n"
    nested = "\n".join("│ " * depth + "╭── Sub-exception #1 ──╮" for depth in range(50))
    (found,) = rich_box.find(lines_of(top + nested))
    assert found.raised.type == "ExceptionGroup"
    assert 2 < len(chain(found.raised)) < 20


def test_a_chain_without_end_is_cut_to_its_last_links() -> None:
    words = "\n\nDuring handling of the above exception, another exception occurred:\n\n"
    entry = "ValueError    Traceback (most recent call last)\nCell In[1], line 1\n----> 1 a()\n\nValueError: x"
    (found,) = ipython_cell.find(lines_of(words.join([entry] * 300)))
    assert len(chain(found.raised)) < 100
    assert found.first_line == 1


def test_a_dump_shows_the_outermost_call_first() -> None:
    raised = only(
        fault_dump.find,
        'Fatal Python error: Aborted\n\nCurrent thread 0x1 (most recent call first):\n  File "b.py", line 2 in inner\n'
        '  File "a.py", line ??? in outer',
    )
    assert [(frame.function, frame.line) for frame in raised.frames] == [("outer", None), ("inner", 2)]


@pytest.mark.parametrize(
    ("head", "kind", "message"),
    [
        ("Error: shop has no dsn", "Error", "shop has no dsn"), ("Uncaught RangeError: too deep", "RangeError", "too deep"),
        ("TypeError [ERR_X]: not a string", "TypeError", "not a string"), ("Error", "Error", ""), ("Oops: no", "Oops", "no"),
        ("12:00 error: it failed Error: no: dsn", "Error", "no: dsn"), ("ShopError: a\nsecond line", "ShopError", "a"),
    ],
)  # fmt: skip
def test_a_stack_of_node_is_named_by_the_line_above(head: str, kind: str, message: str) -> None:
    raised = only(
        v8_stack.find, f"{head}\n    at new Shop (/srv/shop/a.js:7:13)\n    at async file:///srv/shop/b.mjs:3:9"
    )
    assert (raised.type, raised.message) == (kind, message)
    assert [(frame.function, frame.line) for frame in raised.frames] == [(None, 3), ("new Shop", 7)]


def test_what_node_says_of_a_child_process_is_the_crash_of_the_child() -> None:
    child = 'Traceback (most recent call last):\n  File "/srv/shop/a.py", line 7, in pay\n    f()\nKeyError: 7\n'
    text = f"Error: Command failed: python a.py\n{child}    at ChildProcess.exithandler (node:child_process:422:12)"
    (crash,) = parse(read(text.encode()))
    assert (crash.form, crash.raised.type) == ("python", "KeyError")


def test_the_runtime_s_own_calls_are_nobody_s_place() -> None:
    raised = only(
        v8_stack.find, "Error: x\n    at f (/a.js:1:2)\n    at [].map (<anonymous>)\n    at node:internal/a:5:6"
    )
    assert [frame.owner for frame in raised.frames] == ["stdlib", None, None]


@pytest.mark.parametrize(
    "text",
    [
        "java.lang.IllegalStateException: x\n\tat com.shop.Cart.pay(Cart.java:12)", "Failed: x\n  at the office\n  at home",
        "System.Exception: x\n   at Shop.Cart.Pay() in C:\\shop\\Cart.cs:line 5", "    at pay (/srv/shop/a.js:7:13)",
        "all is well\n    at pay (/srv/shop/a.js:7:13)", "Error: x\n\n\n    at\n",
    ],
)  # fmt: skip
def test_what_v8_did_not_write_is_none_of_its_stacks(text: str) -> None:
    assert not list(v8_stack.find(lines_of(text)))
