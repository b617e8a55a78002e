"""Serving: what a request costs the server, beside an application that does nothing, as `make bench-serving` has it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from bench.served import held_up
from bench.serving import Row, crashes, engine_us, rows
from bench.versus.page import Section, Table, at_least, at_most
from bench.versus.race import middle_half, number

UNSTORED, STORED = 0.25, 0.15  # of what an application that does nothing can take
TAIL = 10  # times the median that one in a hundred may take
SAID = """\
`POST /api/v1/diagnoses` over 16 connections, the server on one core and the sender on the other; CPU time is the
server's with the system's part, latencies are those at 70 % of the most that the case can take. *Seen before* are
reports that came to the byte, as what one fault sends comes again: their answers are remembered. *New* is a report that
never came: its number stands in its message and in log lines around it, so only parts of it have been seen. The
diagnosis of a new one alone, without the request around it, takes {engine} us. Stored answers are durable when they are
given.

Before that, a process on each core did nothing for {watched:g} s but look at the clock. It was kept from it {stretches}
times, for {share} of the time and {longest} ms at the longest, by the host or by other programs. A request that is due
meanwhile waits as long whatever serves it, which decides the p99 of what takes a tenth of a millisecond.
"""
WATCHED = 5.0  # seconds


def measured(seconds: float, rounds: int) -> Section:
    """The section."""
    engine, stretches = engine_us(crashes()), held_up(WATCHED)
    found = rows(seconds, rounds)
    heads = ("case", "requests/s", "CPU us", "middle half", "of the floor", "p50 ms", "p99 ms", "failed")
    table = Table(heads, [_cells(one) for one in found])
    targets = [
        at_least(f"serving: {one.case.name}", STORED if one.case.store else UNSTORED, median(one.of_floor))
        for one in found[1:]
    ]
    targets += [
        at_most(f"serving: {one.case.name}, p99 over p50", TAIL, median(one.p99_ms) / median(one.p50_ms))
        for one in found[1:]
    ]
    return Section("Serving", _said(engine, stretches), [table], targets)


def _said(engine: float, stretches: Sequence[float]) -> str:
    return SAID.format(
        engine=number(engine),
        watched=WATCHED,
        stretches=len(stretches),
        share=f"{sum(stretches) / (2 * WATCHED):.1%}",
        longest=number(1000 * max(stretches, default=0.0)),
    )


def _cells(one: Row) -> list[str]:
    cells = [_median(one.per_second), _median(one.cpu_us), middle_half(one.cpu_us)]
    return [one.case.name, *cells, *map(_median, (one.of_floor, one.p50_ms, one.p99_ms)), str(one.failed)]


def _median(values: Sequence[float]) -> str:
    return number(median(values))
