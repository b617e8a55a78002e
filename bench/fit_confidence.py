"""Fit the weights of app/diagnosis/confidence.py on the labelled corpus, and say how honest they are.

    .venv/bin/python -m bench.fit_confidence > app/diagnosis/weights.py

Logistic regression with signs held (a clue that holds never lowers the number), pulled towards the prior where the
corpus says little. Judged leave-one-signature-out: the figures are for signatures the fit has not seen.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from app.crash.environment import reconciled
from app.crash.model import Environment
from app.crash.text import read
from app.crash.traceback import parse
from app.diagnosis.candidates import Index, build_index, candidates
from app.diagnosis.case import lay_out
from app.diagnosis.confidence import LOWEST, MAYBE, Standing, ceiling, features
from app.diagnosis.judge import judge
from app.evaluation.corpus import Labelled
from app.evaluation.damage import CUTS
from app.evaluation.held_out import group_of
from app.evaluation.measure import calibration_error, mean, reliability
from app.signature.book import make_book
from app.store.corpus import from_examples, from_ordinary, load_corpus
from app.store.shelf import read_shelf

ROUNDS = 3  # times each report is cut anew
STRENGTH = 0.02  # of the pull towards the prior, per sample
# What was believed before counting; also the order of the features.
PRIOR = {
    "start": -1.0,
    "exception": 0.4,
    "message": 1.6,
    "frame": 1.6,
    "code": 1.3,
    "log": 1.0,
    "installed": 0.8,
    "tied": 1.6,
    "tied more": 0.3,
    "system": 0.3,
    "affected": 2.2,
    "text unseen": -0.5,
    "text echoed": 0.4,
    "place unseen": -0.5,
    "program unseen": -0.5,
    "tie unseen": -0.6,
    "tie missing": -1.2,
}
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """A signature held against a crash without anything that rules it out, and whether it is that bug."""

    signature: str
    group: str
    """The group of the report it comes from, as `app/evaluation/held_out.py` makes them."""
    standing: Standing
    right: bool


class Samples:
    """Samples as numbers: a row of features for each, whether it is right, and how much it weighs."""

    def __init__(self, found: Sequence[Sample]) -> None:
        """Every signature weighs the same, however many texts it has."""
        self.found = found
        self.rows = np.array([[features(one.standing)[name] for name in PRIOR] for one in found])
        self.right = np.array([float(one.right) for one in found])
        self.ids = np.array([one.signature for one in found])
        self.groups = np.array([one.group for one in found])
        _, inverse, counts = np.unique(self.ids, return_inverse=True, return_counts=True)
        self.weights = (1 / counts)[inverse]

    def learned(self, out: NDArray[np.bool_] | None = None) -> Array:
        """What is fitted on all samples but those that this mask leaves out."""
        kept = slice(None) if out is None else ~out
        return fit(self.rows[kept], self.right[kept], self.weights[kept])


def samples(corpus: Sequence[Labelled], index: Index) -> Iterator[Sample]:
    """Every candidate of every report, whole, cut, and with its versions stated."""
    for report in corpus:
        chance = Random(report.id)
        texts = [report.text] + [cut(report.text, chance) for cut in CUTS.values() for _ in range(ROUNDS)]
        stated = report.environment.facts()
        for text in texts:
            yield from _of(report, text, Environment(), index)
            if stated != Environment():
                yield from _of(report, text, stated, index)


def _of(report: Labelled, text: str, stated: Environment, index: Index) -> Iterator[Sample]:
    for crash in parse(read(text.encode())):
        case = lay_out(crash, *reconciled(stated, crash.environment))
        for plan in candidates(case, index):
            judged = judge(plan, case)
            right = plan.id == report.bug
            if judged.standing is not None and judged.looks_alike and (right or report.forbids(plan.id)):
                yield Sample(plan.id, group_of(report), judged.standing, right)


def fit(rows: Array, right: Array, weights: Array) -> Array:
    """The weights that make the truth likeliest, with their signs held."""
    prior = np.array(list(PRIOR.values()))
    bounds = [_bounds(name, value) for name, value in PRIOR.items()]

    def loss(guess: Array) -> tuple[float, Array]:
        odds = rows @ guess
        likely = 1 / (1 + np.exp(-odds))
        value = np.sum(weights * (np.logaddexp(0, odds) - right * odds)) + STRENGTH * np.sum((guess - prior) ** 2)
        slope = rows.T @ (weights * (likely - right)) + 2 * STRENGTH * (guess - prior)
        return float(value), slope

    found: Array = minimize(loss, prior, jac=True, bounds=bounds, method="L-BFGS-B").x
    missing, unseen, text, echoed = map(list(PRIOR).index, ("tie missing", "tie unseen", "text unseen", "text echoed"))
    found[missing] = min(found[missing], found[unseen])  # to be contradicted is never better than not to be seen
    found[echoed] = min(found[echoed], -found[text])  # an echo is never better than the text itself
    return found


def _bounds(name: str, believed: float) -> tuple[float | None, float | None]:
    """A piece of evidence keeps the sign it was believed to have."""
    if name == "start":
        return None, None
    return (0, None) if believed > 0 else (None, 0)


def predictions(found: Sequence[Sample], rows: Array, weights: Array) -> list[tuple[float, bool]]:
    """Confidence and truth for these samples under these weights, ceilings included."""
    odds = rows @ weights
    return [
        (max(LOWEST, min(ceiling(one.standing).at_most, float(1 / (1 + np.exp(-odd))))), one.right)
        for one, odd in zip(found, odds, strict=True)
    ]


def everything() -> tuple[Index, list[Labelled], list[str]]:
    """The book, every labelled report, and the texts of the ordinary ones among them."""
    shelved, _ = read_shelf(Path("signatures"))
    index = build_index(make_book(one.signature for one in shelved))
    far = list(from_ordinary(Path("tests/ordinary")))
    labelled = [*load_corpus(Path("tests/corpus"), frozenset(index.book.signatures)), *from_examples(shelved), *far]
    return index, labelled, [one.text for one in far]


def main() -> None:
    """Fit on everything, judge leave-one-signature-out, print the module."""
    index, corpus, _ = everything()
    known = Samples(list(samples(corpus, index)))
    signatures = sorted(set(known.ids))
    held_out: list[tuple[float, bool]] = []
    for signature in signatures:
        out = known.ids == signature
        own = [one for one in known.found if one.signature == signature]
        held_out += predictions(own, known.rows[out], known.learned(out))
    held_out = [(sure, true) for sure, true in held_out if sure >= MAYBE]  # below, no bug is named
    bins = reliability(held_out)
    print(f"{len(known.found)} samples of {len(signatures)} signatures; leave-one-signature-out:", file=sys.stderr)
    for one in bins:
        print(f"  {one.count:>5} at {one.confidence:.3f}: {one.right:.3f} right", file=sys.stderr)
    brier = mean((sure - true) ** 2 for sure, true in held_out)
    error = calibration_error(bins)
    print(_module(known.learned(), len(known.found), len(signatures), error or 0.0, brier or 0.0))


def _module(found: Array, count: int, signatures: int, error: float, brier: float) -> str:
    lines = "".join(f'    "{name}": {value:.2f},\n' for name, value in zip(PRIOR, found, strict=True))
    return (
        '"""The fitted log-odds of app/diagnosis/confidence.py. Made by bench/fit_confidence.py; do not edit.\n\n'
        f"Fitted on {count} judged candidates of {signatures} signatures. Leave-one-signature-out, single candidates\n"
        f"reach an expected calibration error of {error:.3f} (ten bins of equal count), a Brier score of {brier:.3f}.\n"
        f'"""\n\nWEIGHTS = {{\n{lines}}}'
    )


if __name__ == "__main__":
    main()
