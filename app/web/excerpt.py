"""The sender's own text with what decided marked in it; a long one folds to the crash and the marked lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, Protocol

from app.web.words import counted

WHOLE = 60  # lines; up to here nothing is folded: two screens
HEAD = 25  # lines of a very long stack that stay open at its start
TAIL = 40  # and at its end, where the error itself stands
AROUND = 3  # lines of context around the crash and each mark
FOLDED = 2000  # lines that stay in the page, folded; more would make it heavy on a phone


class Written(Protocol):
    """A line of the stored report."""

    @property
    def number(self) -> int:
        """From 1."""
        ...

    @property
    def raw(self) -> str:
        """As it was sent."""
        ...


@dataclass(frozen=True, slots=True)
class Mark:
    """A clue that this line decided: its number in the list of clues, its name, and what it says."""

    number: int
    name: str
    tone: str
    note: str = ""
    """The clue and what was found of it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A numbered line and its marks."""

    number: int
    written: str
    marks: tuple[Mark, ...] = ()

    @property
    def tone(self) -> str:
        """What its marks say; empty without any."""
        return self.marks[0].tone if self.marks else ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring lines, open or folded. `left_out` more of them are not in the page at all."""

    rows: tuple[Row, ...]
    folded: bool
    left_out: int = 0

    @property
    def name(self) -> str:
        """What its fold is called."""
        last = self.rows[-1].number + self.left_out
        return f"Line {self.first}" if last == self.first else f"Lines {self.first:,} to {last:,}"

    @property
    def more(self) -> str:
        """That not all of it is in the page."""
        return f"{self.left_out:,} more lines, not shown here"

    @property
    def first(self) -> int:
        """Number of its first line."""
        return self.rows[0].number


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The report, as stretches of lines."""

    template: ClassVar[str] = "answer/report.html"
    stretches: tuple[Stretch, ...]
    size: str
    marked: bool


def excerpt(
    lines: Sequence[Written], marks: dict[int, tuple[Mark, ...]], crash: tuple[int, int] | None
) -> Excerpt | None:
    """The lines in order, those that tell nothing folded; None when there are no lines."""
    count = len(lines)
    while count and not lines[count - 1].raw.strip():
        count -= 1
    if not count:
        return None
    lines = lines[:count]
    last = lines[-1].number
    open_ones = _open(last, marks, crash) if len(lines) > WHOLE else set(range(last + 1))
    room = FOLDED
    stretches: list[Stretch] = []
    for is_open, some in groupby(lines, key=lambda line: line.number in open_ones):
        rows = [Row(line.number, line.raw, marks.get(line.number, ())) for line in some]
        kept = rows if is_open else rows[: max(room, 1)]
        room -= 0 if is_open else len(kept)
        stretches.append(Stretch(tuple(kept), folded=not is_open, left_out=len(rows) - len(kept)))
    return Excerpt(tuple(stretches), size=counted(len(lines), "line"), marked=bool(marks))


def _open(last: int, marks: Iterable[int], crash: tuple[int, int] | None) -> set[int]:
    """Numbers of the lines that stay open."""
    first_line, last_line = crash or (1, HEAD)
    if last_line - first_line <= HEAD + TAIL:
        found = set(range(first_line - AROUND, last_line + AROUND + 1))
    else:
        found = {*range(first_line - AROUND, first_line + HEAD), *range(last_line - TAIL, last_line + AROUND + 1)}
    for number in marks:
        found.update(range(number - AROUND, number + AROUND + 1))
    # A fold of a line or two costs more than it saves.
    return found | {n for n in range(1, last + 1) if {n - 1, n - 2} & found and {n + 1, n + 2} & found}
