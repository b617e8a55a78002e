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
from dataclasses import dataclass, field
from pathlib import Path

from bench.books import FOLDER
from bench.logs import DENSE, DIFFERENT, FORMS, MIB, SPARSE, is_unique, log
from bench.tracebacks import MARK
from bench.versus.page import Section, Table, Target, at_least
from bench.versus.race import number

TRACELORE = Path(sys.executable).with_name("tracelore")
EMPTY = FOLDER / "empty.log"
LEAST = 0.01  # seconds; the clock of a child process has steps of that
HEADS = (
    "log",
    "ripgrep MB/s",
    "scan MB/s",
    "its start, s",
    "x ripgrep",
    "x without start",
    "x headers only",
    "crashes",
    "by ripgrep",
    "crashes/s",
    "two jobs x",
)
RIPGREP = Path(sys.executable).with_name("rg")
MAX_ROUNDS = 3
DENSE_SHARE = 4  # a dense log is so many times shorter: one record in twenty of it is work
SAID = """\
{size:,} MiB of each sparse log, a quarter of that of each dense one; page cache warm, CPU time of the child process,
its start included. ripgrep counts the lines that hold `{mark}`; `tracelore scan` finds the tracebacks, reads, redacts
and diagnoses them against the shipped signatures, and groups them. At most 64 MiB of a log are different text, which
is repeated; {different} real tracebacks occur in it, the first of them most often. *Headers only* is `--look-for
headers`, which looks for the same line as ripgrep. *Crashes/s* is without the start; two jobs are compared
with one by wall time.
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


def once(command: Sequence[str], runs: Runs) -> None:
    """Run it, and take down what it took, its own children included."""
    before, begun = os.times(), time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    after = os.times()
    runs.wall.append(time.perf_counter() - begun)
    runs.cpu.append(after.children_user + after.children_system - before.children_user - before.children_system)
    runs.printed = done.stdout
    if done.returncode > 1:
        raise SystemExit(f"{command[0]} ended with {done.returncode}: {done.stderr[-300:]}")


def _commands(file: Path) -> dict[str, list[str]]:
    rg = str(RIPGREP) if RIPGREP.exists() else shutil.which("rg") or "rg"
    scan = [str(TRACELORE), "scan", str(file), "--json"]
    return {
        "ripgrep": [rg, "--count", "--fixed-strings", "--threads", "1", MARK, str(file)],
        "scan": [*scan, "--jobs", "1"],
        "headers": [*scan, "--jobs", "1", "--look-for", "headers"],
        "two jobs": [*scan, "--jobs", "2"],
        "start": [str(TRACELORE), "scan", str(EMPTY), "--json"],
    }


def is_there() -> bool:
    """Whether this `tracelore` can scan."""
    return subprocess.run([str(TRACELORE), "scan", "--help"], check=False, capture_output=True).returncode == 0


def measured(texts: Sequence[str], megabytes: int, rounds: int) -> Section:
    """The section: each log is written, measured and taken away again."""
    section = Section("Scan", SAID.format(size=megabytes, mark=MARK, different=DIFFERENT))
    if not is_there():
        section.notes.append("`tracelore scan` is not there.")
        return section
    EMPTY.touch()
    rows = []
    for form in FORMS:
        for name, every in (("sparse", SPARSE), ("dense", DENSE)):
            print(f"scan: {form}, {name}", file=sys.stderr, flush=True)
            share = 1 if every == SPARSE else DENSE_SHARE
            file = log(FOLDER, form, every, texts, megabytes * MIB // share)
            runs = _raced(file, min(rounds, MAX_ROUNDS))
            rows.append(_row(f"{form}, {name}", file, runs))
            section.targets += _targets(form, name, runs)
            if not is_unique(file):
                file.unlink()
    section.tables.append(Table(HEADS, rows))
    return section


def _raced(file: Path, rounds: int) -> dict[str, Runs]:
    commands = _commands(file)
    runs = {name: Runs() for name in commands}
    once(commands["ripgrep"], Runs())  # reads the file into the page cache
    for _ in range(rounds):
        for name, command in commands.items():
            once(command, runs[name])
    return runs


def crashes(printed: str) -> int:
    """How many crashes a scan counted."""
    return int(json.loads(printed)["crashes"])


def _row(name: str, file: Path, runs: dict[str, Runs]) -> list[str]:
    size = file.stat().st_size / 1e6
    found = crashes(runs["scan"].printed)
    work = runs["scan"].seconds - runs["start"].seconds
    cells = [size / max(runs["ripgrep"].seconds, LEAST), size / runs["scan"].seconds, runs["start"].seconds]
    cells += [_times(runs, "scan"), max(runs["ripgrep"].seconds, LEAST) / max(work, LEAST), _times(runs, "headers")]
    counted = int(runs["ripgrep"].printed or "0")
    rate, jobs = found / max(work, LEAST), _jobs(runs)
    return [name, *map(number, cells), f"{found:,}", f"{counted:,}", number(rate), number(jobs)]


def _times(runs: dict[str, Runs], way: str) -> float:
    """How many times faster than ripgrep, or what part of it."""
    pairs = zip(runs["ripgrep"].cpu, runs[way].cpu, strict=True)
    return statistics.median(max(a, LEAST) / max(b, LEAST) for a, b in pairs)


def _jobs(runs: dict[str, Runs]) -> float:
    return statistics.median(a / b for a, b in zip(runs["scan"].wall, runs["two jobs"].wall, strict=True))


def _targets(form: str, name: str, runs: dict[str, Runs]) -> list[Target]:
    work = max(runs["scan"].seconds - runs["start"].seconds, LEAST)
    if name == "sparse":
        return [
            at_least(f"scan: {form}, sparse, of ripgrep", 0.4, _times(runs, "scan")),
            at_least(
                f"scan: {form}, sparse, of ripgrep, without its start", 0.4, max(runs["ripgrep"].seconds, LEAST) / work
            ),
        ]
    rate = crashes(runs["scan"].printed) / work
    return [
        at_least(f"scan: {form}, dense", 20_000, rate, " crashes/s"),
        at_least(f"scan: {form}, dense, two jobs", 1.8, _jobs(runs)),
    ]
