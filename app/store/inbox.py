"""What was accepted and is not counted yet: records that wait to be joined, crashes that wait to be diagnosed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, insert, literal, select, text, union_all

from app.store.database import Session
from app.store.diagnoses import INSERT
from app.store.tables import CrashTextRow, LinesRow, ParkedRow, StreamRow

CHANNEL = "tracelore_inbox"  # what PostgreSQL's NOTIFY is sent on when something was accepted


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the inbox: packed records of a request, or a packed crash."""

    id: int
    source: str
    body: bytes
    size: int = 0
    """Characters in it."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much waits."""

    requests: int
    """Requests whose records have not been joined."""
    streams: int
    """Streams that hold the beginning of a crash."""
    crashes: int
    """Crashes that have not been diagnosed."""
    characters: int
    parked: int
    open: frozenset[str] = frozenset()
    """Sources from which records have not been joined, or whose streams hold something."""


def add_lines(session: Session, rows: Iterable[tuple[str, bytes, int]]) -> None:
    """Keep packed records: source, body and how many characters they hold."""
    _add(session, LinesRow, rows)


def add_crashes(session: Session, rows: Iterable[tuple[str, bytes, int]]) -> None:
    """Keep packed crashes, of the same three."""
    _add(session, CrashTextRow, rows)


def ring(session: Session) -> None:
    """Wake the processes that wait for work, once this is committed."""
    if _on_postgresql(session):
        session.execute(text(f"NOTIFY {CHANNEL}"))


def next_lines(session: Session, most: int) -> list[Waiting]:
    """The requests that came first, whole."""
    columns = LinesRow.id, LinesRow.source, LinesRow.body
    return [Waiting(*row) for row in session.execute(select(*columns).order_by(LinesRow.id).limit(most))]


def drop_lines(session: Session, rows: Sequence[Waiting]) -> None:
    """Forget requests whose records have been read."""
    if rows:
        session.execute(delete(LinesRow).where(LinesRow.id.in_([row.id for row in rows])))


def next_crashes(session: Session, most: int) -> list[Waiting]:
    """The crashes that came first and that no other process is at.

    PostgreSQL keeps them for this transaction. SQLite keeps nothing and the transaction is over, since one that has
    read can't write when another has written meanwhile: `take_crashes` says then whose they are.
    """
    columns = CrashTextRow.id, CrashTextRow.source, CrashTextRow.body, CrashTextRow.size
    wanted = select(*columns).order_by(CrashTextRow.id).limit(most).with_for_update(skip_locked=True)
    found = [Waiting(*row) for row in session.execute(wanted)]
    if not _on_postgresql(session):
        session.rollback()
    return found


def take_crashes(session: Session, rows: Sequence[Waiting]) -> set[int]:
    """Take crashes out of the inbox: ids of those that were still there, which are ours to count."""
    gone = delete(CrashTextRow).where(CrashTextRow.id.in_([row.id for row in rows])).returning(CrashTextRow.id)
    return set(session.execute(gone).scalars())


def save_streams(session: Session, streams: Mapping[str, bytes | None]) -> None:
    """Keep what streams hold, by their names, which begin with the source's and a line break; None for nothing."""
    done = [_digest(name) for name, body in streams.items() if body is None]
    if done:
        session.execute(delete(StreamRow).where(StreamRow.key.in_(done)))
    held = [
        {"key": _digest(name), "source": name.partition("\n")[0], "body": body}
        for name, body in streams.items()
        if body is not None
    ]
    if held:
        new = INSERT[session.get_bind().dialect.name](StreamRow)
        kept = new.on_conflict_do_update(index_elements=[StreamRow.key], set_={"body": new.excluded.body})
        session.execute(kept, held)


def streams(session: Session) -> list[bytes]:
    """What all streams hold."""
    return list(session.execute(select(StreamRow.body)).scalars())


def to_join(session: Session) -> bool:
    """Whether records wait to be joined, or streams hold something."""
    rows = select(select(LinesRow.id).limit(1).exists() | select(StreamRow.key).limit(1).exists())
    return bool(session.execute(rows).scalar_one())


def to_diagnose(session: Session) -> bool:
    """Whether crashes wait."""
    return bool(session.execute(select(select(CrashTextRow.id).limit(1).exists())).scalar_one())


def load(session: Session) -> Load:
    """How much waits now. One statement: between two, what waits may go on to where was looked before."""
    lines, streams = _waits("lines", LinesRow, LinesRow.size), _waits("streams", StreamRow, 0)
    crashes, parked = _waits("crashes", CrashTextRow, CrashTextRow.size), _waits("parked", ParkedRow, 0)
    rows, characters, open_ = Counter[str](), 0, set[str]()
    for where, source, count, size in session.execute(union_all(lines, streams, crashes, parked)):
        rows[where] += count
        characters += int(size)
        if where in {"lines", "streams"}:
            open_.add(source)
    return Load(rows["lines"], rows["streams"], rows["crashes"], characters, rows["parked"], frozenset(open_))


def _add(session: Session, table: type[LinesRow | CrashTextRow], rows: Iterable[tuple[str, bytes, int]]) -> None:
    values = [{"source": source, "body": body, "size": size} for source, body, size in rows]
    if values:
        session.execute(insert(table), values)


def _waits(
    where: str, table: type[LinesRow | StreamRow | CrashTextRow | ParkedRow], size: Any
) -> Select[Any, Any, Any, Any]:
    """Of each source: where, the source, and how many rows and characters wait there."""
    columns = literal(where), table.source, func.count(), func.coalesce(func.sum(size), 0)
    return select(*columns).group_by(table.source)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()


def _on_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
