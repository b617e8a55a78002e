"""How often which failure came from where; a retry of its sender counts once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select

from app.diagnosis.model import CrashDiagnosis
from app.store.database import Session
from app.store.diagnoses import INSERT
from app.store.tables import ArrivalRow, ExampleRow, OccurrenceRow
from app.store.trends import count_day

WINDOW = timedelta(minutes=10)  # retries come within minutes; the same crash later is another occurrence
EXAMPLES = 3  # diagnoses kept for one occurrence


@dataclass(frozen=True, slots=True)
class Place:
    """Where a crash came from, as its sender says."""

    source: str
    service: str | None = None
    release: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A failure, a place, and how often the one came from the other."""

    signature: str | None
    fingerprint: str
    place: Place
    count: int
    first_seen: datetime
    last_seen: datetime
    examples: tuple[str, ...]
    """Ids of diagnoses."""


def arrived(session: Session, source: str, key: str, *, keep: timedelta = WINDOW) -> bool:
    """Whether this is new: not the same key from the same source while it is kept, ten minutes as a rule. Notes it."""
    now = datetime.now(UTC)
    digest = hashlib.sha256(f"{source}\n{key}".encode(errors="replace")).hexdigest()
    noted = now + keep - WINDOW  # what is kept longer is written down as if it came later
    insert = INSERT[session.get_bind().dialect.name](ArrivalRow).values(key=digest, at=noted)
    once = insert.on_conflict_do_update(
        index_elements=[ArrivalRow.key], set_={"at": noted}, where=ArrivalRow.at < now - WINDOW
    )
    return session.execute(once.returning(ArrivalRow.key)).scalar_one_or_none() is not None


def forget_arrivals(session: Session) -> None:
    """Forget the keys that are kept no longer: once for all that a transaction asks `arrived`."""
    session.execute(delete(ArrivalRow).where(ArrivalRow.at < datetime.now(UTC) - WINDOW))


def count(session: Session, crash: CrashDiagnosis, place: Place, diagnosis: str, *, times: int = 1) -> None:
    """Count a crash that came so many times: with its signature if that is a match, else with its fingerprint."""
    now = datetime.now(UTC)
    signature = crash.matches[0].signature if crash.verdict == "match" and crash.matches else None
    key = key_of(signature or crash.fingerprint, place)
    upsert = INSERT[session.get_bind().dialect.name]
    new = upsert(OccurrenceRow).values(
        key=key,
        signature=signature,
        fingerprint=crash.fingerprint,
        source=place.source,
        service=place.service,
        release=place.release,
        environment=place.environment,
        count=times,
        first_seen=now,
        last_seen=now,
    )
    session.execute(
        new.on_conflict_do_update(
            index_elements=[OccurrenceRow.key],
            set_={"count": OccurrenceRow.count + times, "last_seen": new.excluded.last_seen},
        )
    )
    count_day(session, crash.fingerprint, signature, place.source, now.date(), times=times)
    shown = select(func.count()).select_from(ExampleRow).where(ExampleRow.occurrence == key)
    if session.execute(shown).scalar_one() < EXAMPLES:
        example = upsert(ExampleRow).values(occurrence=key, diagnosis=diagnosis)
        session.execute(example.on_conflict_do_nothing())


def key_of(what: str, place: Place) -> str:
    """The key of the occurrence of a signature, or of a fingerprint without one, in a place."""
    parts = [what, place.source, place.service, place.release, place.environment]
    return hashlib.sha256(json.dumps(parts).encode(errors="replace")).hexdigest()


def occurrences(session: Session, source: str | None = None, limit: int = 100) -> list[Occurrence]:
    """The failures that came last, of all sources or of one."""
    wanted = select(OccurrenceRow).order_by(OccurrenceRow.last_seen.desc(), OccurrenceRow.key).limit(limit)
    if source is not None:
        wanted = wanted.where(OccurrenceRow.source == source)
    rows = session.execute(wanted).scalars().all()
    examples: dict[str, list[str]] = {}
    kept = select(ExampleRow.occurrence, ExampleRow.diagnosis).where(
        ExampleRow.occurrence.in_([row.key for row in rows])
    )
    for occurrence, diagnosis in session.execute(kept.order_by(ExampleRow.diagnosis)):
        examples.setdefault(occurrence, []).append(diagnosis)
    return [_occurrence(row, tuple(examples.get(row.key, ()))) for row in rows]


def _occurrence(row: OccurrenceRow, examples: tuple[str, ...]) -> Occurrence:
    place = Place(row.source, row.service, row.release, row.environment)
    return Occurrence(row.signature, row.fingerprint, place, row.count, row.first_seen, row.last_seen, examples)
