"""Crashes added up by what is said of them. Tallies of parts, processes and machines add up to the tally of all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.scan.read import Answer

MAX_GROUPS = 10_000  # beyond, crashes of further groups are counted without being told apart
MAX_FILES = 1_000  # names of files that one group keeps
MAX_VERSIONS = 20

Place = tuple[int, int]
"""The number of a file among those scanned, and a byte in it: which crash came first."""


@dataclass(slots=True)
class Group:
    """Crashes of which the same is said."""

    answer: Answer
    """What is said of the surest of them; of those that are as sure, of the first."""
    place: Place
    count: int = 0
    first: float | None = None
    last: float | None = None
    files: dict[str, int] = field(default_factory=dict)
    """How many of them stand in each file."""
    versions: dict[str, int] = field(default_factory=dict)

    def add(self, answer: Answer, place: Place, file: str, seen: float | None) -> None:
        """Count one more."""
        self._take(answer, place)
        self.count += 1
        _count(self.files, file, 1, MAX_FILES)
        if answer.version is not None:
            _count(self.versions, answer.version, 1, MAX_VERSIONS)
        if seen is not None:
            self._span(seen, seen)

    def merge(self, other: Group) -> None:
        """Count all of another tally's."""
        self._take(other.answer, other.place)
        self.count += other.count
        for file, count in other.files.items():
            _count(self.files, file, count, MAX_FILES)
        for version, count in other.versions.items():
            _count(self.versions, version, count, MAX_VERSIONS)
        if other.first is not None and other.last is not None:
            self._span(other.first, other.last)

    def _take(self, answer: Answer, place: Place) -> None:
        if answer is not self.answer and (-answer.confidence, place) < (-self.answer.confidence, self.place):
            self.answer, self.place = answer, place

    def _span(self, first: float, last: float) -> None:
        self.first = first if self.first is None or first < self.first else self.first
        self.last = last if self.last is None or last > self.last else self.last


def _count(counts: dict[str, int], name: str, more: int, most: int) -> None:
    if name in counts or len(counts) < most:
        counts[name] = counts.get(name, 0) + more


@dataclass(slots=True)
class Cost:
    """What a scan took, stage by stage: bytes, seconds, and how often nothing had to be read again."""

    bytes: int = 0
    header_seconds: float = 0.0
    others_seconds: float = 0.0
    read_seconds: float = 0.0
    cpu_seconds: float = 0.0
    blocks: int = 0
    remembered: int = 0
    """Blocks that were known from before."""

    def merge(self, other: Cost) -> None:
        """Add another's."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Tally:
    """All that a scan found, in memory that has a bound whatever was scanned."""

    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    crashes: int = 0
    untold: int = 0
    """Crashes of groups beyond `MAX_GROUPS`."""
    cost: Cost = field(default_factory=Cost)

    def add(self, answer: Answer, place: Place, file: str, seen: float | None) -> None:
        """Count a crash."""
        self.crashes += 1
        group = self.groups.get(answer.group)
        if group is None:
            if len(self.groups) >= MAX_GROUPS:
                self.untold += 1
                return
            group = self.groups[answer.group] = Group(answer, place)
        group.add(answer, place, file, seen)

    def merge(self, other: Tally) -> None:
        """Add what another tally has."""
        self.crashes += other.crashes
        self.untold += other.untold
        self.cost.merge(other.cost)
        for key, group in other.groups.items():
            if key in self.groups:
                self.groups[key].merge(group)
            elif len(self.groups) < MAX_GROUPS:
                self.groups[key] = replace(group, files=dict(group.files), versions=dict(group.versions))
            else:
                self.untold += group.count

    def ranked(self) -> list[Group]:
        """The groups, those of known bugs first, the most frequent first."""
        order = {"match": 0, "maybe": 1, "none": 2}
        return sorted(
            self.groups.values(),
            key=lambda one: (order[one.answer.verdict], -one.count, one.answer.group),
        )
