"""A traceback in a cell of a drawn table, a line in each row, is the traceback that was printed."""

from collections.abc import Callable

import pytest

from app.crash.model import Crash, chain
from app.crash.tables import without_tables
from app.crash.text import read
from app.crash.traceback import parse
from app.evaluation.damage import before_each, each
from tests.both_ways import TEXTS

Linear = Callable[[Callable[[int], object]], None]

KNOWN = """\
Traceback (most recent call last):
  File "/srv/shop/orders.py", line 12, in total
    return price(order) | tax(order)
           ~~~~~~~~~~~~~^~~~~~~~~~~~
TypeError: unsupported operand type(s) for |: 'int' and 'NoneType'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/web.py", line 7, in pay
    total(order)
shop.errors.NoPrice: no price
of the order 4711
"""
LINES = KNOWN.splitlines()
WIDTH = max(map(len, LINES))


def framed(left: str, right: str) -> str:
    """Every line in a row."""
    return each(KNOWN, lambda line: f"{left}{line:{WIDTH}}{right}")


def spread(first: str, left: str, right: str) -> str:
    """One record over many rows: only in the first of them something stands to the left."""
    return first + framed(left, right).removeprefix(left)


def wrapped(first: str, left: str) -> str:
    """As psql shows a text with line breaks."""
    rows = [f"{left}{line:{WIDTH}}+" for line in LINES[:-1]] + [f"{left}{LINES[-1]}"]
    return first + "\n".join(rows).removeprefix(left) + "\n"


BAR = "-" * WIDTH
LINE = "\u2500" * WIDTH
TABLES = {
    "Markdown": f"| log{' ' * WIDTH}|\n|---|\n" + framed("| ", " |"),
    "tight": framed("|", "|"),
    "ragged, as in Jira": "||log||\n" + each(KNOWN, lambda line: f"|{line}|"),
    "a row has a time and a name": framed("| 2026-11-22 10:00:00 | ", " | web |"),
    "MySQL": f"+----+-{BAR}-+\n| id | log{' ' * (WIDTH - 3)} |\n+----+-{BAR}-+\n" + framed("|  7 | ", " |") + f"+----+-{BAR}-+\n",
    "SQLite": f"\u250c\u2500\u2500\u2500\u252c\u2500{LINE}\u2500\u2510\n"
    + spread("\u2502 7 \u2502 ", "\u2502   \u2502 ", " \u2502")
    + f"\u2514\u2500\u2500\u2500\u2534\u2500{LINE}\u2500\u2518\n",
    "Rich": spread("\u2502 7 \u2502 ", "\u2502   \u2502 ", " \u2502") + f"\u2502 8 \u2502 {'no order':{WIDTH}} \u2502\n",
    "double": framed("\u2551 ", " \u2551"),
    "psql": wrapped("  7 | ", "    | ") + "(1 row)\n",
    "psql, expanded": "-[ RECORD 1 ]----\n" + wrapped("log | ", "    | "),
}  # fmt: skip


def told(crash: Crash) -> list[object]:
    """All that was read of it but for where it stands."""
    return [
        (one.type, one.message, [(frame.file, frame.line, frame.function, frame.code, frame.carets) for frame in one.frames])
        for one in chain(crash.raised)
    ]  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "> ", "    "])
@pytest.mark.parametrize("name", TABLES)
def test_a_cell_is_read_as_it_was_printed(name: str, prefix: str) -> None:
    raw = before_each(prefix)(TABLES[name])
    assert list(map(told, parse(read(raw)))) == list(map(told, parse(read(KNOWN.encode()))))


@pytest.mark.parametrize(
    "text",
    [
        KNOWN,
        each(KNOWN, lambda line: "  | " + line),
        each(KNOWN, lambda line: "web-1  | " + line),
        "| Traceback (most recent call last): |\n",
        "| Traceback (most recent call last): |\n| x\n| y |\n",
        "| see Traceback (most recent call last): |\n" * 5,
    ],
)
def test_what_is_no_table_keeps_its_lines(text: str) -> None:
    lines = text.split("\n")
    assert list(without_tables(lines)) == lines


def test_no_text_that_we_have_is_taken_for_a_table() -> None:
    for text in TEXTS:
        lines = text.split("\n")
        assert list(without_tables(lines)) == lines


@pytest.mark.parametrize(
    "unit",
    [
        "| Traceback (most recent call last): |\n",
        "| Traceback (most recent call last): | | | | +\n| x\n",
        "|" * 300 + " Traceback (most recent call last):" + "|" * 300 + "\n",
        "| Traceback (most recent call last): " + "|+" * 300 + "\n|" + "|+" * 350 + "\n",
        "  | Traceback (most recent call last):\n",
    ],
)
def test_hostile_tables_take_linear_time(unit: str, linear: Linear) -> None:
    linear(lambda size: list(without_tables((unit * 400 * size).split("\n"))))
