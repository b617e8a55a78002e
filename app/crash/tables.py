r"""A traceback in a cell of a table that is drawn with bars, a line in each row: the rows as the lines they show.

    | 10:00 | Traceback (most recent call last):   |        │ 7 │ Traceback (most recent call last): │
    | 10:00 |   File "/srv/app.py", line 3, in run |        │   │   File "/srv/app.py", line 3, in f │

A header says where its cell begins, and the bars, or psql's `+`, that stand below each other where it ends. So a bar in
the source is none of them, nor is the margin of an exception group, to the right of which no bar stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

MAX_LEFT = 400  # characters in the cells to the left
MAX_MARGIN = 16  # blanks before a header in its cell
MAX_LINE = 4_000  # characters of a row
ENOUGH = 3  # rows: a header, a frame and an exception
BAR = "|\u2502\u2503\u2551"
WRAPS = "+"  # what psql puts where a cell goes on in the next row
OUTSIDE = f" \t>{BAR}"
HEADED = re.compile(
    rf"[^\n]{{0,{MAX_LEFT}}}?(?P<bar>[{BAR}])(?P<margin> {{0,{MAX_MARGIN}}})(?:  )?(?:\+ Exception Group )?"
    r"\[?Traceback \(most recent call last\):(?P<rest>.*)\Z"
)
# `|---|`, `├────┼`, `+----+`, and what psql says below
BORDER = re.compile(rf"[\s>]*(?:[{BAR}+:\u2500-\u257f=-]{{3,}}|\(\d{{1,9}} rows?\))\s*\Z")


class Cell(NamedTuple):
    """A cell by the columns of its bars; no `right` one where each row ends with its own."""

    bar: str
    left: int
    margin: int
    right: int | None
    rows: int


def without_tables(lines: Sequence[str]) -> Iterator[str]:
    """The lines, a cell that shows a traceback told as lines of their own; all others as they are."""
    at = 0
    while at < len(lines):
        cell = _cell(lines, at)
        if cell is None:
            yield lines[at]
            at += 1
            continue
        yield from _told(lines[at : at + cell.rows], cell)
        at += cell.rows
        if at < len(lines) and BORDER.match(lines[at][:MAX_LINE]):
            at += 1
        yield ""


def _cell(lines: Sequence[str], at: int) -> Cell | None:
    """The cell whose traceback begins on this line, if one does."""
    if "Traceback (" not in lines[at] or len(lines[at]) > MAX_LINE:
        return None
    header = HEADED.match(lines[at])
    if header is None or not header["rest"].strip():
        return None
    bar, left, margin = header["bar"], header.start("bar"), len(header["margin"])
    cell, behind = Cell(bar, left, margin, None, 0), header.start("rest")
    found = [_aligned(lines, at, cell, mark, behind) for mark in (bar, WRAPS)]
    if header["rest"].strip() == bar:
        found.append(cell._replace(rows=_run(lines, at, lambda row: _is_ragged(row, left, bar))))
    best = max(found, key=lambda cell: cell.rows)
    return best if best.rows >= ENOUGH else None


def _aligned(lines: Sequence[str], at: int, cell: Cell, mark: str, behind: int) -> Cell:
    """The cell with all rows that have a mark in one column, the first such column behind the header."""
    columns = {column for column in range(behind, len(lines[at])) if lines[at][column] == mark}
    rows = 0
    while columns and at + rows < len(lines) and _is_row(lines[at + rows], cell.left, cell.bar):
        left = {column for column in columns if lines[at + rows][column : column + 1] == mark}
        if not left:
            break
        columns, rows = left, rows + 1
    right = min(columns, default=0)
    last = at + rows
    if mark == WRAPS and rows and last < len(lines) and _is_row(lines[last], cell.left, cell.bar):
        rows += lines[last][right : right + 1].strip(OUTSIDE) == ""
    return cell._replace(right=right, rows=rows)


def _run(lines: Sequence[str], at: int, is_one: Callable[[str], bool]) -> int:
    return sum(1 for _ in takewhile(is_one, (lines[below] for below in range(at, len(lines)))))


def _is_row(text: str, left: int, bar: str) -> bool:
    return text[left : left + 1] == bar and len(text) <= MAX_LINE and not BORDER.match(text)


def _is_ragged(text: str, left: int, bar: str) -> bool:
    """Whether it is a row of a table without blanks before its last bars."""
    return _is_row(text, left, bar) and text.rstrip().rfind(bar) == len(text.rstrip()) - 1 > left


def _told(rows: Sequence[str], cell: Cell) -> Iterator[str]:
    """What stands in the cell, and an empty line before each further record, which has something to the left."""
    below = False
    for row in rows:
        beside = bool(row[: cell.left].strip(OUTSIDE))
        if below and beside:
            yield ""
        below = not beside
        right = len(row.rstrip()) - 1 if cell.right is None else cell.right
        text = row[cell.left + 1 : right].rstrip()
        yield text[min(cell.margin, len(text) - len(text.lstrip())) :]
