"""What office programs and web pages put in for the machine's own characters changes nothing of a crash."""

import csv
import io
import json
import re
from collections.abc import Callable, Sequence

import pytest

from app.crash.model import Raised
from app.crash.text import read, read_text
from app.crash.traceback import parse
from tests.both_ways import HERE, assert_same

EXAMPLES = [
    file for file in sorted((HERE.parent / "signatures").glob("*/*.match.*.txt")) if file.stat().st_size < 6_000
]
# those that name a place: by it such a cell is found, and quotes of an office program around it
PLACE = '", line '
ALL = [file.read_text(errors="replace") for file in EXAMPLES]
TEXTS = [text for text in ALL if text.isascii() and PLACE in text][::9]
CLEAN = TEXTS[0]


def typographic(text: str, marks: str) -> str:
    """As Word does it: a quote behind a blank or a bracket opens, any other closes."""
    for straight, opening, closing in (('"', *marks[:2]), ("'", *marks[2:])):
        text = re.sub(rf"(?<![^\s(\[{{]){straight}", opening, text).replace(straight, closing)
    return text


def in_a_cell(text: str, *, before: tuple[str, ...] = (), behind: tuple[str, ...] = ()) -> str:
    """A table of two rows, written by the library that programs write it with."""
    table = io.StringIO()
    writer = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([[*before, text.rstrip("\n"), *behind], [*before, "order paid", *behind]])
    return table.getvalue()


CHANGES: dict[str, Callable[[str], str]] = {
    "english quotes": lambda text: typographic(text, "“”‘’"),
    "german quotes": lambda text: typographic(text, "„“‚‘"),
    "only closing quotes": lambda text: typographic(text, "””’’"),
    "blanks that don't break": lambda text: text.replace(" ", "\xa0"),
    "blanks in front that don't break": lambda text: re.sub(r"(?m)^ +", lambda found: "\xa0" * len(found[0]), text),
    "every other blank": lambda text: text.replace("  ", " \xa0"),
    "narrow blanks": lambda text: text.replace(" ", "\u202f"),
    "wide blanks": lambda text: text.replace(" ", "\u3000"),
    "no width behind slashes": lambda text: text.replace("/", "/\u200b"),
    "joiners behind dots": lambda text: text.replace(".", ".\u2060\ufeff"),
    "soft hyphens": lambda text: text.replace("_", "\xad_"),
    "directions around lines": lambda text: re.sub(r"(?m)^(.+)$", "\u202a\\1\u202c\u200e", text),
    "isolated lines": lambda text: re.sub(r"(?m)^(.+)$", "\u2066\\1\u2069", text),
    "quotes and blanks": lambda text: typographic(text, "“”‘’").replace(" ", "\xa0"),
}
CELLS: dict[str, Callable[[str], str]] = {
    "alone": in_a_cell,
    "behind a time": lambda text: in_a_cell(text, before=("2026-11-22T10:00:00Z",)),
    "between others": lambda text: in_a_cell(text, before=("2026-11-22T10:00:00Z", "web"), behind=("prod", "")),
    "ends of lines of Windows": lambda text: in_a_cell(text, behind=("prod",)).replace("\n", "\r\n"),
    "semicolons": lambda text: in_a_cell(text, before=("7",), behind=("prod",)).replace('","', '";"'),
    "in a record in a cell": lambda text: in_a_cell(json.dumps({"level": "error", "message": text}), before=("7",)),
    "cut off": lambda text: in_a_cell(text, before=("7",)).partition('"\n"7",')[0],
}


def told(text: str) -> list[object]:
    """All that is said of the crashes but the lines on which it stands."""
    return [unplaced(crash.raised) for crash in parse(read(text.encode()))]


def unplaced(raised: Raised | None) -> object:
    if raised is None:
        return None
    frames = tuple(frame._replace(first_line=0, last_line=0) for frame in raised.frames)
    syntax = raised.syntax and raised.syntax._replace(first_line=0, last_line=0)
    linked = (unplaced(raised.cause), unplaced(raised.context), *map(unplaced, raised.exceptions))
    return raised.type, raised.message, raised.notes, frames, syntax, linked


@pytest.fixture(scope="module")
def texts() -> Sequence[str]:
    """Two of them; `tests/test_sweeps_of_reading.py` holds all to the same."""
    return TEXTS[:: len(TEXTS) // 2 + 1]


def test_there_are_examples() -> None:
    assert len(TEXTS) > 30
    assert all(map(told, TEXTS))


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_characters_that_were_put_in_change_nothing(name: str, texts: Sequence[str]) -> None:
    for text in texts:
        assert told(CHANGES[name](text)) == told(text)


@pytest.mark.parametrize("name", sorted(CELLS))
def test_a_cell_of_a_table_is_read_as_its_text(name: str, texts: Sequence[str]) -> None:
    for text in texts:
        assert told(CELLS[name](text)) == told(text)


@pytest.mark.parametrize("name", [*CHANGES, *CELLS])
def test_the_plain_way_leaves_such_a_text_to_the_general_one(name: str, texts: Sequence[str]) -> None:
    change = (CHANGES | CELLS)[name]
    for text in texts:
        assert not assert_same(change(text)) or change(text) == text
        assert_same(text + "\n" + change(text))


@pytest.mark.parametrize("change", CHANGES.values())
def test_what_is_shown_stays_as_it_was_sent(change: Callable[[str], str]) -> None:
    sent = change(CLEAN)
    assert "\n".join(line.raw for line in read_text(sent).lines) == sent
    assert "\n".join(line.text for line in read_text(sent).lines) == CLEAN


@pytest.mark.parametrize("message", ["Das Feld „Name“ fehlt", "no ‘x’ in “y”", "can’t"])
def test_a_message_keeps_its_own_quotes(message: str) -> None:
    text = f'Traceback (most recent call last):\n  File "/srv/a.py", line 3, in f\n    g()\nValueError: {message}\n'
    (crash,) = parse(read_text(text))
    assert crash.raised.message == message
    assert assert_same(text)
    (crash,) = parse(read_text(f"10:00 „Backup“ done\n{text}"))
    assert crash.raised.message == message


def test_a_line_alone_without_a_straight_quote_is_put_right() -> None:
    lines = [line.text for line in read_text("it says\nKeyError: ‘name’ and I can’t go on\n").lines]
    assert lines == ["it says", "KeyError: 'name' and I can't go on", ""]
    line = "KeyError: ‘name’ and I can't go on"
    assert read_text(line).lines[0].text == line


def test_what_only_looks_like_cells_is_not_touched() -> None:
    for text in ('f(a,"b",c)\n"x"", line 1\n', 'a,"File ""/srv/a.py"", line 1"b\n', 'say ""File "", line 4""'):
        assert "\n".join(line.raw for line in read_text(text).lines) == text


def test_the_other_cells_stand_on_lines_of_their_own() -> None:
    lines = [line.text for line in read_text(CELLS["between others"](CLEAN)).lines]
    shown = CLEAN.rstrip("\n").split("\n")
    assert lines[: len(shown) + 3] == ['"2026-11-22T10:00:00Z","web",', *shown, "", ',"prod",""']
