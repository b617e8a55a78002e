"""Scan: `tracelore scan` as users run it against ripgrep that only counts one line, on the same files."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from bench.books import FOLDER
from bench.logs import DENSE, DIFFERENT, FORMS, MIB, SPARSE, is_unique, log
from bench.tracebacks import MARK
from bench.versus.page import Section, Table, Target, at_least
from bench.versus.race import middle_half, number

TRACELORE = Path(sys.executable).with_name("tracelore")
JOBS = 2
EMPTY = FOLDER / "empty.log"
COMPILED = FOLDER / "bytecode"
LEAST = 0.001  # seconds: a scan that takes no more than its start has taken something all the same
HEADS = (
    "log",
    "ripgrep s",
    "middle half",
    "scan s",
    "middle half",
    "wall s",
    "its start",
    "headers only",
    "x ripgrep",
    "x without start",
    "x headers only",
    "crashes",
    "header lines",
    "crashes/s",
    "two jobs x",
    "by CPU time x",
    "two scans x",
)
STAGES = ("log", "header", "all else", "new crashes", "how many", "known ones", "how many", "us each")
RIPGREP = Path(sys.executable).with_name("rg")
MAX_ROUNDS = 3
SAID = """\
{size:,} MiB of each log, page cache warm; CPU time of the child process in seconds.
ripgrep counts the lines that hold `{mark}`; `tracelore scan` finds the tracebacks, reads, redacts and diagnoses them
against the shipped signatures, and groups them. Python's bytecode is compiled before, as an installation has it. *Its
start* is the scan of an empty log; *headers only* is `--look-for headers`, which looks for the same line as ripgrep and
for nothing else: its ratio and crashes/s are without the start. Two jobs are compared with one by wall time, which says
little where other work keeps the processors busy, and beside it by the CPU time of their longest way: the start, and
all that the busier one does, which learns for itself what new crashes are. *Two scans* are two of one job each at
the same time, by wall time: what the processors give to two processes that share nothing, and so the most there is.

At most 64 MiB of a log are different text, which is repeated; {different} real tracebacks occur in it, the first of
them most often. One record in {sparse:,} of a sparse log is a traceback, and one in {dense} of a dense one. Crashes and
header lines differ: exceptions that led to one another are one crash with a header each, while all of a record of JSON
is one line, also where its text holds two crashes. A test sees to it that each crash of such a log is counted once.
"""
STAGES_SAID = """\
Where the seconds of a whole scan go, after its start: the search for the header, the search for all else that a crash
shows, new crashes, which are read and judged, and crashes known from before, which are found, known again by their
bytes, dated and counted. As the scan tells them (`--verbose`): wall time of the searches, which are too short for a
look at the other clock, CPU time of new crashes, and the rest.
"""


@dataclass(slots=True)
class Runs:
    """What a command took, of each round."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    printed: str = ""

    @property
    def seconds(self) -> float:
        """The median CPU time."""
        return statistics.median(self.cpu)


def once(command: Sequence[str], runs: Runs, copies: int = 1) -> None:
    """Run it, or some of it at the same time, and take down what that took, its own children included."""
    before, begun = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    run = partial(subprocess.run, command, check=False, capture_output=True, text=True, env=_environment())
    with ThreadPoolExecutor(copies) as waiting:
        done, *_ = waiting.map(lambda _: run(), range(copies))
    runs.wall.append(time.perf_counter() - begun)
    after = getrusage(RUSAGE_CHILDREN)
    runs.cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    runs.printed = done.stdout
    if done.returncode > 1:
        raise SystemExit(f"{command[0]} ended with {done.returncode}: {done.stderr[-300:]}")


def _environment() -> dict[str, str]:
    """Ours, with bytecode that is kept: an installed program has its own, and here it may be forbidden."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(COMPILED)}


def _commands(file: Path) -> dict[str, list[str]]:
    rg = str(RIPGREP) if RIPGREP.exists() else shutil.which("rg") or "rg"
    scan = [str(TRACELORE), "scan", str(file), "--json"]
    return {
        "ripgrep": [rg, "--count", "--fixed-strings", "--threads", "1", MARK, str(file)],
        "scan": [*scan, "--jobs", "1"],
        "headers": [*scan, "--jobs", "1", "--look-for", "headers"],
        "two jobs": [*scan, "--jobs", str(JOBS)],
        "two scans": [*scan, "--jobs", "1"],
        "start": [str(TRACELORE), "scan", str(EMPTY), "--json"],
    }


def is_there() -> bool:
    """Whether this `tracelore` can scan."""
    return subprocess.run([str(TRACELORE), "scan", "--help"], check=False, capture_output=True).returncode == 0


def measured(texts: Sequence[str], megabytes: int, rounds: int) -> Section:
    """The section: each log is written, measured and taken away again."""
    section = Section("Scan", SAID.format(size=megabytes, mark=MARK, different=DIFFERENT, sparse=SPARSE, dense=DENSE))
    if not is_there():
        section.notes.append("`tracelore scan` is not there.")
        return section
    EMPTY.touch()
    rows, stages = [], []
    for form in FORMS:
        for name, every in (("sparse", SPARSE), ("dense", DENSE)):
            print(f"scan: {form}, {name}", file=sys.stderr, flush=True)
            file = log(FOLDER, form, every, texts, megabytes * MIB)
            runs = _raced(file, min(rounds, MAX_ROUNDS))
            rows.append(_row(f"{form}, {name}", runs))
            stages.append(_stages(f"{form}, {name}", runs))
            section.targets += _targets(form, name, runs)
            if not is_unique(file):
                file.unlink()
    section.tables += [Table(HEADS, rows), Table(STAGES, stages)]
    section.notes.append(STAGES_SAID.strip())
    return section


def _raced(file: Path, rounds: int) -> dict[str, Runs]:
    commands = _commands(file)
    runs = {name: Runs() for name in commands}
    once(commands["ripgrep"], Runs())  # reads the file into the page cache
    once(commands["start"], Runs())  # compiles bytecode and book, where they are not yet
    for _ in range(rounds):
        for name, command in commands.items():
            once(command, runs[name], JOBS if name == "two scans" else 1)
    return runs


def crashes(printed: str) -> int:
    """How many crashes a scan counted."""
    return int(json.loads(printed)["crashes"])


def _row(name: str, runs: dict[str, Runs]) -> list[str]:
    found = crashes(runs["scan"].printed)
    raced = [cell for way in ("ripgrep", "scan") for cell in (number(runs[way].seconds), middle_half(runs[way].cpu))]
    raced.append(number(statistics.median(runs["scan"].wall)))
    cells = [runs[way].seconds for way in ("start", "headers")]
    cells += [_times(runs, "scan"), _worth(runs, "scan"), _worth(runs, "headers")]
    counted, rate = int(runs["ripgrep"].printed or "0"), found / _work(runs, "scan")
    jobs = (_gain(runs, "two jobs"), runs["scan"].seconds / _longest(runs), JOBS * _gain(runs, "two scans"))
    return [name, *raced, *map(number, cells), f"{found:,}", f"{counted:,}", number(rate), *map(number, jobs)]


def _stages(name: str, runs: dict[str, Runs]) -> list[str]:
    """What the scan says of its last round."""
    cost = json.loads(runs["scan"].printed)["cost"]
    stages = [cost["header_seconds"], cost["others_seconds"], cost["read_seconds"]]
    known, rest = cost["remembered"], max(cost["cpu_seconds"] - sum(stages), 0.0)
    told = [*map(number, stages), f"{cost['blocks'] - known:,}", number(rest), f"{known:,}"]
    return [name, *told, number(rest / known * 1e6) if known else ""]


def _work(runs: dict[str, Runs], way: str) -> float:
    """Seconds of CPU time without the start."""
    return max(runs[way].seconds - runs["start"].seconds, LEAST)


def _worth(runs: dict[str, Runs], way: str) -> float:
    """What part of ripgrep's speed it has without its start."""
    return runs["ripgrep"].seconds / _work(runs, way)


def _times(runs: dict[str, Runs], way: str) -> float:
    """How many times faster than ripgrep, or what part of it."""
    return statistics.median(a / b for a, b in zip(runs["ripgrep"].cpu, runs[way].cpu, strict=True))


def _gain(runs: dict[str, Runs], way: str) -> float:
    """How many times sooner it is done than one scan."""
    return statistics.median(a / b for a, b in zip(runs["scan"].wall, runs[way].wall, strict=True))


def _longest(runs: dict[str, Runs]) -> float:
    """The CPU time of two jobs that can't be had side by side."""
    processes: list[float] = json.loads(runs["two jobs"].printed)["cost"]["processes"]
    return runs["start"].seconds + max(processes)


def _targets(form: str, name: str, runs: dict[str, Runs]) -> list[Target]:
    if name == "sparse":
        return [
            at_least(f"scan: {form}, sparse, of ripgrep", 0.4, _times(runs, "scan")),
            at_least(f"scan: {form}, sparse, of ripgrep, without its start", 0.4, _worth(runs, "scan")),
        ]
    rate = crashes(runs["scan"].printed) / _work(runs, "scan")
    return [
        at_least(f"scan: {form}, dense", 20_000, rate, " crashes/s"),
        at_least(f"scan: {form}, dense, two jobs", 1.8, _gain(runs, "two jobs")),
    ]
