"""Crashes by Kafka, as far as FastStream's broker in memory shows it: no real Kafka has a part in these."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from faststream.confluent import KafkaBroker, KafkaMessage, TestKafkaBroker

from app.stream.count import Told
from app.stream.message import Message
from app.stream.run import worker
from tests.alone import alone

if TYPE_CHECKING:
    from tests.stream.conftest import Site

CRASH = (
    b'Traceback (most recent call last):\n  File "/srv/shop/cart.py", line 7, in add\n    fail()\nshop.Gone: it is\n'
)
AT = 1_795_364_453_000


def play(
    site: Site, send: list[tuple[bytes, dict[str, str], int]], count: Callable[[Message], list[Told]] | None = None
) -> dict[str, list[tuple[bytes, dict[str, str]]]]:
    """What was published by topic, when these bodies came with these headers at these times."""
    settings = site.settings.model_copy(update={"stream_url": "kafka://127.0.0.1:1", "stream_deliveries": 2})
    published: dict[str, list[tuple[bytes, dict[str, str]]]] = {}

    async def whole() -> None:
        async with worker(settings, count or site.count) as broker:
            assert isinstance(broker, KafkaBroker)
            for topic in (settings.stream_answers, settings.stream_dead):
                _listen(broker, topic, published.setdefault(topic, []))
            async with TestKafkaBroker(broker):
                for body, headers, at in send:
                    await broker.publish(body, settings.stream_subject, headers=headers, timestamp_ms=at)

    alone(whole())
    return published


def _listen(broker: KafkaBroker, topic: str, heard: list[tuple[bytes, dict[str, str]]]) -> None:
    async def as_it_is(message: KafkaMessage) -> KafkaMessage:
        return message

    async def hear(message: KafkaMessage) -> None:
        assert isinstance(message.body, bytes)
        heard.append((message.body, dict(message.headers)))

    broker.subscriber(topic, decoder=as_it_is)(hear)


def test_a_crash_is_counted_once_and_answered_each_time(site: Site) -> None:
    published = play(site, [(CRASH, {"Tracelore-Source": "shop"}, AT), (CRASH, {"Tracelore-Source": "shop"}, AT)])
    answers: list[dict[str, Any]] = [json.loads(body) for body, _ in published[site.settings.stream_answers]]
    assert [one["message"] for one in answers] == [f"kafka:{site.settings.stream_subject}:0:0@{AT}"] * 2
    assert len({one["id"] for one in answers}) == 1
    assert [(one.count, one.place.source) for one in site.counted()] == [(1, "shop")]


def test_a_topic_that_is_made_anew_counts_from_naught_and_nothing_is_taken_for_old(site: Site) -> None:
    play(site, [(CRASH, {}, AT), (CRASH, {}, AT + 1)])
    assert [one.count for one in site.counted()] == [2]


def test_what_cannot_be_read_is_a_dead_letter_that_says_why(site: Site) -> None:
    published = play(site, [(b"\x1f\x8bno gzip", {"x-own": "kept"}, AT)])
    [(body, headers)] = published[site.settings.stream_dead]
    assert body == b"\x1f\x8bno gzip"
    assert "can't be unpacked" in headers["Tracelore-Reason"]
    assert headers["x-own"] == "kept"


def test_what_fails_again_and_again_is_dead_after_so_many_deliveries(site: Site) -> None:
    seen: list[int] = []

    def count(message: Message) -> list[Told]:
        seen.append(message.delivery)
        raise RuntimeError("secret words")

    published = play(site, [(CRASH, {}, AT), (CRASH, {}, AT), (CRASH, {}, AT)], count)
    assert seen == [1, 2, 1]  # dealt with after the second, so the third is a first one
    [(_, headers)] = published[site.settings.stream_dead]
    assert headers["Tracelore-Reason"] == "It failed 2 times, with RuntimeError at last."
