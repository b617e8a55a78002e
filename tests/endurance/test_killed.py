"""Servers and workers are killed two hundred times under load: what was answered with success is counted exactly once."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
import urllib3
from sqlalchemy import Engine

from app.settings import shipped
from app.store.database import session_factory
from app.store.diagnoses import find
from app.store.inbox import load
from app.store.occurrences import occurrences
from app.store.sources import add_key

pytestmark = pytest.mark.endurance

KILLS = int(os.environ.get("KILLS", "200"))
SENDERS = 4
AGAIN = 1_000_000  # numbers of reports that come more than once
PATIENCE = 120.0  # seconds for what takes some
logging.getLogger("urllib3").setLevel(logging.ERROR)  # it warns of every try
FORKS = Path(__file__).with_name("forks.py")
ROOT = Path(__file__).parents[2]


def crash(number: int) -> str:
    """A crash like no other, so that each is counted for itself."""
    return (
        f'Traceback (most recent call last):\n  File "/srv/shop/orders.py", line {number}, in pay\n'
        f"    charge(orders[{number}])\nKeyError: 'order {number}'"
    )


def as_lines(number: int) -> tuple[str, bytes]:
    """One record a line, as a shipper that knows no tracebacks sends them."""
    service = f"s{number}"
    records = [{"log": line, "service": service} for line in crash(number).splitlines()]
    return "/ingest", b"\n".join(json.dumps(one).encode() for one in records)


def as_loki(number: int) -> tuple[str, bytes]:
    values = [[str(time.time_ns()), line] for line in crash(number).splitlines()]
    push = {"streams": [{"stream": {"service_name": f"s{number}"}, "values": values}]}
    return "/loki/api/v1/push", json.dumps(push).encode()


def as_otlp(number: int) -> tuple[str, bytes]:
    """One whole crash, without any name of its own."""
    attributes = [{"key": "exception.stacktrace", "value": {"stringValue": crash(number)}}]
    service = [{"key": "service.name", "value": {"stringValue": f"s{number}"}}]
    logs = {"scopeLogs": [{"logRecords": [{"severityNumber": 17, "attributes": attributes}]}]}
    return "/v1/logs", json.dumps({"resourceLogs": [{"resource": {"attributes": service}, **logs}]}).encode()


FORMS: tuple[Callable[[int], tuple[str, bytes]], ...] = (as_lines, as_loki, as_otlp)


@dataclass
class Load:
    """Clients that send crash after crash, each again until it is answered with success."""

    port: int
    key: str
    answered: list[int] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, first: int) -> None:
        again = urllib3.Retry(
            total=None, connect=1_000, read=1_000, status=1_000, other=1_000, allowed_methods=None,
            status_forcelist=[503], backoff_factor=0.02, backoff_max=0.1, respect_retry_after_header=False,
        )  # fmt: skip
        with urllib3.HTTPConnectionPool("127.0.0.1", self.port, retries=again, timeout=10) as pool:
            number = first
            while not self.stopping.is_set():
                self.send(pool, number)
                self.answered.append(number)
                number += SENDERS

    def send(self, pool: urllib3.HTTPConnectionPool, number: int) -> None:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        path, body = FORMS[number % len(FORMS)](number)
        answer = pool.urlopen("POST", path, body=body, headers=headers)
        assert answer.status < 300, (answer.status, answer.data)


@dataclass
class Reports(Load):
    """The same with reports, each of which is answered."""

    ids: dict[int, str] = field(default_factory=dict)
    seen: Counter[tuple[str, int]] = field(default_factory=Counter)
    """How often it was told that so many of a report have come."""

    def send(self, pool: urllib3.HTTPConnectionPool, number: int) -> None:
        """Every other report is one of a few that come again and again."""
        number = AGAIN + number % 7 if number % 2 else number
        answer = pool.urlopen("POST", "/api/v1/diagnoses", body=crash(number), headers={"Content-Type": "text/plain"})
        assert answer.status in {200, 201}, (answer.status, answer.data)  # 200: its first answer died on the way
        told = answer.json()
        self.ids[number] = told["id"]
        self.seen[told["id"], told["seen"]] += 1


@dataclass
class Herd:
    """The servers and workers, one of each at a time."""

    forks: subprocess.Popen[str]
    port: int
    alive: dict[str, int] = field(default_factory=dict)

    def start(self, kind: str) -> None:
        assert self.forks.stdin
        assert self.forks.stdout
        self.forks.stdin.write(f"{kind} {self.port}\n")
        self.forks.stdin.flush()
        self.alive[kind] = int(self.forks.stdout.readline())

    def kill(self, kind: str) -> None:
        os.kill(self.alive.pop(kind), signal.SIGKILL)


@pytest.fixture
def herd(database_url: str, tmp_path: Path) -> Iterator[Herd]:
    few = tmp_path / "signatures"  # a server that is up at once is killed at work more often than at its start
    shutil.copytree(shipped("signatures") / "uvicorn", few / "uvicorn")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(FORKS), database_url, str(few)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, **pipes) as forks:  # type: ignore[call-overload]
        herd = Herd(forks, port)
        yield herd
        for kind in list(herd.alive):
            herd.kill(kind)


def test_every_crash_that_was_answered_with_success_is_counted_exactly_once(herd: Herd, engine: Engine) -> None:
    sessions = session_factory(engine)
    with sessions.begin() as session:
        key = add_key(session, "shop")
    sending = Load(herd.port, key)
    senders = [threading.Thread(target=sending.run, args=(number,)) for number in range(SENDERS)]
    herd.start("serve")
    herd.start("work")
    for sender in senders:
        sender.start()
    chance = Random(1)
    for kill in range(KILLS):
        least = len(sending.answered) + chance.randint(0, 12)  # after a while of work, not of waiting
        wait_for(lambda least=least: len(sending.answered) >= least)  # type: ignore[misc]
        time.sleep(chance.random() * 0.05)
        kind = "work" if kill % 4 == 3 else "serve"
        herd.kill(kind)
        herd.start(kind)
    sending.stopping.set()
    for sender in senders:
        sender.join(PATIENCE)

    def done() -> bool:
        with sessions() as session:
            waiting = load(session)
        return waiting.requests + waiting.streams + waiting.crashes == 0

    wait_for(done)
    with sessions() as session:
        found = occurrences(session, limit=100_000)
        assert load(session).parked == 0
    counted = Counter({one.place.service: 0 for one in found})
    for one in found:
        counted[one.place.service] += one.count
    print(f"{KILLS} kills, {len(sending.answered)} crashes answered")
    assert len(sending.answered) > KILLS
    assert {number: counted[f"s{number}"] for number in sending.answered if counted[f"s{number}"] != 1} == {}
    assert not {service: count for service, count in counted.items() if count > 1}


def test_every_answer_that_was_given_is_found_by_its_link(herd: Herd, engine: Engine) -> None:
    sending = Reports(herd.port, "")
    senders = [threading.Thread(target=sending.run, args=(number,)) for number in range(SENDERS)]
    herd.start("serve")
    for sender in senders:
        sender.start()
    chance = Random(2)
    for _ in range(KILLS // 4):
        least = len(sending.answered) + chance.randint(1, 60)
        wait_for(lambda least=least: len(sending.answered) >= least)  # type: ignore[misc]
        time.sleep(chance.random() * 0.05)
        herd.kill("serve")
        herd.start("serve")
    sending.stopping.set()
    for sender in senders:
        sender.join(PATIENCE)
    print(f"{KILLS // 4} kills, {len(sending.ids)} reports answered")
    assert len(sending.ids) > KILLS // 4
    with session_factory(engine)() as session:
        kept = {number: find(session, id_) for number, id_ in sending.ids.items()}
    lost = [number for number, one in kept.items() if one is None or one.text != crash(number)]
    assert lost == []
    assert [one for one, times in sending.seen.items() if times > 1] == []  # a count that was told is durable too
    assert max(seen for _, seen in sending.seen) > KILLS // 4


def wait_for(done: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not done() and time.monotonic() < until:
        time.sleep(0.02)
    assert done()
