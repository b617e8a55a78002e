"""Many rows by one statement of any length, which SQLAlchemy compiles once and is not asked about again.

Its own way for many rows makes each of them a dictionary, several times over: that costs three times what SQLite itself
takes for the rows, and is paid in the thread that all requests wait for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Insert

# `INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT ...`, `... VALUES (%(a)s::VARCHAR, %(b)s::JSON) RETURNING ...`
ONE_ROW = re.compile(r"VALUES (\(.*?\))(?= ON CONFLICT| RETURNING|$)", re.DOTALL)
NAMED = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Batch:
    """An insert without its rows."""

    before: str
    row: str
    after: str
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    """Names in the order of the row, and what makes of each value what the driver takes."""

    def insert(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Sequence[Sequence[Any]]:
        """Insert the rows, one at least, and give what the statement returns, as the driver has it."""
        values = [as_sent(row[name]) if as_sent else row[name] for row in rows for name, as_sent in self.columns]
        statement = self.before + ", ".join([self.row] * len(rows)) + self.after
        done = connection.exec_driver_sql(statement, tuple(values))
        return done.all() if done.returns_rows else ()


def batch(statement: Insert, dialect: Dialect) -> Batch:
    """What the statement, an insert with all columns of its table, is on this dialect."""
    compiled = statement.compile(dialect=dialect)
    text = str(compiled)
    found = ONE_ROW.search(text)
    assert found is not None, text
    names = getattr(compiled, "positiontup", None) or NAMED.findall(found[1])
    types = {name: column.type for name, column in statement.table.c.items()}
    return Batch(
        text[: found.start(1)],
        NAMED.sub("%s", found[1]),
        text[found.end() :],
        tuple((name, types[name].dialect_impl(dialect).bind_processor(dialect)) for name in names),
    )
