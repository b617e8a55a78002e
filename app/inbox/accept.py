"""Accepting: what a request brought is in the database before its sender is told so."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from app.errors import Busy
from app.inbox.about import Parking, unread
from app.inbox.rows import Rows, rows_of
from app.receive.model import Asked, Batch, Format, Record
from app.receive.skim import ordinary, skim
from app.store.database import Session, Sessions
from app.store.group_commit import Beside, GroupCommit
from app.store.inbox import Load, add_crashes, add_lines, load, ring
from app.store.occurrences import arrived, forget_arrivals
from app.store.parked import park
from app.store.sources import count_records, hold, is_there, make_source, source_of

LIMIT = 64 * 1024 * 1024  # characters that may wait to be diagnosed; beyond, senders are asked to come again
MARK = 0.8  # share of the limit from which on the process says that it is not ready
LOOK_SECONDS = 0.5  # between looks at how much waits
KEY_SECONDS = 5.0  # how long a key is taken for valid without asking the database again
SETTLED_SECONDS = 3.0  # after a body that could begin a crash; whether its streams are open is known by then

log = logging.getLogger("tracelore.inbox")


@dataclass(frozen=True, slots=True)
class Packed:
    """What a request brought, ready to be written."""

    source: str
    rows: Rows
    parked: list[Parking]
    records: int
    error: str | None
    digest: str | None
    """What a retry of the same request would have too; None where twins are no retries."""


class Inbox:
    """Takes records from any thread; a thread of its own, begun by `start` and ended by `stop`, writes them."""

    def __init__(self, sessions: Sessions, wake: Callable[[], None], limit: int = LIMIT) -> None:
        """Take where crashes are kept, what to call when some wait there, and how many characters may wait."""
        self._sessions = sessions
        self._wake = wake
        self._limit = limit
        self._writer = GroupCommit("inbox", sessions, _keep, Beside(self._look_about, LOOK_SECONDS))
        self._lock = threading.Lock()
        self._size = 0  # characters of requests that are not written
        self._load = Load(0, 0, 0, 0, 0)
        self._looked = 0.0
        self._errors: dict[str, str] = {}
        self._keys: dict[str, tuple[str, float]] = {}
        self._marked: dict[str, float] = {}  # when a source last sent what could begin a crash

    def start(self) -> None:
        """Begin to write what comes; after a stop, begin again."""
        self._look()
        self._writer.start()

    def stop(self) -> None:
        """Take no more, write what is there, and end."""
        self._writer.stop()

    @property
    def load(self) -> Load:
        """How much waited when it was last looked at, a moment ago."""
        return self._load

    @property
    def over_mark(self) -> bool:
        """Whether so much waits that senders had better go elsewhere."""
        return self._waiting() > self._limit * MARK

    def source_of(self, key: str) -> str | None:
        """The source this key may send to; None for none. A revoked key is refused within five seconds."""
        now = time.monotonic()
        known = self._keys.get(key)
        if known is not None and known[1] > now:
            return known[0]
        with self._sessions() as session:
            source = source_of(session, key)
        if source is None:
            self._keys.pop(key, None)
        else:
            self._keys[key] = (source, now + KEY_SECONDS)
        return source

    def hook_source(self, kind: str) -> str:
        """The source that a signed webhook of this kind sends to; it is made where it is not there, or was removed."""
        name = f"hook-{kind}"
        with self._sessions.begin() as session:
            if not is_there(session, name):
                make_source(session, name)
        return name

    def read(self, source: str, form: Format, body: bytes, asked: Asked) -> Batch:
        """Decode a body; of one that can hold nothing of a crash, only what may stand before the next one is built.

        What another process was sent is known half a second later: till then, the end of a crash that goes on in a
        body with nothing else of one is read from the body's last records only.
        """
        now = time.monotonic()
        open_ = source in self._load.open or now - self._marked.get(source, -inf) < SETTLED_SECONDS
        batch = form.decode(body, asked) if open_ else skim(form, body, asked)
        if not batch.skipped and not ordinary(body):
            self._marked[source] = now
        return batch

    def pack(self, source: str, batch: Batch) -> Packed:
        """The records of a request as they are written. Raises `Busy` when too much is waiting."""
        if self._waiting() > self._limit:
            raise Busy("busy", "Too much is waiting to be diagnosed. Send it again in a moment.")
        return _packed(source, batch)

    async def put(self, packed: Packed) -> None:
        """Take the records of a request; they are durable when this returns. Raises `Busy` when they are not taken."""
        self._grow(packed.rows.size)
        try:
            await self._writer.put(packed)
        except Busy:
            raise
        except Exception as wrong:  # a door: whatever the database says, the sender still has what it sent
            raise Busy("unwritten", "The database does not take it now. Send it again in a moment.") from wrong
        finally:
            self._grow(-packed.rows.size)
        self._wake()

    def note(self, source: str, error: str) -> None:
        """Remember why a request of this source was not taken."""
        with self._lock:
            self._errors[source] = error

    def _waiting(self) -> int:
        return self._size + self._load.characters

    def _grow(self, size: int) -> None:
        with self._lock:
            self._size += size

    def _look_about(self) -> None:
        self._write_errors()
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self._look()

    def _write_errors(self) -> None:
        with self._lock:
            errors, self._errors = self._errors, {}
        if not errors:
            return
        try:
            with self._sessions.begin() as session:
                hold(session, errors)
                for source, error in errors.items():
                    count_records(session, source, 0, error)
        except Exception:  # the same door; an error's note is not worth a second try
            log.exception("the database does not take notes")

    def _look(self) -> None:
        """See how much waits. While the database does not answer, the last number stands."""
        self._looked = time.monotonic()
        try:
            with self._sessions() as session:
                self._load = load(session)
        except Exception:  # the same door
            log.exception("the database does not say how much waits")


def _packed(source: str, batch: Batch) -> Packed:
    rows = rows_of(source, batch.records)
    error = str(batch.refused[0]) if batch.refused else None
    return Packed(source, rows, unread(batch), batch.taken, error, _digest(rows, batch.records))


def _digest(rows: Rows, records: Sequence[Record]) -> str | None:
    """A crash has twin lines, so a line alone that has no time may come again; a whole request that does is a retry."""
    if not rows.lines:
        return None
    lines = [record for record in records if not record.whole]
    if len(lines) == 1 and lines[0].time is None and "\n" not in lines[0].text.rstrip("\n"):
        return None
    [(_, packed, _)] = rows.lines
    return hashlib.sha256(packed).hexdigest()


def _keep(session: Session, group: Sequence[Packed]) -> Sequence[None]:
    forget_arrivals(session)
    new = _new(session, group)
    add_lines(session, (line for one in new for line in one.rows.lines))
    add_crashes(session, (crash for one in new for crash in one.rows.crashes))
    records, errors = Counter[str](), dict[str, str]()
    for one in new:
        records[one.source] += one.records
        if one.error is not None:
            errors[one.source] = one.error
    hold(session, records)
    for source, count in records.items():
        count_records(session, source, count, errors.get(source))
    for one in new:
        park(session, one.source, one.parked)
    ring(session)
    return [None] * len(group)


def _new(session: Session, group: Sequence[Packed]) -> list[Packed]:
    """Those that are no retries; asked in one order, as another process may have the same in another one."""
    names = sorted({(one.source, one.digest) for one in group if one.digest is not None})
    unseen = {name for name in names if arrived(session, *name)}
    new: list[Packed] = []
    for one in group:
        if one.digest is None:
            new.append(one)
        elif (one.source, one.digest) in unseen:
            unseen.discard((one.source, one.digest))  # of twins the first
            new.append(one)
    return new
