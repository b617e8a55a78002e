"""Bars by the hour as the paths of an SVG: no script draws them, and what they show is said in words beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.staff import Hour
from app.web.words import counted, plural

WIDTH = 10  # of an hour, in the chart's own units
GAP = 2
TALL = 100
LEAST = 3  # of a bar that stands for anything at all


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of the last hours."""

    width: int
    tall: int
    lower: str
    """Path of the bars that stand on the ground."""
    upper: str
    """Path of those on top of them; empty where there is one kind only."""
    most: str
    """What a bar of full height stands for; empty where nothing came."""
    said: str
    """The same in words."""


def records(day: Sequence[Hour]) -> Bars:
    """Records by the hour."""
    return stacked([(one.records, 0) for one in day], _said(day, "record", [one.records for one in day]))


def crashes(day: Sequence[Hour]) -> Bars:
    """Crashes by the hour: the explained ones below, the others above."""
    known = [(one.explained, max(one.crashes - one.explained, 0)) for one in day]
    return stacked(known, _said(day, "crash", [one.crashes for one in day]))


def stacked(pairs: Sequence[tuple[int, int]], said: str) -> Bars:
    """A bar for each pair: the first of it below, the other on top."""
    most = max((low + high for low, high in pairs), default=0)
    lower: list[str] = []
    upper: list[str] = []
    for place, (low, high) in enumerate(pairs):
        left, ground = place * WIDTH + GAP / 2, float(TALL)
        for count, path in ((low, lower), (high, upper)):
            if count:
                height = max(round(count / most * (TALL - 2 * LEAST), 1), LEAST)
                ground -= height
                path.append(f"M{left:g} {ground:g}h{WIDTH - GAP}v{height:g}h-{WIDTH - GAP}z")
    return Bars(len(pairs) * WIDTH, TALL, "".join(lower), "".join(upper), f"{most:,}" if most else "", said)


def _said(day: Sequence[Hour], what: str, counts: Sequence[int]) -> str:
    """`37 crashes in the last 24 hours, at most 12 an hour, from 14:00 UTC on`."""
    total = sum(counts)
    if not total:
        return f"No {plural(what)} in the last {len(day) or 24} hours"
    most = max(counts)
    at = day[counts.index(most)].begin
    return f"{counted(total, what)} in the last {len(day)} hours, at most {most:,} an hour, from {at:%H:%M} UTC on"
