"""Ours and the peers in one run; writes bench/RESULTS.md.

    python -m bench.versus [--quick] [section ...]

Without a section all are measured and the page is written; with some, or quickly, it is printed only. The data is made
once, from what is installed here, and kept in the cache folder.
"""

from __future__ import annotations

import random
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.books import FOLDER
from bench.tracebacks import tracebacks
from bench.versus import footprint, hostile, matching, nearest, reading, scanning, served, where
from bench.versus.page import Section, page

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
    hostile_kib: int
    serving: tuple[float, int]
    """Seconds of each case, and rounds."""


FULL = Scale((100, 1_000, 10_000, 100_000), 3_000, 250, 5, 1024, 2048, (2.0, 3))
QUICK = Scale((100, 1_000, 10_000), 500, 60, 3, 64, 64, (0.5, 1))


def sections(scale: Scale) -> dict[str, Callable[[], Section]]:
    """Each section by the word that chooses it."""
    texts = tracebacks(FOLDER)
    chosen = random.Random(1).sample(texts, min(scale.texts, len(texts)))
    return {
        "parse": lambda: reading.measured(chosen, scale.rounds),
        "match": lambda: matching.measured(scale.sizes, chosen, scale.rounds, scale.asked),
        "fuzzy": lambda: nearest.measured(scale.rounds, scale.asked),
        "book": lambda: footprint.measured(scale.sizes),
        "scan": lambda: scanning.measured(chosen, scale.megabytes, scale.rounds),
        "serving": lambda: served.measured(*scale.serving),
        "adversarial": lambda: hostile.measured(scale.hostile_kib),
        "where": lambda: where.measured(chosen),
    }


def main(words: list[str]) -> int:
    """Measure what was asked for; 1 when a section could not be measured."""
    quick = "--quick" in words
    chosen = [word for word in words if not word.startswith("--")]
    command = "make bench-quick" if quick else "make bench"
    made: list[Section] = []
    failed = 0
    for name, measure in sections(QUICK if quick else FULL).items():
        if chosen and name not in chosen:
            continue
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        try:
            made.append(measure())
        except Exception:  # noqa: BLE001 - the others are worth having all the same, and the page says what is missing
            failed = 1
            why = traceback.format_exc()
            print(why, file=sys.stderr)
            made.append(Section(name.capitalize(), f"Could not be measured: `{why.splitlines()[-1]}`"))
        if not quick and not chosen:
            RESULTS.write_text(page(made, command))
    if quick or chosen:
        print(page(made, command))
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
