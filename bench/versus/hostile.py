"""Adversarial: of all families of hostile texts, the one on which each stage takes longest."""

from __future__ import annotations

import math
import signal

from app.diagnosis.candidates import build_index
from app.store.shelf import load_book
from bench.families import KIB
from bench.growth import GIVE_UP, MAX_SECONDS, SIGNATURES, families, seconds_of, stages, stop
from bench.versus.page import Section, Table, at_most
from bench.versus.race import number

SAID = """\
Every family of `bench/families.py`, and texts that are aimed at the patterns of the shipped signatures, as long as a
report may be; one run of each stage. `make bench-growth` shows all of them and how they grow.
"""


def measured(kib: int) -> Section:
    """The section: for each stage the worst family."""
    signal.signal(signal.SIGPROF, stop)
    book = load_book(SIGNATURES)
    worst: dict[str, tuple[float, str]] = {}
    by_stage = stages(build_index(book))
    every = families(book)
    for name, text in every.items():
        raw = text(kib * KIB).encode()[: kib * KIB]
        for stage, prepare in by_stage.items():
            worst[stage] = max(worst.get(stage, (0.0, "")), (seconds_of(prepare, raw), name))
    rows = [
        [stage, name, f"over {GIVE_UP:g}" if seconds == math.inf else number(seconds)]
        for stage, (seconds, name) in worst.items()
    ]
    targets = [
        at_most(f"worst {kib} KiB: {stage}", MAX_SECONDS, seconds, " s") for stage, (seconds, _) in worst.items()
    ]
    table = Table((f"stage, {len(every)} families of {kib} KiB", "worst family", "CPU s"), rows)
    return Section("Adversarial", SAID, [table], targets)
