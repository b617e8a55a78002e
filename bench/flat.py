"""Whether a report costs the same with a thousand, a hundred thousand and a million stored before it.

    python -m bench.flat [postgresql] [COUNT ...]

Databases are filled in bulk with reports, diagnoses, crashes and occurrences of many kinds, with texts cut short to
save the disk. Then each is served, and reports are posted to all in interleaved rounds; at last lists are asked for.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert
from ulid import ULID

from app.settings import shipped
from app.store.clusters import Wanted as Unknown
from app.store.clusters import clusters
from app.store.database import Session, connect, session_factory
from app.store.diagnoses import times_seen
from app.store.migrations import migrate
from app.store.occurrences import occurrences
from app.store.remembered import Wanted, remembered
from app.store.sources import make_source
from app.store.tables import Base
from bench.http_load import closed
from bench.served import SENDERS, Served, pinned, postgres, tracelore
from bench.serving import CONNECTIONS, crashes, requests

COUNTS = (1_000, 100_000, 1_000_000)
BATCH = 20_000
KINDS = 5_000  # fingerprints that unknown crashes share
SOURCES = 20
ROUNDS, SECONDS = 5, 2.0
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TABLES = ("reports", "diagnoses", "crashes", "occurrences")
ANSWER = json.dumps({"summary": "It is not known.", "crashes": [], "filler": "x" * 400})

# what lists and counts ask
LISTS: dict[str, Callable[[Session], object]] = {
    "newest diagnoses": lambda session: remembered(session, Wanted(), 50),
    "newest occurrences": occurrences,
    "those of a source": lambda session: occurrences(session, "s7"),
    "times a fingerprint came": lambda session: times_seen(session, "v1:7"),
    "unknown crashes": lambda session: clusters(session, Unknown(), 50),
}


@dataclass(slots=True)
class Filled:
    """A database with so many, its server, and what was measured there."""

    count: int
    engine: Engine
    served: Served
    post_us: list[float] = field(default_factory=list)


def rows(begin: int, count: int) -> dict[str, list[dict[str, Any]]]:
    """So many rows of each table from that number on."""
    made: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for number in range(begin, begin + count):
        digest = hashlib.sha256(b"%d" % number).hexdigest()
        at = BEGIN + timedelta(seconds=number % 20_000_000)
        one, source = str(ULID.from_datetime(at)), f"s{number % SOURCES}"
        said = f"KeyError: order {number}"
        text = f"Traceback (most recent call last):\n  {'x' * 200}\n{said}"
        made["reports"].append(
            {"digest": digest, "text": text, "removed": [], "stated": {}, "source": source, "received": at}
        )
        seen = {"first_seen": at, "last_seen": at}
        made["diagnoses"].append(
            {"id": one, "report": digest, "book": "sha256:0", "engine": "1", "verdict": "none", "confidence": 0.1,
             "answer": json.loads(ANSWER), "seen": 1, **seen}
        )  # fmt: skip
        made["crashes"].append(
            {"diagnosis": one, "position": 0, "fingerprint": f"v1:{number % KINDS}", "verdict": "none",
             "signature": None, "said": said}
        )  # fmt: skip
        made["occurrences"].append(
            {"key": digest, "signature": None, "fingerprint": f"v1:{number % KINDS}", "source": source,
             "service": f"web-{number % 97}", "release": f"1.{number}", "environment": None, "count": 1, **seen}
        )  # fmt: skip
    return made


def fill(url: str, count: int) -> Engine:
    """A database with so many rows in each table."""
    engine = connect(url)
    migrate(engine, shipped("migrations"))
    with session_factory(engine).begin() as session:
        for number in range(SOURCES):
            make_source(session, f"s{number}")
    for begin in range(0, count, BATCH):
        made = rows(begin, min(BATCH, count - begin))
        with engine.begin() as connection:
            for name in TABLES:
                table = Base.metadata.tables[name]
                key = table.primary_key.columns.keys()[0]
                connection.execute(insert(table), sorted(made[name], key=lambda row: str(row[key])))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")  # PostgreSQL does so by itself, later
    return engine


def post(filled: Filled, sent: Iterator[bytes]) -> float:
    """Microseconds of CPU time of a stored report."""
    before = filled.served.cpu
    load = closed(filled.served.port, sent, connections=CONNECTIONS, seconds=SECONDS)
    return (filled.served.cpu - before) / load.answered * 1e6


def listed(filled: Filled, ask: Callable[[Session], object]) -> float:
    """Milliseconds until a list is there."""
    spent = []
    for _ in range(3):
        with session_factory(filled.engine)() as session:
            begin = time.perf_counter()
            ask(session)
            spent.append((time.perf_counter() - begin) * 1000)
    return min(spent)


def main(arguments: Sequence[str]) -> int:
    """Fill, measure, and print how each figure grows."""
    counts = [int(one) for one in arguments if one.isdigit()] or COUNTS
    texts, numbers = crashes(), itertools.count(10_000_000)
    sent = requests(texts, numbers, as_json=False, store=True)
    with ExitStack() as stack:
        filled = []
        for count in counts:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tl-flat-"))
            there = "postgresql" in arguments
            url = stack.enter_context(postgres()) if there else f"sqlite:///{folder}/flat.db"
            begin = time.perf_counter()
            engine = fill(url, count)
            print(f"{count:,} stored in {time.perf_counter() - begin:.0f} s", flush=True)
            filled.append(Filled(count, engine, stack.enter_context(tracelore(url))))
        stack.enter_context(pinned(SENDERS))
        for turn in range(ROUNDS + 1):
            for one in filled:
                spent = post(one, sent)
                one.post_us += [spent] * (turn > 0)
        print("".join([f"\n{'':28}", *(f"{one.count:>12,}" for one in filled)]))
        print(f"{'POST, us of CPU time':28}" + "".join(f"{statistics.median(one.post_us):12.0f}" for one in filled))
        for name, ask in LISTS.items():
            print(f"{name + ', ms':28}" + "".join(f"{listed(one, ask):12.2f}" for one in filled), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
