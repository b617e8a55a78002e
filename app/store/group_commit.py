"""Many requests, one commit: a disk takes as long for a hundred rows as for one, and nobody is answered before it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from app.errors import Busy
from app.store.database import Session, Sessions, passing

GROUP = 500  # items written in one commit
ENOUGH = 64  # that wait for a commit: what it costs is hardly less for each of more
LOOKS = 2  # of the loop at its connections that bring nobody; who is found by one is read, and here after the next
MOST = 5_000  # that may wait to be written; beyond, senders are asked to come again

Item = TypeVar("Item")
Result = TypeVar("Result")

log = logging.getLogger("tracelore.store")


@dataclass(frozen=True, slots=True)
class Beside:
    """What the thread does besides writing: after each group, and when none has come for `seconds`."""

    do: Callable[[], None]
    seconds: float


class GroupCommit(Generic[Item, Result]):
    """Writes what coroutines hand in, by a thread of its own: one commit for all that came during the last one."""

    def __init__(
        self,
        name: str,
        sessions: Sessions,
        write: Callable[[Session, Sequence[Item]], Sequence[Result]],
        beside: Beside | None = None,
    ) -> None:
        """Take the thread's name, and what writes a group by a session and gives a result for each item, in order."""
        self._name = name
        self._sessions = sessions
        self._write = write
        self._beside = beside
        self._queue: SimpleQueue[tuple[Item, asyncio.Future[Result]] | None] = SimpleQueue()
        self._gathered: list[tuple[Item, asyncio.Future[Result]]] = []
        self._gathering: asyncio.AbstractEventLoop | None = None  # the loop that will hand over what was gathered
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether somebody writes what is handed in."""
        return self._thread is not None

    def start(self) -> None:
        """Begin to write what comes; after a stop, begin again."""
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more, write what is there, and end."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._hand_over()
                self._queue.put(None)
        if thread is not None:
            thread.join()

    async def put(self, item: Item) -> Result:
        """What became of it, once that is durable. Raises `Busy` where it is not written but another try may do."""
        loop = asyncio.get_running_loop()
        written: asyncio.Future[Result] = loop.create_future()
        with self._lock:
            if self._thread is None:
                raise Busy("stopping", "The server is about to stop. Send it again in a moment.")
            if self._queue.qsize() + len(self._gathered) >= MOST:
                raise Busy("busy", "Too much is waiting to be written. Send it again in a moment.")
            self._gathered.append((item, written))
            if self._gathering is not loop:
                self._gathering = loop
                loop.call_soon(self._gather, loop, 0, LOOKS)
        return await written

    def _gather(self, loop: asyncio.AbstractEventLoop, before: int, looks: int) -> None:
        """Hand over what was gathered, once it is enough or the loop has looked about and nobody has brought more.

        Were each handed over at once, the first would be written alone while the others are still diagnosed: a commit
        costs as much for one as for many, and its thread and the loop's would take turns at every statement.
        """
        with self._lock:
            count = len(self._gathered)
            if count > before:
                looks = LOOKS
            if looks and count < ENOUGH:
                loop.call_soon(self._gather, loop, count, looks - 1)
            else:
                self._hand_over()

    def _hand_over(self) -> None:
        self._gathering = None
        for one in self._gathered:
            self._queue.put(one)
        self._gathered.clear()

    def _run(self) -> None:
        last = False
        while not last:
            group, last = self._next()
            if group:
                outcomes = self._outcomes([item for item, _ in group])
                _tell(zip((written for _, written in group), outcomes, strict=True))
            if self._beside is not None:
                self._beside.do()

    def _next(self) -> tuple[list[tuple[Item, asyncio.Future[Result]]], bool]:
        """What waits, and whether it is the last; waits for the first."""
        group: list[tuple[Item, asyncio.Future[Result]]] = []
        try:
            one = self._queue.get(timeout=None if self._beside is None else self._beside.seconds)
            while one is not None:
                group.append(one)
                if len(group) == GROUP:
                    return group, False
                one = self._queue.get_nowait()
        except Empty:
            return group, False
        return group, True

    def _outcomes(self, items: Sequence[Item]) -> Sequence[Result | Exception]:
        """What came of each: written in one commit, or, when that fails, each alone, so that none spoils another."""
        try:
            with self._sessions.begin() as session:
                return self._write(session, items)
        except Exception as wrong:  # a door: whatever the database says, each of those who wait is told
            if len(items) == 1:
                log.exception("the database does not take it")
                return [wrong]
        outcomes: list[Result | Exception] = []
        for item in items:
            outcomes.extend(self._outcomes([item]))
            if isinstance(outcomes[-1], Exception) and passing(outcomes[-1]):
                break  # it is the database: each try may take long, and who waits may as well come again
        return outcomes + outcomes[-1:] * (len(items) - len(outcomes))


def _tell(outcomes: Iterable[tuple[asyncio.Future[Any], Any]]) -> None:
    """Wake the loops of those who wait, each loop once: to wake it costs as much as to answer some of them."""
    by_loop = defaultdict(list)
    for written, outcome in outcomes:
        by_loop[written.get_loop()].append((written, outcome))
    for loop, some in by_loop.items():
        with suppress(RuntimeError):  # closed: nobody waits there any more
            loop.call_soon_threadsafe(_settle, some)


def _settle(outcomes: Sequence[tuple[asyncio.Future[Any], Any]]) -> None:
    for written, outcome in outcomes:
        if written.done():
            continue  # its request was given up
        if not isinstance(outcome, Exception):
            written.set_result(outcome)
        elif passing(outcome):
            written.set_exception(Busy("unwritten", "The database does not take it now. Send it again in a moment."))
        else:
            written.set_exception(outcome)
