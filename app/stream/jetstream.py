"""NATS JetStream: a durable pull consumer that any number of workers share."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TypeVar

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from nats.errors import Error, MaxPayloadError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, StreamConfig
from nats.js.errors import APIError, BadRequestError, NotFoundError

from app.errors import Misconfigured
from app.settings import Settings
from app.stream.count import KEEP
from app.stream.handle import STOP_SECONDS, log, patiently
from app.stream.message import ID, Away, Handed, Handle, Message, Publish, TooLong

FOREVER = -1
PULL_SECONDS = 5.0  # how long a request for messages waits at the server
PUBLISH_SECONDS = 5.0
AGAIN_SECONDS = 1.0  # until a message that failed is handed out again
SAME_SECONDS = 3600.0  # how long the streams that we make know a message by its id
# what JetStream will answer however often it is asked, by its numbers
MESSAGE_SIZE_EXCEEDED = 10054
NO_CLUSTER = 10074  # where more than one replica is wanted

T = TypeVar("T")


def broker_of(settings: Settings) -> NatsBroker:
    """A broker that is not connected yet; once it is, it reconnects for ever."""
    return NatsBroker(
        [one.strip() for one in settings.stream_url.split(",")],
        name="tracelore",
        max_reconnect_attempts=FOREVER,
        graceful_timeout=STOP_SECONDS,
        apply_types=False,
        logger=log,
        log_level=logging.DEBUG,
    )


async def publisher(broker: NatsBroker, settings: Settings) -> Publish:
    """Connect, and see to it that some stream has each subject that is published to."""
    jetstream = (await broker.connect()).jetstream()
    for subject in (settings.stream_answers, settings.stream_dead):
        await _stream(jetstream, subject, settings.stream_replicas)

    async def publish(subject: str, body: bytes, headers: dict[str, str]) -> None:
        try:
            await jetstream.publish(subject, body, timeout=PUBLISH_SECONDS, headers=headers)
        except MaxPayloadError as wrong:
            raise TooLong from wrong
        except Error as wrong:
            if isinstance(wrong, APIError) and wrong.err_code == MESSAGE_SIZE_EXCEEDED:
                raise TooLong from wrong
            raise Away(str(wrong)) from wrong

    return publish


async def consume(broker: NatsBroker, settings: Settings, handle: Handle) -> None:
    """Let `handle` have what comes once the broker is started: as many at a time as a batch is long."""
    jetstream = (await broker.connect()).jetstream()
    stream = await _stream(jetstream, settings.stream_subject, settings.stream_replicas)
    consumer = ConsumerConfig(
        name=settings.stream_group,
        durable_name=settings.stream_group,
        filter_subject=settings.stream_subject,
        ack_wait=settings.stream_ack_wait,
        max_deliver=FOREVER,  # beyond a limit of its own the server would say nothing
    )
    # an old consumer gets the new settings
    await patiently(lambda: _answered(jetstream.add_consumer(stream, consumer)))
    subscriber = broker.subscriber(
        settings.stream_subject,
        stream=JStream(stream, declare=False),
        durable=settings.stream_group,
        config=consumer,
        pull_sub=PullSub(settings.stream_batch, PULL_SECONDS),
        ack_policy=AckPolicy.MANUAL,
        decoder=_undecoded,
        no_reply=True,
    )

    async def receive(message: NatsMessage) -> None:
        await handle(handed(message))

    subscriber(receive)


def handed(message: NatsMessage) -> Handed:
    """A message of JetStream as the work knows it."""
    raw = message.raw_message
    told = raw.metadata
    headers = dict(raw.headers or {})
    own = f"{told.sequence.stream}@{told.timestamp.isoformat()}"  # a stream that is made anew counts from 1 again
    return Handed(
        Message(f"nats:{told.stream}:{headers.get(ID) or own}", raw.data, headers, told.num_delivered),
        ack=lambda: _sent(message.ack()),
        again=lambda: _sent(message.nack(delay=AGAIN_SECONDS)),
        hold=lambda: _sent(message.in_progress()),
    )


async def _stream(jetstream: JetStreamContext, subject: str, replicas: int) -> str:
    """The name of the stream that has this subject; one is made when there is none."""
    name = subject.replace(".", "-")
    config = StreamConfig(
        name=name,
        subjects=[subject],
        num_replicas=replicas,
        max_age=KEEP.total_seconds(),
        duplicate_window=SAME_SECONDS,
    )
    try:
        return await patiently(lambda: _answered(jetstream.find_stream_name_by_subject(subject)))
    except NotFoundError:
        await patiently(lambda: _answered(jetstream.add_stream(config)))
    log.info("made the stream %s for %s", name, subject)
    return name


async def _answered(question: Awaitable[T]) -> T:
    """What the server answers. Raises `NotFoundError`, and `Misconfigured` where it will never agree."""
    try:
        return await question
    except NotFoundError:
        raise
    except Error as wrong:
        if isinstance(wrong, BadRequestError) or (isinstance(wrong, APIError) and wrong.err_code == NO_CLUSTER):
            raise Misconfigured("stream", f"The NATS server refuses: {wrong.description}.") from wrong
        raise Away(str(wrong)) from wrong


async def _sent(telling: Awaitable[None]) -> None:
    try:
        await telling
    except Error as wrong:
        raise Away(str(wrong)) from wrong


async def _undecoded(message: NatsMessage) -> NatsMessage:
    """What a body is say its first bytes, to our own reader."""
    return message
