"""Rich's tracebacks: stacks in boxes, chains between them, exception groups as boxes in boxes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from app.crash.forms.found import Found
from app.crash.forms.parts import chained, ends_message, indent, link, type_and_message
from app.crash.model import Frame, Line, Link, Raised, SyntaxSpot

FORM = "rich"
TITLE = "Traceback (most recent call last)"
MEMBER = "Sub-exception #"

MAX_WRAPPED = 4  # lines that a place or the words between two boxes are wrapped into
MAX_DEPTH = 8  # boxes in boxes; the ninth is too narrow to read

# ╭───────────────────── Traceback (most recent call last) ──────────────────────╮
# +--------------------- Traceback (most recent call last) ----------------------+
TOP = re.compile(r"(?P<margin> *)[╭┌+][─-]{2,}(?: (?P<title>[^─]+?) [─-]{2,})?[╮┐+]?\s*")

# ╰──────────────────────────────────────────────────────────────────────────────╯
BOTTOM = re.compile(r" *[╰└+][─-]{2,}[╯┘+]?\s*")

# /srv/app/shop.py:7 in parse
PLACE = re.compile(r"(?P<file>\S.*):(?P<line>\d{1,9}) in (?P<function>\S+)\s*")

# in <module>:1
NO_FILE = re.compile(r"in (?P<function>\S+):(?P<line>\d{1,9})\s*")

# ❱  7 │   │   return int(text)
POINTER = re.compile(r"[❱>?] +\d+ ?(?P<code>.*)")

# ... 994 frames hidden ...
HIDDEN = re.compile(r"\s*\.\.\. \d+ frames hidden \.\.\.\s*")

# in the first line of its box: ` conf.py:1`
SYNTAX_PLACE = re.compile(r"\s*(?P<file>\S.*):(?P<line>\d{1,9})\s*")

NOTE = "[NOTE] "
SIDES = "│|"
MARKS = ("╰──", f"{TITLE} -", f"{TITLE} ─")


class Box(NamedTuple):
    """A box: its title, the lines inside without its sides, the index below it, and how wide it is."""

    title: str | None
    inside: list[Line]
    end: int
    width: int


def hint(text: str) -> bool:
    """Whether this is a line that every such traceback has one of."""
    return any(mark in text for mark in MARKS)


def find(lines: Sequence[Line]) -> Iterator[Found]:
    """Every traceback that Rich drew, also one whose top was cut off."""
    if not any(hint(line.text) for line in lines):
        return
    at = 0
    while at < len(lines):
        one, at = _drawn(lines, at)
        if one:
            yield one


def _drawn(lines: Sequence[Line], at: int) -> tuple[Found | None, int]:
    """The traceback that begins on this line, if one does, and the index of the first line not read."""
    text = lines[at].text
    if text.lstrip().startswith("│ "):
        body = _body(lines, at, indent(text))
        if not any(PLACE.fullmatch(line.text) for line in body.inside):
            return None, body.end
    elif TITLE not in text or (match := TOP.fullmatch(text)) is None or match["title"] != TITLE:
        return None, at + 1
    raised, end = _chain(lines, at, 0)
    if raised.type is None and not raised.frames:
        return None, end
    return Found(raised, FORM, first_line=lines[at].number, last_line=lines[end - 1].number), end


def _box(lines: Sequence[Line], at: int) -> Box | None:
    """The box that begins on this line, if one does."""
    if at >= len(lines):
        return None
    match = TOP.fullmatch(lines[at].text)
    if match is None:
        return None
    return _body(lines, at + 1, len(match["margin"]))._replace(title=match["title"])


def _body(lines: Sequence[Line], at: int, margin: int) -> Box:
    """The rest of a box below its top."""
    inside: list[Line] = []
    width = 0
    while at < len(lines) and lines[at].text[margin : margin + 1] in SIDES and lines[at].text[margin:]:
        width = max(width, len(lines[at].text.rstrip()) - margin)
        inside.append(lines[at]._replace(text=_without_sides(lines[at].text, margin)))
        at += 1
    closed = at < len(lines) and BOTTOM.fullmatch(lines[at].text) is not None
    return Box(None, inside, at + closed, width)


def _without_sides(text: str, margin: int) -> str:
    """What stands between the sides; the blanks that fill it up are kept, they tell where a line was wrapped."""
    between = text[margin + 1 :].rstrip()
    if between.endswith(tuple(SIDES)):
        between = between[:-1].removesuffix(" ")
    return between.removeprefix(" ")


def _chain(lines: Sequence[Line], at: int, depth: int) -> tuple[Raised, int]:
    """The exceptions that begin here, tied by the words between them, and the index below the last."""
    parts: list[tuple[Link | None, Raised]] = []
    tied: Link | None = None
    while True:
        raised, at = _exception(lines, at, depth)
        parts.append((tied, raised))
        tied, start = _link(lines, _skip_blank(lines, at))
        box = _box(lines, start) if tied else None
        if box is None or box.title != TITLE:
            return chained(parts), at
        at = start


def _link(lines: Sequence[Line], at: int) -> tuple[Link | None, int]:
    """How what is above these lines is tied to the next box, and the index of that; the words may be wrapped."""
    words = ""
    for end in range(at, min(at + MAX_WRAPPED, len(lines))):
        words = f"{words} {lines[end].text.strip()}"
        if (tied := link(words)) is not None:
            return tied, _skip_blank(lines, end + 1)
    return None, at


def _skip_blank(lines: Sequence[Line], at: int) -> int:
    while at < len(lines) and not lines[at].text.strip():
        at += 1
    return at


def _exception(lines: Sequence[Line], at: int, depth: int) -> tuple[Raised, int]:
    """One exception: its box of frames if it has one, its message, and the boxes of its members."""
    first = at
    stack = _stack(lines, at)
    at = stack.end if stack else at
    wrong = _box(lines, at)
    spot = _spot(wrong.inside) if wrong and wrong.title is None else None
    at = wrong.end if wrong and spot else at
    message = list(_message(lines, at, indent(lines[first].text)))
    raised = _told(message, stack.width if stack else 0)
    last = lines[max(at + len(message) - 1, first)]
    members, at = _members(lines, at + len(message), depth)
    return raised._replace(
        frames=tuple(_frames(stack.inside)) if stack else (),
        syntax=spot,
        exceptions=members,
        head_cut=stack is not None and stack.title is None,
        elided=stack is not None and any(HIDDEN.fullmatch(line.text) for line in stack.inside),
        first_line=lines[first].number,
        last_line=last.number,
    ), at


def _stack(lines: Sequence[Line], at: int) -> Box | None:
    """The box of frames that begins here; one whose top was cut off has no title."""
    box = _box(lines, at)
    if box is not None:
        return box if box.title == TITLE else None
    text = lines[at].text
    return _body(lines, at, indent(text)) if text.lstrip().startswith("│ ") else None


def _members(lines: Sequence[Line], at: int, depth: int) -> tuple[tuple[Raised, ...], int]:
    """The exceptions in the boxes `Sub-exception #1`, `#2`, ... and the index below the last of them."""
    members: list[Raised] = []
    while depth < MAX_DEPTH:
        box = _box(lines, _skip_blank(lines, at))
        if box is None or not (box.title or "").startswith(MEMBER) or not box.inside:
            break
        members.append(_chain(box.inside, 0, depth + 1)[0])
        at = box.end
    return tuple(members), at


def _message(lines: Sequence[Line], at: int, margin: int) -> Iterator[Line]:
    """The exception's own line and the further ones of its message, without the margin."""
    for index in range(at, len(lines)):
        text = lines[index].text[margin:]
        if lines[index].text[:margin].strip() or ends_message(text) or TOP.fullmatch(text) or BOTTOM.fullmatch(text):
            return
        if index == at and type_and_message(text) is None:
            return
        yield lines[index]._replace(text=text)
        if index == at and ":" not in text:
            return


def _told(message: Sequence[Line], width: int) -> Raised:
    """Type, message and notes, out of the lines below the box."""
    own = type_and_message(message[0].text) if message else None
    if own is None:
        return Raised(None, tail_cut=True)
    notes = tuple(line.text.removeprefix(NOTE).rstrip() for line in message if line.text.startswith(NOTE))
    texts = [line.text for line in message if not line.text.startswith(NOTE)]
    kind, _ = own
    whole = _unwrapped(texts, width).removeprefix(kind).removeprefix(":").removeprefix(" ")
    return Raised(kind, whole.rstrip(), notes, type_line=message[0].number)


def _unwrapped(texts: Sequence[str], width: int) -> str:
    """The lines joined; by a blank where the next word did not fit into the width of the box."""
    whole = texts[0].rstrip()
    fits = all(len(text) <= width for text in texts)  # else the terminal was wider than the box, nobody knows how much
    for above, below in pairwise(texts):
        word = below.partition(" ")[0]
        wrapped = fits and len(above.rstrip()) + 1 + len(word) > width
        whole += (" " if wrapped else "\n") + below.rstrip()
    return whole


def _spot(inside: Sequence[Line]) -> SyntaxSpot | None:
    """Where a syntax error is: the place if it is known, the text, and the `▲` below it."""
    caret = next((index for index, line in enumerate(inside) if line.text.strip() in {"▲", "?"}), None)
    if not caret:
        return None
    text = inside[caret - 1].text
    place = SYNTAX_PLACE.fullmatch(inside[0].text) if caret > 1 else None
    return SyntaxSpot(
        place["file"] if place else None,
        int(place["line"]) if place else None,
        text.strip(),
        max(indent(inside[caret].text) - indent(text), 0) + 1,
        inside[0].number,
        inside[caret].number,
    )


def _frames(inside: Sequence[Line]) -> Iterator[Frame]:
    """The frames of a box, each with the running line of its source."""
    frame: Frame | None = None
    for at, line in enumerate(inside):
        place = None if frame and line.number <= frame.last_line else _place(inside, at)
        pointer = POINTER.fullmatch(line.text)
        if place is not None:
            if frame:
                yield frame
            frame = place
        elif frame and frame.code is None and pointer:
            frame = frame._replace(code=pointer["code"].lstrip("│| ").rstrip() or None, last_line=line.number)
    if frame:
        yield frame


def _place(inside: Sequence[Line], at: int) -> Frame | None:
    """The frame whose place begins on this line; a long one goes on below, wrapped."""
    text = ""
    for line in inside[at : at + MAX_WRAPPED]:
        if not line.text.strip() or line.text[0] in "│|╭┌+❱> ":
            return None
        text += line.text
        match = PLACE.fullmatch(text) or NO_FILE.fullmatch(text)
        if match:
            file = match.groupdict().get("file")
            return Frame(
                file, int(match["line"]), match["function"], first_line=inside[at].number, last_line=line.number
            )
    return None
