"""What the lines of a traceback say wherever they stand: read once, and remembered by their text.

The same frames and the same errors stand in one crash after the other. They are read by the functions that read any
traceback, and only where every line is plain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from app.crash.around import around
from app.crash.environment import believed, is_listed, rules_for, sees_the_margin, told_by
from app.crash.model import Ending, Environment, Frame, Framed, Line, Sighting
from app.crash.origin import locate
from app.crash.shapes import is_plain_inside
from app.crash.stack import Stack, take
from app.crash.standard import Rows, read_exception, read_tie

MAX_STACK = 3_000  # characters of a stack that is remembered as a whole; real ones have some 1,500
MAX_ENTRY = 600  # characters of a frame's lines
MAX_ENDING = 1_500  # characters of an exception's lines
MAX_SEEN = 40  # things betrayed of which it is remembered what is believed
MAX_STACKS = 1_024
MAX_ENTRIES = 8_192
MAX_ENDINGS = 1_024

HEADER = "Traceback (most recent call last):"
FRAME = '  File "'
NEXT = f"\n{FRAME}"


class Entry(NamedTuple):
    """What the lines of a frame say in any report: all of a `Frame` but where it stands, and what they betray."""

    said: tuple[str | int | None, ...]
    lines: int
    told: tuple[Sighting, ...]


def framed(text: str, first: int) -> Framed | None:
    """The frames of a stack whose text, from line `first` on, has lost the first `FRAME`; None if it is not plain."""
    return _kept_framed(text, first) if len(text) <= MAX_STACK else _framed(text, first)


@lru_cache(maxsize=MAX_STACKS)
def _kept_framed(text: str, first: int) -> Framed | None:
    return _framed(text, first)


def _framed(text: str, first: int) -> Framed | None:
    frames: list[Frame] = []
    seen: list[Sighting] = []
    number = first
    for one in text.split(NEXT):
        entry = _entry(one) if len(one) <= MAX_ENTRY else None
        if entry is None:
            return None
        frames.append(Frame._make((*entry.said, number, number + entry.lines - 1)))
        seen += [(number + below, told) for below, told in entry.told]
        number += entry.lines
    return Framed(tuple(frames), number, first_of(seen), believed(seen))


def betrayed(seen: tuple[Sighting, ...]) -> Environment:
    """What is believed of all this."""
    return _kept_betrayed(seen) if len(seen) <= MAX_SEEN else believed(seen)


@lru_cache(maxsize=MAX_STACKS)
def _kept_betrayed(seen: tuple[Sighting, ...]) -> Environment:
    return believed(seen)


@lru_cache(maxsize=MAX_ENTRIES)
def _entry(text: str) -> Entry | None:
    lines = _lines(FRAME + text)
    if not _are_plain(lines):
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
    told = _told(lines)
    return None if told is None else Entry(frame._replace(module=module, owner=owner)[:-2], len(lines), told)


def ending(text: str) -> Ending | None:
    """What the lines below a stack say, down to the next header if there is one; None if they are not plain."""
    return _ending(text) if len(text) <= MAX_ENDING else None


@lru_cache(maxsize=MAX_ENDINGS)
def _ending(text: str) -> Ending | None:
    lines = _lines(text)
    followed = lines[-1].text == HEADER
    own = lines[:-1] if followed else lines
    if not text[:1].strip() or not _are_plain(own):
        return None
    rows = Rows(lines)
    raised, end = read_exception(rows, 0, None, Stack(0), headed=True)
    if raised is None or raised.type is None:
        return None
    tie = read_tie(rows, end)
    if tie is not None:
        if not followed or tie.below != len(own):
            return None
        end = tie.below
    rest = "\n".join([line.text for line in lines[end:]]).removesuffix(HEADER)
    told, below = _told(lines[:end]), around(rest, followed=followed)
    if told is None or below is None:
        return None
    link = tie.link if tie else None
    return Ending(raised.type, raised.message, raised.last_line + 1, link, end, told, below)


def _lines(text: str) -> list[Line]:
    """The lines, numbered from 0."""
    return [Line(number, line, line) for number, line in enumerate(text.split("\n"))]


def _are_plain(lines: Iterable[Line]) -> bool:
    """Whether these lines of a traceback are read as they stand, and are no list of packages."""
    return all(is_plain_inside(line.text) and not is_listed(line.text) for line in lines)


def _told(lines: Sequence[Line]) -> tuple[Sighting, ...] | None:
    """What the lines betray; None if it were something else with one blank more before them."""
    rules = rules_for("\n".join([line.text for line in lines]))
    marginal = [rule for rule in rules if sees_the_margin(rule)]
    if marginal and any(told_by(line.text, marginal) != told_by(" " + line.text, marginal) for line in lines):
        return None
    return first_of((line.number, one) for line in lines for one in told_by(line.text, rules)) if rules else ()


def first_of(seen: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """Of things told in vain again and again only the first: no other is ever believed."""
    first: dict[tuple[str, bool], Sighting] = {}
    for sighting in seen:
        first.setdefault((sighting[1].of, sighting[1].exact and sighting[1].sure), sighting)
    return tuple(first.values())
