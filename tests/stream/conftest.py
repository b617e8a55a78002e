"""A real NATS server for the tests of this folder, and a site on it with subjects and a database of its own."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import nats
import pytest
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from sqlalchemy import Engine

from app.cli.stream import _answer
from app.intake import Index
from app.settings import Settings
from app.store.database import Sessions, session_factory
from app.store.occurrences import Occurrence, occurrences
from app.stream.count import Told, count
from app.stream.message import Message
from app.stream.run import worker
from tests.alone import alone

PATIENCE = 60.0  # seconds: a busy machine is no failure
MAX_PAYLOAD = 16 * 1024
SERVER = shutil.which("nats-server", path=str(Path(sys.executable).parent))


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


def wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with closing(socket.socket()) as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


@pytest.fixture(scope="session")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a NATS server with JetStream that takes short messages only."""
    assert SERVER is not None
    folder = tmp_path_factory.mktemp("nats")
    port = free_port()
    config = folder / "nats.conf"
    config.write_text(
        f'listen: "127.0.0.1:{port}"\nmax_payload: {MAX_PAYLOAD}\njetstream {{ store_dir: "{folder}" }}\n'
    )
    with (folder / "log").open("wb") as log, subprocess.Popen([SERVER, "-c", str(config)], stderr=log) as server:
        wait_for(port)
        yield f"nats://127.0.0.1:{port}"
        server.terminate()


@dataclass(frozen=True)
class Site:
    """Subjects, a database, and what a worker does with messages."""

    settings: Settings
    sessions: Sessions
    count: Callable[[Message], list[Told]]

    @asynccontextmanager
    async def working(
        self, count: Callable[[Message], list[Told]] | None = None, **changed: Any
    ) -> AsyncIterator[None]:
        settings = self.settings.model_copy(update=changed)
        async with worker(settings, count or self.count) as broker:
            await broker.start()
            yield

    def play(self, scene: Callable[[JetStreamContext], Awaitable[None]]) -> None:
        """Run it with a connection of its own, and with a stream for what is sent."""

        async def whole() -> None:
            client = await nats.connect(self.settings.stream_url)
            jetstream = client.jetstream()
            await jetstream.add_stream(name=self.stream, subjects=[self.settings.stream_subject])
            try:
                await asyncio.wait_for(scene(jetstream), PATIENCE)
            finally:
                await client.close()

        alone(whole())

    @property
    def stream(self) -> str:
        return self.settings.stream_subject.replace(".", "_")

    async def send(self, jetstream: JetStreamContext, body: bytes | str, **headers: str) -> None:
        """Underscores in names of headers are hyphens."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        await jetstream.publish(
            self.settings.stream_subject, body if isinstance(body, bytes) else body.encode(), headers=told
        )

    async def all(self, jetstream: JetStreamContext, subject: str, wanted: int) -> list[Msg]:
        """All that was published to a subject, once it is that much."""
        stream = await until(lambda: jetstream.find_stream_name_by_subject(subject))
        await until(lambda: _full(jetstream, stream, wanted))
        reader = await jetstream.pull_subscribe(subject)
        found: list[Msg] = []
        while len(found) < (await jetstream.stream_info(stream)).state.messages:
            found += await reader.fetch(100, timeout=5)
        await reader.unsubscribe()
        return found

    async def answers(self, jetstream: JetStreamContext, wanted: int) -> list[dict[str, Any]]:
        found = await self.all(jetstream, self.settings.stream_answers, wanted)
        return [json.loads(one.data) for one in found]

    async def dead(self, jetstream: JetStreamContext, wanted: int) -> list[Msg]:
        return await self.all(jetstream, self.settings.stream_dead, wanted)

    async def settled(self, jetstream: JetStreamContext) -> None:
        """Return when every message was acknowledged."""
        await until(lambda: _settled(jetstream, self.stream, self.settings.stream_group))

    def counted(self) -> list[Occurrence]:
        with self.sessions() as session:
            return occurrences(session)


async def until(question: Callable[[], Awaitable[Any]]) -> Any:
    """Ask until there is an answer."""
    while True:
        try:
            answer = await question()
        except nats.js.errors.NotFoundError:
            answer = None
        if answer:
            return answer
        await asyncio.sleep(0.05)


async def _full(jetstream: JetStreamContext, stream: str, wanted: int) -> bool:
    return (await jetstream.stream_info(stream)).state.messages >= wanted


async def _settled(jetstream: JetStreamContext, stream: str, group: str) -> bool:
    info = await jetstream.consumer_info(stream, group)
    return (info.num_pending, info.num_ack_pending) == (0, 0)


@pytest.fixture
def site(nats_url: str, engine: Engine, index: Index) -> Site:
    name = uuid4().hex[:8]
    settings = Settings(
        stream_url=nats_url,
        stream_subject=f"{name}.ingest",
        stream_answers=f"{name}.answers",
        stream_dead=f"{name}.dead",
    )
    sessions = session_factory(engine)
    counting = partial(count, sessions=sessions, index=index, render=_answer, usual=settings.stream_source)
    return Site(settings, sessions, counting)
