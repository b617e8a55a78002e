"""A `|` before every line is a margin: of an exception group where one was opened, of a quote or a cut text elsewhere."""

from pathlib import Path
from typing import Any

import pytest

from app.crash.model import Crash, Raised
from app.crash.text import read
from app.crash.traceback import parse

GOLDEN = Path(__file__).parent.parent / "golden"
PLAIN = (
    "carets-py313",
    "chain-three-deep",
    "logging-exception",
    "message-several-lines",
    "plain-py27",
    "recursion",
    "syntax-error",
    "threading",
)


def crashes(text: str) -> list[Crash]:
    return list(parse(read(text.encode())))


def told(raised: Raised) -> Any:
    frames = [(frame.file, frame.line, frame.function, frame.code, frame.carets) for frame in raised.frames]
    tied = [told(one) for one in (raised.cause, raised.context, *raised.exceptions) if one]
    return raised.type, raised.message, raised.syntax, frames, tied, raised.head_cut, raised.tail_cut


@pytest.mark.parametrize("margin", ["| ", "  | ", "\t| "])
@pytest.mark.parametrize("name", PLAIN)
def test_a_traceback_behind_a_margin_is_read_like_one_without(name: str, margin: str) -> None:
    text = (GOLDEN / f"{name}.txt").read_text()
    behind = "".join(margin + line for line in text.splitlines(keepends=True))
    assert [told(one.raised) for one in crashes(behind)] == [told(one.raised) for one in crashes(text)]
    trimmed = "\n".join(line.rstrip() for line in behind.split("\n"))
    assert [told(one.raised) for one in crashes(trimmed)] == [told(one.raised) for one in crashes(text)]


BEHIND = """\
what the worker said:
  | Traceback (most recent call last):
  |   File "/srv/shop.py", line 3, in total
  |     return sum(prices)
  | TypeError: unsupported operand
that is all
"""


def test_the_margin_ends_with_its_traceback() -> None:
    (crash,) = crashes(BEHIND)
    assert (crash.raised.type, crash.raised.message) == ("TypeError", "unsupported operand")
    assert (crash.first_line, crash.last_line, crash.truncated) == (2, 5, False)
    (frame,) = crash.raised.frames
    assert (frame.file, frame.line, frame.code) == ("/srv/shop.py", 3, "return sum(prices)")


def test_the_rest_of_a_group_whose_head_was_cut_off_is_read_with_its_members() -> None:
    text = (GOLDEN / "group-taskgroup.txt").read_text()
    (whole,) = crashes(text)
    cut = text[text.index("  |   File") :]
    (crash,) = crashes(cut)
    assert crash.raised.head_cut
    assert (crash.raised.type, crash.raised.message) == (whole.raised.type, whole.raised.message)
    assert [told(one) for one in crash.raised.exceptions] == [told(one) for one in whole.raised.exceptions]


@pytest.mark.parametrize("line", ["| File | Line |", "| Traceback (most recent call last): | yes |", "|", "| | |"])
def test_a_table_is_no_traceback(line: str) -> None:
    assert not crashes(f"{line}\n| --- | --- |\n| a | 1 |\n")


def test_flat_frames_in_a_quoted_mail_are_of_one_stack() -> None:
    """Loguru puts the same mark before one frame, but under a header that has none."""
    frames = [
        f'File "/usr/lib/python3.11/site-packages/shop/m{at}.py", line {at}, in f{at}\nf()\n' for at in range(1, 5)
    ]
    text = "".join(frames) + "KeyError: 'dsn'\n"
    quoted = "".join(f"> {line}\n" for line in text.splitlines())
    (plain,), (mailed,) = parse(read(text.encode())), parse(read(quoted.encode()))
    assert [frame.function for frame in mailed.raised.frames] == ["f1", "f2", "f3", "f4"]
    assert mailed.raised.frames == plain.raised.frames
