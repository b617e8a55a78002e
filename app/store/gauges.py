"""What the database knows of the pipeline, as numbers, asked when somebody looks; all processes give the same."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.store.database import Session, Sessions
from app.store.deliveries import standing
from app.store.inbox import load
from app.store.tables import ParkedRow, SourceRow

Reading = tuple[str, tuple[str, ...], float]  # a name, its labels' values, and the number

MOST_SOURCES = 500  # a label's values should be few; the first ones stay the same


def readings(sessions: Sessions) -> list[Reading]:
    """All numbers; when the database does not answer, only that it does not."""
    try:
        with sessions() as session:
            found = [*_sources(session), *_inbox(session), *_deliveries(session)]
    except SQLAlchemyError:
        return [("tracelore_database_up", (), 0)]
    return [("tracelore_database_up", (), 1), *found]


def _sources(session: Session) -> Iterator[Reading]:
    rows = session.execute(select(SourceRow).order_by(SourceRow.made, SourceRow.name).limit(MOST_SOURCES)).scalars()
    for row in rows:
        yield "tracelore_source_records", (row.name,), row.records
        yield "tracelore_source_crashes", (row.name, "true"), row.explained
        yield "tracelore_source_crashes", (row.name, "false"), row.crashes - row.explained


def _inbox(session: Session) -> Iterator[Reading]:
    waiting = load(session)
    yield "tracelore_inbox_rows", ("lines",), waiting.requests
    yield "tracelore_inbox_rows", ("streams",), waiting.streams
    yield "tracelore_inbox_rows", ("crashes",), waiting.crashes
    yield "tracelore_inbox_characters", (), waiting.characters
    parked = select(ParkedRow.source, func.count()).group_by(ParkedRow.source).order_by(ParkedRow.source)
    for source, count in session.execute(parked.limit(MOST_SOURCES)):
        yield "tracelore_parked", (source,), count


def _deliveries(session: Session) -> Iterator[Reading]:
    for state, count in standing(session).items():
        yield "tracelore_deliveries_standing", (state,), count
