"""Lines by the day as SVG: no script draws them, and what they show is said in words and tables beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from app.unknown.coverage import Tally, total
from app.web.chart import Bars, stacked
from app.web.words import counted, share_of

WIDTH = 10  # of a day, in the chart's own units
TALL = 100
AIR = 6  # above the highest point and under the ground, so that no line is cut in half
DASH = 3  # half of the dash that stands for a day between two without crashes


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line."""

    width: int
    tall: int
    line: str
    area: str
    said: str


@dataclass(frozen=True, slots=True)
class MarkedDay:
    """A vertical line at a day, with a number."""

    number: int
    left: str
    """Percent of the width."""


@dataclass(frozen=True, slots=True)
class Share:
    """The share of crashes that were explained, by the day."""

    width: int
    tall: int
    line: str
    area: str
    grid: str
    marks: tuple[MarkedDay, ...]
    said: str


def spark(trend: Sequence[int], last: date) -> Spark | None:
    """Crashes on each day up to the last one; None where none came."""
    most = max(trend, default=0)
    if not most:
        return None
    points = [
        (place * WIDTH + WIDTH / 2, AIR + (1 - count / most) * (TALL - 2 * AIR)) for place, count in enumerate(trend)
    ]
    line = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
    ground = TALL - AIR
    area = f"{line}L{points[-1][0]:g} {ground}L{points[0][0]:g} {ground}z"
    at = last - timedelta(days=len(trend) - 1 - trend.index(most))
    said = (
        f"{counted(sum(trend), 'crash')} in the last {len(trend)} days, at most {most:,} a day, on {at.day} {at:%B}; "
        f"{trend[-1]:,} today"
    )
    return Spark(len(trend) * WIDTH, TALL, line, area, said)


def share(tallies: Sequence[Tally], marked: Sequence[tuple[int, int]]) -> Share:
    """The line of the share, broken where nothing came; `marked` are numbers and the places of their days."""
    known = [(place, one.share) for place, one in enumerate(tallies)]
    runs = [list(run) for there, run in groupby(known, key=lambda one: one[1] is not None) if there]
    lines = [[(place * WIDTH + WIDTH / 2, _height(value)) for place, value in run if value is not None] for run in runs]
    width = max(len(tallies), 1) * WIDTH
    return Share(
        width=width,
        tall=TALL,
        line="".join(_line(run) for run in lines),
        area="".join(_area(run) for run in lines),
        grid="".join(f"M0 {_height(value):g}h{width}" for value in (0.0, 0.5, 1.0)),
        marks=tuple(MarkedDay(number, f"{(place + 0.5) * 100 / len(tallies):.2f}") for number, place in marked),
        said=_said(tallies),
    )


def bars(tallies: Sequence[Tally]) -> Bars:
    """Crashes by the day: the explained ones below, the others above."""
    return stacked([(one.explained, max(one.crashes - one.explained, 0)) for one in tallies], _said(tallies))


def percent(tally: Tally) -> str:
    """`81 %` of the crashes; of no crashes nothing at all."""
    return share_of(tally.explained, tally.crashes)


def _height(value: float) -> float:
    return AIR + (1 - min(value, 1.0)) * (TALL - 2 * AIR)


def _line(run: Sequence[tuple[float, float]]) -> str:
    if len(run) == 1:
        return f"M{run[0][0] - DASH:g} {run[0][1]:.4g}h{2 * DASH}"
    return "M" + "L".join(f"{x:g} {y:.4g}" for x, y in run)


def _area(run: Sequence[tuple[float, float]]) -> str:
    if len(run) == 1:
        return ""
    return f"{_line(run)}L{run[-1][0]:g} {TALL - AIR}L{run[0][0]:g} {TALL - AIR}z"


def _said(tallies: Sequence[Tally]) -> str:
    whole = total(tallies)
    if not whole.crashes:
        return f"No crash in the last {len(tallies)} days"
    came = [one for one in tallies if one.crashes]
    first, last = percent(came[0]), percent(came[-1])
    return (
        f"{counted(whole.crashes, 'crash')} in the last {len(tallies)} days, {percent(whole)} of them explained: "
        f"{first} on the first day with crashes, {last} on the last"
    )
