"""Serving with up to a million stored: whether a request costs the same, and how a statement finds its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.flat import Flat
from bench.flat import measured as measured_flat
from bench.versus.page import Section, Table, Target, at_most
from bench.versus.race import number

FLAT = 1.5  # times what it costs with the fewest stored
DATABASES = {"SQLite": False, "PostgreSQL": True}
SAID = """\
Databases that hold so many reports, diagnoses, crashes and occurrences before anything is measured, each with a server
of its own, as `make bench-flat` has it: CPU time of the server for each stored report, in rounds that take turns, and
wall time of the lists that pages show. The plans are those that the largest database gives for what is asked while a
report is kept, comes again, and comes by a log pipeline; an insert finds what it conflicts with by a unique key, and
PostgreSQL reads a table of a few rows whole. A list of one source is of all that came from it, sorted, and unknown
crashes are counted together when they are asked for: these two grow.
"""


def measured(counts: Sequence[int], seconds: float, rounds: int) -> Section:
    """The section."""
    section = Section("Stored", SAID)
    for database, remote in DATABASES.items():
        flat = measured_flat(counts, remote=remote, seconds=seconds, rounds=rounds)
        section.tables += [_figures(database, flat), _plans(database, flat)]
        section.targets += _targets(database, flat)
    return section


def _figures(database: str, flat: Flat) -> Table:
    heads = (database, *(f"{count:,}" for count in flat.counts), "growth")
    return Table(heads, [[name, *map(number, row), f"{number(row[-1] / row[0])}x"] for name, row in flat.rows.items()])


def _plans(database: str, flat: Flat) -> Table:
    rows = [[" ".join(statement.split()), steps] for statement, steps in flat.plans]
    return Table((f"{database} is asked", "and finds the rows by"), [[_code(one) for one in row] for row in rows])


def _code(text: str) -> str:
    """As code in a cell."""
    return f"`{text.replace('|', chr(92) + '|')}`"


def _targets(database: str, flat: Flat) -> Iterator[Target]:
    for name, row in flat.rows.items():
        if name.startswith("POST"):
            growth = f"growth {flat.counts[0]:,} to {flat.counts[-1]:,} stored"
            yield at_most(f"{name.partition(', CPU')[0]}, {database}: {growth}", FLAT, row[-1] / row[0])
