"""Lines that were broken at a column, as a terminal, a printed page or `fold` does, joined again; others stay.

All that was wider is broken there, if need be in the middle of a word. So the frames that were broken tell the column:
their first lines are all as long and none around them is longer. Lines of source and of the message that are as long go
on in the next one, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice, takewhile
from typing import NamedTuple

from app.crash import grammar
from app.crash.model import Line
from app.crash.stack import is_named_exception
from app.crash.wrapped import MAX_PART, MAX_PARTS, MIN_WIDTH, OUTSIDE, begins, indent_of, then

FRAME = 'File "'
# `File "/srv/a.py", line 3, in main`, of which the rest is missing or not
WHOLE = re.compile(r'File "[^"\n]{1,1000}", line \d{1,9}, in [\w<>.]{1,200}\Z')
LOCATED = re.compile(r'File "[^"\n]{1,1000}", line \d{1,9}\Z')  # of a syntax error
UNFINISHED = re.compile(r'File "(?![^"\n]{1,1000}", line \d{1,9}, in [\w<])')
# one below which a word stands alone
NAMED = re.compile(r'", line \d{1,9}, in [\w<>.]{1,200}[ \r]*\n[ ]*[\w<>.]{1,100}[ \r]*\n')
NAME = re.compile(r"[\w<>.]{1,100}\Z")
MARGIN = "  "  # before what is a line of its own in a stack; what goes on has one blank at most
IN_A_STACK = frozenset({"frame", "source", "message"})


class Break(NamedTuple):
    """What a frame's line that was broken shows."""

    width: int
    """How long a line may be."""
    sure: bool
    """Whether it was broken where no blank is: a mail program does so at most in a path."""


def may_be_broken(text: str) -> bool:
    """Whether a frame's line in this text may have gone on in the next one; quick to say of one where none did."""
    return FRAME in text and (UNFINISHED.search(text) is not None or name_may_go_on(text))


def name_may_go_on(text: str) -> bool:
    """Whether a frame's line may have been broken in its function's name: below it stands a word alone."""
    return NAMED.search(text) is not None


def joined(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines as they were before all were broken at one column; the same lines if no frame shows that they were."""
    margin = min((indent_of(line.text) for line in lines if line.text), default=0)
    dedented = [line._replace(text=line.text[margin:]) for line in lines] if margin else lines
    width = _width(dedented)
    return lines if width is None else list(_joined(dedented, width))


def _width(lines: Sequence[Line]) -> int | None:
    """How long a line may be, if the broken frames agree on it and no line around them is longer."""
    broken = {at: found for at in range(len(lines) - 1) if (found := _break(lines, at))}
    if not any(found.sure for found in broken.values()):
        return None
    width = max(found.width for found in broken.values())
    behind = takewhile(lambda line: line.text.strip(), lines[max(broken) :])
    around = chain(lines[min(broken) : max(broken)], islice(behind, MAX_PARTS))
    agreed = all(found.width == width for found in broken.values()) and all(_length(line) <= width for line in around)
    return width if agreed else None


def _break(lines: Sequence[Line], at: int) -> Break | None:
    """How the frame's line was broken that begins here, if it was."""
    text, length = lines[at].text.strip(), _length(lines[at])
    if not (text.startswith(FRAME) and MIN_WIDTH <= length <= MAX_PART) or lines[at + 1].text.startswith(MARGIN):
        return None
    rest = lines[at + 1].text
    if _is_named(text):
        return Break(length, sure=True) if NAME.match(rest.strip()) and _is_in_a_stack(lines, at + 1) else None
    if text.count('"') > 1 and _is_whole(f"{text} {rest.strip()}"):
        return Break(length if rest.startswith(" ") else length + 1, sure=False)
    for part in range(1, min(MAX_PARTS, len(lines) - at)):
        if _length(lines[at + part - 1]) != length:
            return None
        text += lines[at + part].text.rstrip()
        if _is_whole(text):
            return Break(length, sure=True)
    return None


def _is_whole(text: str) -> bool:
    return LOCATED.match(text) is not None or _is_named(text)


def _is_named(text: str) -> bool:
    """Whether it ends with a function's name; `<modu` is none yet."""
    return WHOLE.match(text) is not None and text.count("<") == text.count(">")


def _is_in_a_stack(lines: Sequence[Line], at: int) -> bool:
    """Whether the next line is indented as those of a stack are: then this one is no exception without a message."""
    return at + 1 < len(lines) and lines[at + 1].text.startswith(MARGIN)


def _length(line: Line) -> int:
    return len(line.raw.rstrip())


def _joined(lines: Sequence[Line], width: int) -> Iterator[Line]:
    """The lines, those of every stack, its source and its exception whole again."""
    where, at = OUTSIDE, 0
    while at < len(lines):
        line, after = lines[at], then(where, lines[at], broken=False)
        parts = _parts(lines, at, width, message=after.kind == "message")
        if parts > 1:
            whole = _together(lines[at : at + parts], width)
            there = then(where, whole, broken=False)
            if there.kind in IN_A_STACK or _links(whole.text):
                line, after = whole, there
            else:
                parts = 1
        yield line
        where, at = after, at + parts


def _parts(lines: Sequence[Line], at: int, width: int, *, message: bool) -> int:
    """How many lines this one became: each was full, and the next is none of its own."""
    parts = 1
    while parts < MAX_PARTS and at + parts < len(lines):
        rest = lines[at + parts].text
        if width - _length(lines[at + parts - 1]) not in {0, 1} or not rest.strip() or rest.startswith(MARGIN):
            break
        if begins(rest.strip(), below_source=not (message or _is_in_a_stack(lines, at + parts))):
            break
        if not message and is_named_exception(rest.strip()):
            break
        parts += 1
    return parts


def _together(parts: Sequence[Line], width: int) -> Line:
    """These lines as one; a blank at the column is lost where the text was copied."""
    lost = [width - _length(line) for line in parts[:-1]]
    text = "".join(line.text.rstrip() + " " * missing for line, missing in zip(parts, lost, strict=False))
    return parts[0]._replace(text=text + parts[-1].text, raw="\n".join(line.raw for line in parts))


def _links(text: str) -> bool:
    """Whether it says how the next exception is linked to the one before."""
    return any(pattern.match(text) for pattern in (grammar.CAUSE, grammar.CONTEXT))
