"""Diagnoses that are stored already, counted by their keys alone: a tenth of what it takes to send them again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.store.tables import DiagnosisRow

COLUMNS = ("report", "book", "engine", "times")
# The same for any number of diagnoses, so that it is parsed once. Each begins with UPDATE: for WITH, Python's sqlite3
# begins no transaction. On PostgreSQL, where several write at once, rows are locked in the order of their keys.
COUNT = {
    "sqlite": """\
UPDATE diagnoses SET seen = diagnoses.seen + given.times, last_seen = ? FROM (
    SELECT json_extract(value, '$.report') AS report, json_extract(value, '$.book') AS book,
        json_extract(value, '$.engine') AS engine, json_extract(value, '$.times') AS times
    FROM json_each(?)
) AS given
WHERE diagnoses.report = given.report AND diagnoses.book = given.book AND diagnoses.engine = given.engine
RETURNING report, book, engine, id, seen, first_seen""",
    "postgresql": """\
UPDATE diagnoses SET seen = diagnoses.seen + there.times, last_seen = %s FROM (
    SELECT id, times
    FROM json_to_recordset(%s) AS given (report text, book text, engine text, times integer)
    JOIN diagnoses USING (report, book, engine)
    ORDER BY report, book, engine FOR NO KEY UPDATE OF diagnoses
) AS there
WHERE diagnoses.id = there.id
RETURNING report, book, engine, diagnoses.id, seen, first_seen""",
}


def count(connection: Connection, times: Mapping[tuple[str, str, str], int], now: datetime) -> Sequence[Sequence[Any]]:
    """Count diagnoses so many times more, by report, book and engine.

    Gives of each that is there its key, id, how often it came and since when, as the driver has it.
    """
    given = json.dumps([dict(zip(COLUMNS, (*key, more), strict=True)) for key, more in times.items()])
    as_sent = DiagnosisRow.last_seen.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return connection.exec_driver_sql(COUNT[connection.dialect.name], (as_sent(now) if as_sent else now, given)).all()
