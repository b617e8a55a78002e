"""What was done to a text on its way changes nothing of a crash that pytest or Rich printed: neither prints a mark."""

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
