"""What the lines of a traceback say wherever they stand: read once, and remembered by their text.

The same frames and the same errors stand in one crash after the other. They are read by the functions that read any
traceback, and only where every line is *plain*: nothing has to be undone, and no other form prints such lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from app.crash.cleaning import COLOUR, CRI, clean, sound, split
from app.crash.environment import may_be_listed, rules_for, told_by
from app.crash.forms.every import FORMS
from app.crash.markdown import without_bold, without_links
from app.crash.model import Ending, Entry, Line, ToldBelow
from app.crash.origin import locate
from app.crash.prefixes import prefix_of
from app.crash.stack import Stack, take
from app.crash.standard import Rows, read_exception, read_tie
from app.crash.unfold import unfold, without_html

MAX_ENTRY = 1_000  # characters of a frame's lines; real ones have some 150
MAX_ENDING = 2_000  # characters of an exception's lines
MAX_ENTRIES = 8_192  # frames remembered; a program has some thousand
MAX_ENDINGS = 2_048

HEADER = "Traceback (most recent call last):"
FRAME = '  File "'

# Each line that is not plain holds one of these, a colour or no printable character, or begins with one of those.
ODD = (
    *("Traceback", "File ", "{", "](", "<a href=", "&", "**", "stdout P", "stderr P"),
    *(mark for form in FORMS for mark in form.MARKS if mark != "at "),
)
NO_TRACEBACK = ("Traceback (", '", line ')  # a traceback could begin on such a line
ODD_FIRST = (" ", "\t", '"', "'")
ODD_BELOW = tuple("\n" + first for first in ODD_FIRST)


def are_plain(text: str) -> bool:
    """Whether every line of this text is plain: mostly there is nothing odd in it, and no line need be looked at."""
    odd = (
        text.startswith(ODD_FIRST)
        or any(mark in text for mark in ODD)
        or any(mark in text for mark in ODD_BELOW)
        or COLOUR.search(text)
        or not text.replace("\n", "").isprintable()
    )
    return not odd or all(map(is_plain, text.split("\n")))


def is_plain(line: str) -> bool:
    """Whether this line is read as it stands, and is none that another form is told by."""
    return (
        clean(line) == sound(line) == without_html(line) == without_links(line) == without_bold(line) == line
        and split(line) == list(unfold([line])) == [line]
        and CRI.match(line) is None
        and not prefix_of(line)
        and not any(form.hint(line) for form in FORMS)
    )


def entry(text: str) -> Entry | None:
    """What the lines of a frame say, of which the first has lost `FRAME`; None if they are not just one plain frame."""
    return _entry(text) if len(text) <= MAX_ENTRY else None


@lru_cache(maxsize=MAX_ENTRIES)
def _entry(text: str) -> Entry | None:
    whole = FRAME + text
    lines = _lines(whole)
    if not all(is_plain(line.text) for line in lines) or may_be_listed(whole):
        return None
    stack = Stack(0)
    rows = Rows(lines)
    if not all((row := rows.at(index)) is not None and take(stack, row) for index in range(len(lines))):
        return None
    stack.close()
    frame = stack.frames[0] if len(stack.frames) == 1 and not stack.elided else None
    if frame is None or frame.file is None or frame.function is None or frame.last_line != len(lines) - 1:
        return None
    module, owner = locate(frame.file)
    said = frame._replace(module=module, owner=owner)[:-2]
    return Entry(said, len(lines), _told(lines))


def ending(text: str) -> tuple[Ending, str] | None:
    """What the lines below a stack say, down to the next header, and those of them that belong to no traceback."""
    return _ending(text) if len(text) <= MAX_ENDING else None


@lru_cache(maxsize=MAX_ENDINGS)
def _ending(text: str) -> tuple[Ending, str] | None:
    lines = _lines(text)
    followed = lines[-1].text == HEADER
    rows = Rows(lines[:-1] if followed else lines)
    if not all(is_plain(line.text) for line in rows.lines) or may_be_listed(text) or not text[:1].strip():
        return None
    rows = Rows(lines)
    raised, end = read_exception(rows, 0, None, Stack(0), headed=True)
    if raised is None or raised.type is None:
        return None
    tie = read_tie(rows, end)
    if tie is not None:
        if not followed or tie.below != len(lines) - 1:
            return None
        end = tie.below
    below = "\n".join([line.text for line in lines[end:]]).removesuffix(HEADER)
    if any(mark in below for mark in NO_TRACEBACK):
        return None
    link = tie.link if tie else None
    return Ending(raised.type, raised.message, raised.last_line + 1, link, end, _told(lines[:end])), below


def _lines(text: str) -> list[Line]:
    """The lines, numbered from 0."""
    return [Line(number, line, line) for number, line in enumerate(text.split("\n"))]


def _told(lines: Sequence[Line]) -> ToldBelow:
    """What the lines betray; of two alike the first."""
    rules = rules_for("\n".join([line.text for line in lines]))
    told = [(line.number, one) for line in lines for one in told_by(line.text, rules)] if rules else []
    first = {(one.of, one.exact and one.sure): (below, one) for below, one in reversed(told)}
    return _same(tuple(sorted(first.values())))


@lru_cache(maxsize=MAX_ENDINGS)
def _same(told: ToldBelow) -> ToldBelow:
    """The same object for equal ones, so that most need not be looked into again."""
    return told
