"""How much of what came was explained, day by day, and when the book changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import func, select
from ulid import ULID

from app.store.database import Session
from app.store.staff_tables import HourRow
from app.store.tables import DiagnosisRow

RANDOM = 16  # characters of an id after those that say when it was made


@dataclass(frozen=True, slots=True)
class Day:
    """What came from one source on one day, in UTC."""

    source: str
    day: date
    crashes: int
    explained: int
    """As it was known when it came."""


@dataclass(frozen=True, slots=True)
class Change:
    """A book that answered for the first time."""

    book: str
    at: datetime


def covered(session: Session, begin: date) -> list[Day]:
    """Every source and day since `begin` with a crash on it, by day and source."""
    hour = HourRow.hour
    day = func.date(hour) if session.get_bind().dialect.name == "sqlite" else func.date(func.timezone("UTC", hour))
    asked = (
        select(HourRow.source, day, func.sum(HourRow.crashes), func.sum(HourRow.explained))
        .where(hour >= datetime.combine(begin, time(), UTC), HourRow.crashes > 0)
        .group_by(HourRow.source, day)
        .order_by(day, HourRow.source)
    )
    return [
        Day(source, on if isinstance(on, date) else date.fromisoformat(on), int(crashes), int(explained))
        for source, on, crashes, explained in session.execute(asked)
    ]


def changes(session: Session, begin: date) -> Sequence[Change]:
    """The books that took over since `begin`, the first one to answer at all left out."""
    border = str(ULID.from_datetime(datetime.combine(begin, time(), UTC)))[:-RANDOM] + "0" * RANDOM
    before = select(DiagnosisRow.book).where(DiagnosisRow.id < border).order_by(DiagnosisRow.id.desc()).limit(1)
    first = func.min(DiagnosisRow.id)
    since = select(DiagnosisRow.book, first).where(DiagnosisRow.id >= border).group_by(DiagnosisRow.book)
    found = [(book, id_) for book, id_ in session.execute(since.order_by(first))]
    old = session.execute(before).scalar_one_or_none()
    taken_over = [(book, id_) for book, id_ in found if book != old] if old else found[1:]
    return [Change(book, ULID.from_str(id_).datetime) for book, id_ in taken_over]
