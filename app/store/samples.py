"""Stored crashes as examples of their kind: what was said of them, and the report they were read from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import func, select

from app.diagnosis.model import CrashDiagnosis
from app.store.database import Session
from app.store.tables import DiagnosisRow, ReportRow

CRASH = TypeAdapter(CrashDiagnosis)


@dataclass(frozen=True, slots=True)
class Sample:
    """One crash of a stored diagnosis."""

    diagnosis: str
    crash: CrashDiagnosis
    crashes: int
    """How many crashes its report has."""
    text: str
    stated: Mapping[str, Any]
    """The environment its sender stated, as it is stored."""
    book: str
    """The book that did not know it."""
    last_seen: datetime


def samples(
    session: Session, wanted: Mapping[str, Collection[str]], most_characters: int
) -> Mapping[str, tuple[Sample, ...]]:
    """For each fingerprint the crashes with it in these diagnoses, in their order; very long reports are left out."""
    ids = {id_ for some in wanted.values() for id_ in some}
    asked = (
        select(DiagnosisRow, ReportRow.text, ReportRow.stated)
        .join(ReportRow, ReportRow.digest == DiagnosisRow.report)
        .where(DiagnosisRow.id.in_(ids), func.length(ReportRow.text) <= most_characters)
    )
    found = {row.DiagnosisRow.id: row for row in session.execute(asked)}
    return {
        fingerprint: tuple(
            sample for id_ in some if id_ in found for sample in _samples(*found[id_], fingerprint=fingerprint)
        )
        for fingerprint, some in wanted.items()
    }


def _samples(row: DiagnosisRow, text: str, stated: Mapping[str, Any], *, fingerprint: str) -> list[Sample]:
    """The first crash of the diagnosis that has the fingerprint; others with it differ in their message only."""
    crashes = row.answer["crashes"]
    own = next((one for one in crashes if one["fingerprint"] == fingerprint), None)
    if own is None:
        return []
    return [Sample(row.id, CRASH.validate_python(own), len(crashes), text, stated, row.book, row.last_seen)]
