"""The whole evaluation with nothing judged by weights that have seen it: leave-one-signature-out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from zlib import crc32

from app.diagnosis.candidates import Index
from app.diagnosis.confidence import Weights
from app.evaluation.corpus import Labelled
from app.evaluation.outcome import Outcome, ask

FOLDS = 10  # of the reports that are about no signature


def group_of(report: Labelled) -> str:
    """What is left out together: all reports about one signature, and a tenth of those that are about none."""
    return report.bug or report.looks_like or f"no signature, part {crc32(report.id.encode()) % FOLDS}"


def ask_held_out(
    corpus: Sequence[Labelled], ordinary: Sequence[str], index: Index, seed: int, learn: Callable[[str], Weights]
) -> Iterator[Outcome]:
    """Every report in every shape, answered with what `learn` makes of everything but the report's own group."""
    groups: dict[str, list[Labelled]] = {}
    for report in corpus:
        groups.setdefault(group_of(report), []).append(report)
    for group in sorted(groups):
        yield from ask(groups[group], ordinary, index, seed, learn(group))
