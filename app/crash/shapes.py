"""What a line around a traceback can be, told by its shape: the lines of a log differ in their digits most of all.

Nothing here depends on a digit, so what is found for a shape is remembered for all lines of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from app.crash import grammar
from app.crash.betrayals import Rule
from app.crash.cleaning import COLOUR, CRI, clean, sound, split
from app.crash.environment import MAX_LINE as MAX_TOLD
from app.crash.environment import rules_for, told_by
from app.crash.forms.every import FORMS
from app.crash.markdown import without_bold, without_links
from app.crash.model import Told
from app.crash.names import ZEROS, holds_any
from app.crash.package_lists import HEADER_MARKS, LIST_MARKS, is_listed
from app.crash.prefixes import prefix_of
from app.crash.records import IN_A_RECORD
from app.crash.unfold import unfold, without_html

MAX_LINE = 600  # characters; longer lines are looked at each time
MAX_SHAPES = 2_048


def finder(marks: Iterable[str]) -> Callable[[str], Sequence[object]]:
    """What finds any of these at once, in a text without halves of characters."""
    return AhoCorasick(marks, implementation=Implementation.DFA).find_matches_as_indexes


# A line that is not plain holds one of these, a colour or no printable character, or begins with one of those.
ODD = (
    *("Traceback", "File ", "{", "](", "<a href=", "&", "stdout P", "stderr P", IN_A_RECORD),
    *(mark for form in FORMS for mark in form.MARKS if mark != "at "),
)
ODD_FIRST = (" ", "\t", '"', "'", "**")
PLACE = '  File "'
ODD_INSIDE = (*ODD, "stdout ", "stderr ", "#012")
ODD_INSIDE_FIRST = ("at ", '"', "'", "**")
# The same for many lines at once, that are to be no rows of a list either.
ODD_ANYWHERE = finder((*ODD_INSIDE, *LIST_MARKS))
FIRST_ANYWHERE = re.compile(rf"\n[ \t]*(?:{'|'.join(map(re.escape, ODD_INSIDE_FIRST))})")
SHOWN_MARK = "Name: "
BEGINNINGS = ("Traceback (", '", line ')
INTRODUCING = finder((*grammar.INTRODUCTIONS, grammar.PROCESS))


class Shape(NamedTuple):
    """What can be said of a line without its digits."""

    doubtful: bool
    """Whether one of the next four is so."""
    odd: bool
    """Whether it need be looked at to know that it is plain."""
    begins: bool
    """Whether a traceback could begin on it."""
    listed: bool
    """Whether it could begin a list of packages, or be of `pip show`."""
    row: bool
    """Whether it could be a row of a list of packages, of which several make one."""
    introduces: bool
    """Whether it says where a traceback came from."""
    logged: bool
    """Whether it is a log line by its beginning."""
    rules: tuple[Rule, ...]
    """What may see something in it."""


def shape(line: str) -> Shape:
    """The shape of a line."""
    return shapes(line)[0]


def shapes(text: str) -> list[Shape]:
    """The shape of each line of a text."""
    masked = text.encode("utf-8", "surrogatepass").translate(ZEROS).split(b"\n")
    return [_shape(line) if len(line) <= MAX_LINE else _shape.__wrapped__(line) for line in masked]


@lru_cache(maxsize=MAX_SHAPES)
def _shape(masked: bytes) -> Shape:
    line = masked.decode("utf-8", "surrogatepass")
    odd = line.startswith(ODD_FIRST) or not line.isprintable() or COLOUR.search(line) is not None
    marked = odd or bool(ODD_ANYWHERE(line))
    odd = odd or (marked and holds_any(ODD, line))
    listed = marked and is_listed(line)
    row = listed and not holds_any((*HEADER_MARKS, SHOWN_MARK), line)
    begins = holds_any(BEGINNINGS, line)
    return Shape(
        odd or begins or listed,
        odd,
        begins,
        listed and not row,
        row,
        introduces(line),
        grammar.LOG_LINE.match(line) is not None,
        rules_for(line),
    )


def introduces(line: str) -> bool:
    """Whether this line says where a traceback below it came from."""
    may = not line.isprintable() or INTRODUCING(line)
    return bool(may) and grammar.INTRODUCTION.search(line.expandtabs().strip()) is not None


def may_stand_around(line: str, its: Shape) -> bool:
    """Whether this line of that shape is plain, and part of no traceback and, alone, of no list of packages."""
    if its.begins or its.listed:
        return False
    return not its.odd or (_is_plain(line) if len(line) <= MAX_LINE else is_plain(line))


@lru_cache(maxsize=MAX_SHAPES)
def _is_plain(line: str) -> bool:
    return is_plain(line)


def told_around(line: str) -> tuple[Told, ...]:
    """What a line around a traceback betrays."""
    rules = shape(line).rules
    if not rules:
        return ()
    return _told(line) if len(line) <= MAX_LINE else told_by(line[:MAX_TOLD], rules)


@lru_cache(maxsize=MAX_SHAPES)
def _told(line: str) -> tuple[Told, ...]:
    return told_by(line, shape(line).rules)


def are_plain_inside(text: str) -> bool:
    """Whether these lines of a traceback are read as they stand, and are no list of packages."""
    own = text.removeprefix(PLACE)
    sure = own.replace("\n", "").replace("\t", "").isprintable() and (own is text or "\\" not in own)
    if sure and not ODD_ANYWHERE(own) and COLOUR.search(own) is None and FIRST_ANYWHERE.search("\n" + own) is None:
        return True
    return all(is_plain_inside(line) and not is_listed(line) for line in text.split("\n"))


def is_plain_inside(line: str) -> bool:
    """As `is_plain`, quicker for a line of a traceback: neither blanks nor `File "` before it make it odd."""
    own = line.removeprefix(PLACE)
    if own is not line and "\\" in own:  # what is written out is undone beside a place
        return is_plain(line)
    inner = own.lstrip(" ")
    sure = inner.isprintable() and not inner.startswith(ODD_INSIDE_FIRST) and COLOUR.search(inner) is None
    return (sure and not holds_any(ODD_INSIDE, inner)) or is_plain(line)


def is_plain(line: str) -> bool:
    """Whether this line is read as it stands, and is none by which another form is told."""
    return (
        clean(line) == sound(line) == without_html(line) == without_links(line) == without_bold(line) == line
        and split(line) == list(unfold([line])) == [line]
        and CRI.match(line) is None
        and not prefix_of(line)
        and IN_A_RECORD not in line
        and not any(form.hint(line) for form in FORMS)
    )
