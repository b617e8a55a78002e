"""The whole way from a labelled corpus to its figures, on one screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from app.diagnosis.candidates import Index
from app.diagnosis.model import ENGINE
from app.evaluation.corpus import Labelled
from app.evaluation.measure import by, mean, measure
from app.evaluation.outcome import Outcome, ask
from app.evaluation.show import Result

MAX_PAIRS = 200_000  # of reports of different bugs, for the share of fingerprints that collide


def evaluate(corpus: Sequence[Labelled], ordinary: Sequence[str], index: Index, *, seed: int) -> Result:
    """Ask the engine everything, and count how right it was."""
    return count(tuple(ask(corpus, ordinary, index, seed)), index, seed=seed)


def count(outcomes: tuple[Outcome, ...], index: Index, *, seed: int) -> Result:
    """The figures of these outcomes, whole and by origin, package, damage and versions."""
    packages = {one.id: one.package for one in index.book.signatures.values()}
    splits = {
        "damage": by(outcomes, lambda one: one.damage),
        "shape": by(outcomes, lambda one: one.shape),
        "origin": by(outcomes, lambda one: one.origin),
        "versions": by(outcomes, lambda one: "stated" if one.versions_given else "not stated"),
        "package": by([one for one in outcomes if one.bug], lambda one: packages.get(one.bug or "", "")),
    }
    return Result(ENGINE, index.book.revision, seed, measure(outcomes), splits, fingerprints(outcomes), outcomes)


def fingerprints(outcomes: Iterable[Outcome]) -> dict[str, float | None]:
    """Of pairs of whole reports: the share of one bug that has one fingerprint, and of two bugs that collide."""
    whole = [one for one in outcomes if one.shape == "whole" and one.bug and one.fingerprint and not one.versions_given]
    pairs = [(a, b) for a, b in combinations(whole, 2)][:MAX_PAIRS]
    return {
        "of one bug, the same": mean(a.fingerprint == b.fingerprint for a, b in pairs if a.bug == b.bug),
        "of two bugs, the same": mean(a.fingerprint == b.fingerprint for a, b in pairs if a.bug != b.bug),
    }
