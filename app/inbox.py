"""What receivers hand in, until it is diagnosed: crashes are joined, wait in a bounded queue, and are stored in groups.

One thread diagnoses and writes, so that a request is answered as soon as its records are taken, and a commit serves
many crashes. What waits is in memory: at most two seconds of unfinished lines and the queue are lost when the process
is killed; a stop by signal drains both.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, replace

from packaging.utils import canonicalize_name

from app.crash.model import Environment, Fact
from app.errors import TraceloreError, Unreadable
from app.intake import Index, Place, Sender, take
from app.receive.model import Batch, Record
from app.receive.stitch import Block, Stitcher
from app.store.database import Session, Sessions
from app.store.sources import count_records, make_source, source_of

MAX_WAITING = 64 * 1024 * 1024  # characters in the queue; beyond, senders are asked to come again
GROUP = 50  # crashes written in one commit
TICK = 0.25  # seconds between looks at what is over
KEY_SECONDS = 5.0  # how long a key is taken for valid without asking the database again
EXACT = 2  # dots in an exact Python version
OS = {"windows": "windows", "linux": "linux", "macos": "macos", "darwin": "macos", "mac os x": "macos"}

log = logging.getLogger("tracelore.inbox")


class Busy(TraceloreError):
    """Too much is waiting: the sender should come again."""

    status = 503


@dataclass(frozen=True, slots=True)
class _Waiting:
    source: str
    block: Block


class Inbox:
    """Takes records from any thread; a thread of its own, begun by `start` and ended by `stop`, does the rest."""

    def __init__(self, sessions: Sessions, index: Index) -> None:
        """Take what crashes are judged by and where they are kept."""
        self._sessions = sessions
        self._index = index
        self._lock = threading.Lock()
        self._stitcher = Stitcher()
        self._queue: deque[_Waiting] = deque()
        self._size = 0
        self._records: Counter[str] = Counter()
        self._errors: dict[str, str] = {}
        self._keys: dict[str, tuple[str, float]] = {}
        self._hooks: set[str] = set()  # apart from the keys: a source's name must open nothing
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to diagnose what comes; after a stop, begin again."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more, diagnose all that is there, and end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

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
        """The source that a signed webhook of this kind sends to; it is made when the first one comes."""
        name = f"hook-{kind}"
        if name not in self._hooks:
            with self._sessions.begin() as session:
                make_source(session, name)
            self._hooks.add(name)
        return name

    def put(self, source: str, batch: Batch) -> None:
        """Take the records of a request. Raises `Busy` and takes none when too much is waiting."""
        with self._lock:
            if self._size > MAX_WAITING or self._stopping.is_set():
                raise Busy("busy", "Too much is waiting to be diagnosed. Send it again in a moment.")
            own = (replace(one, stream=f"{source}\n{one.stream}") for one in batch.records)
            self._enqueue(self._stitcher.add(own, time.monotonic()))
            self._records[source] += len(batch.records)
            if batch.refused:
                self._errors[source] = batch.refused[0]

    def note(self, source: str, error: str) -> None:
        """Remember why a request of this source was not taken."""
        with self._lock:
            self._errors[source] = error

    def _enqueue(self, blocks: list[Block]) -> None:
        for block in blocks:
            self._queue.append(_Waiting(block.record.stream.partition("\n")[0], block))
            self._size += len(block.text)

    def _run(self) -> None:
        while not self._stopping.wait(TICK):
            self._work(last=False)
        self._work(last=True)

    def _work(self, *, last: bool) -> None:
        with self._lock:
            self._enqueue(self._stitcher.flush() if last else self._stitcher.due(time.monotonic()))
        while group := self._next():
            try:
                with self._sessions.begin() as session:
                    for one in group:
                        self._take(session, one)
            except Exception:  # a door: whatever the database says, the crashes are kept and tried again
                log.exception("the database does not take crashes; %d wait", len(group))
                self._put_back(group)
                break
        self._count()

    def _take(self, session: Session, one: _Waiting) -> None:
        """One crash in a transaction of its own within the group's: what is wrong with it spoils no other."""
        record = one.block.record
        place = Place(one.source, record.service, record.release, record.environment)
        try:
            with session.begin_nested():
                take(session, Sender(place, _stated(record), record.key), one.block.text, index=self._index)
        except Unreadable as wrong:
            self.note(one.source, wrong.detail)

    def _next(self) -> list[_Waiting]:
        with self._lock:
            group = [self._queue.popleft() for _ in range(min(GROUP, len(self._queue)))]
            self._size -= sum(len(one.block.text) for one in group)
        return group

    def _put_back(self, group: list[_Waiting]) -> None:
        with self._lock:
            self._queue.extendleft(reversed(group))
            self._size += sum(len(one.block.text) for one in group)

    def _count(self) -> None:
        """Write down what each source has sent since the last time."""
        with self._lock:
            records, self._records = self._records, Counter()
            errors, self._errors = self._errors, {}
        if not records and not errors:
            return
        try:
            with self._sessions.begin() as session:
                for source in records.keys() | errors.keys():
                    count_records(session, source, records[source], errors.get(source))
        except Exception:  # the same door
            log.exception("the database does not take counts")
            with self._lock:
                self._records.update(records)


def _stated(record: Record) -> Environment:
    """What the sender says of where it crashed, as the core knows it."""
    python = record.python and Fact(record.python, exact=record.python.count(".") >= EXACT)
    system = OS.get((record.os or "").lower())
    packages = {str(canonicalize_name(name)): Fact(version) for name, version in record.packages.items()}
    return Environment(os=Fact(system) if system else None, python=python or None, packages=packages)
