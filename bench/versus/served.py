"""Serving: what a request costs the server, beside an application that does nothing, as `make bench-serving` has it."""

from __future__ import annotations

from statistics import median

from bench.serving import Row, crashes, engine_us, rows
from bench.versus.page import Section, Table, at_least, at_most
from bench.versus.race import number

UNSTORED, STORED = 0.25, 0.15  # of what an application that does nothing can take
TAIL = 10  # times the median that one in a hundred may take
SAID = """\
`POST /api/v1/diagnoses` over 16 connections, the server on one core and the sender on the other; CPU time is the
server's with the system's part, latencies are those at 70 % of the most that the case can take. *Seen before* are
reports that came to the byte, as what one fault sends comes again: their answers are remembered. *New* is a report that
never came: its number stands in its message and in log lines around it, so only parts of it have been seen. The
diagnosis of a new one alone, without the request around it, takes {engine} us. Stored answers are durable when they are
given.
"""


def measured(seconds: float, rounds: int) -> Section:
    """The section."""
    engine = engine_us(crashes())
    found = rows(seconds, rounds)
    heads = ("case", "requests/s", "CPU us", "of the floor", "p50 ms", "p99 ms", "failed")
    table = Table(heads, [_cells(one) for one in found])
    targets = [
        at_least(f"serving: {one.case.name}", STORED if one.case.store else UNSTORED, median(one.of_floor))
        for one in found[1:]
    ]
    targets += [
        at_most(f"serving: {one.case.name}, p99 over p50", TAIL, median(one.p99_ms) / median(one.p50_ms))
        for one in found[1:]
    ]
    return Section("Serving", SAID.format(engine=number(engine)), [table], targets)


def _cells(one: Row) -> list[str]:
    measured = (one.per_second, one.cpu_us, one.of_floor, one.p50_ms, one.p99_ms)
    return [one.case.name, *(number(median(values)) for values in measured), str(one.failed)]
