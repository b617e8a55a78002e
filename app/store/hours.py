"""What came from a source over time: by the hour for weeks, by the minute for as long as it is called now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from app.store.database import Session
from app.store.diagnoses import INSERT
from app.store.staff_tables import HourRow, MinuteRow

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
KEPT_HOURS = timedelta(days=35)  # a month, and a few days to look back at its beginning
NOW = timedelta(minutes=5)  # what is called now: shorter, and a batch every minute would look like a storm
KEPT_MINUTES = 2 * NOW


@dataclass(frozen=True, slots=True)
class Came:
    """What came at once."""

    records: int = 0
    crashes: int = 0
    explained: int = 0


@dataclass(frozen=True, slots=True)
class Hour:
    """What came within an hour."""

    begin: datetime
    records: int = 0
    crashes: int = 0
    explained: int = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """How much comes each minute."""

    records: float
    crashes: float


def bump(session: Session, source: str, now: datetime, came: Came) -> None:
    """Add to the counts of this hour and this minute; the source must be there. Old counts go when an hour begins."""
    counts = {"records": came.records, "crashes": came.crashes}
    hour = now.replace(minute=0, second=0, microsecond=0)
    minute = now.replace(second=0, microsecond=0)
    records = _add(session, HourRow, {"source": source, "hour": hour}, {**counts, "explained": came.explained})
    _add(session, MinuteRow, {"source": source, "minute": minute}, counts)
    if records == came.records:  # nothing was counted before it in this hour
        session.execute(delete(HourRow).where(HourRow.source == source, HourRow.hour < hour - KEPT_HOURS))
        session.execute(delete(MinuteRow).where(MinuteRow.source == source, MinuteRow.minute < minute - KEPT_MINUTES))


def hours(session: Session, now: datetime, count: int, source: str | None = None) -> Mapping[str, tuple[Hour, ...]]:
    """The last hours of each source, or of one, the oldest first and the one that runs last; none is left out."""
    last = now.replace(minute=0, second=0, microsecond=0)
    begins = [last - HOUR * back for back in reversed(range(count))]
    wanted = select(HourRow).where(HourRow.hour >= begins[0])
    if source is not None:
        wanted = wanted.where(HourRow.source == source)
    known: dict[str, dict[datetime, Hour]] = {}
    for row in session.execute(wanted).scalars():
        known.setdefault(row.source, {})[row.hour] = Hour(row.hour, row.records, row.crashes, row.explained)
    return {name: tuple(some.get(begin, Hour(begin)) for begin in begins) for name, some in known.items()}


def rate(session: Session, source: str, now: datetime) -> Rate:
    """How much comes each minute, over the last few full ones and the one that runs."""
    begin = now.replace(second=0, microsecond=0) - NOW
    sums = select(func.sum(MinuteRow.records), func.sum(MinuteRow.crashes))
    records, crashes = session.execute(sums.where(MinuteRow.source == source, MinuteRow.minute >= begin)).one()
    minutes = (now - begin) / MINUTE
    return Rate(int(records or 0) / minutes, int(crashes or 0) / minutes)


def _add(
    session: Session, table: type[HourRow | MinuteRow], key: Mapping[str, object], counts: Mapping[str, int]
) -> int:
    """Add to a row, which is made when it is not there; gives the records it has now."""
    new = INSERT[session.get_bind().dialect.name](table).values(**key, **counts)
    sums = {name: getattr(table, name) + new.excluded[name] for name in counts}
    added = new.on_conflict_do_update(index_elements=list(key), set_=sums).returning(table.records)
    return int(session.execute(added).scalar_one())
