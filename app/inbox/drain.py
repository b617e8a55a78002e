"""Working off: records are joined to crashes by one process at a time, crashes are diagnosed by any.

Each step is one transaction that takes its work out of the inbox and stores what came of it, so that a process that is
killed at any moment has either done the step or not begun it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from app.errors import TraceloreError
from app.inbox.about import parking, stated
from app.inbox.rows import crash_row
from app.intake import Index, Judged, Place, Sender, judged, settle
from app.receive.packing import block_in, held_in, pack_held, records_in
from app.receive.stitch import Block, Stitcher
from app.store.database import Session, Sessions, passing
from app.store.inbox import (
    Waiting,
    add_crashes,
    drop_lines,
    next_crashes,
    next_lines,
    ring,
    save_streams,
    streams,
    take_crashes,
    to_diagnose,
    to_join,
)
from app.store.leases import Lease, release, take, wanted
from app.store.occurrences import forget_arrivals
from app.store.parked import park
from app.store.sources import hold
from app.store.wake import Bell

TICK = 0.25  # seconds between looks for work, when nothing wakes us before
REQUESTS = 200  # joined in one transaction
CRASHES = 25  # diagnosed in one transaction
STOP_SECONDS = 10.0  # what is not done by then after a stop is done after the next start
REST_SECONDS = 1.0  # after an error, before the next try
JOINING = "joining"  # the lease under which records are joined
BOOT, NUMBERS = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")

log = logging.getLogger("tracelore.inbox")


@dataclass(frozen=True, slots=True)
class _Found:
    """A crash out of the inbox and what is to become of it: it is counted, or parked with a reason."""

    row: Waiting
    block: Block
    judged: Judged | None
    reason: str = ""


class Drain:
    """A thread that works the inbox off, beside any number of others in other processes."""

    def __init__(self, sessions: Sessions, index: Index, bell: Bell) -> None:
        """Take where the inbox is, what crashes are judged by, and what wakes us."""
        self._sessions = sessions
        self._index = index
        self._bell = bell
        self._holder = f"{_here()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._stitcher: Stitcher | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work; after a stop, begin again."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self.run, name="drain", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is there and end; what another process can finish is left to it."""
        self.end()
        if self._thread is not None:
            self._thread.join()

    def end(self) -> None:
        """Say that it is over, and do not wait."""
        self._stopping.set()
        self._bell.ring()

    def run(self) -> None:
        """Work until `end` is called, in the caller's thread."""
        while not self._stopping.is_set():
            if not self._round(last=False):
                self._bell.wait(TICK)
        until = time.monotonic() + STOP_SECONDS
        while self._round(last=True) and time.monotonic() < until:
            pass
        self._leave()
        self._bell.close()

    def _round(self, *, last: bool) -> bool:
        """Do some of what is there to do. False when there was nothing, or when it can't be done now."""
        try:
            joined = self._join(last=last)
            return self._count() or joined
        except Exception:  # a door: whatever the database says, the inbox is as it was before the step
            log.exception("the inbox can't be worked off; trying again")
            self._stitcher = None  # it has read what is unread again
            self._stopping.wait(REST_SECONDS)
            return False

    def _leave(self) -> None:
        try:
            with self._sessions.begin() as session:
                release(session, JOINING, self._holder)
        except Exception:  # the same door; the lease runs out by itself
            log.exception("the database does not take the lease back")

    def _join(self, *, last: bool) -> bool:
        """Join what has come, when it is on us to do so."""
        with self._sessions() as session:
            if not to_join(session):
                return False
        with self._sessions.begin() as session:
            stitcher = self._leading(session)
            if stitcher is None:
                return False
            rows = next_lines(session, REQUESTS)
            now = time.monotonic()
            blocks = [block for row in rows for block in stitcher.add(records_in(row.body, row.source), now)]
            if len(rows) < REQUESTS:  # else what a stream waits for may be here already
                blocks += stitcher.due(now)
                if last and not wanted(session, JOINING):
                    blocks += stitcher.flush()
            add_crashes(session, (crash_row(block.record.stream.partition("\n")[0], block) for block in blocks))
            save_streams(session, _changed(stitcher))
            drop_lines(session, rows)
            if blocks:
                ring(session)
        return bool(rows)

    def _leading(self, session: Session) -> Stitcher | None:
        """The stitcher that knows all that streams hold; None when another process has it."""
        lease = take(session, JOINING, self._holder, _dead)
        if lease is Lease.NOT:
            self._stitcher = None
        elif lease is Lease.NEW or self._stitcher is None:
            self._stitcher = Stitcher()
            for body in streams(session):
                self._stitcher.restore(*held_in(body), time.monotonic())
        return self._stitcher

    def _count(self) -> bool:
        """Diagnose and count some crashes."""
        with self._sessions() as session:
            if not to_diagnose(session):
                return False
            rows = next_crashes(session, CRASHES)
            found = [self._judged(row) for row in rows]
            ours = take_crashes(session, rows) if rows else set()
            forget_arrivals(session)
            # what is a source's own is locked with it, and diagnoses, which sources share, are stored in their order:
            # two processes that write the same rows in other orders would wait for each other
            hold(session, (row.source for row in rows))
            for one in sorted(found, key=lambda one: one.judged.order if one.judged else ()):
                if one.row.id in ours:
                    _settle(session, one)
            session.commit()
        return bool(rows)

    def _judged(self, row: Waiting) -> _Found:
        block = block_in(row.body)
        record = block.record
        place = Place(row.source, record.service, record.release, record.environment)
        try:
            return _Found(row, block, judged(Sender(place, stated(record), _key(block)), block.text, index=self._index))
        except TraceloreError as wrong:
            return _Found(row, block, None, str(wrong))
        except Exception as wrong:  # a door: a crash we can't read must not keep the others waiting
            log.exception("a crash of %s can't be diagnosed", row.source)
            return _Found(row, block, None, f"{type(wrong).__name__}: {wrong}")


def _key(block: Block) -> str | None:
    """What a retry has too and the same crash a moment later has not: its sender's name for it, or its time."""
    record = block.record
    return record.key if record.key or record.time is None else f"{record.time}\n{block.text}"


def _settle(session: Session, one: _Found) -> None:
    """Count it in a transaction of its own within the group's, or park it: what is wrong with it spoils no other."""
    reason = one.reason
    if one.judged is not None:
        try:
            with session.begin_nested():
                settle(session, one.judged)
        except Exception as wrong:  # the same door
            if passing(wrong):
                raise
            log.exception("a crash of %s can't be counted", one.row.source)
            reason = f"It can't be counted: {type(wrong).__name__}."
        else:
            return
    park(session, one.row.source, [parking(one.block.text, one.block.record, reason)])


def _changed(stitcher: Stitcher) -> dict[str, bytes | None]:
    return {name: None if held is None else pack_held(name, held) for name, held in stitcher.changes().items()}


def _here() -> str:
    """A digest of what a process has its number in: the machine since it was started, and the container."""
    try:
        inside = BOOT.read_text(encoding="ascii"), str(NUMBERS.readlink())
    except OSError:  # no Linux: without containers, the name has to do
        inside = "", ""
    return hashlib.sha256("\n".join((socket.gethostname(), *inside)).encode()).hexdigest()[:16]


def _dead(holder: str) -> bool:
    """Whether that process was here and is no more: then nobody need wait for its lease to run out."""
    where, _, number = holder.rpartition(":")[0].partition(":")
    if where != _here() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
