"""What the lines of a traceback say wherever they stand: read once, and remembered by their text.

The same frames and the same errors stand in one crash after the other. They are read only where every line is plain: a
usual frame by one pattern, an error of one line by its shape, all others by the functions that read any traceback.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from app.crash.around import NOTHING, around
from app.crash.betrayals import Rule
from app.crash.environment import MAX_LINE, believed, rules_for, sees_the_margin, told_by
from app.crash.forms.parts import LINKS
from app.crash.grammar import exception_line
from app.crash.model import Ending, Environment, Frame, Framed, Line, Link, Owner, Sighting
from app.crash.origin import locate
from app.crash.shapes import are_plain_inside, shape
from app.crash.stack import Stack, take
from app.crash.standard import Rows, read_exception, read_tie

MAX_STACK = 6_000  # characters of a stack that is remembered as a whole; real ones have some 1,500, few over 3,000
MAX_ENTRY = 600  # characters of a frame's lines
MAX_ENDING = 1_500  # characters of an exception's lines
MAX_SEEN = 40  # things betrayed of which it is remembered what is believed
MAX_STACKS = 1_024
MAX_ENTRIES = 8_192
MAX_ENDINGS = 1_024

HEADER = "Traceback (most recent call last):"
FRAME = '  File "'
NEXT = f"\n{FRAME}"
# What stands below an exception of one line -> how it is tied to the next one, and the lines down to the next header.
TIES: dict[str, tuple[Link | None, int]] = {
    "": (None, 1),
    **{f"\n{words}\n\n{HEADER}": (link, 4) for words, link in LINKS.items()},
}

# A frame as most are, without the first `FRAME`: at most one line of source, and the markers under it. What begins like
# a fold or a gap is none.
USUAL = re.compile(
    r'(?P<file>[^"\n\t]*)", line (?P<line>\d{1,9}), in (?P<function>[^\n\t]*\S)'
    r"(?:\n(?P<margin> {4,})(?P<code>(?!File )[^\s\[(.\u2026<-][^\n\t]*)(?:\n(?P<carets> {4,}[~^][ ~^]*))?)?\Z"
)


# File, line, function, code, carets, module, owner and repetitions.
Said = tuple[str | None, int | None, str | None, str | None, str | None, str | None, Owner | None, int]


class Entry(NamedTuple):
    """What the lines of a frame say in any report: all of a `Frame` but where it stands, and what they betray."""

    said: Said
    lines: int
    told: tuple[Sighting, ...]


class Place(NamedTuple):
    """What the path of a frame says, wherever in the file it is."""

    module: str | None
    owner: Owner | None
    told: tuple[Sighting, ...] | None
    """What it betrays; None if that may depend on the rest of the line."""


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
        said, lines, told = entry
        frames.append(Frame(*said, number, number + lines - 1))
        for below, what in told:
            seen.append((number + below, what))
        number += lines
    firsts = first_of(seen)
    return Framed(tuple(frames), number, firsts, betrayed(firsts))


def betrayed(seen: tuple[Sighting, ...]) -> Environment:
    """What is believed of all this."""
    return _kept_betrayed(seen) if len(seen) <= MAX_SEEN else believed(seen)


@lru_cache(maxsize=MAX_STACKS)
def _kept_betrayed(seen: tuple[Sighting, ...]) -> Environment:
    return believed(seen)


@lru_cache(maxsize=MAX_ENTRIES)
def _entry(text: str) -> Entry | None:
    whole = FRAME + text
    if not are_plain_inside(whole):
        return None
    frame = _frame(text)
    if frame is None or frame.file is None:
        return None
    place = _place(frame.file)
    told = place.told
    if told is None or rules_for(text[len(frame.file) :]):
        told = _told(whole.split("\n"), rules_for(whole))
    said: Said = (*frame[:5], place.module, place.owner, frame.repeated)
    return Entry(said, 1 + text.count("\n"), told)


def _frame(text: str) -> Frame | None:
    """The only frame in this text."""
    usual = USUAL.match(text)
    if usual is None:
        return _any_frame(_lines(FRAME + text))
    file, line, function, margin, code, carets = usual.groups()
    under = carets and carets[min(len(margin), len(carets) - len(carets.lstrip())) :].rstrip()
    return Frame(file, int(line), function.strip(), code and code.rstrip(), under)


def _any_frame(lines: Sequence[Line]) -> Frame | None:
    """The only frame in these lines."""
    stack = Stack(0)
    rows = Rows(lines)
    if not all((row := rows.at(index)) is not None and take(stack, row) for index in range(len(lines))):
        return None
    stack.close()
    frame = stack.frames[0] if len(stack.frames) == 1 and not stack.elided else None
    return None if frame is None or frame.last_line != len(lines) - 1 else frame


@lru_cache(maxsize=MAX_ENTRIES)
def _place(file: str) -> Place:
    line = f'{FRAME}{file}", line 0, in x'
    rules = rules_for(line)
    alone = file.split() == [file] and not any(rule.doubted for rule in rules)  # no other rule sees past such a file
    return Place(*locate(file), _told([line], rules) if alone else None)


def ending(text: str) -> Ending | None:
    """What the lines below a stack say, down to the next header if there is one; None if they are not plain."""
    return _ending(text) if len(text) <= MAX_ENDING else None


@lru_cache(maxsize=MAX_ENDINGS)
def _ending(text: str) -> Ending | None:
    line, _, rest = text.partition("\n")
    its = shape(line)
    tie = TIES.get(rest if rest.strip("\n") else "")
    if tie is not None and not its.doubtful:
        link, lines = tie
        named = exception_line(line.rstrip())
        return Ending(*named, 1, link, lines, _told([line], its.rules), NOTHING) if named else None
    return _any_ending(text)


def _any_ending(text: str) -> Ending | None:
    """As `ending`, of any lines."""
    lines = _lines(text)
    followed = lines[-1].text == HEADER
    own = lines[:-1] if followed else lines
    if not text[:1].strip() or not are_plain_inside(text.removesuffix(HEADER)):
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
    texts = [line.text for line in lines]
    below = around("\n".join(texts[end:]).removesuffix(HEADER), followed=followed)
    if below is None:
        return None
    told = _told(texts[:end], rules_for("\n".join(texts[:end])))
    return Ending(raised.type, raised.message, raised.last_line + 1, tie.link if tie else None, end, told, below)


def _lines(text: str) -> list[Line]:
    """The lines, numbered from 0."""
    return [Line(number, line, line) for number, line in enumerate(text.split("\n"))]


def _told(texts: Sequence[str], rules: Sequence[Rule]) -> tuple[Sighting, ...]:
    """What these lines betray by these rules."""
    return first_of([(at, one) for at, text in enumerate(texts) for one in told_by(text, rules)]) if rules else ()


def tells_by_its_margin(line: str) -> bool:
    """Whether this line would betray something else with one blank more before it."""
    return _kept_by_its_margin(line) if len(line) <= MAX_ENTRY else _by_its_margin(line[:MAX_LINE])


@lru_cache(maxsize=MAX_ENTRIES)
def _kept_by_its_margin(line: str) -> bool:
    return _by_its_margin(line)


def _by_its_margin(line: str) -> bool:
    rules = [rule for rule in rules_for(line) if sees_the_margin(rule)]
    return bool(rules) and told_by(line, rules) != told_by(" " + line, rules)


def first_of(seen: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """Of things told in vain again and again only the first: no other is ever believed, but others may be disputed."""
    first: dict[tuple[str, str, bool, bool], Sighting] = {}
    for sighting in seen:
        _, (of, value, exact, sure) = sighting
        first.setdefault((of, value, exact, sure), sighting)
    return tuple(first.values())
