"""Crashes by NATS JetStream, on a real server: each counted once and answered, whatever dies on the way."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from nats.js import JetStreamContext
from sqlalchemy.exc import OperationalError

from app.errors import Misconfigured
from app.settings import shipped
from app.store.occurrences import Place
from app.store.sources import sources
from app.stream.count import Told
from app.stream.message import Message

if TYPE_CHECKING:
    from tests.stream.conftest import Site

CRASH = 'Traceback (most recent call last):\n  File "/srv/shop/{0}.py", line 7, in {0}\n    fail()\nshop.{0}.Gone: it is {0}\n'
KNOWN = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()


def record(text: str, **said: str) -> str:
    return json.dumps({"message": text, **said})


def test_a_crash_is_counted_answered_and_acknowledged(site: Site) -> None:
    async def scene(jetstream: JetStreamContext) -> None:
        async with site.working():
            await site.send(jetstream, record(KNOWN, service="shop", release="4.2"), Tracelore_Source="shop-eu")
            [answer] = await site.answers(jetstream, 1)
            assert answer["verdict"] == "match"
            assert answer["crashes"][0]["matches"][0]["signature"] == "uvicorn-1317"
            assert answer["url"] == f"/diagnoses/{answer['id']}"
            assert (answer["source"], answer["service"], answer["release"]) == ("shop-eu", "shop", "4.2")
            assert answer["message"].startswith(f"nats:{site.stream}:1@")
            await site.settled(jetstream)

    site.play(scene)
    [one] = site.counted()
    assert (one.signature, one.count, one.place) == ("uvicorn-1317", 1, Place("shop-eu", "shop", "4.2"))


def test_lines_of_one_message_are_joined_and_the_body_may_be_packed(site: Site) -> None:
    lines = ["starting", *CRASH.format("cart").splitlines(), "ready"]
    body = gzip.compress("\n".join(record(line, service="shop") for line in lines).encode())

    async def scene(jetstream: JetStreamContext) -> None:
        async with site.working():
            await site.send(jetstream, body)
            [answer] = await site.answers(jetstream, 1)
            assert answer["crashes"][0]["exception"] == "shop.cart.Gone"
            assert answer["source"] == "stream"

    site.play(scene)
    with site.sessions() as session:
        assert [(one.name, one.records, one.crashes) for one in sources(session)] == [("stream", 6, 1)]


def test_a_message_without_a_crash_is_acknowledged_and_answered_with_nothing(site: Site) -> None:
    async def scene(jetstream: JetStreamContext) -> None:
        async with site.working():
            await site.send(jetstream, record("GET / 200"))
            await site.send(jetstream, record("ValueError is what we never see"))
            await site.settled(jetstream)
            assert await site.answers(jetstream, 0) == []

    site.play(scene)
    assert site.counted() == []


def test_a_message_that_died_with_its_worker_after_the_commit_is_still_answered_and_counted_once(site: Site) -> None:
    async def scene(jetstream: JetStreamContext) -> None:
        await site.send(jetstream, CRASH.format("cart"), Nats_Msg_Id="m1")
        [before] = site.count(Message(f"nats:{site.stream}:m1", CRASH.format("cart").encode(), {}, 1))
        async with site.working():
            [answer] = await site.answers(jetstream, 1)
            assert answer == json.loads(before.body)
            await site.settled(jetstream)

    site.play(scene)
    assert [one.count for one in site.counted()] == [1]


def test_what_is_handed_out_again_is_neither_counted_nor_published_again(site: Site) -> None:
    async def scene(jetstream: JetStreamContext) -> None:
        for name in ("cart", "stock"):
            await site.send(jetstream, CRASH.format(name))
        async with site.working():
            await site.answers(jetstream, 2)
            await site.settled(jetstream)
        await jetstream.delete_consumer(site.stream, site.settings.stream_group)  # which forgets what was acknowledged
        async with site.working():
            await site.settled(jetstream)
            assert len({answer["message"] for answer in await site.answers(jetstream, 2)}) == 2
            assert len(await site.answers(jetstream, 2)) == 2

    site.play(scene)
    assert [one.count for one in site.counted()] == [1, 1]


def test_a_stream_that_is_made_anew_counts_from_one_and_nothing_is_taken_for_old(site: Site) -> None:
    async def scene(jetstream: JetStreamContext) -> None:
        for wanted in (1, 2):
            await site.send(jetstream, CRASH.format("cart"))
            async with site.working():
                await site.answers(jetstream, wanted)
            await jetstream.delete_stream(site.stream)
            await jetstream.add_stream(name=site.stream, subjects=[site.settings.stream_subject])

    site.play(scene)
    assert [one.count for one in site.counted()] == [2]


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (b"", {}, "The body is empty."),
        (b"\x1f\x8bno gzip", {}, "can't be unpacked"),
        (b"{}", {"Tracelore_Source": "No Name"}, "no name for a source"),
    ],
    ids=["empty", "broken", "source"],
)
def test_what_cannot_be_read_is_a_dead_letter_that_says_why(
    site: Site, body: bytes, headers: dict[str, str], reason: str
) -> None:
    async def scene(jetstream: JetStreamContext) -> None:
        async with site.working():
            await site.send(jetstream, body, X_Own="kept", Nats_Msg_Id="m1", **headers)
            [letter] = await site.dead(jetstream, 1)
            assert letter.data == body
            assert letter.headers is not None
            assert reason in letter.headers["Tracelore-Reason"]
            assert letter.headers["Tracelore-Message"] == f"nats:{site.stream}:m1"
            assert letter.headers["Tracelore-Deliveries"] == "1"
            assert letter.headers["X-Own"] == "kept"
            assert letter.headers.get("Tracelore-Source") == headers.get("Tracelore_Source")
            await site.settled(jetstream)

    site.play(scene)


def test_what_fails_again_and_again_is_dead_after_so_many_deliveries_and_keeps_nobody_waiting(site: Site) -> None:
    seen: list[int] = []

    def count(message: Message) -> list[Told]:
        if b"poison" in message.body:
            seen.append(message.delivery)
            raise RuntimeError("secret words")
        return site.count(message)

    async def scene(jetstream: JetStreamContext) -> None:
        async with site.working(count, stream_deliveries=3):
            await site.send(jetstream, "poison")
            await site.send(jetstream, CRASH.format("cart"))
            await site.answers(jetstream, 1)
            [letter] = await site.dead(jetstream, 1)
            assert letter.headers is not None
            assert letter.headers["Tracelore-Reason"] == "It failed 3 times, with RuntimeError at last."
            await site.settled(jetstream)

    site.play(scene)
    assert seen == [1, 2, 3]


def test_what_was_handed_out_too_often_is_not_even_tried(site: Site) -> None:
    """A worker that dies of a message can't say so."""

    async def scene(jetstream: JetStreamContext) -> None:
        async with site.working():
            pass  # makes the consumer
        await site.send(jetstream, "deadly")
        reader = await jetstream.pull_subscribe_bind(stream=site.stream, durable=site.settings.stream_group)
        for _ in range(site.settings.stream_deliveries):
            [message] = await reader.fetch(1, timeout=30)
            await message.nak()
        async with site.working(_never):
            [letter] = await site.dead(jetstream, 1)
            assert letter.headers is not None
            assert "never finished" in letter.headers["Tracelore-Reason"]
            assert letter.headers["Tracelore-Deliveries"] == "6"

    site.play(scene)


def _never(message: Message) -> list[Told]:
    raise AssertionError(message)


def test_while_the_database_is_away_a_message_waits_and_ages_not(site: Site) -> None:
    deliveries: list[int] = []

    def count(message: Message) -> list[Told]:
        deliveries.append(message.delivery)
        if len(deliveries) < 4:
            raise OperationalError("SELECT 1", {}, RuntimeError("gone"))
        return site.count(message)

    async def scene(jetstream: JetStreamContext) -> None:
        async with site.working(count, stream_deliveries=2):
            await site.send(jetstream, CRASH.format("cart"))
            await site.answers(jetstream, 1)
            await site.settled(jetstream)

    site.play(scene)
    assert deliveries == [1, 1, 1, 1]


def test_what_takes_longer_than_the_servers_patience_is_handed_to_nobody_else(site: Site) -> None:
    deliveries: list[int] = []
    over = threading.Event()

    def count(message: Message) -> list[Told]:
        deliveries.append(message.delivery)
        over.wait(2.5)
        return site.count(message)

    async def scene(jetstream: JetStreamContext) -> None:
        async with site.working(count, stream_ack_wait=1.0), site.working(count, stream_ack_wait=1.0):
            await site.send(jetstream, CRASH.format("cart"))
            await site.answers(jetstream, 1)
            await site.settled(jetstream)

    site.play(scene)
    assert deliveries == [1]


def test_a_stop_finishes_what_is_in_work(site: Site) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def count(message: Message) -> list[Told]:
        begun.set()
        go_on.wait(30)
        return site.count(message)

    async def scene(jetstream: JetStreamContext) -> None:
        async with site.working(count):
            await site.send(jetstream, CRASH.format("cart"))
            await asyncio.to_thread(begun.wait, 30)
            asyncio.get_running_loop().call_later(0.3, go_on.set)
        assert await _settled_now(jetstream, site)
        assert len(await site.answers(jetstream, 1)) == 1

    site.play(scene)


async def _settled_now(jetstream: JetStreamContext, site: Site) -> bool:
    info = await jetstream.consumer_info(site.stream, site.settings.stream_group)
    return (info.num_pending, info.num_ack_pending) == (0, 0)


def test_no_more_than_a_batch_is_in_work(site: Site) -> None:
    waiting: list[int] = []

    async def scene(jetstream: JetStreamContext) -> None:
        for number in range(30):
            await site.send(jetstream, CRASH.format(f"part{number}"))
        go_on = threading.Event()

        def count(message: Message) -> list[Told]:
            go_on.wait(30)
            return site.count(message)

        async with site.working(count, stream_batch=4):
            info = await jetstream.consumer_info(site.stream, site.settings.stream_group)
            while info.num_ack_pending == 0:
                info = await jetstream.consumer_info(site.stream, site.settings.stream_group)
            await asyncio.sleep(0.3)
            info = await jetstream.consumer_info(site.stream, site.settings.stream_group)
            waiting.append(info.num_ack_pending or 0)
            go_on.set()
            await site.answers(jetstream, 30)

    site.play(scene)
    assert 1 <= waiting[0] <= 4


def test_workers_share_the_messages(site: Site) -> None:
    by: list[Counter[str]] = [Counter(), Counter()]

    def counting(mine: Counter[str]) -> Callable[[Message], list[Told]]:
        def count(message: Message) -> list[Told]:
            mine[message.id] += 1
            return site.count(message)

        return count

    async def scene(jetstream: JetStreamContext) -> None:
        for number in range(40):
            await site.send(jetstream, CRASH.format(f"part{number}"))
        async with site.working(counting(by[0]), stream_batch=2), site.working(counting(by[1]), stream_batch=2):
            await site.answers(jetstream, 40)

    site.play(scene)
    assert all(by)
    assert set((by[0] + by[1]).values()) == {1}
    assert [one.count for one in site.counted()] == [1] * 40


def test_an_answer_that_the_broker_finds_too_long_is_cut_to_its_words(site: Site) -> None:
    body = gzip.compress("".join(CRASH.format(f"part{number}") for number in range(200)).encode())

    async def scene(jetstream: JetStreamContext) -> None:
        async with site.working():
            await site.send(jetstream, body)
            [message] = await site.all(jetstream, site.settings.stream_answers, 1)
            assert message.headers is not None
            assert message.headers["Tracelore-Cut"] == "true"
            answer = json.loads(message.data)
            assert answer["url"] == f"/diagnoses/{answer['id']}"
            assert "crashes" not in answer

    site.play(scene)


def test_what_the_server_will_never_agree_to_stops_the_start(site: Site) -> None:
    async def scene(_: JetStreamContext) -> None:
        with pytest.raises(Misconfigured, match="replicas"):
            async with site.working(stream_replicas=3):
                pass

    site.play(scene)
