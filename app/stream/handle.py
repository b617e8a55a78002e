"""One message's way: counted, answered, and only then acknowledged; what can't be counted goes to the dead letters.

Two kinds of trouble are told apart. The database or the broker is away: the message is held, and everything is tried
again until they are back, for it is nobody's fault. The message itself fails: it is handed out again, a few times.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from app.errors import TraceloreError
from app.store.database import passing
from app.stream.count import Told
from app.stream.message import (
    CUT,
    DELIVERIES,
    ID,
    MESSAGE,
    REASON,
    SOURCE,
    Away,
    Handed,
    Message,
    Publish,
    Step,
    TooLong,
)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0  # seconds between tries while something is away
STOP_SECONDS = 25.0  # what is in work may take so long at a stop; orchestrators kill after 30
MAX_REASON = 300
PROTOCOL = ("nats-", "tracelore-")  # headers that would mean something else the second time

T = TypeVar("T")
log = logging.getLogger("tracelore.stream")


@dataclass(frozen=True, slots=True)
class Work:
    """What is done with messages, and where the results go."""

    count: Callable[[Message], list[Told]]
    """Runs in `thread`, which is one: Python does no two at a time anyway, and SQLite has one writer."""
    thread: Executor
    publish: Publish
    answers: str
    dead: str
    deliveries: int
    """After so many a message is dead."""
    beat: float
    """Seconds after which a broker has to hear of a message, or it hands it out again."""


async def handle(work: Work, handed: Handed) -> None:
    """Deal with a message. It is acknowledged when its crashes are committed and its answers published."""
    async with _held(handed.hold, work.beat):
        message = handed.message
        if message.delivery > work.deliveries:
            await _bury(work, message, "It was handed out too often and never finished; a worker may have died of it.")
        elif not await _answered(work, message):
            await handed.again()
            return
        await patiently(handed.ack)


async def _answered(work: Work, message: Message) -> bool:
    """Whether it is dealt with, in one way or the other."""
    loop = asyncio.get_running_loop()
    try:
        told = await patiently(lambda: loop.run_in_executor(work.thread, work.count, message))
    except TraceloreError as wrong:
        await _bury(work, message, wrong.detail)
    except Exception as wrong:  # a door: one message we can't deal with must not keep the others waiting
        log.exception("%s failed, delivery %d", message.id, message.delivery)
        if message.delivery < work.deliveries:
            return False
        await _bury(work, message, f"It failed {message.delivery} times, with {type(wrong).__name__} at last.")
    else:
        for one in told:
            about = {ID: one.id, SOURCE: one.source, MESSAGE: message.id, "content-type": "application/json"}
            await _publish(work, work.answers, one.body, one.short, about)
    return True


async def _bury(work: Work, message: Message, reason: str) -> None:
    log.warning("%s is dead: %s", message.id, reason)
    about = {name: value for name, value in message.headers.items() if not name.lower().startswith(PROTOCOL)}
    about |= {name: value for name, value in message.headers.items() if name.lower() == SOURCE.lower()}
    about |= {ID: f"dead {message.id}", MESSAGE: message.id, DELIVERIES: str(message.delivery)}
    about[REASON] = " ".join(reason.split())[:MAX_REASON]
    await _publish(work, work.dead, message.body, b"", about)


async def _publish(work: Work, subject: str, body: bytes, short: bytes, about: dict[str, str]) -> None:
    try:
        await patiently(lambda: work.publish(subject, body, about))
    except TooLong:
        await patiently(lambda: work.publish(subject, short, about | {CUT: "true"}))


async def patiently(todo: Callable[[], Awaitable[T]]) -> T:
    """What it gives, after as many tries as it takes for the database and the broker to answer."""
    pause = FIRST_PAUSE
    while True:
        try:
            return await todo()
        except Exception as wrong:  # looked at just below: what is no passing trouble goes on
            if not isinstance(wrong, Away) and not passing(wrong):
                raise
            log.warning("%s: %s: trying again in %.1f s", type(wrong).__name__, _first_line(wrong), pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


@asynccontextmanager
async def _held(hold: Step, beat: float) -> AsyncIterator[None]:
    """Say again and again that it takes longer."""
    beating = asyncio.create_task(_beat(hold, beat))
    try:
        yield
    finally:
        beating.cancel()


async def _beat(hold: Step, beat: float) -> None:
    while True:
        await asyncio.sleep(beat)
        try:
            await hold()
        except Away:
            log.warning("the broker does not answer")


def _first_line(wrong: Exception) -> str:
    """What it says; of a database's error only the name is told, for it may quote what was to be written."""
    return str(wrong) if isinstance(wrong, Away) else ""
