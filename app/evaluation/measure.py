"""Outcomes -> figures. Every figure says of how many it is; a share of nothing is None, not 0."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.evaluation.outcome import TOP, Outcome

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence: how many, how sure on average, and what share was right."""

    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How right a set of outcomes is."""

    asked: int
    positives: int
    near_misses: int
    unrelated: int
    top_1: float | None
    """Share of positives whose bug was named first."""
    top_5: float | None
    precision: float | None
    """Share of `match` answers that were right."""
    recall: float | None
    """Share of positives answered with the right `match`."""
    near_miss_match: float | None
    """Share of near misses wrongly called `match`."""
    near_miss_maybe: float | None
    unrelated_match: float | None
    unrelated_maybe: float | None
    brier: float | None
    """Mean squared distance of confidence and truth, over answers that name a signature."""
    calibration_error: float | None
    """Expected calibration error over ten bins of equal count (Naeini et al. 2015), same answers."""
    reliability: tuple[Bin, ...] = ()


def measure(outcomes: Sequence[Outcome]) -> Figures:
    """All figures of these outcomes."""
    positives = [one for one in outcomes if one.kind == "positive"]
    near, far = ([one for one in outcomes if one.kind == kind] for kind in ("near_miss", "unrelated"))
    matches = [one for one in outcomes if one.top and one.top.verdict == "match" and _decided(one)]
    named = [(one.top.confidence, _right(one)) for one in outcomes if one.top is not None and _decided(one)]
    bins = reliability(named)
    return Figures(
        asked=len(outcomes),
        positives=len(positives),
        near_misses=len(near),
        unrelated=len(far),
        top_1=share(positives, _right),
        top_5=share(positives, lambda one: one.bug in {named.signature for named in one.named[:TOP]}),
        precision=share(matches, _right),
        recall=share(positives, lambda one: _right(one) and one.top is not None and one.top.verdict == "match"),
        near_miss_match=share(near, lambda one: wrongly(one, "match")),
        near_miss_maybe=share(near, lambda one: wrongly(one, "maybe")),
        unrelated_match=share(far, lambda one: wrongly(one, "match")),
        unrelated_maybe=share(far, lambda one: wrongly(one, "maybe")),
        brier=mean((sure - right) ** 2 for sure, right in named),
        calibration_error=calibration_error(bins),
        reliability=bins,
    )


def _right(one: Outcome) -> bool:
    return one.top is not None and one.top.signature == one.bug


def _decided(one: Outcome) -> bool:
    """Whether the label says if the answer is right: a near miss of one signature may be another's positive."""
    return one.top is not None and (one.kind == "positive" or one.top.signature in one.wrong)


def wrongly(one: Outcome, verdict: str) -> bool:
    """Whether a signature that the label forbids was named with this verdict."""
    return any(named.verdict == verdict and named.signature in one.wrong for named in one.named)


def share(outcomes: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> float | None:
    """The share for which it holds; None of nothing."""
    return mean(holds(one) for one in outcomes)


def mean(values: Iterable[float]) -> float | None:
    """The mean; None of nothing."""
    found = list(values)
    return sum(found) / len(found) if found else None


def reliability(answers: Sequence[tuple[float, bool]]) -> tuple[Bin, ...]:
    """Answers by confidence in ten bins of equal count."""
    ordered = sorted(answers)
    edges = [round(len(ordered) * at / BINS) for at in range(BINS + 1)]
    parts = [ordered[first:last] for first, last in pairwise(edges) if last > first]
    return tuple(
        Bin(len(part), sum(sure for sure, _ in part) / len(part), sum(right for _, right in part) / len(part))
        for part in parts
    )


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """How far, on average over all answers, confidence is from the share that was right."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.right) for one in bins) / total if total else None


def by(outcomes: Sequence[Outcome], of: Callable[[Outcome], str]) -> dict[str, Figures]:
    """The figures of each part of the outcomes."""
    parts: dict[str, list[Outcome]] = {}
    for one in outcomes:
        parts.setdefault(of(one), []).append(one)
    return {name: measure(parts[name]) for name in sorted(parts)}
