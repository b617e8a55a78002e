"""Several ways to do the same, in turn, on the same things: what each takes, and how they compare within a round.

CPU time comes first: other work on the machine moves the wall. A ratio is the median of the ratios of all rounds, since
two measurements of one round had the same neighbours.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import _lru_cache_wrapper, partial
from itertools import chain
from typing import Any


@dataclass(slots=True)
class Spent:
    """What one way took: for each round, microseconds of CPU time by the number of the thing."""

    rounds: list[dict[int, float]] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    """For each round, mean microseconds of wall time."""
    failed: str = ""
    """Why it did not end; nothing when it did."""

    @property
    def best(self) -> list[float]:
        """For each thing the least that it took."""
        return [min(one[at] for one in self.rounds) for at in self.rounds[0]]

    @property
    def means(self) -> list[float]:
        """The mean of each round."""
        return [statistics.fmean(one.values()) for one in self.rounds]

    @property
    def mean(self) -> float:
        """The median of the rounds' means."""
        return statistics.median(self.means)

    @property
    def p50(self) -> float:
        """The median thing."""
        return statistics.median(self.best)

    @property
    def p99(self) -> float:
        """What 99 of a hundred things do not exceed."""
        return statistics.quantiles(self.best, n=100)[98] if len(self.best) > 1 else self.best[0]

    def told(self) -> list[str]:
        """Cells of a table: mean, middle half of the rounds, median thing, 99th in a hundred, wall."""
        if self.failed:
            return [f"failed: {self.failed}", "", "", "", ""]
        cells = [number(self.mean), middle_half(self.means), number(self.p50), number(self.p99)]
        return [*cells, number(statistics.median(self.wall))]


TOLD = ("mean us", "middle half", "p50", "p99", "wall us")


def middle_half(rounds: Sequence[float]) -> str:
    """From where to where the middle half of the rounds lies."""
    low, _, high = statistics.quantiles(rounds, n=4) if len(rounds) > 1 else list(rounds) * 3
    return f"{number(low)}-{number(high)}"


def ratio(one: Spent, other: Spent) -> float:
    """How many times longer the one takes than the other, on the things that both had; nan where one failed."""
    if one.failed or other.failed:
        return float("nan")
    rounds = []
    for mine, its in zip(one.rounds, other.rounds, strict=True):
        both = mine.keys() & its.keys()
        rounds.append(sum(mine[at] for at in both) / sum(its[at] for at in both))
    return statistics.median(rounds)


def race(
    ways: Mapping[str, Callable[[Any], object]],
    given: Sequence[Any],
    rounds: int,
    few: Mapping[str, int] | None = None,
) -> dict[str, Spent]:
    """Each way on all things, or on so `few` of them, in rounds that begin with another way each time.

    A round before these is not counted: in it ours remembers, and patterns of the peers are compiled.
    """
    settle()
    spent = {name: Spent() for name in ways}
    numbers = {name: range(0, len(given), _step(len(given), (few or {}).get(name))) for name in ways}
    names = list(ways)
    for name in names:
        _round(ways[name], given, numbers[name], spent[name])
        spent[name] = Spent(failed=spent[name].failed)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            if not spent[name].failed:
                _round(ways[name], given, numbers[name], spent[name])
    return spent


def _step(count: int, few: int | None) -> int:
    return max(count // few, 1) if few else 1


def forgetful(way: Callable[[Any], object], given: Sequence[Any], rounds: int, before: Sequence[Any] = ()) -> Spent:
    """One way in rounds that each begin with empty caches, and with things that are not counted."""
    settle()
    spent, forget = Spent(), forgetting()
    for _ in range(rounds):
        forget()
        for one in before:
            way(one)
        _round(way, given, range(len(given)), spent)
    return spent


def settle() -> None:
    """Take what is there out of the garbage collector's sight: it would walk through millions of objects each time."""
    gc.collect()
    gc.freeze()


def _round(way: Callable[[Any], object], given: Sequence[Any], numbers: range, spent: Spent) -> None:
    taken: dict[int, float] = {}
    gc.collect()
    wall = time.perf_counter_ns()
    try:
        for at in numbers:
            one = given[at]
            begun = time.process_time_ns()
            way(one)
            taken[at] = (time.process_time_ns() - begun) / 1000
    except Exception as failure:  # noqa: BLE001 - a peer that fails is a result
        spent.failed = f"{type(failure).__name__}: {failure}"[:100]
        return
    spent.wall.append((time.perf_counter_ns() - wall) / 1000 / len(numbers))
    spent.rounds.append(taken)


def forgetting() -> Callable[[], None]:
    """What makes our code forget all that it remembers of texts it has seen, in its modules and in its indexes."""
    gc.unfreeze()
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == "app"]
    every = chain(gc.get_objects(), *(list(vars(module).values()) for module in modules))
    caches = [value for value in every if isinstance(value, _lru_cache_wrapper)]
    ours = [cache for cache in caches if _made_in(cache).partition(".")[0] == "app"]
    gc.freeze()

    def forget() -> None:
        for cache in ours:
            cache.cache_clear()

    return forget


def _made_in(cache: _lru_cache_wrapper[Any]) -> str:
    """The module whose function it remembers, part of whose arguments may have been given before."""
    function = cache.__wrapped__
    while isinstance(function, partial):
        function = function.func
    return str(getattr(function, "__module__", ""))


def number(value: float) -> str:
    """Three digits that count."""
    if value != value:  # noqa: PLR0124 - nan
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004
