"""What only one process does at a time: a lease that runs out by itself when its holder is killed.

A lease is no lock: a holder that slept too long may believe it still has it. So whoever works under a lease renews it
in the same transaction that stores the work; without the lease nothing is stored.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum

from sqlalchemy import select, text, update

from app.store.database import Session
from app.store.diagnoses import INSERT
from app.store.tables import LeaseRow

SECONDS = 5.0  # a lease lasts so long without being renewed


class Lease(Enum):
    """Whether the lease is ours."""

    KEPT = "kept"
    """It is, and nobody else has had it since."""
    NEW = "new"
    """It is, and what we knew of the work may be old."""
    NOT = "not"
    """It is another's."""


def take(session: Session, name: str, holder: str, dead: Callable[[str], bool]) -> Lease:
    """Take or renew the lease of that name. Of a holder that `dead` knows to be gone it is taken at once.

    Locks the lease's row until the transaction ends.
    """
    now = _now(session)
    first = INSERT[session.get_bind().dialect.name](LeaseRow).values(name=name, holder="", until=0.0, wanted=0.0)
    session.execute(first.on_conflict_do_nothing())  # also SQLite's way to begin a transaction that will write
    row = session.execute(select(LeaseRow.holder, LeaseRow.until).where(LeaseRow.name == name).with_for_update()).one()
    mine = update(LeaseRow).where(LeaseRow.name == name)
    if row.holder == holder:
        session.execute(mine.values(until=now + SECONDS))
        return Lease.KEPT
    if row.holder and row.until > now and not dead(row.holder):
        session.execute(mine.values(wanted=now + SECONDS))
        return Lease.NOT
    session.execute(mine.values(holder=holder, until=now + SECONDS, wanted=0.0))
    return Lease.NEW


def release(session: Session, name: str, holder: str) -> None:
    """Give the lease back, when it is ours."""
    ours = LeaseRow.name == name, LeaseRow.holder == holder
    session.execute(update(LeaseRow).where(*ours).values(holder="", until=0.0))


def wanted(session: Session, name: str) -> bool:
    """Whether another process waits for it."""
    until = session.execute(select(LeaseRow.wanted).where(LeaseRow.name == name)).scalar_one_or_none()
    return until is not None and until > _now(session)


def _now(session: Session) -> float:
    """Seconds since 1970 by a clock that all processes share: the server's, or the machine's that has the file."""
    if session.get_bind().dialect.name == "postgresql":
        return float(session.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    return time.time()
