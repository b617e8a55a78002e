"""Sources and their keys: who may send, and what came of it."""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, select, update

from app.errors import Misconfigured, Unknown
from app.store.database import Session
from app.store.diagnoses import INSERT
from app.store.hours import Came, bump
from app.store.tables import KeyRow, ParkedRow, SourceRow

PREFIX = "tl_"  # what a key begins with, so that secret scanners and people know it
LETTERS = string.ascii_letters + string.digits  # no hyphen: Sentry's client for JavaScript takes it for no DSN
LENGTH = 43  # letters: 256 bits
NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
MAX_NAME = 60
HINT = 4  # letters of a key that are kept to tell it by
MAX_ERROR = 300


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it stands, with the hints of its valid keys."""

    name: str
    made: datetime
    last_seen: datetime | None
    records: int
    crashes: int
    explained: int
    last_error: str | None
    last_error_at: datetime | None
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a source, without the key."""

    hint: str
    made: datetime
    revoked: datetime | None


def add_key(session: Session, name: str, *, first: bool = False) -> str:
    """A new key for the source of this name, which is made when it is not there; shown this once.

    Raises `Misconfigured` for what is no name, and for one that is a source already if the key has to be the first.
    """
    if len(name) > MAX_NAME or not NAME.fullmatch(name):
        raise Misconfigured("bad-source", f"'{name[:80]}' is no name for a source: try 'shop-production'.", status=422)
    if not make_source(session, name) and first:
        raise Misconfigured("bad-source", f"There is a source `{name}` already.", status=422)
    key = new_key(PREFIX)
    session.add(KeyRow(digest=digest_of(key), source=name, hint=key[-HINT:], made=datetime.now(UTC)))
    return key


def make_source(session: Session, name: str) -> bool:
    """See to it that there is a source of this name; whether there was none."""
    new = INSERT[session.get_bind().dialect.name](SourceRow)
    made = new.values(name=name, made=datetime.now(UTC), records=0, crashes=0, explained=0)
    once = made.on_conflict_do_nothing().returning(SourceRow.name)
    return session.execute(once).scalar_one_or_none() is not None


def hold(session: Session, names: Iterable[str]) -> None:
    """Wait until nobody else counts what came from these sources, and keep others waiting until the transaction ends.

    Whoever changes several rows of a source does this first: two that change the same ones in other orders would wait
    for each other for ever, and PostgreSQL would end one of them. SQLite has one writer at a time anyway.
    """
    ours = select(SourceRow.name).where(SourceRow.name.in_(set(names))).order_by(SourceRow.name)
    session.execute(ours.with_for_update(key_share=True)).all()


def revoke(session: Session, name: str, hint: str | None = None) -> int:
    """Make the keys of a source invalid, or the one that ends so; gives how many. Raises `Unknown`."""
    _existing(session, name)
    wanted = update(KeyRow).where(KeyRow.source == name, KeyRow.revoked.is_(None)).values(revoked=datetime.now(UTC))
    found = session.execute(wanted if hint is None else wanted.where(KeyRow.hint == hint))
    return int(found.rowcount)  # type: ignore[attr-defined]  # an update's result has it


def remove(session: Session, name: str) -> None:
    """Forget a source with its keys, its occurrences and what is parked; the diagnoses stay. Raises `Unknown`."""
    _existing(session, name)
    hold(session, [name])
    session.execute(delete(ParkedRow).where(ParkedRow.source == name))
    session.execute(delete(SourceRow).where(SourceRow.name == name))


def source_of(session: Session, key: str) -> str | None:
    """The name of the source that this key may send to; None for a key that is unknown or revoked."""
    wanted = select(KeyRow.source).where(KeyRow.digest == digest_of(key), KeyRow.revoked.is_(None))
    return session.execute(wanted).scalar_one_or_none()


def sources(session: Session) -> list[Source]:
    """All sources by name."""
    hints: dict[str, list[str]] = {}
    for source, hint in session.execute(select(KeyRow.source, KeyRow.hint).where(KeyRow.revoked.is_(None))):
        hints.setdefault(source, []).append(hint)
    rows = session.execute(select(SourceRow).order_by(SourceRow.name)).scalars()
    return [_source(row, hints) for row in rows]


def source(session: Session, name: str) -> Source:
    """One source. Raises `Unknown`."""
    row = _existing(session, name)
    return _source(row, {name: [key.hint for key in keys(session, name) if key.revoked is None]})


def is_there(session: Session, name: str) -> bool:
    """Whether there is a source of this name."""
    return session.get(SourceRow, name) is not None


def keys(session: Session, name: str) -> list[Key]:
    """All keys a source ever had, the newest first."""
    rows = select(KeyRow).where(KeyRow.source == name).order_by(KeyRow.made.desc(), KeyRow.digest)
    return [Key(row.hint, row.made, row.revoked) for row in session.execute(rows).scalars()]


def count_records(session: Session, name: str, records: int, error: str | None = None) -> None:
    """Note what a request brought, and what of it could not be read."""
    now = datetime.now(UTC)
    values: dict[str, object] = {"records": SourceRow.records + records, "last_seen": now}
    if error is not None:
        values |= {"last_error": error[:MAX_ERROR], "last_error_at": now}
    if _update(session, name, values) and records:
        bump(session, name, now, Came(records))


def count_crashes(session: Session, name: str, crashes: int, explained: int) -> None:
    """Note crashes that came from it, and how many of them a signature matched."""
    values: dict[str, object] = {"crashes": SourceRow.crashes + crashes, "explained": SourceRow.explained + explained}
    if _update(session, name, values) and crashes:
        bump(session, name, datetime.now(UTC), Came(0, crashes, explained))


def new_key(prefix: str) -> str:
    """A key nobody can guess."""
    return prefix + "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def digest_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def _update(session: Session, name: str, values: Mapping[str, object]) -> bool:
    """Whether the source is there: it may have been removed while its records waited."""
    changed = session.execute(update(SourceRow).where(SourceRow.name == name).values(values))
    return bool(changed.rowcount)  # type: ignore[attr-defined]  # an update's result has it


def _existing(session: Session, name: str) -> SourceRow:
    row = session.get(SourceRow, name)
    if row is None:
        raise Unknown("unknown-source", f"There is no source '{name[:80]}'.")
    return row


def _source(row: SourceRow, hints: Mapping[str, list[str]]) -> Source:
    return Source(
        row.name,
        row.made,
        row.last_seen,
        row.records,
        row.crashes,
        row.explained,
        row.last_error,
        row.last_error_at,
        tuple(hints.get(row.name, ())),
    )
