"""What was done to a text on its way changes nothing of its crash, be it one without a mark or one whose lines broke."""

import json
import quopri
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest

from app.crash.model import Line
from app.crash.printable import printed
from app.crash.text import read
from app.crash.traceback import parse
from app.crash.wrapped import joined
from app.evaluation.damage import WRAPPINGS, before_each
from tests.both_ways import TEXTS, assert_same

Linear = Callable[[Callable[[int], object]], None]

GOLDEN = Path(__file__).parent.parent / "golden"
NAMES = ("pytest-long", "pytest-short", "rich-chain")


def told(raw: bytes) -> list[tuple[str, str | None, str, int]]:
    crashes = parse(read(raw))
    return [(one.form, one.raised.type, one.raised.message, len(one.raised.frames)) for one in crashes]


READABLE = sorted(set(WRAPPINGS) - {"utf-16 without mark"})


@pytest.mark.parametrize(("wrapping", "name"), [*zip(READABLE, cycle(NAMES), strict=False)])
def test_a_form_without_a_mark_is_read_out_of_every_wrapping(wrapping: str, name: str) -> None:
    """Each out of each in `tests/test_sweeps_of_reading.py`."""
    text = (GOLDEN / f"{name}.txt").read_text()
    assert told(WRAPPINGS[wrapping](text)) == told(text.encode())


@pytest.mark.parametrize("name", NAMES)
def test_blank_lines_that_lost_their_blanks_still_begin_as_all_lines_do(name: str) -> None:
    text = (GOLDEN / f"{name}.txt").read_text()
    wrapped = before_each("web-1  | ")(text).decode()
    trimmed = "\n".join(line.rstrip() for line in wrapped.split("\n"))
    assert told(trimmed.encode()) == told(text.encode())


def test_numbers_that_do_not_count_the_lines_are_part_of_the_text() -> None:
    lines = read(b"3 apples\n5 pears\n7 plums\n12 figs\n").lines
    assert [line.text for line in lines if line.text] == ["3 apples", "5 pears", "7 plums", "12 figs"]


@pytest.mark.parametrize(
    ("code", "last"),
    [
        ('return cfg["dsn"]', "KeyError: 'dsn'"),
        ("self.bind(0, 0)", "OSError: [WinError 87] The parameter is incorrect"),
        ("charge(orders[number])\n           ~~~~~~^^^^^^^^", "shop.errors.NoSuchOrderError: \"7\" is 'none'"),
    ],
)
def test_a_text_whose_line_breaks_were_taken_out_is_read(code: str, last: str) -> None:
    """`curl -d @file` does so, and puts nothing in their place."""
    frames = (
        '  File "/srv/a.py", line 3, in <module>\n    main()\n' + f'  File "/srv/b.py", line 5, in main\n    {code}\n'
    )
    text = f"Traceback (most recent call last):\n{frames}{last}\n"
    glued = text.replace("\n", "")
    assert told(glued.encode()) == told(text.encode())
    (crash,) = parse(read(glued.encode()))
    assert [frame.code for frame in crash.raised.frames] == ["main()", code.partition("\n")[0]]


def test_a_quote_around_a_text_without_line_breaks_is_no_part_of_its_message() -> None:
    folded = "Traceback (most recent call last):   File \"/a.py\", line 1, in f     f()   ValueError: no 'x'"
    assert told(f'error="{folded}"'.encode())[0][1:3] == ("ValueError", "no 'x'")


def test_what_one_record_of_json_says_is_no_message_of_the_record_before() -> None:
    stack = 'Traceback (most recent call last):\n  File "/srv/mail.py", line 7, in send\n    raise Bounced\n'
    records = [
        {"level": "error", "message": "failed", "exc_info": stack + "Bounced: no such box\ntry another"},
        {"level": "info", "message": "retrying"},
        {"level": "error", "message": "failed", "exc_info": stack + "Bounced: full"},
    ]
    crashes = parse(read("\n".join(map(json.dumps, records)).encode()))
    assert [one.raised.message for one in crashes] == ["no such box\ntry another", "full"]
    assert "retrying" in [line.text for line in crashes[0].logs]


HEAD = "Traceback (most recent call last):\n"


def broken_at_blanks(text: str, width: int, quote: str = "") -> str:
    """As a mail program breaks it: no line longer than the width, unless it is one word."""
    lines: list[str] = []
    for line in text.split("\n"):
        rest, room = line, width - len(quote)
        while len(rest) > room:
            margin = len(rest) - len(rest.lstrip()) + 1
            blank = rest.rfind(" ", margin, room + 1)
            blank = rest.find(" ", margin) if blank < 0 else blank
            if blank < 0:
                break
            lines.append(quote + rest[:blank])
            rest = rest[blank + 1 :]
        lines.append(quote + rest)
    return "\n".join(lines)


def test_a_frame_that_a_mail_program_broke_is_one_line_at_the_place_of_its_first() -> None:
    text = """Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/shop/orders/__init__.py",
line 12, in <module>
    from shop.orders.everything import OneThing, AnotherThing,
YetAnotherThing
  File "/usr/lib/python3.11/site-packages/shop/orders/everything.py", line
40, in <module>
    from missing import thing
ImportError: cannot import name 'thing' from 'missing' (a long way from
here)
"""
    report = read(text.encode())
    (crash,) = parse(report)
    assert crash.raised.message == "cannot import name 'thing' from 'missing' (a long way from here)"
    first, second = crash.raised.frames
    assert (first.file, first.line, first.function, first.first_line) == (
        "/usr/lib/python3.11/site-packages/shop/orders/__init__.py", 12, "<module>", 2,
    )  # fmt: skip
    assert first.code == "from shop.orders.everything import OneThing, AnotherThing, YetAnotherThing"
    assert (second.first_line, second.last_line, crash.raised.type_line) == (6, 8, 9)
    assert "\n".join(line.raw for line in report.lines) == text


def test_a_path_that_was_broken_behind_a_hyphen_or_a_slash_is_whole_again() -> None:
    text = """Traceback (most recent call last):
  File "/srv/legacy/shop/.venv/lib/python3.11/site-
packages/shop/orders.py", line 12, in <module>
    from shop.everything import pay
  File "/srv/legacy/shop/.venv/lib/python3.11/site-packages/
shop/everything.py", line 3, in <module>
    from shop.missing import thing, another_thing, the_last_of_all,
YetAnotherThing
ImportError: cannot import name 'thing' from 'missing' (/srv/.venv/site-
packages/missing/__init__.py)
"""
    (crash,) = parse(read(text.encode()))
    packages = "/srv/legacy/shop/.venv/lib/python3.11/site-packages/shop"
    assert [frame.file for frame in crash.raised.frames] == [f"{packages}/orders.py", f"{packages}/everything.py"]
    assert (
        crash.raised.frames[1].code == "from shop.missing import thing, another_thing, the_last_of_all, YetAnotherThing"
    )
    assert crash.raised.type == "ImportError"
    assert crash.raised.message.endswith("(/srv/.venv/site-packages/missing/__init__.py)")


@pytest.mark.parametrize(
    "text",
    [
        'see File "/srv/a.py",\nline 12, in main\n',
        'ValueError: no\nFile "/srv/a.py",\nline 12, in main\n',
        f'{HEAD}  File "/srv/a.py", line 1, in f\n    File "/srv/b.py",\nline 12, in main\n',
        f'{HEAD}  File "/srv/a.py",\nwhich is on line 12, in the middle\n',
        f'{HEAD}  File "/srv/a.py",\n\nline 12, in main\n',
        f'{HEAD}  File "/srv/a.py", line 1, in f\n    run()\nValueError: no\n  File "/srv/b.py",\nline 1, in f\n',
        f'{HEAD}  File "/srv/a.py", line 1, in f\n    run(\nthat)\nValueError: a message that is rather\nlong\n',
    ],
)
def test_what_is_no_broken_frame_of_a_stack_keeps_its_lines(text: str) -> None:
    assert_same(text)
    assert [line.text for line in read(text.encode()).lines] == text.split("\n")


@pytest.mark.parametrize("width", [60, 76])
def test_a_broken_text_reads_alike_both_ways(width: int) -> None:
    """In `tests/test_sweeps_of_reading.py` more of them do, and most are read as they were."""
    for text in TEXTS[::200]:
        assert_same(broken_at_blanks(text, width))


HOSTILE = [
    "File\n",
    'File "a\n',
    '  File "a.py",\n',
    f'{HEAD}  File "a.py",\nline 1, in f\n    {"x " * 40}\n',
    f'{HEAD}  File "a.py",\nline 1, in f\nE: {"x " * 40}\n' + f"{'y ' * 40}\n" * 20,
    'File "' + "b " * 150 + "\n",
]


@pytest.fixture
def times() -> int:
    """How often a text is repeated; `tests/test_sweeps_of_reading.py` does so four times as often."""
    return 1_000


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_grows_no_faster_than_a_hostile_text(unit: str, times: int, linear: Linear) -> None:
    lines = [Line(number, text, text) for number, text in enumerate((HEAD + unit * times).split("\n"))]
    linear(lambda size: joined(lines[: len(lines) * size // 4]))


def as_mail(text: str) -> str:
    return quopri.encodestring(text.encode()).decode()


def test_a_mail_in_quoted_printable_keeps_the_numbers_of_its_lines() -> None:
    stack = (
        '  File "/srv/app/.venv/lib/python3.11/site-packages/shop/orders/every.py", line 12, in pay\n    pay(one=1)\n'
    )
    mail = as_mail(f"Hello,\n{HEAD}{stack}ValueError: one isn\u2019t enough\n")
    mail = f"Content-Type: text/plain; charset=utf-8\n\n{mail}"
    report = read(mail.encode())
    (crash,) = parse(report)
    assert (crash.raised.message, crash.raised.frames[0].code) == ("one isn\u2019t enough", "pay(one=1)")
    assert (crash.raised.frames[0].first_line, crash.raised.type_line) == (5, 8)
    assert "\n".join(line.raw for line in report.lines) == mail


@pytest.mark.parametrize(
    "below", ["x =\ny=20\n", "a=3D\n", "x =\ny=3D z=1\n", f"x =\n{'y' * 90}\n=3D\n", "--a==\n=3D\n"]
)
def test_a_text_with_some_equals_signs_keeps_them(below: str) -> None:
    text = f'{HEAD}  File "/srv/a.py", line 1, in f\n    run()\nValueError: no\n{below}'
    assert_same(text)
    assert [line.text for line in read(text.encode()).lines] == text.split("\n")


HOSTILE_MAIL = ["=3D=\n", "=\n", "=E2=80=99", "=3D\n"]


@pytest.mark.parametrize("unit", HOSTILE_MAIL)
def test_time_grows_no_faster_than_a_hostile_mail(unit: str, times: int, linear: Linear) -> None:
    def undo(size: int) -> None:
        text = "=3D=\n" + unit * times * 2 * size
        printed([(number, line, line) for number, line in enumerate(text.split("\n"), 1)], text)

    linear(undo)
