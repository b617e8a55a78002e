"""The thread that looks for deliveries, and the few that send them. Several processes may each have one."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from app.outgoing.post import Posted
from app.outgoing.schedule import outcome
from app.outgoing.send import Office, send
from app.store.database import Sessions
from app.store.deliveries import Claim, Outcome, any_due, claim, forget_old, settle

TICK = 1.0  # seconds between looks at what is due
AT_ONCE = 8  # deliveries sent at the same time, each to another subscription
TIDY = timedelta(hours=1)  # between the times that old things are dropped
LAST = 5.0  # seconds that sending may go on after a stop; what is cut off is sent again when its claim runs out

log = logging.getLogger("tracelore.courier")

Counted = Callable[[str, str], None]  # told the kind of each subscription tried, and the state of the delivery


def deliver(sessions: Sessions, office: Office, mine: Claim, clock: Callable[[], datetime], chance: float) -> Outcome:
    """Send what was claimed, and note what came of it."""
    try:
        posted = send(sessions, office, mine.hook, mine.delivery, clock())
    except Exception as wrong:  # a door: news that can't be written are given up like those that nobody takes
        log.exception("delivery %s can't be sent", mine.delivery.id)
        posted = Posted(None, f"It could not be sent: {type(wrong).__name__}")
    came = outcome(posted, mine.delivery.tries, mine.hook.failures, clock(), chance)
    with sessions.begin() as session:
        settle(session, mine, came)
    return came


def now_() -> datetime:
    """This moment."""
    return datetime.now(UTC)


class Courier:
    """Sends what is due, begun by `start` and ended by `stop`; each delivery at least once, under the same id."""

    def __init__(
        self,
        sessions: Sessions,
        office: Office,
        *,
        clock: Callable[[], datetime] = now_,
        counted: Counted = lambda *_: None,
    ) -> None:
        """Take where deliveries wait, and what they are sent with."""
        self._sessions = sessions
        self._office = office
        self._clock = clock
        self._counted = counted
        self._chance = random.SystemRandom()
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._stopping = threading.Event()
        self._freed = threading.Event()  # rung when a delivery is done: its receiver may have more waiting
        self._sending: set[threading.Thread] = set()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to send; after a stop, begin again."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Claim no more, give what is being sent a few seconds, and end."""
        self._stopping.set()
        self._freed.set()
        if self._thread is not None:
            self._thread.join()
        until = time.monotonic() + LAST
        for one in list(self._sending):
            one.join(max(0.0, until - time.monotonic()))

    def _run(self) -> None:
        tidied: datetime | None = None
        while not self._stopping.is_set():
            self._freed.clear()
            try:
                self._look()
                now = self._clock()
                if tidied is None or now - tidied > TIDY:
                    tidied = now
                    with self._sessions.begin() as session:
                        forget_old(session, now)
            except Exception:  # a door: whatever the database says, what waits is looked for again
                log.exception("the database does not give deliveries")
                self._stopping.wait(TICK)
            self._freed.wait(TICK)

    def _look(self) -> None:
        """Hand out all that is due, as far as there is room."""
        while not self._stopping.is_set() and self._room.acquire(blocking=False):
            mine = None
            try:
                mine = self._claimed()
            finally:
                if mine is None:
                    self._room.release()
            if mine is None:
                return
            thread = threading.Thread(target=self._deliver, args=(mine,), name="courier's", daemon=True)
            self._sending.add(thread)
            thread.start()

    def _claimed(self) -> Claim | None:
        now = self._clock()
        with self._sessions() as session:
            if not any_due(session, now):
                return None
        with self._sessions.begin() as session:
            return claim(session, now)

    def _deliver(self, mine: Claim) -> None:
        try:
            came = deliver(self._sessions, self._office, mine, self._clock, self._chance.random())
            self._counted(mine.hook.wish.kind, _word(came))
        except Exception:  # the same door: the claim runs out, and it is tried again
            log.exception("what came of delivery %s is not noted", mine.delivery.id)
        finally:
            self._sending.discard(threading.current_thread())
            self._room.release()
            self._freed.set()


def _word(came: Outcome) -> str:
    return "failed" if came.state == "waiting" else came.state
