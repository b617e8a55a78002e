"""Lines that a mail program or a terminal broke in two, joined again; any other text keeps its lines.

A text is known to be broken by its frames alone: `File "...",` with the rest of it on the next line. What those show of
the width tells which lines of source and of the message were broken too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from app.crash import grammar
from app.crash.model import Line
from app.crash.names import holds_any
from app.crash.stack import is_named_exception

MAX_PARTS = 12  # of one line; each is nearly as long as a line of the text may be
MIN_WIDTH = 60  # nobody's lines are broken at fewer characters
MAX_PART = 400  # nor at more

# a frame's line that ends too early: `File`, `File "/srv/a`, `File "/srv/a.py",`, `File "/srv/a.py", line 3, in`
EARLY = r'File(?: "[^"\n]{0,400}+(?:"(?:,(?: line(?: \d{1,9},(?: in)?)?)?)?)?)?[ \t\r]*'
# what such a line ends with, where it was broken outside of its path; some mail programs leave the blank there
ENDS = (",\n", " \n", "line\n", " in\n", "File\n", "-\n", "/\n", "\\\n")
# where some break a word, too: `site-` and `packages`, `/srv/` and `app.py` in a path
PARTED = re.compile(r"\w-\Z|File \"[^\"\n]{0,400}[/\\]\Z")
ANYWHERE = re.compile(EARLY + r"\n")
BROKEN = re.compile(EARLY + r"\Z")
WHOLE = re.compile(r'File "[^"\n]{1,1000}", line \d{1,9}(?:, in \S{1,400})?\Z')


class Where(NamedTuple):
    """What kind of line one is, and the indentation of the frames above it."""

    kind: Literal["outside", "header", "frame", "source", "stray", "message", "paused"]
    indent: int = 0


class Break(NamedTuple):
    """A frame's line that was broken: how many lines it became, and how long those show that a line may be."""

    parts: int
    least: int
    most: int
    sure: bool
    """Whether it was broken outside of its path, in which a line break may have been written."""


OUTSIDE = Where("outside")


def may_be_broken(text: str) -> bool:
    """Whether a frame's line in this text may be broken; quick to say of one where none is."""
    return "File" in text and holds_any(ENDS, text)


def joined(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines as they were before a text was broken at its blanks; the same lines if no frame shows that it was."""
    if not ANYWHERE.search("\n".join([line.text for line in lines])):
        return lines
    breaks = dict(_breaks(lines))
    if not _any_in_a_stack(lines, breaks):
        return lines
    return list(_joined(lines, breaks, _width(lines, breaks)))


def indent_of(text: str) -> int:
    """How many blanks it begins with."""
    return len(text) - len(text.lstrip())


def _length(line: Line) -> int:
    """How long this line was as sent; 0 if it is one word, which is broken nowhere however long it is."""
    return len(line.raw.rstrip()) if len(line.text.split(maxsplit=1)) > 1 else 0


def _breaks(lines: Sequence[Line]) -> Iterator[tuple[int, Break]]:
    """The frames' lines that were broken, by their positions."""
    for at, line in enumerate(lines):
        if len(line.text) < MAX_PART and "File" in line.text and BROKEN.match(line.text.strip()):
            found = _break(lines, at)
            if found:
                yield at, found


def _break(lines: Sequence[Line], at: int) -> Break | None:
    """The frame's line that begins here, if the lines below are the rest of it."""
    text, indent = lines[at].text.strip(), indent_of(lines[at].text)
    least, most, sure = 0, MAX_PART, False
    for part in range(1, MAX_PARTS):
        rest = lines[at + part].text if at + part < len(lines) else ""
        if not rest.strip() or len(rest) > MAX_PART or indent_of(rest) > indent or not BROKEN.match(text):
            return None
        least = max(least, _length(lines[at + part - 1]))
        most = min(most, len(lines[at + part - 1].raw.rstrip()) + len(rest.split(maxsplit=1)[0]))
        if most < MIN_WIDTH:
            return None
        between = _between(text)
        sure = sure or not between or text.count('"') != 1
        text = f"{text}{between}{rest.strip()}"
        if WHOLE.match(text):
            return Break(part + 1, least, most, sure)
    return None


def _any_in_a_stack(lines: Sequence[Line], breaks: Mapping[int, Break]) -> bool:
    """Whether one of these frames is surely one, and stands where it may: below a header, or below another frame."""
    where = OUTSIDE
    for at, line in enumerate(lines if breaks else ()):
        where = then(where, line, broken=at in breaks)
        if where.kind == "frame" and at in breaks and breaks[at].sure:
            return True
    return False


def _width(lines: Sequence[Line], breaks: Mapping[int, Break]) -> int:
    """How long a line may be: no shorter than those that were broken, nor so long that the next word had found room."""
    most = min(one.most for one in breaks.values())
    first, last = min(breaks), max(breaks)
    lengths = map(_length, lines[first : last + MAX_PARTS])
    least = [one.least for one in breaks.values() if one.least <= most]
    return max([length for length in lengths if length <= most] + least, default=most)


def _joined(lines: Sequence[Line], breaks: Mapping[int, Break], width: int) -> Iterator[Line]:
    """The lines, those of every stack, its source and its exception whole again."""
    where, at = OUTSIDE, 0
    while at < len(lines):
        line, found, parts = lines[at], breaks.get(at), 1
        where = then(where, line, broken=found is not None)
        if where.kind == "frame" and found:
            parts = found.parts
        elif where.kind in {"source", "message"}:
            parts = _parts(lines, at, width, source=where.kind == "source")
        if parts > 1:
            some = lines[at : at + parts]
            line = line._replace(text=_together(some), raw="\n".join([one.raw for one in some]))
        yield line
        at += parts


def _together(parts: Sequence[Line]) -> str:
    """The text of lines that were one."""
    text = parts[0].text.rstrip()
    for line in parts[1:]:
        text = f"{text}{_between(text)}{line.text.strip()}"
    return text


def _between(text: str) -> str:
    """What stood between this part of a line and the next: a blank, or nothing where a word was broken."""
    return "" if PARTED.search(text) else " "


def then(where: Where, line: Line, *, broken: bool) -> Where:
    """Where this line stands, when the line above stands there."""
    text, indent = line.text.strip(), indent_of(line.text)
    in_stack = where.kind in {"frame", "source", "stray"}
    if grammar.HEADER.match(text):
        return Where("header", indent)
    if not text:
        return where._replace(kind="paused") if where.kind == "message" else where if in_stack else OUTSIDE
    if where.kind == "message" or (where.kind == "paused" and grammar.CONTINUED.match(line.text)):
        return Where("message", where.indent)
    if broken and (where.kind == "header" or (in_stack and indent == where.indent)):
        return Where("frame", indent)
    if text.startswith("File ") and grammar.FRAME.match(text):
        return Where("frame", indent)
    return _below_a_frame(where, text, indent) if in_stack else OUTSIDE


def _below_a_frame(where: Where, text: str, indent: int) -> Where:
    """Where a line of a stack stands that is no frame."""
    if indent > where.indent:
        return Where("source", where.indent)
    return Where("message" if _names(text) else "stray", where.indent)


def _names(text: str) -> bool:
    return grammar.exception_line(text) is not None


def _parts(lines: Sequence[Line], at: int, width: int, *, source: bool) -> int:
    """How many lines this one became: each was full, and the next begins at the margin with nothing of its own."""
    parts = 1
    indent = indent_of(lines[at].text)
    while parts < MAX_PARTS and at + parts < len(lines):
        before, rest = lines[at + parts - 1].raw.rstrip(), lines[at + parts].text
        full = rest.strip() and len(before) + 1 + len(rest.split(maxsplit=1)[0]) > width
        below = lines[at + parts + 1].text.strip() if at + parts + 1 < len(lines) else ""
        followed = below.startswith("File") or (is_named_exception(below) and ":" not in rest)
        if not full or len(before) > MAX_PART or indent_of(rest) > indent:
            break
        if begins(rest.strip(), below_source=source and not followed):
            break
        parts += 1
    return parts


def begins(text: str, *, below_source: bool) -> bool:
    """Whether this begins something else: a frame, a header, a log line, below source the exception."""
    every = (grammar.HEADER, grammar.CAUSE, grammar.CONTEXT, grammar.LOG_LINE, grammar.REPEATED, BROKEN, grammar.FRAME)
    return any(pattern.match(text) for pattern in every) or (
        below_source and (is_named_exception(text) or _names(text))
    )
