"""Which stored diagnoses there are: by what their crashes said, by what they were found to be, from where and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from ulid import ULID

from app.store.database import Session
from app.store.diagnoses import ID
from app.store.tables import CrashRow, DiagnosisRow, ReportRow, storable

MOST_WORDS = 10
RANDOM = 16  # characters of an id after those that say when it was made
VERDICTS = ("match", "maybe", "none")
EARLIEST = date(1970, 1, 2)  # an id counts from 1970 on
LATEST = date(9999, 1, 1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which diagnoses are wanted; None is any."""

    text: str = ""
    """Words of an exception or its message, or a signature's id, a fingerprint or the id of the diagnosis."""
    verdict: str | None = None
    source: str | None = None
    begin: date | None = None
    end: date | None = None
    """The last day."""
    before: str | None = None
    """Only those made before the one of this id."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A diagnosis in a list, by the crash that says most of it."""

    id: str
    verdict: str
    confidence: float
    said: str
    signature: str | None
    fingerprint: str | None
    crashes: int
    source: str | None
    seen: int
    first_seen: datetime
    last_seen: datetime


def remembered(session: Session, wanted: Wanted, most: int) -> list[Remembered]:
    """The wanted diagnoses, the newest first, and no more than `most`."""
    columns = (
        DiagnosisRow.id, DiagnosisRow.verdict, DiagnosisRow.confidence, DiagnosisRow.seen,
        DiagnosisRow.first_seen, DiagnosisRow.last_seen, ReportRow.source,
    )  # fmt: skip
    asked = select(*columns).join(ReportRow, ReportRow.digest == DiagnosisRow.report)
    rows = session.execute(asked.where(*_conditions(wanted)).order_by(DiagnosisRow.id.desc()).limit(most)).all()
    crashes = _crashes(session, [row.id for row in rows])
    return [_remembered(row, crashes.get(row.id, [])) for row in rows]


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.text.strip():
        found.append(_says(storable(wanted.text.strip())))
    if wanted.verdict is not None:
        found.append(DiagnosisRow.verdict == wanted.verdict)
    if wanted.source is not None:
        found.append(ReportRow.source.icontains(storable(wanted.source), autoescape=True))
    if wanted.begin is not None:
        found.append(DiagnosisRow.id >= _first_of(wanted.begin))
    if wanted.end is not None:
        found.append(DiagnosisRow.id < _first_of(min(wanted.end, LATEST) + timedelta(days=1)))
    if wanted.before is not None and ID.fullmatch(wanted.before):
        found.append(DiagnosisRow.id < wanted.before)
    return found


def _says(text: str) -> ColumnElement[bool]:
    """Whether one crash says all the words, or is named by the text."""
    said = and_(*(CrashRow.said.icontains(word, autoescape=True) for word in text.split()[:MOST_WORDS]))
    named = or_(CrashRow.signature == text.lower(), CrashRow.fingerprint == text, said)
    held = exists().where(CrashRow.diagnosis == DiagnosisRow.id, named)
    return or_(held, DiagnosisRow.id == text.upper()) if ID.fullmatch(text.upper()) else held


def _first_of(day: date) -> str:
    """The smallest id that a diagnosis of this day could have: ids sort by time."""
    begin = datetime.combine(max(day, EARLIEST), time(), UTC)
    return str(ULID.from_datetime(begin))[:-RANDOM] + "0" * RANDOM


def _crashes(session: Session, ids: Sequence[str]) -> dict[str, list[CrashRow]]:
    found: dict[str, list[CrashRow]] = {}
    asked = select(CrashRow).where(CrashRow.diagnosis.in_(ids)).order_by(CrashRow.diagnosis, CrashRow.position)
    for crash in session.execute(asked).scalars() if ids else ():
        found.setdefault(crash.diagnosis, []).append(crash)
    return found


def _remembered(row: Any, crashes: Sequence[CrashRow]) -> Remembered:
    best = min(crashes, key=lambda crash: VERDICTS.index(crash.verdict), default=None)
    return Remembered(
        id=row.id,
        verdict=row.verdict,
        confidence=row.confidence,
        said=best.said if best else "",
        signature=best.signature if best else None,
        fingerprint=best.fingerprint if best else None,
        crashes=len(crashes),
        source=row.source,
        seen=row.seen,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
    )
