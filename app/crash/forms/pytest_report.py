"""pytest's failures: `--tb=long`, `--tb=short` and their mix, `--tb=auto`. `--tb=native` is the standard form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from app.crash.forms.found import Found
from app.crash.forms.parts import chained, indent, link, source, syntax_spot, type_and_message
from app.crash.model import Frame, Line, Link, Raised

FORM = "pytest"

# _____________________ ERROR at setup of test_with_fixture ______________________
TITLE = re.compile(r"_+ .*\S _+\s*")

# =================================== FAILURES ===================================
# ----------------------------- Captured stdout call -----------------------------
BORDER = re.compile(r"={3,} .* =+\s*|-{3,} Captured .* -+\s*|!{5,} .* !+\s*")

# E       ConnectionError: no database
ERROR = re.compile(r"E(?P<text> {3,}.*|\s*)")

# >           return int(text)
FLOW = re.compile(r"> {3,}(?P<code>\S.*)")

#     async def helper():
FUNCTION = re.compile(r"\s*(?:async )?def (?P<name>\w+)")

# tests/test_shop.py:26: ConnectionError
# tests/test_shop.py:11:
LONG_PLACE = re.compile(r"(?P<file>\S.*):(?P<line>\d{1,9}):(?: (?P<type>[\w.]*))?\s*")

# shop.py:15: in total
SHORT_PLACE = re.compile(r"(?P<file>\S.*):(?P<line>\d{1,9}): in (?P<function>\S.*)")

# in short entries, with `--showlocals`: `        amount     = 1`
SHORT_LOCAL = re.compile(r" {8}(?=.{10} = |[\w@]{10,} = )[\w@]+ *= .*")

# !!! Recursion error detected, but the origin of the recursion could not be located.
#   Displaying first and last 10 stack frames out of 968.
MARKS = ("E   ",)
FOLDED = ("!!! Recursion ", "  Displaying first and last ", "  Pass `--full-trace` ")


def hint(text: str) -> bool:
    """Whether this is a line that every failure has one of."""
    return text.startswith(MARKS)


def find(lines: Sequence[Line]) -> Iterator[Found]:
    """Every failure that pytest printed with its own frames; summary lines (`FAILED ...`) are none."""
    if not any(hint(line.text) for line in lines):
        return
    found = (_failure(block) for block in _blocks(lines))
    yield from (one for one in found if one is not None)


def _is_separator(text: str) -> bool:
    """Whether the line is the `_ _ _ _` between two entries."""
    return text.startswith("_ _ _") and not text.strip("_ ")


def _is_title(text: str) -> bool:
    return text.startswith("_") and not _is_separator(text) and TITLE.fullmatch(text) is not None


def _blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines between borders; a title stands first in its block."""
    block: list[Line] = []
    for line in lines:
        title = _is_title(line.text)
        if title or BORDER.fullmatch(line.text):
            yield block
            block = []
            if not title:
                continue
        block.append(line)
    yield block


def _failure(block: Sequence[Line]) -> Found | None:
    """The chain of exceptions in a block, if it holds one."""
    parts: list[tuple[Link | None, Raised]] = []
    tied: Link | None = None
    first = 0
    for index in range(len(block) + 1):
        next_tie = link(block[index].text) if index < len(block) else None
        if next_tie is None and index < len(block):
            continue
        raised = _raised(block[first:index])
        if raised is not None:
            parts.append((tied, raised))
        tied, first = next_tie, index + 1
    if not parts or not any(ERROR.fullmatch(line.text) for line in block):
        return None
    headers = tuple(block[:1]) if _is_title(block[0].text) else ()
    raised = chained(parts)
    start = headers[0].number if headers else parts[0][1].first_line
    return Found(raised, FORM, headers, start, raised.last_line)


def _raised(part: Sequence[Line]) -> Raised | None:
    """The exception between two links: its frames and what its `E` lines say; None if there is neither."""
    entries = [(entry, frame) for entry in _entries(part) if (frame := _frame(entry)) is not None]
    raised = _error(part, entries[-1][0][-1] if entries else None)
    if not entries and (raised.type is None or not raised.type.endswith(("Error", "Exception"))):
        return None
    folded = [line.number for line in part if line.text.startswith(FOLDED)]
    starts = (_start(entries[0][0]) if entries else 0, raised.first_line)
    return raised._replace(
        frames=tuple(frame for _, frame in entries),
        head_cut=not entries or _is_separator(part[0].text),
        elided=bool(folded),
        first_line=min(number for number in starts if number),
        last_line=max([raised.last_line, *folded, *(frame.last_line for _, frame in entries)]),
    )


def _entries(part: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines of each stack entry: short ones start with their place, long ones end with it."""
    entry: list[Line] = []
    flows = False
    for line in part:
        if _is_separator(line.text) or SHORT_PLACE.fullmatch(line.text):
            yield entry
            entry, flows = [], False
        entry.append(line)
        flows = flows or FLOW.fullmatch(line.text) is not None
        if flows and LONG_PLACE.fullmatch(line.text):
            yield entry
            entry, flows = [], False
    yield entry


def _start(entry: Sequence[Line]) -> int:
    """The number of the line where an entry's source or place begins."""
    shown = _shown(entry)
    return shown[0].number if shown else entry[0].number


def _shown(entry: Sequence[Line]) -> Sequence[Line]:
    """The source of a long entry from the function's first line to the running one, empty for other entries."""
    at = next((index for index, line in enumerate(entry) if FLOW.fullmatch(line.text)), -1)
    first = at
    for index in range(at - 1, -1, -1):
        if entry[index].text.startswith("    "):
            first = index
        elif entry[index].text.strip():
            break
    return entry[first : at + 1] if at >= 0 else ()


def _frame(entry: Sequence[Line]) -> Frame | None:
    """The stack entry that these lines are, if they are one."""
    place = SHORT_PLACE.fullmatch(entry[0].text) if entry else None
    if place is not None:
        code = list(_short_source(entry[1:]))
        text, carets = source(code)
        last = code[-1].number if code else entry[0].number
        return Frame(
            place["file"],
            int(place["line"]),
            place["function"],
            text,
            carets,
            first_line=entry[0].number,
            last_line=last,
        )
    return _long_frame(entry)


def _short_source(lines: Sequence[Line]) -> Iterator[Line]:
    for line in lines:
        if not line.text.startswith("    ") or SHORT_LOCAL.fullmatch(line.text):
            return
        yield line


def _long_frame(entry: Sequence[Line]) -> Frame | None:
    """A frame printed with its function's source, the running line marked by `>`."""
    shown = _shown(entry)
    if not shown:
        return None
    flow = shown[-1]
    below = (line for line in entry if line.number > flow.number)
    code = [flow._replace(text=" " + flow.text[1:]), *takewhile(lambda line: line.text.startswith("    "), below)]
    text, carets = source(code)
    place = LONG_PLACE.fullmatch(entry[-1].text)
    function = next((match["name"] for line in shown if (match := FUNCTION.match(line.text))), None)
    return Frame(
        place["file"] if place else None,
        int(place["line"]) if place else None,
        function,
        text,
        carets,
        first_line=flow.number,
        last_line=entry[-1].number if place else code[-1].number,
    )


def _error(part: Sequence[Line], place: Line | None) -> Raised:
    """The exception as its `E` lines tell it, and as the place of the last entry names it."""
    match = LONG_PLACE.fullmatch(place.text) if place else None
    named = (match["type"] or None) if match else None
    told = [line for line in part if ERROR.fullmatch(line.text)]
    if not told:
        return Raised(named, tail_cut=named is None, type_line=place.number if named and place else None)
    margin = min((indent(line.text[1:]) for line in told if line.text[1:].strip()), default=0)
    lines = [line._replace(text=line.text[1:][margin:].rstrip()) for line in told]
    at, kind, message = _own_line(lines, named)
    return Raised(
        kind,
        "\n".join([message, *(line.text for line in lines[at + 1 :])]).rstrip(),
        syntax=syntax_spot(lines[:at]),
        type_line=lines[at].number if kind else None,
        first_line=lines[0].number,
        last_line=lines[-1].number,
    )


def _own_line(lines: Sequence[Line], named: str | None) -> tuple[int, str | None, str]:
    """The index of the line that names the exception, its type, and the first line of its message."""
    searched = lines if named or syntax_spot(lines) else lines[:1]
    for at, line in enumerate(searched):
        own = type_and_message(line.text)
        if own and named in (None, own[0].rpartition(".")[2]):
            return at, *own
    # A failed `assert` shows no type: `E   assert 3 == 4`.
    asserted = "AssertionError" if lines[0].text.startswith("assert ") else None
    return 0, named or asserted, lines[0].text
