"""IPython's and Jupyter's tracebacks, from the `<ipython-input-1-...>` of old to the `Cell In[1]` of today."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.crash.chat import put_below
from app.crash.forms.found import Found
from app.crash.forms.parts import chained, ends_message, is_marker, link, source, spot_at, type_and_message
from app.crash.model import Frame, Line, Link, Raised
from app.crash.names import holds_any

FORM = "ipython"

# ZeroDivisionError                         Traceback (most recent call last)
HEADER = re.compile(r"(?P<type>[^\W\d][\w.]*)\s+Traceback \(most recent call last\)\s*")

# ---------------------------------------------------------------------------
RULE = re.compile(r"-{20,}\s*")

# Cell In[1], line 3, in checkout(prices)
# Input In [1], in <cell line: 1>()
CELL = r"(?P<file>(?:Cell|Input) In ?\[\d+\])(?:, line (?P<line>\d{1,9}))?(?:,? in (?P<function>\S.*))?"

# File ~/shop.py:7, in parse(text)
FILE = r"File (?P<file>[^\s\"].*):(?P<line>\d{1,9})(?:,? in (?P<function>\S.*))?"

# <ipython-input-2-28678b021b1f> in <module>
# /srv/app/shop.py in parse(text)
# `pandas/_libs/index.pyx in pandas._libs.index.IndexEngine.get_loc()`
OLD_FILE = r"(?P<file><[^<>]+>|(?=\S*[./\\])[^\s\"]\S*|[^\s\"][^\"]*\.py)"
OLD = OLD_FILE + r" in (?P<function><module>|<[^<>]+>\(\)|[\w.<>]+\(.*\))"

PLACE_MARKS = (" In", "File ", " in ")
PLACES = tuple(re.compile(rf"{place}\s*") for place in (f" {{0,2}}{CELL}", f" {{0,2}}{FILE}", OLD))

# ----> 7     return int(text)
ARROW = re.compile(r"-*> ?(?P<line>\d{1,9})(?: (?P<code>.*))?")

#     [... skipping similar frames: again at line 2 (989 times)]
SIMILAR = re.compile(r"\s*\[\.\.\. skipping similar frames: .*?\((?P<times>\d{1,9}) times\).*")

# ... last 1 frames repeated, from the frame below ...
#     [... skipping hidden 1 frame]
FOLDED = re.compile(r"\s*\[?\.\.\. (?:last \d+ frames repeated|skipping hidden).*")

# Colab, for those it shows folded: `4 frames`
COUNT = re.compile(r"\d+ frames\s*")

STANDARD_HEADER = "Traceback (most recent call last):"
MARKS = ("-> ", "Cell In", "Input In")
# `----> 7 `, not the `-> str:` of a function's head
POINTED = re.compile(r"-> \d|Cell In|Input In")


class Place(NamedTuple):
    """Where a stack entry is: the file as printed, its line if told, and the function without its arguments."""

    file: str
    line: int | None
    function: str


def hint(text: str) -> bool:
    """Whether this is a line that every such traceback has one of."""
    return any(mark in text for mark in MARKS) and POINTED.search(text) is not None


def find(lines: Sequence[Line]) -> Iterator[Found]:
    """Every traceback that IPython printed in its own way, syntax errors of a cell among them."""
    if not any(hint(line.text) for line in lines):
        return
    at = 0
    while at < len(lines):
        if _starts(lines, at):
            one, at = _traceback(lines, at)
            if one:
                yield one
        else:
            at += 1


def _starts(lines: Sequence[Line], at: int) -> bool:
    """Whether a traceback of this form can start here: with a header, or with a place whose header was cut off."""
    text = lines[at].text
    if text.strip() == STANDARD_HEADER:
        below = next((line.text for line in lines[at + 1 : at + 3] if line.text.strip()), "")
        return _is_place(below)
    return HEADER.fullmatch(text) is not None or ARROW.fullmatch(text) is not None or _is_place(text)


def _is_place(text: str) -> bool:
    return _place_match(text) is not None


def _place_match(text: str) -> re.Match[str] | None:
    if holds_any(PLACE_MARKS, text):
        for place in PLACES:
            if match := place.fullmatch(text):
                return match
    return None


def _place(text: str) -> Place | None:
    """The place of a stack entry, if the line is one."""
    match = _place_match(text)
    if match is None:
        return None
    groups = match.groupdict()
    function = (groups["function"] or "<module>").partition("(")[0].strip()
    if function.startswith("<cell line:"):
        function = "<module>"
    elif match["file"].endswith((".py", "]")):
        function = function.rpartition(".")[2]
    return Place(match["file"], int(groups["line"]) if groups.get("line") else None, function)


def _traceback(lines: Sequence[Line], at: int) -> tuple[Found | None, int]:
    """The chain of exceptions that starts here, and the index of the first line below it."""
    first = lines[at - 1] if at and RULE.fullmatch(lines[at - 1].text) else lines[at]
    parts: list[tuple[Link | None, Raised]] = []
    tied: Link | None = None
    while True:
        raised, at = _section(lines, at)
        if raised is None:
            break
        parts.append((tied, raised))
        below = _skip_blank(lines, at)
        tied = link(lines[below].text) if below < len(lines) else None
        start = _skip_blank(lines, below + 1)
        if tied is None or start >= len(lines) or not _starts(lines, start):
            break
        at = start
    if not parts:
        return None, at
    return Found(chained(parts), FORM, first_line=first.number, last_line=parts[-1][1].last_line), at


def _skip_blank(lines: Sequence[Line], at: int) -> int:
    while at < len(lines) and not lines[at].text.strip():
        at += 1
    return at


def _section(lines: Sequence[Line], at: int) -> tuple[Raised | None, int]:
    """One exception of a chain, None if it is none after all, and the index of the first line below it."""
    header = HEADER.fullmatch(lines[at].text)
    headed = header is not None or lines[at].text.strip() == STANDARD_HEADER
    start = at + headed
    end = start
    while end < len(lines) and _in_stack(lines[end].text):
        end += 1
    told = _told(lines, end, header["type"] if header else None)
    raised = _raised(lines[start:end], told)
    if raised.syntax is None and not (raised.frames if headed else told and _runs(lines[start:end])):
        return None, max(end, at + 1)
    if header and not told:
        raised = raised._replace(type=header["type"], type_line=lines[at].number)
    head_cut = not headed and raised.syntax is None
    return raised._replace(first_line=lines[at].number, head_cut=head_cut), end + len(told)


def _in_stack(text: str) -> bool:
    """Whether the line can stand between a header and the exception's own line."""
    if not text.strip() or text.startswith(" "):
        return True
    return _is_place(text) or any(one.fullmatch(text) for one in (ARROW, FOLDED, COUNT))


def _runs(stack: Sequence[Line]) -> bool:
    """Whether an arrow shows a running line; without one or a header, it is no traceback."""
    return any(ARROW.fullmatch(line.text) for line in stack)


def _told(lines: Sequence[Line], at: int, named: str | None) -> Sequence[Line]:
    """The exception's own line and those of its message, up to a blank one; none if it is another's than named."""
    own = type_and_message(lines[at].text) if at < len(lines) else None
    if own is None or not (own[0] == named or own[0].endswith(("Error", "Exception", "Warning", "Interrupt", "Exit"))):
        return ()
    end = at + 1
    while end < len(lines) and not _ends_message(lines, end):
        end += 1
    return lines[at:end]


def _ends_message(lines: Sequence[Line], at: int) -> bool:
    """Whether the line is surely not one more of a message."""
    text = lines[at].text
    if ends_message(text) or RULE.fullmatch(text) is not None or _starts(lines, at):
        return True
    return put_below(text.strip(), [line.text.strip() for line in lines[at + 1 : at + 3]])


def _raised(stack: Sequence[Line], told: Sequence[Line]) -> Raised:
    """The exception, out of the lines of its stack and its own."""
    own = type_and_message(told[0].text) if told else None
    chunks = list(_chunks(stack))
    spot = None
    last = chunks[-1] if chunks else []
    place = _place(last[0].text) if last else None
    if place and not _runs(last) and any(is_marker(line.text) for line in last) and own and own[0].endswith("Error"):
        spot = spot_at(place.file, place.line, last)
        chunks.pop()
    frames = tuple(frame for frame in map(_frame, chunks) if frame is not None)
    return Raised(
        own[0] if own else None,
        "\n".join([own[1], *(line.text.rstrip() for line in told[1:])]).rstrip() if own else "",
        frames=frames,
        syntax=spot,
        tail_cut=own is None,
        elided=any(FOLDED.fullmatch(line.text) for line in stack),
        type_line=told[0].number if own else None,
        last_line=told[-1].number if told else max((frame.last_line for frame in frames), default=0),
    )


def _chunks(stack: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines of each stack entry, its place first."""
    chunk: list[Line] = []
    for line in stack:
        if chunk and _is_place(line.text):
            yield chunk
            chunk = []
        if line.text.strip():
            chunk.append(line)
    if chunk:
        yield chunk


def _frame(chunk: Sequence[Line]) -> Frame | None:
    """The stack entry that these lines are; its running line is the arrow's, or stands below an older kind of place."""
    place = _place(chunk[0].text)
    arrow = next((match for line in chunk if (match := ARROW.fullmatch(line.text))), None)
    if place is None and arrow is None:
        return None
    code, carets = ((arrow["code"] or "").strip() or None, None) if arrow else source(chunk[1:])
    similar = next((match for line in chunk if (match := SIMILAR.fullmatch(line.text))), None)
    return Frame(
        place.file if place else None,
        place.line if place and place.line is not None else int(arrow["line"]) if arrow else None,
        place.function if place else None,
        code,
        carets,
        repeated=int(similar["times"]) if similar else 0,
        first_line=chunk[0].number,
        last_line=chunk[-1].number,
    )
