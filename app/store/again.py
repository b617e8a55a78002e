"""The later answers to one report: which there are under a link, and which is the latest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.diagnosis.model import Verdict
from app.store.database import Session
from app.store.diagnoses import INSERT
from app.store.feedback_tables import AgainRow
from app.store.tables import DiagnosisRow


@dataclass(frozen=True, slots=True)
class Later:
    """An answer that was asked for again under the link of the first one."""

    id: str
    at: datetime
    stated: Mapping[str, Any]
    verdict: Verdict
    confidence: float


def later(session: Session, first: str) -> list[Later]:
    """The answers asked for again under this link, the latest first."""
    query = (
        select(AgainRow, DiagnosisRow.verdict, DiagnosisRow.confidence)
        .join(DiagnosisRow, DiagnosisRow.id == AgainRow.diagnosis)
        .where(AgainRow.first == first)
        .order_by(AgainRow.at.desc(), AgainRow.diagnosis.desc())
    )
    found = session.execute(query).all()
    return [
        Later(row.diagnosis, row.at, row.stated, verdict, sure)  # type: ignore[arg-type]  # only verdicts are stored
        for row, verdict, sure in found
    ]


def times(session: Session, first: str) -> int:
    """How many there are."""
    return session.execute(select(func.count()).where(AgainRow.first == first)).scalar_one()


def add_later(session: Session, first: str, diagnosis: str, stated: Mapping[str, Any], now: datetime) -> None:
    """Put this answer first under the link; one that was there already only moves."""
    new = INSERT[session.get_bind().dialect.name](AgainRow)
    row = new.values(first=first, diagnosis=diagnosis, at=now, stated=dict(stated))
    moved = {"at": row.excluded.at, "stated": row.excluded.stated}
    session.execute(row.on_conflict_do_update(index_elements=[AgainRow.first, AgainRow.diagnosis], set_=moved))
