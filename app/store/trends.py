"""Crashes by the day: counted when they come, asked for by their fingerprints, forgotten after months."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import delete, func, select, tuple_

from app.store.database import Session
from app.store.diagnoses import INSERT
from app.store.trend_tables import DayRow

KEPT_DAYS = timedelta(days=100)  # a quarter, and some days to look back at its beginning
SWEPT = 500  # old rows that go at once: a call that counts one crash must not wait for a big deletion


def count_day(  # noqa: PLR0913 - what tells the row, and how often
    session: Session, fingerprint: str, signature: str | None, source: str, day: date, *, times: int = 1
) -> None:
    """Add a crash that came so many times to its day; when it is the first of it, some of what is old goes."""
    insert = INSERT[session.get_bind().dialect.name](DayRow)
    new = insert.values(fingerprint=fingerprint, source=source, signature=signature or "", day=day, count=times)
    key = [DayRow.fingerprint, DayRow.source, DayRow.signature, DayRow.day]
    added = new.on_conflict_do_update(index_elements=key, set_={"count": DayRow.count + times})
    if session.execute(added.returning(DayRow.count)).scalar_one() == times:
        _sweep(session, day)


def days(
    session: Session, fingerprints: Collection[str], begin: date, end: date, source: str | None = None
) -> Mapping[str, Sequence[int]]:
    """Unknown crashes of each fingerprint on each day from `begin` to `end`; those that never came are left out."""
    wanted = select(DayRow.fingerprint, DayRow.day, func.sum(DayRow.count)).where(
        DayRow.fingerprint.in_(fingerprints), DayRow.signature == "", DayRow.day >= begin, DayRow.day <= end
    )
    if source is not None:
        wanted = wanted.where(DayRow.source == source)
    found: dict[str, list[int]] = {}
    for fingerprint, day, count in session.execute(wanted.group_by(DayRow.fingerprint, DayRow.day)):
        counts = found.setdefault(fingerprint, [0] * ((end - begin).days + 1))
        counts[(day - begin).days] = int(count)
    return found


def _sweep(session: Session, today: date) -> None:
    """Rows that another transaction is at are left to it, so that nobody waits for anybody."""
    key = tuple_(DayRow.fingerprint, DayRow.source, DayRow.signature, DayRow.day)
    columns = DayRow.fingerprint, DayRow.source, DayRow.signature, DayRow.day
    old = select(*columns).where(DayRow.day < today - KEPT_DAYS).limit(SWEPT).with_for_update(skip_locked=True)
    gone = [tuple(row) for row in session.execute(old)]
    if gone:
        session.execute(delete(DayRow).where(key.in_(gone)))
