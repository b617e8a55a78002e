"""Whether a report costs the same with a thousand, a hundred thousand and a million stored before it.

    python -m bench.flat [postgresql] [COUNT ...]

Databases are filled in bulk with reports, diagnoses, crashes and occurrences of many kinds, with texts cut short to
save the disk. Then each is served, and reports are posted to all in interleaved rounds; at last lists are asked for,
and the largest is asked how it finds the rows of each statement that keeps a report.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event, insert
from ulid import ULID

from app.crash.model import Environment
from app.diagnosis.candidates import build_index
from app.intake import Place, Sender, receive_written, take
from app.settings import shipped
from app.store.clusters import Wanted as Unknown
from app.store.clusters import clusters
from app.store.database import Session, connect, session_factory
from app.store.diagnoses import save_all, times_seen
from app.store.migrations import migrate
from app.store.occurrences import occurrences
from app.store.remembered import Wanted, remembered
from app.store.shelf import load_book
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
TABLES = ("reports", "diagnoses", "crashes", "occurrences", "occurrence_examples")
ANSWER = json.dumps({"summary": "It is not known.", "crashes": [], "filler": "x" * 400})

# what lists and counts ask
LISTS: dict[str, Callable[[Session], object]] = {
    "newest diagnoses": lambda session: remembered(session, Wanted(), 50),
    "occurrences of a source": lambda session: occurrences(session, "s7"),
    "times a fingerprint came": lambda session: times_seen(session, "v1:7"),
    "unknown crashes": lambda session: clusters(session, Unknown(), 50),
}


@dataclass(frozen=True, slots=True)
class Filled:
    """A database with so many, and its server."""

    count: int
    engine: Engine
    served: Served


@dataclass(frozen=True, slots=True)
class Flat:
    """What was measured with so many stored: each row by its name, with a figure for each count."""

    counts: Sequence[int]
    rows: Mapping[str, Sequence[float]]
    plans: Sequence[tuple[str, str]]
    """Each statement that keeps a report and reads a table, and how the largest database finds the rows."""


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
        made["occurrence_examples"].append({"occurrence": digest, "diagnosis": one})
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


def post(filled: Filled, sent: Iterator[bytes], seconds: float) -> float:
    """Microseconds of CPU time of a stored report."""
    before = filled.served.cpu
    load = closed(filled.served.port, sent, connections=CONNECTIONS, seconds=seconds)
    return (filled.served.cpu - before) / load.answered * 1e6


def posted(filled: Sequence[Filled], seconds: float, rounds: int) -> dict[str, list[float]]:
    """What a stored report costs in each, one that never came and one that did: medians of rounds that take turns."""
    texts, numbers = crashes(), itertools.count(10_000_000)
    ways = {"POST, new, CPU us": numbers, "POST, seen before, CPU us": itertools.repeat(0)}
    spent: dict[str, list[list[float]]] = {name: [[] for _ in filled] for name in ways}
    for turn in range(rounds + 1):  # the first is not counted: what is remembered of frames is there then
        for name, marks in ways.items():
            for one, each in zip(filled, spent[name], strict=True):
                took = post(one, requests(texts, marks, as_json=False, store=True), seconds)
                each.extend([took] * (turn > 0))
    return {name: [statistics.median(one) for one in every] for name, every in spent.items()}


def listed(filled: Filled, ask: Callable[[Session], object]) -> float:
    """Milliseconds until a list is there."""
    spent = []
    for _ in range(3):
        with session_factory(filled.engine)() as session:
            begin = time.perf_counter()
            ask(session)
            spent.append((time.perf_counter() - begin) * 1000)
    return min(spent)


def plans(engine: Engine) -> Iterator[tuple[str, str]]:
    """Each statement that reads a table while a report is kept, the first time and again, with the database's plan.

    And while it comes by a log pipeline.
    """
    asked: dict[str, Any] = {}

    def note(_: object, __: object, statement: str, values: Any, *___: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            asked.setdefault(statement, values)

    index, text = build_index(load_book(shipped("signatures"))), crashes()[0]
    received, written = receive_written(text.encode(), index=index, stated=Environment(), source=None)
    event.listen(engine, "before_cursor_execute", note)
    for again in (False, True):
        with session_factory(engine).begin() as session:
            save_all(session, [replace(written, again=again)])
    with session_factory(engine).begin() as session:
        times_seen(session, received.diagnosis.crashes[0].fingerprint)
        take(session, Sender(Place("s7", "web"), Environment(), None), text, index=index)
    event.remove(engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF) "
    with engine.connect() as connection:
        for statement, values in asked.items():
            steps = connection.exec_driver_sql(explain + statement, values)
            yield statement, "; ".join(str(step[-1]).strip(" ->") for step in steps)


def measured(counts: Sequence[int], *, remote: bool, seconds: float = SECONDS, rounds: int = ROUNDS) -> Flat:
    """Fill a database for each count, in PostgreSQL or else in SQLite, and measure with all of them there."""
    with ExitStack() as stack:
        filled = []
        for count in counts:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tl-flat-"))
            url = stack.enter_context(postgres()) if remote else f"sqlite:///{folder}/flat.db"
            begin = time.perf_counter()
            engine = fill(url, count)
            print(f"{count:,} stored in {time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
            filled.append(Filled(count, engine, stack.enter_context(tracelore(url))))
        stack.enter_context(pinned(SENDERS))
        figures = posted(filled, seconds, rounds)
        figures |= {f"{name}, ms": [listed(one, ask) for one in filled] for name, ask in LISTS.items()}
        return Flat(counts, figures, list(plans(filled[-1].engine)))


def main(arguments: Sequence[str]) -> int:
    """Measure, and print how each figure grows."""
    counts = [int(one) for one in arguments if one.isdigit()] or COUNTS
    flat = measured(counts, remote="postgresql" in arguments)
    print("".join([f"{'':30}", *(f"{count:>12,}" for count in flat.counts)]))
    for name, figures in flat.rows.items():
        print(f"{name:30}" + "".join(f"{figure:12.2f}" for figure in figures))
    for statement, steps in flat.plans:
        print(f"\n{statement}\n  {steps}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
