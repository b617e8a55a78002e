"""How the time to read a report grows with its length, on ordinary and on hostile text. Linear is a growth of about 8.

Each stage runs on each family of texts at four sizes; growth is the time for 2 MiB over the time for 256 KiB. Exits 1
when one grows too fast or takes too long, measured twice. Words given on the command line choose families by name.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import platform
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from app.crash.environment import read_environment
from app.crash.redact import redact
from app.crash.text import decode, read
from app.crash.traceback import parse
from app.diagnosis.candidates import Index, build_index
from app.errors import TraceloreError
from app.intake import receive
from app.signature.book import Book
from app.store.shelf import load_book
from bench.families import FAMILIES, KIB, bombs

SIZES = (64 * KIB, 256 * KIB, 1024 * KIB, 2048 * KIB)
SHORT, LONG = SIZES[1], SIZES[-1]
MAX_GROWTH = 16.0  # linear is 8, quadratic 64
MAX_SECONDS = 8.0  # CPU time of one stage on the longest text
GIVE_UP = 40.0  # seconds of CPU time after which a measurement is stopped
MAX_PEAK = 1024  # MiB of resident memory, the interpreter among it
TOO_SHORT = 0.05  # seconds; below it growth says nothing
SIGNATURES_A_TEXT = 20  # so that each gets as much text as a pattern may look at
SIGNATURES = Path(__file__).parent.parent / "signatures"


class TooLong(Exception):
    """A measurement was stopped."""


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU seconds of one stage on one family, by size; infinite where it was stopped."""

    stage: str
    seconds: dict[int, float]

    @property
    def growth(self) -> float:
        """How many times longer the long text takes than the short one, which is an eighth of it."""
        return self.seconds[LONG] / max(self.seconds[SHORT], TOO_SHORT / 8)

    @property
    def is_bad(self) -> bool:
        """Whether it grows faster than the text, or is too slow anyway."""
        return self.seconds[LONG] > MAX_SECONDS or (self.seconds[LONG] > TOO_SHORT and self.growth > MAX_GROWTH)


def stages(index: Index) -> dict[str, Callable[[bytes], Callable[[], object]]]:
    """The stages: each takes the raw report, prepares what it needs, and hands back what is measured."""

    def after_reading(raw: bytes) -> Callable[[], object]:
        report = read(raw)
        return lambda: parse(report)

    def betrayed(raw: bytes) -> Callable[[], object]:
        lines = read(raw).lines
        return lambda: read_environment(lines)

    def redacted(raw: bytes) -> Callable[[], object]:
        text = decode(raw)[0]
        return lambda: redact(text)

    def whole(raw: bytes) -> object:
        try:
            return receive(raw, index=index)
        except TraceloreError as refused:
            return refused

    return {
        "read": lambda raw: lambda: read(raw),
        "parse": after_reading,
        "environment": betrayed,
        "redact": redacted,
        "whole": lambda raw: lambda: whole(raw),
    }


def seconds_of(prepare: Callable[[bytes], Callable[[], object]], raw: bytes) -> float:
    """CPU seconds of one run, without what prepares it; infinite when it was stopped."""
    signal.setitimer(signal.ITIMER_PROF, GIVE_UP)
    try:
        run = prepare(raw)
        begun = time.process_time()
        run()
        return time.process_time() - begun
    except TooLong:
        return math.inf
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def stop(_number: int, _frame: FrameType | None) -> None:
    """End a measurement that takes too long."""
    raise TooLong


def measure(stage: str, prepare: Callable[[bytes], Callable[[], object]], texts: dict[int, bytes]) -> Measured:
    """Measure a stage at each size; what looks bad is measured again, and the better counts."""
    measured = Measured(stage, _once(prepare, texts))
    if measured.is_bad and measured.seconds[LONG] < GIVE_UP:
        again = _once(prepare, texts)
        measured = Measured(stage, {size: min(seconds, again[size]) for size, seconds in measured.seconds.items()})
    return measured


def _once(prepare: Callable[[bytes], Callable[[], object]], texts: dict[int, bytes]) -> dict[int, float]:
    seconds: dict[int, float] = {}
    for size, raw in texts.items():
        stopped = math.inf in seconds.values()  # a longer text would be stopped too
        seconds[size] = math.inf if stopped else seconds_of(prepare, raw)
    return seconds


def told(family: str, measured: Measured) -> str:
    """One line of the table."""
    times = "".join(f"{seconds:9.3f}" for seconds in measured.seconds.values())
    speed = LONG / KIB / KIB / max(measured.seconds[LONG], 1e-6)
    mark = "  BAD" if measured.is_bad else ""
    return f"{family:33.33} {measured.stage:12}{times}{measured.growth:8.1f}{speed:9.1f}{mark}"


def measure_family(name: str) -> list[Measured]:
    """Every stage on one family; runs in a process of its own, so that its peak of memory is its own too."""
    signal.signal(signal.SIGPROF, stop)
    book = load_book(SIGNATURES)
    texts = {size: families(book)[name](size).encode()[:size] for size in SIZES}
    measured = [measure(stage, prepare, texts) for stage, prepare in stages(build_index(book)).items()]
    for one in measured:
        print(told(name, one), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIB
    print(f"{name:33.33} peak memory {peak} MiB{'  BAD' if peak > MAX_PEAK else ''}", flush=True)
    return measured if peak <= MAX_PEAK else [*measured, Measured("memory", dict.fromkeys(SIZES, math.inf))]


def families(book: Book) -> dict[str, Callable[[int], str]]:
    """The families by name; those that are aimed at the book's patterns too."""
    every = list(book.signatures.values())
    aimed = {
        f"aimed at {every[at].id} ...": bombs(every[at : at + SIGNATURES_A_TEXT])
        for at in range(0, len(every), SIGNATURES_A_TEXT)
    }
    return FAMILIES | aimed


def main(words: list[str]) -> int:
    """Measure every family that was asked for, and say which are bad."""
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, {platform.system()}, Python {platform.python_version()}")
    print("CPU seconds; growth from 256 KiB to 2 MiB (linear is 8); MiB/s at 2 MiB\n")
    print(f"{'family':34}{'stage':12}{''.join(f'{size // KIB:5} KiB' for size in SIZES)}  growth    MiB/s")
    names = [name for name in families(load_book(SIGNATURES)) if not words or any(word in name for word in words)]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        results = dict(zip(names, pool.imap(measure_family, names), strict=True))
    bad = [f"{name}: {one.stage}" for name, measured in results.items() for one in measured if one.is_bad]
    print(f"\n{len(results)} families, {len(bad)} of their stages bad", *bad, sep="\n  ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
