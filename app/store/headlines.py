"""What failures said of themselves, as the diagnoses that show them have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from app.store.database import Session
from app.store.tables import DiagnosisRow

MAX_SAID = 300  # characters of a message


def headlines(session: Session, ids: Sequence[str]) -> Mapping[tuple[str, str], str]:
    """Exception and message of each crash in these diagnoses, by the diagnosis and the crash's fingerprint."""
    found: dict[tuple[str, str], str] = {}
    rows = session.execute(select(DiagnosisRow.id, DiagnosisRow.answer).where(DiagnosisRow.id.in_(ids)))
    for diagnosis, answer in rows:
        for crash in answer["crashes"]:
            said = ": ".join(part for part in (crash["exception"], crash["message"]) if part)
            found.setdefault((diagnosis, crash["fingerprint"]), said[:MAX_SAID])
    return found
