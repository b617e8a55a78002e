"""Ours and the peers in one run; writes bench/RESULTS.md.

    python -m bench.versus [--quick] [section ...]

All sections are measured, or those that are named; the page is written of what was last measured of each. Quickly, they
are printed only. A busy machine may be given less to do: fewer rounds, shorter texts and logs; the page says so, since
the command stands below each section. The data is made once, from what is installed here, and kept in the cache folder.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

from bench.books import FOLDER
from bench.tracebacks import tracebacks
from bench.versus import footprint, hostile, matching, nearest, reading, scanning, served, stored, where
from bench.versus.page import Section, keep, kept, page

KEPT = FOLDER / "results"
FAILED = "Could not be measured"
RESULTS = Path(__file__).parent.parent / "RESULTS.md"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    sizes: tuple[int, ...]
    texts: int
    asked: int
    rounds: int
    megabytes: int
    """Of each log."""
    scans: int
    """Rounds of a log at most; each starts five programs."""
    hostile_kib: int
    serving: tuple[float, int]
    """Seconds of each case, and rounds."""
    stored: tuple[int, ...]
    """Before a report is served."""


FULL = Scale((100, 1_000, 10_000, 100_000), 3_000, 250, 5, 1024, 3, 2048, (2.0, 3), (1_000, 100_000, 1_000_000))
QUICK = Scale((100, 1_000, 10_000), 500, 60, 3, 32, 1, 32, (0.5, 1), (1_000, 5_000))


FIELDS = frozenset(field.name for field in fields(Scale))


def sections(scale: Scale) -> dict[str, Callable[[], Section]]:
    """Each section by the word that chooses it."""
    texts = tracebacks(FOLDER)
    chosen = random.Random(1).sample(texts, min(scale.texts, len(texts)))
    return {
        "parse": lambda: reading.measured(chosen, scale.rounds),
        "match": lambda: matching.measured(scale.sizes, chosen, scale.rounds, scale.asked),
        "fuzzy": lambda: nearest.measured(scale.rounds, scale.asked),
        "where": lambda: where.measured(chosen),
        "scan": lambda: scanning.measured(chosen, scale.megabytes, min(scale.rounds, scale.scans)),
        "serving": lambda: served.measured(*scale.serving),
        "stored": lambda: stored.measured(scale.stored, *scale.serving),
        "adversarial": lambda: hostile.measured(scale.hostile_kib),
        "book": lambda: footprint.measured(scale.sizes),
    }


def told(words: list[str]) -> tuple[Scale, argparse.Namespace]:
    """How much is to be measured, and what of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.versus", description=__doc__.splitlines()[0])
    parser.add_argument("sections", nargs="*", help="what is measured; all, if none is named")
    parser.add_argument("--quick", action="store_true", help="small books and logs, printed only")
    parser.add_argument("--rounds", type=int, help="how often each way has its turn")
    parser.add_argument("--largest", type=int, default=FULL.sizes[-1], help="signatures of the largest book")
    parser.add_argument("--asked", type=int, help="reports of each kind")
    parser.add_argument("--megabytes", type=int, help="size of each log")
    parser.add_argument("--hostile-kib", type=int, help="length of each hostile text")
    parser.add_argument("--stored", type=int, nargs="+", help="how many are stored before a report is served")
    options = parser.parse_args(words)
    given = {name: value for name, value in vars(options).items() if value is not None and name in FIELDS}
    scale = replace(QUICK if options.quick else FULL, **given)
    return replace(scale, sizes=tuple(size for size in scale.sizes if size <= options.largest)), options


def main(words: list[str]) -> int:
    """Measure what was asked for; 1 when a section could not be measured."""
    scale, options = told(words)
    command = " ".join(["python -m bench.versus", *words]) if words else "make bench"
    known = sections(scale)
    failed = False
    for name in options.sections or known:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        begun, used = time.monotonic(), cpu_seconds()
        section = measured(name, known[name])
        section.took = f"{time.monotonic() - begun:.0f} s, of them {cpu_seconds() - used:.0f} s of CPU time"
        print(f"{name} took {section.took}", file=sys.stderr, flush=True)
        failed = failed or section.said.startswith(FAILED)
        if options.quick:
            print(section, *section.targets, sep="\n")
        else:
            keep(section, KEPT / f"{name}.json", command)
            files = [KEPT / f"{one}.json" for one in known]
            RESULTS.write_text(page([kept(file) for file in files if file.exists()]))
    return int(failed)


def cpu_seconds() -> float:
    """Seconds of CPU time of this process and of those that it started and that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def measured(name: str, measure: Callable[[], Section]) -> Section:
    """The section, or that it could not be measured: the others are worth having all the same."""
    try:
        return measure()
    except Exception:  # noqa: BLE001 - the page says what is missing
        why = traceback.format_exc()
        print(why, file=sys.stderr)
        return Section(name.capitalize(), f"{FAILED}: `{why.splitlines()[-1]}`")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
