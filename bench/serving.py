"""What a request costs the server: POST /api/v1/diagnoses beside an application that does nothing, in one run.

    python -m bench.serving [SECONDS] [ROUNDS]

Crashes of the signatures' examples are posted over 16 connections to servers started as operators start them. *Seen
before* are reports that came to the byte, as what one fault sends comes again; *new* is a report that never came: its
number stands in its message and in log lines around it, so only parts of it have been seen. Servers have one core, the
sender and PostgreSQL the other. Rounds of all cases are interleaved; given are medians, and each case against the floor
of its own round. Latencies are those at 70 % of what the case can take, counted from when a request was due.
"""

from __future__ import annotations

import itertools
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from app.diagnosis.candidates import build_index
from app.intake import receive
from app.settings import shipped
from app.store.shelf import load_book
from bench.http_load import Load, closed, steady
from bench.served import SENDERS, SERVERS, Served, no_op, pinned, postgres, tracelore

CONNECTIONS = 16
STEADY_CONNECTIONS = 64  # so that a late answer does not keep the next request from being sent
SHARE = 0.7  # of the maximum, where latencies are taken
SECONDS, ROUNDS = 2.0, 3
WARM_SECONDS = 1.0
SIZES = range(600, 2600)  # bytes of an ordinary crash
MARK = "00000000"  # stands where a request's number goes
AROUND = f"INFO: request {MARK} begins\n{{text}} [{MARK}]\nINFO: request {MARK} failed\n"
PATH = "/api/v1/diagnoses"
DONE = {b"200", b"201"}


@dataclass(frozen=True, slots=True)
class Case:
    """A way to be asked, and the server that is."""

    name: str
    served: Served
    as_json: bool = False
    store: bool = False
    new: bool = False

    def sent(self, texts: Sequence[str], numbers: Iterator[int]) -> Iterator[bytes]:
        """The requests: each with a number of its own, or all with the same."""
        return requests(texts, numbers if self.new else itertools.repeat(0), as_json=self.as_json, store=self.store)


@dataclass(slots=True)
class Row:
    """What a case came to, of each round."""

    case: Case
    per_second: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    """Microseconds of the server's CPU time a request, all its threads and the system's part included."""
    of_floor: list[float] = field(default_factory=list)
    """The floor's CPU time as a share of that: what is left of the floor's throughput."""
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    failed: int = 0

    def add(self, most: Load, cpu_us: float, calm: Load) -> None:
        """Take in a round: all the case could take, and a steady share of it."""
        cuts = statistics.quantiles(calm.latencies, n=100)
        self.per_second.append(most.answered / most.seconds)
        self.cpu_us.append(cpu_us)
        self.p50_ms.append(cuts[49] * 1000)
        self.p99_ms.append(cuts[98] * 1000)
        self.failed += sum(
            count for load in (most, calm) for status, count in load.statuses.items() if status not in DONE
        )


def crashes() -> list[str]:
    """Ordinary crashes, each with a number of fixed length in its message and around it."""
    files = sorted(shipped("signatures").glob("*/*.txt"))
    texts = [text for text in (file.read_text() for file in files) if len(text.encode()) in SIZES]
    return [AROUND.format(text=text.rstrip()) for text in texts]


def requests(texts: Sequence[str], numbers: Iterator[int], *, as_json: bool, store: bool) -> Iterator[bytes]:
    """Requests without an end, each with the next of the numbers in its crash."""
    kind = "application/json" if as_json else "text/plain; charset=utf-8"
    parts = []
    for text in texts:
        body = json.dumps({"text": text}).encode() if as_json else text.encode()
        query = "" if store else "?store=false"
        head = (
            f"POST {PATH}{query} HTTP/1.1\r\nHost: bench\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        parts.append((head.encode() + body).split(MARK.encode()))
    for around in itertools.cycle(parts):
        yield (b"%0*d" % (len(MARK), next(numbers))).join(around)


def engine_us(texts: Sequence[str]) -> float:
    """Microseconds of CPU time of the diagnosis of a new report alone, without the request around it."""
    index, numbers = build_index(load_book(shipped("signatures"))), itertools.count()
    spent = []
    with pinned(SERVERS):
        for _ in range(3):
            numbered = [text.replace(MARK, f"{next(numbers):0{len(MARK)}}").encode() for text in texts]
            begin = time.process_time()
            for raw in numbered:
                receive(raw, index=index)
            spent.append((time.process_time() - begin) / len(numbered))
    return min(spent) * 1e6


def measure(case: Case, sent: Iterator[bytes], seconds: float) -> tuple[Load, float, Load]:
    """All that the case can take and its microseconds of CPU time a request, then a steady share of that."""
    before = case.served.cpu
    most = closed(case.served.port, sent, connections=CONNECTIONS, seconds=seconds)
    spent = (case.served.cpu - before) / most.answered * 1e6
    rate = most.answered / most.seconds * SHARE
    return most, spent, steady(case.served.port, sent, rate=rate, connections=STEADY_CONNECTIONS, seconds=seconds)


def cases(local: Served, remote: Served) -> Iterator[Case]:
    """All ways to be asked of a server that keeps in SQLite and of one that keeps in PostgreSQL."""
    for said, new in (("seen before", False), ("new", True)):
        for kind, as_json in (("text", False), ("JSON", True)):
            yield Case(f"{kind}, {said}, not stored", local, as_json, store=False, new=new)
            yield Case(f"{kind}, {said}, stored, SQLite", local, as_json, store=True, new=new)
        yield Case(f"text, {said}, stored, PostgreSQL", remote, store=True, new=new)


def rows(seconds: float = SECONDS, rounds: int = ROUNDS) -> list[Row]:
    """All cases, measured in interleaved rounds; the first is the floor."""
    texts, numbers = crashes(), itertools.count()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tl-bench-"))
        floor = stack.enter_context(no_op())
        local = stack.enter_context(tracelore(f"sqlite:///{folder}/serving.db"))
        remote = stack.enter_context(tracelore(stack.enter_context(postgres())))
        found = [
            Row(Case("no-op ASGI application", floor)),
            *(Row(one) for one in cases(local, remote)),
        ]
        stack.enter_context(pinned(SENDERS))
        for row in found:
            _warm(row.case, row.case.sent(texts, numbers), 2 * len(texts))
        for _ in range(rounds):
            for row in found:
                row.add(*measure(row.case, row.case.sent(texts, numbers), seconds))
                row.of_floor.append(found[0].cpu_us[-1] / row.cpu_us[-1])
    return found


def _warm(case: Case, sent: Iterator[bytes], count: int) -> None:
    """Send so many before anything is measured: what is remembered of frames and messages is there then."""
    while count > 0:
        count -= closed(case.served.port, sent, connections=CONNECTIONS, seconds=WARM_SECONDS).answered


def table(found: Sequence[Row]) -> Iterator[str]:
    """The rows as lines of text."""
    yield f"{'':36}{'req/s':>8}{'CPU us':>8}{'x floor':>9}{'p50 ms':>8}{'p99 ms':>8}{'failed':>8}"
    for row in found:
        measured = (row.per_second, row.cpu_us, row.of_floor, row.p50_ms, row.p99_ms)
        rate, spent, share, p50, p99 = map(statistics.median, measured)
        yield f"{row.case.name:36}{rate:8.0f}{spent:8.0f}{share:9.3f}{p50:8.2f}{p99:8.2f}{row.failed:8}"


def main(arguments: Sequence[str]) -> int:
    """Measure and print a table; 1 when a request failed."""
    seconds = float(arguments[0]) if arguments else SECONDS
    rounds = int(arguments[1]) if arguments[1:] else ROUNDS
    engine = engine_us(crashes())
    found = rows(seconds, rounds)
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, ", end="")
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    print(f"{CONNECTIONS} connections; medians of {rounds} rounds of {seconds:g} s")
    print(f"the diagnosis of a new report alone takes {engine:.0f} us of CPU time\n")
    print("\n".join(table(found)))
    return 1 if any(row.failed for row in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
