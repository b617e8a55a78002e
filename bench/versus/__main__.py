"""Ours and the peers in one run; writes bench/RESULTS.md.

    python -m bench.versus [--quick] [section ...]

Without a section all are measured and the page is written; with some, or quickly, it is printed only. The data is made
once, from what is installed here, and kept in the cache folder.
"""

from __future__ import annotations

import random
import sys
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


FULL = Scale((100, 1_000, 10_000, 100_000), 3_000, 250, 5, 1024, 2048, (3.0, 5))
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
    """Measure what was asked for."""
    quick = "--quick" in words
    chosen = [word for word in words if not word.startswith("--")]
    made = []
    for name, measure in sections(QUICK if quick else FULL).items():
        if not chosen or name in chosen:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            made.append(measure())
    command = "make bench-quick" if quick else "make bench"
    text = page(made, command)
    if quick or chosen:
        print(text)
    else:
        RESULTS.write_text(text)
        print(f"written: {RESULTS}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
