"""A worker, from its start to the signal that ends it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol

from faststream import FastStream
from faststream.confluent import KafkaBroker
from faststream.nats import NatsBroker

from app.settings import Settings
from app.stream import jetstream, kafka
from app.stream.count import Told
from app.stream.handle import Work, handle, log
from app.stream.message import Handle, Message, Publish

Broker = NatsBroker | KafkaBroker
BEATS = 3  # times in which a broker hears of a message before it would hand it out again


class _Kind(Protocol):
    """What is to be known of a kind of broker."""

    def broker_of(self, settings: Settings, /) -> Any: ...

    async def publisher(self, broker: Any, settings: Settings, /) -> Publish: ...

    async def consume(self, broker: Any, settings: Settings, handle: Handle, /) -> None: ...


async def run(settings: Settings, count: Callable[[Message], list[Told]]) -> None:
    """Count and answer what the broker hands out until a signal comes; what is in work then is finished."""
    async with worker(settings, count) as broker:
        await FastStream(broker, logger=None).run()


@asynccontextmanager
async def worker(settings: Settings, count: Callable[[Message], list[Told]]) -> AsyncIterator[Broker]:
    """A broker that hands out messages once it is started; it is stopped here."""
    kind: _Kind = kafka if settings.stream_url.startswith(kafka.SCHEME) else jetstream
    broker = kind.broker_of(settings)
    with ThreadPoolExecutor(1, "count") as thread:
        try:
            work = Work(
                count,
                thread,
                await kind.publisher(broker, settings),
                settings.stream_answers,
                settings.stream_dead,
                settings.stream_deliveries,
                settings.stream_ack_wait / BEATS,
            )
            await kind.consume(broker, settings, partial(handle, work))
            log.info("reading %s as %s", settings.stream_subject, settings.stream_group)
            yield broker
        finally:
            await broker.stop()
