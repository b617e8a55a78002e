"""What a section of the results says, and the page that is made of all of them."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

VERSIONS = ("boltons", "hyperscan", "ahocorasick-rs", "tantivy", "ripgrep", "pyinstrument", "regex", "pydantic")
HEAD = """
# What it costs, beside others

Written by `make bench`, by nothing else. All ways of a table ran in one process, in rounds that take turns; given is
CPU time (wall time where it says so), the median of the rounds, and the middle half of them. Ratios are medians of the
ratios within a round. Figures of another machine differ, and other work on this one moves them: compare within a table.
Below each section stands when it was measured, by which command, and how busy the machine was.

{machine}

## Targets
"""
CPU = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Table:
    """A heading for each column, and rows of cells."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        """As Markdown."""
        lines = [self.heads, ["---"] * len(self.heads), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


@dataclass(frozen=True, slots=True)
class Target:
    """What was wanted, and what came of it."""

    name: str
    wanted: str
    reached: str
    met: bool | None
    """None where it could not be measured."""


@dataclass(slots=True)
class Section:
    """One question: what was measured and how, the tables, and the targets."""

    title: str
    said: str
    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    took: str = ""
    """How long it took to measure."""
    made: str = ""
    """When, by which command and how, once it is kept."""

    def __str__(self) -> str:
        """As Markdown."""
        return "\n\n".join(
            [f"## {self.title}", self.said.strip(), *map(str, self.tables), *self.notes, self.made]
        ).rstrip()


def at_least(name: str, wanted: float, reached: float, unit: str = "x") -> Target:
    """A target that more is better for; nan is what could not be measured."""
    measured = reached == reached  # noqa: PLR0124 - nan
    return Target(name, f"at least {wanted:,g}{unit}", _shown(reached, unit), reached >= wanted if measured else None)


def at_most(name: str, wanted: float, reached: float, unit: str = "x") -> Target:
    """A target that less is better for."""
    measured = reached == reached  # noqa: PLR0124 - nan
    return Target(name, f"at most {wanted:,g}{unit}", _shown(reached, unit), reached <= wanted if measured else None)


def _shown(value: float, unit: str) -> str:
    if value != value:  # noqa: PLR0124 - nan
        return "not measured"
    return f"{value:,.0f}{unit}" if value >= 100 else f"{value:.3g}{unit}"  # noqa: PLR2004


def keep(section: Section, file: Path, command: str) -> None:
    """Keep a section with how it was made, so that one can be measured again without the others."""
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    section.made = f"*{when}, revision {_revision()}, load average {load}, took {section.took}: `{command}`*"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(section)))


def kept(file: Path) -> Section:
    """The section that was kept in this file."""
    told = json.loads(file.read_text())
    tables = [Table(**one) for one in told.pop("tables")]
    targets = [Target(**one) for one in told.pop("targets")]
    return Section(tables=tables, targets=targets, **told)


def page(sections: Sequence[Section]) -> str:
    """The whole page: where it was made, targets beside what was reached, and each section."""
    marks = {True: "yes", False: "**no**", None: "-"}
    every = [one for each in sections for one in each.targets]
    targets = Table(
        ("what", "wanted", "reached", "met"), [[one.name, one.wanted, one.reached, marks[one.met]] for one in every]
    )
    return "\n\n".join([HEAD.format(machine=machine()).strip(), str(targets), *map(str, sections)]) + "\n"


def machine() -> str:
    """Where and with what it runs."""
    model = next((line.partition(": ")[2] for line in CPU.read_text().splitlines() if "model name" in line), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in VERSIONS)
    return (
        f"{os.cpu_count()} x {model}, {memory:.0f} GiB, {platform.platform()}, Python {platform.python_version()}.\n"
        f"{versions}."
    )


def _revision() -> str:
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    return subprocess.run(git, check=False, capture_output=True, text=True).stdout.strip() or "unknown"
