"""What people say is wrong with answers: filed once by each, looked at by a curator, and settled."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import func, select, update

from app.errors import Unknown, Unreadable
from app.store.database import Session
from app.store.diagnoses import INSERT
from app.store.feedback_tables import CorrectionRow

State = Literal["open", "done", "rejected"]
STATES: tuple[State, ...] = get_args(State)
HIGHEST = 2**63 - 1  # id that a database can hold


@dataclass(frozen=True, slots=True)
class Wrong:
    """What somebody says is wrong with an answer, and what is right (None: no signature is)."""

    diagnosis: str
    crash: int
    """Its place in the answer, from 0."""
    said: str | None
    right: str | None
    words: str
    voter: str
    """A digest of who says it."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction as it stands."""

    id: int
    diagnosis: str
    crash: int
    said: str | None
    right: str | None
    words: str
    at: datetime
    state: State
    note: str
    settled_by: str | None
    settled_at: datetime | None

    @property
    def mark(self) -> str:
        """What tells it from the same one after a change: whoever settles it says which they saw."""
        return hashlib.sha256(repr(self).encode(errors="replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Settled:
    """What a curator says of a correction."""

    state: State
    note: str
    by: str
    seen: str
    """The mark of the correction as the curator saw it."""


def file(session: Session, wrong: Wrong, now: datetime) -> bool:
    """Put a correction into the queue; false when the same hand's earlier one on this crash is settled already."""
    new = INSERT[session.get_bind().dialect.name](CorrectionRow)
    row = new.values(
        diagnosis=wrong.diagnosis,
        crash=wrong.crash,
        said=wrong.said,
        right=wrong.right,
        words=wrong.words,
        voter=wrong.voter,
        at=now,
        state="open",
        note="",
    )
    keys = [CorrectionRow.diagnosis, CorrectionRow.crash, CorrectionRow.voter]
    changed = {name: row.excluded[name] for name in ("said", "right", "words", "at")}
    filed = row.on_conflict_do_update(index_elements=keys, set_=changed, where=CorrectionRow.state == "open")
    return session.execute(filed.returning(CorrectionRow.id)).scalar_one_or_none() is not None


def open_ones(session: Session) -> int:
    """How many wait for a curator."""
    return session.execute(select(func.count()).where(CorrectionRow.state == "open")).scalar_one()


def open_on(session: Session, diagnosis: str) -> int:
    """How many of them are about this diagnosis."""
    about = CorrectionRow.diagnosis == diagnosis, CorrectionRow.state == "open"
    return session.execute(select(func.count()).where(*about)).scalar_one()


def corrections(session: Session, state: State, most: int, below: int | None = None) -> list[Correction]:
    """Those in this state, the newest first; with `below`, those filed before that one."""
    query = select(CorrectionRow).where(CorrectionRow.state == state)
    if below is not None:
        query = query.where(CorrectionRow.id < below)
    rows = session.execute(query.order_by(CorrectionRow.id.desc()).limit(most)).scalars()
    return [_correction(row) for row in rows]


def correction(session: Session, number: int) -> Correction:
    """The one of this number. Raises `Unknown`."""
    row = session.execute(select(CorrectionRow).where(CorrectionRow.id == _number(number))).scalar_one_or_none()
    if row is None:
        raise Unknown("unknown-correction", f"There is no correction {number}.")
    return _correction(row)


def settle(session: Session, number: int, settled: Settled, now: datetime) -> None:
    """Write down what came of a correction; `open` takes that back. Said again, it changes nothing.

    Raises `Unknown`; `Unreadable` when it is not what the curator saw: its sender or another curator changed it.
    """
    found, opened = correction(session, number), settled.state == "open"
    by = None if opened else settled.by
    if (found.state, found.note, found.settled_by) == (settled.state, settled.note, by):
        return
    same = CorrectionRow.at == found.at, CorrectionRow.settled_at.is_not_distinct_from(found.settled_at)
    change = (
        update(CorrectionRow)
        .where(CorrectionRow.id == found.id, *same)
        .values(state=settled.state, note=settled.note, settled_by=by, settled_at=None if opened else now)
    )
    unchanged = found.mark == settled.seen
    if not unchanged or session.execute(change.returning(CorrectionRow.id)).scalar_one_or_none() is None:
        detail = "The correction was changed or settled after this page was loaded. Load it again; nothing was changed."
        raise Unreadable("stale_correction", detail, status=409)


def _number(number: int) -> int:
    return number if 0 <= number <= HIGHEST else -1


def _correction(row: CorrectionRow) -> Correction:
    return Correction(
        row.id,
        row.diagnosis,
        row.crash,
        row.said,
        row.right,
        row.words,
        row.at,
        row.state,  # type: ignore[arg-type]  # only `settle` writes it
        row.note,
        row.settled_by,
        row.settled_at,
    )
