"""What could not be read or diagnosed: kept with the reason, until somebody replays or drops it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select

from app.errors import Unknown
from app.store.database import Session
from app.store.tables import ParkedRow

MOST = 1_000  # of one source; beyond, the oldest go
MAX_TEXT = 64 * 1024  # characters of one
MAX_REASON = 300


@dataclass(frozen=True, slots=True)
class Parked:
    """A record or a crash, and why it is here."""

    id: int
    source: str
    text: str
    said: Mapping[str, Any] | None
    """What its sender said of where it came from; None for a record that no text was found in."""
    reason: str
    at: datetime


def park(session: Session, source: str, rows: Iterable[tuple[str, Mapping[str, Any] | None, str]]) -> None:
    """Keep texts that hold no secrets, what was said of each, and the reason."""
    now = datetime.now(UTC)
    values = [
        {"source": source, "text": text[:MAX_TEXT], "said": said, "reason": reason[:MAX_REASON], "at": now}
        for text, said, reason in rows
    ]
    if not values:
        return
    session.execute(insert(ParkedRow), values[-MOST:])
    newest = select(ParkedRow.id).where(ParkedRow.source == source).order_by(ParkedRow.id.desc())
    oldest = session.execute(newest.offset(MOST).limit(1)).scalar_one_or_none()
    if oldest is not None:
        session.execute(delete(ParkedRow).where(ParkedRow.source == source, ParkedRow.id <= oldest))


def get(session: Session, number: int) -> Parked:
    """The one of that number. Raises `Unknown`."""
    row = session.get(ParkedRow, number)
    if row is None:
        raise Unknown("unknown_parked", f"There is nothing parked with the number {number}.")
    return _parked(row)


def parked(session: Session, source: str | None = None, limit: int = 100) -> list[Parked]:
    """What is parked, the newest first, of all sources or of one."""
    wanted = select(ParkedRow).order_by(ParkedRow.id.desc()).limit(limit)
    if source is not None:
        wanted = wanted.where(ParkedRow.source == source)
    return [_parked(row) for row in session.execute(wanted).scalars()]


def drop(session: Session, ids: Sequence[int], source: str | None = None) -> list[Parked]:
    """Take these out, of any source or of one only: gives what was still there, the oldest first."""
    gone = delete(ParkedRow).where(ParkedRow.id.in_(ids)).returning(ParkedRow)
    if source is not None:
        gone = gone.where(ParkedRow.source == source)
    return sorted((_parked(row) for row in session.execute(gone).scalars()), key=lambda one: one.id)


def _parked(row: ParkedRow) -> Parked:
    return Parked(row.id, row.source, row.text, row.said, row.reason, row.at)
