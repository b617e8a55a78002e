"""A cluster of three servers and two workers, killed again and again under load, count each crash once."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar

import nats
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from app.store.database import connect, session_factory
from app.store.occurrences import occurrences
from tests.stream.conftest import SERVER, free_port

pytestmark = pytest.mark.endurance

CRASHES = 2_000
AT_A_TIME = 50  # publishes that wait for their acknowledgement
PATIENCE = 240.0
CRASH = 'Traceback (most recent call last):\n  File "/srv/shop/part{0}.py", line 7, in part{0}\n    fail()\nshop.Gone: it is\n'
SUBJECT, ANSWERS, DEAD, GROUP = "tracelore.ingest", "tracelore.answers", "tracelore.dead", "tracelore"
STREAM = "tracelore-ingest"

T = TypeVar("T")


@dataclass
class Processes:
    """Servers and workers by name; each can be killed and started again."""

    folder: Path
    commands: dict[str, list[str]]
    environment: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    logs: list[IO[bytes]] = field(default_factory=list)

    def start(self, name: str) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self.logs.append(log)
        self.running[name] = subprocess.Popen(
            self.commands[name], stdout=log, stderr=log, env=os.environ | self.environment
        )

    def kill(self, name: str) -> None:
        killed = self.running.pop(name)
        killed.send_signal(signal.SIGKILL)
        killed.wait()

    def stop(self, name: str) -> int:
        stopped = self.running.pop(name)
        stopped.terminate()
        return stopped.wait(60)

    def end(self) -> None:
        for name in list(self.running):
            self.kill(name)
        for log in self.logs:
            log.close()


@dataclass
class Cluster:
    """Three servers that know each other."""

    urls: str
    commands: dict[str, list[str]]


def cluster_in(folder: Path) -> Cluster:
    assert SERVER is not None
    clients, routes = [free_port() for _ in range(3)], [free_port() for _ in range(3)]
    known = ",".join(f"nats://127.0.0.1:{port}" for port in routes)
    commands = {
        f"server-{at}": [
            SERVER, "-n", f"server-{at}", "-a", "127.0.0.1", "-p", str(clients[at]), "-js", "-sd", str(folder / f"js{at}"),
            "-cluster_name", "shop", "-cluster", f"nats://127.0.0.1:{routes[at]}", "-routes", known,
        ]
        for at in range(3)
    }  # fmt: skip
    return Cluster(",".join(f"nats://127.0.0.1:{port}" for port in clients), commands)


@asynccontextmanager
async def connected(urls: str) -> AsyncIterator[JetStreamContext]:
    client: Client = await patiently(lambda: nats.connect(urls.split(","), max_reconnect_attempts=-1, error_cb=_quiet))
    try:
        yield client.jetstream()
    finally:
        await client.close()


async def _quiet(_: Exception) -> None:
    """A server that was killed is no surprise here."""


async def patiently(question: Callable[[], Awaitable[T]]) -> T:
    """The answer, once there is a leader to give it."""
    while True:
        try:
            return await question()
        except (nats.errors.Error, OSError):
            await asyncio.sleep(0.2)


async def publish_all(jetstream: JetStreamContext) -> None:
    """Every crash until its publishing was acknowledged, under the same id each time it is tried."""
    turns = asyncio.Semaphore(AT_A_TIME)

    async def publish(number: int) -> None:
        async with turns:
            body, headers = CRASH.format(number).encode(), {"Nats-Msg-Id": f"crash-{number}"}
            await patiently(lambda: jetstream.publish(SUBJECT, body, timeout=2, headers=headers))

    await asyncio.gather(*(publish(number) for number in range(CRASHES)))


async def answered(jetstream: JetStreamContext, wanted: float) -> None:
    """Return when so many of the answers are there."""
    while True:
        info = await patiently(lambda: jetstream.stream_info("tracelore-answers"))
        if info.state.messages >= wanted * CRASHES:
            return
        await asyncio.sleep(0.1)


async def leader_of(jetstream: JetStreamContext) -> str:
    """The server that leads the stream."""
    info = await patiently(lambda: jetstream.stream_info(STREAM))
    assert info.cluster is not None
    assert info.cluster.leader
    return info.cluster.leader


async def settled(jetstream: JetStreamContext) -> None:
    """Return when every message was acknowledged."""
    while True:
        info = await patiently(lambda: jetstream.consumer_info(STREAM, GROUP))
        if (info.num_pending, info.num_ack_pending) == (0, 0):
            return
        await asyncio.sleep(0.2)


async def answers(jetstream: JetStreamContext) -> list[tuple[str, int]]:
    reader = await patiently(lambda: jetstream.pull_subscribe(ANSWERS))
    wanted = (await patiently(lambda: jetstream.stream_info("tracelore-answers"))).state.messages
    found: list[tuple[str, int]] = []
    while len(found) < wanted:
        for message in await reader.fetch(500, timeout=10):
            told = json.loads(message.data)
            found.append((told["message"], told["crash"]))
            await message.ack()
    return found


async def ordeal(processes: Processes, urls: str) -> list[tuple[str, int]]:
    """Publish, and kill the stream's leader once and a worker three times meanwhile; gives the answers."""
    async with connected(urls) as jetstream:
        await patiently(jetstream.account_info)  # there is a leader
        await patiently(lambda: jetstream.add_stream(name=STREAM, subjects=[SUBJECT], num_replicas=3))
        for name in ("worker-0", "worker-1"):
            processes.start(name)
        publishing = asyncio.create_task(publish_all(jetstream))
        await answered(jetstream, 0.1)
        processes.kill("worker-0")
        processes.start("worker-0")
        await answered(jetstream, 0.3)
        leader = await leader_of(jetstream)
        processes.kill(leader)
        await answered(jetstream, 0.5)
        processes.start(leader)
        for at, name in ((0.6, "worker-1"), (0.8, "worker-0")):
            await answered(jetstream, at)
            processes.kill(name)
            processes.start(name)
        await publishing
        await settled(jetstream)
        handed_out = await patiently(lambda: jetstream.consumer_info(STREAM, GROUP))
        assert handed_out.delivered.consumer_seq > CRASHES, "the kills cost nobody anything"
        dead = await patiently(lambda: jetstream.stream_info("tracelore-dead"))
        assert dead.state.messages == 0
        return await answers(jetstream)


def test_every_crash_that_the_cluster_took_is_counted_once_and_answered(tmp_path: Path, database_url: str) -> None:
    cluster = cluster_in(tmp_path)
    worker = [sys.executable, "-m", "app.cli", "stream"]
    environment = {
        "TRACELORE_STREAM_URL": cluster.urls,
        "TRACELORE_STREAM_REPLICAS": "3",
        "TRACELORE_STREAM_ACK_WAIT": "5",
        "TRACELORE_DATABASE_URL": database_url,
    }
    processes = Processes(tmp_path, cluster.commands | {"worker-0": worker, "worker-1": worker}, environment)
    try:
        for name in cluster.commands:
            processes.start(name)
        told = asyncio.run(asyncio.wait_for(ordeal(processes, cluster.urls), PATIENCE))
        assert [processes.stop(name) for name in ("worker-0", "worker-1")] == [0, 0]
    finally:
        processes.end()
    assert {message for message, _ in told} == {f"nats:{STREAM}:crash-{number}" for number in range(CRASHES)}
    assert {crash for _, crash in told} == {0}
    engine = connect(database_url)
    with session_factory(engine)() as session:
        counted = occurrences(session, limit=CRASHES + 1)
    engine.dispose()
    assert [one.count for one in counted] == [1] * CRASHES
