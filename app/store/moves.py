"""Unknown occurrences that a later book explains, moved to its signature; their counts stay what they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import case, delete, func, select, update

from app.store.database import Session
from app.store.diagnoses import INSERT
from app.store.occurrences import EXAMPLES, Place, key_of
from app.store.sources import hold
from app.store.tables import ExampleRow, OccurrenceRow, storable
from app.store.trend_tables import DayRow, ExplainedRow


def unknown_places(session: Session, fingerprint: str) -> dict[str, list[str]]:
    """The keys of a cluster's occurrences, each with the diagnoses that show it (none: none is kept).

    Its sources are held: no more comes until the transaction ends, on SQLite if it has written already.
    """
    unknown = OccurrenceRow.fingerprint == fingerprint, OccurrenceRow.signature.is_(None)
    hold(session, session.execute(select(OccurrenceRow.source).where(*unknown).distinct()).scalars())
    asked = select(OccurrenceRow.key, ExampleRow.diagnosis).outerjoin(
        ExampleRow, ExampleRow.occurrence == OccurrenceRow.key
    )
    found: dict[str, list[str]] = {}
    for key, diagnosis in session.execute(asked.where(*unknown).order_by(OccurrenceRow.key, ExampleRow.diagnosis)):
        found.setdefault(key, []).extend([diagnosis] if diagnosis else [])
    return found


def move(session: Session, key: str, signature: str) -> int:
    """Move an unknown occurrence to a signature, into what that has counted in the same place; gives its count."""
    taken = session.execute(
        update(OccurrenceRow)
        .where(OccurrenceRow.key == key, OccurrenceRow.signature.is_(None))
        .values(signature=signature)  # written before it is read: nobody else can count it or move it now
        .returning(OccurrenceRow)
    ).scalar_one_or_none()
    if taken is None:
        return 0
    place = Place(taken.source, taken.service, taken.release, taken.environment)
    target = key_of(signature, place)
    _add(session, taken, target, signature)
    _show(session, key, target)
    count = int(taken.count)
    session.execute(delete(OccurrenceRow).where(OccurrenceRow.key == key))
    _move_days(session, taken.fingerprint, taken.source, signature)
    return count


def note(session: Session, fingerprint: str, diagnoses: Sequence[str], signature: str, book: str) -> None:
    """Write down that these diagnoses' crash is explained by now."""
    now = datetime.now(UTC)
    rows = [
        {"diagnosis": one, "fingerprint": fingerprint, "signature": signature, "book": book, "at": now}
        for one in diagnoses
    ]
    if rows:
        session.execute(INSERT[session.get_bind().dialect.name](ExplainedRow).values(rows).on_conflict_do_nothing())


def explained_by(session: Session, fingerprint: str) -> list[tuple[str, datetime]]:
    """The signatures that a later book found for crashes with this fingerprint, and when that was first seen."""
    asked = select(ExplainedRow.signature, func.min(ExplainedRow.at)).where(
        ExplainedRow.fingerprint == storable(fingerprint)
    )
    rows = session.execute(asked.group_by(ExplainedRow.signature).order_by(ExplainedRow.signature))
    return [(signature, at) for signature, at in rows]


def _add(session: Session, taken: OccurrenceRow, target: str, signature: str) -> None:
    new = INSERT[session.get_bind().dialect.name](OccurrenceRow).values(
        key=target,
        signature=signature,
        fingerprint=taken.fingerprint,
        source=taken.source,
        service=taken.service,
        release=taken.release,
        environment=taken.environment,
        count=taken.count,
        first_seen=taken.first_seen,
        last_seen=taken.last_seen,
    )
    first, last = new.excluded.first_seen, new.excluded.last_seen
    merged = {
        "count": OccurrenceRow.count + new.excluded.count,
        "first_seen": case((first < OccurrenceRow.first_seen, first), else_=OccurrenceRow.first_seen),
        "last_seen": case((last > OccurrenceRow.last_seen, last), else_=OccurrenceRow.last_seen),
    }
    session.execute(new.on_conflict_do_update(index_elements=[OccurrenceRow.key], set_=merged))


def _show(session: Session, key: str, target: str) -> None:
    """Let the examples show the occurrence they are moved to, as far as it has room for them."""
    shown = select(ExampleRow.diagnosis).where(ExampleRow.occurrence == target)
    room = EXAMPLES - len(session.execute(shown).all())
    moving = select(ExampleRow.diagnosis).where(ExampleRow.occurrence == key, ExampleRow.diagnosis.not_in(shown))
    new = INSERT[session.get_bind().dialect.name](ExampleRow)
    for diagnosis in session.execute(moving.order_by(ExampleRow.diagnosis).limit(max(room, 0))).scalars().all():
        session.execute(new.values(occurrence=target, diagnosis=diagnosis).on_conflict_do_nothing())


def _move_days(session: Session, fingerprint: str, source: str, signature: str) -> None:
    """Move a cluster's days in a source once nothing of it there is unknown any more."""
    left = select(func.count()).where(
        OccurrenceRow.fingerprint == fingerprint, OccurrenceRow.source == source, OccurrenceRow.signature.is_(None)
    )
    if session.execute(left).scalar_one():
        return
    old = delete(DayRow).where(DayRow.fingerprint == fingerprint, DayRow.source == source, DayRow.signature == "")
    for day, count in session.execute(old.returning(DayRow.day, DayRow.count)).all():
        new = INSERT[session.get_bind().dialect.name](DayRow).values(
            fingerprint=fingerprint, source=source, signature=signature, day=day, count=count
        )
        key = [DayRow.fingerprint, DayRow.source, DayRow.signature, DayRow.day]
        added = {"count": DayRow.count + new.excluded.count}
        session.execute(new.on_conflict_do_update(index_elements=key, set_=added))
