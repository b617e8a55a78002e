"""Diagnoses as they are remembered: saved once and counted, found by their link, their fingerprints counted."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from pydantic import TypeAdapter
from sqlalchemy import func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from ulid import ULID

from app.crash.model import Environment
from app.diagnosis.model import CrashDiagnosis, Diagnosis
from app.store.tables import CrashRow, DiagnosisRow, ReportRow, storable

DIAGNOSIS = TypeAdapter(Diagnosis)
MAX_SAID = 500  # characters of an exception and its message that can be searched; the answer has all
ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")  # a ULID
# the two spell "on conflict" alike
INSERT: dict[str, Callable[..., sqlite.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": cast("Any", postgresql.insert),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A report as it may be stored: its text without secrets, what was removed, and what the sender stated."""

    text: str
    removed: tuple[dict[str, Any], ...]
    stated: Environment
    source: str | None
    answers: Mapping[str, bool] = field(default_factory=dict)
    """Of signatures whose question was answered: whether with yes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database adds to a diagnosis: its name, and how often and when its report came."""

    id: str
    seen: int
    first_seen: datetime
    last_seen: datetime

    @property
    def new(self) -> bool:
        """Whether it was seen only now."""
        return self.seen == 1


@dataclass(frozen=True, slots=True)
class Remembered:
    """A diagnosis as it was stored, with the report it answers."""

    kept: Kept
    diagnosis: Diagnosis
    text: str
    removed: tuple[dict[str, Any], ...]
    stated: Mapping[str, Any]
    """What the sender stated: `os`, `python`, `packages` and `answers`; what was not stated is not there."""


def save(session: Session, sent: Sent, diagnosis: Diagnosis) -> Kept:
    """Store a diagnosis; if the same book and engine have answered the same report before, count it instead.

    Safe when several do it at once: the unique keys decide who is first, and nobody reads before writing.
    """
    now = datetime.now(UTC)
    report = _report(sent, now)
    upsert = INSERT[session.get_bind().dialect.name]
    session.execute(upsert(ReportRow).values(report).on_conflict_do_nothing())
    new = upsert(DiagnosisRow).values(_diagnosis(diagnosis, report["digest"], now))
    counted = new.on_conflict_do_update(
        index_elements=[DiagnosisRow.report, DiagnosisRow.book, DiagnosisRow.engine],
        set_={"seen": DiagnosisRow.seen + 1, "last_seen": new.excluded.last_seen},
    )
    row = session.execute(
        counted.returning(DiagnosisRow.id, DiagnosisRow.seen, DiagnosisRow.first_seen, DiagnosisRow.last_seen)
    ).one()
    kept = Kept(row.id, row.seen, row.first_seen, row.last_seen)
    if kept.new and diagnosis.crashes:
        session.execute(insert(CrashRow), [_crash(kept.id, *one) for one in enumerate(diagnosis.crashes)])
    return kept


def save_unseen(session: Session, sent: Sent, diagnosis: Diagnosis) -> Kept:
    """Store a diagnosis that somebody asked for again: no report came, so none is counted."""
    now = datetime.now(UTC)
    report = _report(sent, now)
    upsert = INSERT[session.get_bind().dialect.name]
    session.execute(upsert(ReportRow).values(report).on_conflict_do_nothing())
    new = _diagnosis(diagnosis, report["digest"], now) | {"seen": 0}
    session.execute(upsert(DiagnosisRow).values(new).on_conflict_do_nothing())
    kept = kept_as(session, sent, diagnosis)
    assert kept is not None, "it was stored a moment ago"
    return kept


def kept_as(session: Session, sent: Sent, diagnosis: Diagnosis) -> Kept | None:
    """How an answer that was stored before is kept; None when it was not. Counts nothing."""
    columns = DiagnosisRow.id, DiagnosisRow.seen, DiagnosisRow.first_seen, DiagnosisRow.last_seen
    digest = _report(sent, datetime.now(UTC))["digest"]
    same = DiagnosisRow.report == digest, DiagnosisRow.book == diagnosis.book, DiagnosisRow.engine == diagnosis.engine
    row = session.execute(select(*columns).where(*same)).one_or_none()
    return None if row is None else Kept(row.id, row.seen, row.first_seen, row.last_seen)


def find(session: Session, id: str) -> Remembered | None:  # noqa: A002 - what the contract calls it
    """The diagnosis of that id as it was given; None when there is none."""
    if not ID.fullmatch(id):
        return None
    found = session.execute(
        select(DiagnosisRow, ReportRow)
        .join(ReportRow, ReportRow.digest == DiagnosisRow.report)
        .where(DiagnosisRow.id == id)
    ).one_or_none()
    if found is None:
        return None
    row, report = found
    return Remembered(
        Kept(row.id, row.seen, row.first_seen, row.last_seen),
        DIAGNOSIS.validate_python(row.answer),
        report.text,
        tuple(report.removed),
        report.stated,
    )


def times_seen(session: Session, fingerprint: str) -> int:
    """How many crashes with this fingerprint came, each report counted as often as it came."""
    query = (
        select(func.coalesce(func.sum(DiagnosisRow.seen), 0))
        .join(CrashRow, CrashRow.diagnosis == DiagnosisRow.id)
        .where(CrashRow.fingerprint == fingerprint)
    )
    return session.execute(query).scalar_one()


def _report(sent: Sent, now: datetime) -> dict[str, Any]:
    environment = compact(sent)
    whole = json.dumps([storable(sent.text), environment], sort_keys=True)
    return {
        "digest": hashlib.sha256(whole.encode()).hexdigest(),  # the sender is no part of it: a report is its text
        "text": sent.text,
        "removed": list(sent.removed),
        "stated": environment,
        "source": sent.source,
        "received": now,
    }


def compact(sent: Sent) -> dict[str, Any]:
    """What the sender stated as names and values; what was not stated is not there."""
    stated = sent.stated
    facts = {"os": stated.os, "python": stated.python}
    said: dict[str, Any] = {name: fact.value for name, fact in facts.items() if fact is not None}
    if stated.packages:
        said["packages"] = {name: fact.value for name, fact in sorted(stated.packages.items())}
    if sent.answers:
        said["answers"] = dict(sorted(sent.answers.items()))
    return said


def _diagnosis(diagnosis: Diagnosis, report: str, now: datetime) -> dict[str, Any]:
    return {
        "id": str(ULID()),
        "report": report,
        "book": diagnosis.book,
        "engine": diagnosis.engine,
        "verdict": diagnosis.verdict,
        "confidence": diagnosis.confidence,
        "answer": DIAGNOSIS.dump_python(diagnosis),
        "seen": 1,
        "first_seen": now,
        "last_seen": now,
    }


def _crash(diagnosis: str, position: int, crash: CrashDiagnosis) -> dict[str, Any]:
    best = crash.matches[0].signature if crash.matches and crash.verdict != "none" else None
    return {
        "diagnosis": diagnosis,
        "position": position,
        "fingerprint": crash.fingerprint,
        "verdict": crash.verdict,
        "signature": best,
        "said": ": ".join(part for part in (crash.exception, crash.message) if part)[:MAX_SAID],
    }
