"""Kafka: a consumer group, whose offset is committed when a message is dealt with, one message at a time."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

from confluent_kafka import KafkaError, KafkaException
from faststream import AckPolicy
from faststream.confluent import KafkaBroker, KafkaMessage

from app.settings import Settings
from app.stream.handle import STOP_SECONDS, log
from app.stream.message import MESSAGE, Away, Handed, Handle, Message, Publish, TooLong

SCHEME = "kafka://"
AGAIN_SECONDS = 1.0  # until a message that failed is read again


def broker_of(settings: Settings) -> KafkaBroker:
    """A broker that is not connected yet."""
    return KafkaBroker(
        settings.stream_url.removeprefix(SCHEME),
        client_id="tracelore",
        acks="all",
        enable_idempotence=True,
        graceful_timeout=STOP_SECONDS,
        apply_types=False,
        logger=log,
        log_level=logging.DEBUG,
    )


async def publisher(broker: KafkaBroker, _: Settings) -> Publish:
    """What publishes once the broker is started; answers to one message go to one partition."""

    async def publish(topic: str, body: bytes, headers: dict[str, str]) -> None:
        try:
            await broker.publish(body, topic, key=headers[MESSAGE], headers=headers)
        except KafkaException as wrong:
            if wrong.args[0].code() == KafkaError.MSG_SIZE_TOO_LARGE:
                raise TooLong from wrong
            raise Away(str(wrong)) from wrong
        except BufferError as wrong:
            raise Away(str(wrong)) from wrong

    return publish


async def consume(broker: KafkaBroker, settings: Settings, handle: Handle) -> None:
    """Let `handle` have what comes once the broker is started."""
    deliveries: Counter[str] = Counter()  # Kafka does not count them: those to this process
    subscriber = broker.subscriber(
        settings.stream_subject,
        group_id=settings.stream_group,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        decoder=_undecoded,
        no_reply=True,
    )

    async def receive(message: KafkaMessage) -> None:
        one = handed(message, deliveries)
        try:
            await handle(one)
        except Exception:
            await one.again()  # the next commit would be for this one too
            raise

    subscriber(receive)


def handed(message: KafkaMessage, deliveries: Counter[str]) -> Handed:
    """A message of Kafka as the work knows it."""
    raw = message.raw_message
    assert not isinstance(raw, tuple), "batches are not asked for"
    _, time = raw.timestamp()  # a topic that is made anew counts from 0 again
    name = f"kafka:{raw.topic()}:{raw.partition()}:{raw.offset()}@{time}"
    deliveries[name] += 1

    async def ack() -> None:
        try:
            await message.ack()
        except KafkaException as wrong:
            raise Away(str(wrong)) from wrong
        del deliveries[name]

    async def again() -> None:
        await asyncio.sleep(AGAIN_SECONDS)
        await message.nack()

    async def hold() -> None:
        """Nothing need be said: a member of the group has its partitions while it polls every five minutes."""

    return Handed(Message(name, raw.value() or b"", dict(message.headers), deliveries[name]), ack, again, hold)


async def _undecoded(message: KafkaMessage) -> KafkaMessage:
    """What a body is say its first bytes, to our own reader."""
    return message
