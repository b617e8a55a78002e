"""What was done to a text on its way changes nothing of a crash that pytest or Rich printed: neither prints a mark."""

import json
from pathlib import Path

import pytest

from app.crash.text import read
from app.crash.traceback import parse
from app.evaluation.damage import WRAPPINGS, before_each

GOLDEN = Path(__file__).parent.parent / "golden"
NAMES = ("pytest-long", "pytest-short", "rich-chain")


def told(raw: bytes) -> list[tuple[str, str | None, str, int]]:
    crashes = parse(read(raw))
    return [(one.form, one.raised.type, one.raised.message, len(one.raised.frames)) for one in crashes]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wrapping", sorted(set(WRAPPINGS) - {"utf-16 without mark"}))
def test_a_form_without_a_mark_is_read_out_of_every_wrapping(wrapping: str, name: str) -> None:
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
