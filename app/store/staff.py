"""The people who may look and change: their keys, and the browsers that are signed in with them."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from app.errors import Misconfigured, Unknown
from app.store.database import Session
from app.store.diagnoses import INSERT
from app.store.sources import HINT, digest_of, new_key
from app.store.staff_tables import StaffRow, StaffSessionRow

PREFIX = "tls_"  # what a key begins with, so that secret scanners and people know it
NAME = re.compile(r"\w[\w.@ -]*")
MAX_NAME = 60
SIGNED_IN = timedelta(hours=12)  # a working day


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may, or might, sign in."""

    name: str
    hint: str
    made: datetime
    last_seen: datetime | None
    revoked: datetime | None


def add(session: Session, name: str, now: datetime) -> str:
    """A key for somebody, shown this once. Raises `Misconfigured` for no name, or for one that has a key."""
    if len(name) > MAX_NAME or not NAME.fullmatch(name):
        detail = f"'{name[:80]}' is no name: use letters, digits, '.', '-', '_', '@' and spaces, 60 at most."
        raise Misconfigured("bad-name", detail, status=422)
    key = new_key(PREFIX)
    new = INSERT[session.get_bind().dialect.name](StaffRow)
    made = new.values(digest=digest_of(key), name=name, hint=key[-HINT:], made=now)
    once = made.on_conflict_do_nothing(index_elements=[StaffRow.name], index_where=StaffRow.revoked.is_(None))
    if session.execute(once.returning(StaffRow.digest)).scalar_one_or_none() is None:
        raise Misconfigured("has-key", f"{name} has a key: revoke it first, or take another name.", status=422)
    return key


def members(session: Session) -> list[Member]:
    """Everybody who has or had a key, by name and time."""
    rows = session.execute(select(StaffRow).order_by(StaffRow.name, StaffRow.made)).scalars()
    return [Member(row.name, row.hint, row.made, row.last_seen, row.revoked) for row in rows]


def revoke(session: Session, name: str, now: datetime) -> None:
    """Make somebody's key invalid and sign them out everywhere. Raises `Unknown`."""
    valid = update(StaffRow).where(StaffRow.name == name, StaffRow.revoked.is_(None)).values(revoked=now)
    digests = session.execute(valid.returning(StaffRow.digest)).scalars().all()
    if not digests:
        raise Unknown("unknown-staff", f"Nobody called '{name[:80]}' has a valid key.")
    session.execute(delete(StaffSessionRow).where(StaffSessionRow.staff.in_(digests)))


def sign_in(session: Session, key: str, now: datetime) -> str | None:
    """The token of a new session for whoever holds this key; None for a key that is unknown or revoked."""
    digest = digest_of(key)
    holder = update(StaffRow).where(StaffRow.digest == digest, StaffRow.revoked.is_(None)).values(last_seen=now)
    if session.execute(holder.returning(StaffRow.digest)).scalar_one_or_none() is None:
        return None
    session.execute(delete(StaffSessionRow).where(StaffSessionRow.until < now))
    token = secrets.token_urlsafe(32)
    session.add(StaffSessionRow(digest=digest_of(token), staff=digest, until=now + SIGNED_IN))
    return token


def signed_in(session: Session, token: str, now: datetime) -> str | None:
    """The name of whoever this session belongs to; None when it is over or never was."""
    own = select(StaffRow.name).join(StaffSessionRow, StaffSessionRow.staff == StaffRow.digest)
    valid = own.where(
        StaffSessionRow.digest == digest_of(token), StaffSessionRow.until > now, StaffRow.revoked.is_(None)
    )
    return session.execute(valid).scalar_one_or_none()


def sign_out(session: Session, token: str) -> None:
    """End a session."""
    session.execute(delete(StaffSessionRow).where(StaffSessionRow.digest == digest_of(token)))
