"""Adversarial: of all families of hostile texts, the one on which each stage takes longest."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial

from app.crash.environment import read_environment
from app.crash.model import Crash, Report
from app.crash.redact import redact
from app.crash.text import decode, read
from app.crash.traceback import parse
from app.diagnosis.candidates import Index, build_index
from app.diagnosis.diagnose import MAX_CRASHES, diagnose_crash
from app.errors import TraceloreError
from app.intake import receive
from app.scan.haystack import Haystack
from app.scan.part import COMPLETE, Memory, Where, scan_part
from app.scan.tally import Tally
from app.store.shelf import load_book
from bench.families import KIB
from bench.growth import GIVE_UP, MAX_SECONDS, SIGNATURES, families, seconds_of, stop
from bench.versus.page import Section, Table, at_most
from bench.versus.race import forgetting, number

LONGEST = 2.0  # seconds of CPU time for a report; a log may hold thousands of crashes, each read and judged
SAID = """\
Every family of `bench/families.py`, and texts that are aimed at the patterns of the shipped signatures, as long as a
report may be; one run of each stage, before which all caches are emptied. *judge* is all that is done with the crashes
of a report once they are read: candidates, patterns, evidence. *scan* reads the text as a log. `make bench-growth`
shows all families and how they grow.
"""


class Hostile:
    """A text as each stage is given it."""

    def __init__(self, raw: bytes) -> None:
        """Take the bytes."""
        self.raw = raw

    @cached_property
    def text(self) -> str:
        """What the bytes say."""
        return decode(self.raw)[0]

    @cached_property
    def report(self) -> Report:
        """The lines."""
        return read(self.raw)

    @cached_property
    def crashes(self) -> Sequence[Crash]:
        """As many crashes with different messages as are judged of one report."""
        return list({one.raised.message: one for one in parse(self.report)}.values())[:MAX_CRASHES]


Do = Callable[[Hostile], object]
Stage = tuple[Do, Do]  # what is there before, and what is measured


def stages(index: Index) -> dict[str, Stage]:
    """Each stage of a report's way, the whole of it, and the way of a log."""
    return {
        "decode": (_raw, lambda one: decode(one.raw)),
        "read": (_raw, lambda one: read(one.raw)),
        "redact": (lambda one: one.text, lambda one: redact(one.text)),
        "environment": (lambda one: one.report, lambda one: read_environment(one.report.lines)),
        "parse": (lambda one: one.report, lambda one: parse(one.report)),
        "judge": (lambda one: one.crashes, lambda one: [diagnose_crash(crash, index) for crash in one.crashes]),
        "whole": (_raw, lambda one: _whole(one.raw, index)),
        "scan": (_raw, lambda one: _scanned(one.raw, index)),
    }


def _raw(one: Hostile) -> bytes:
    return one.raw


def _whole(raw: bytes, index: Index) -> object:
    try:
        return receive(raw, index=index)
    except TraceloreError as refused:
        return refused


def _scanned(raw: bytes, index: Index) -> Tally:
    hay, tally = Haystack(bytearray(raw), len(raw)), Tally()
    where = Where(0, "hostile.log", 2026)
    scan_part(hay, 0, len(raw), offset=0, where=where, words=COMPLETE, index=index, memory=Memory(), tally=tally)
    hay.close()
    return tally


def measured(kib: int) -> Section:
    """The section: for each stage the worst family."""
    signal.signal(signal.SIGPROF, stop)
    book = load_book(SIGNATURES)
    every, by_stage = families(book), stages(build_index(book))
    worst = slowest(every, by_stage, kib * KIB)
    rows = [
        [stage, name, f"over {GIVE_UP:g}" if seconds == math.inf else number(seconds)]
        for stage, (seconds, name) in worst.items()
    ]
    targets = [
        at_most(f"worst {kib} KiB: {stage}", MAX_SECONDS if stage == "scan" else LONGEST, seconds, " s")
        for stage, (seconds, _) in worst.items()
    ]
    table = Table((f"stage, {len(every)} families of {kib} KiB", "worst family", "CPU s"), rows)
    return Section("Adversarial", SAID, [table], targets)


def slowest(
    every: Mapping[str, Callable[[int], str]], by_stage: Mapping[str, Stage], size: int
) -> dict[str, tuple[float, str]]:
    """For each stage the seconds of the worst family of texts of this size, and its name."""
    worst = dict.fromkeys(by_stage, (0.0, ""))
    forget = forgetting()
    for name, text in every.items():
        one = Hostile(text(size).encode()[:size])
        for stage, (needed, run) in by_stage.items():
            seconds = seconds_of(partial(_ready, forget, one, needed, run), one.raw)
            worst[stage] = max(worst[stage], (seconds, name))
    return worst


def _ready(forget: Callable[[], None], one: Hostile, needed: Do, run: Do, _raw: bytes) -> Callable[[], object]:
    """What is to be measured, once what it needs is there and all else is forgotten."""
    needed(one)
    forget()
    return partial(run, one)
