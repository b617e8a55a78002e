"""What the engine said of a labelled report, next to what is true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from app.crash.model import Environment
from app.crash.text import read
from app.diagnosis.candidates import Index
from app.diagnosis.confidence import Weights
from app.diagnosis.diagnose import diagnose
from app.diagnosis.model import Diagnosis, Match
from app.diagnosis.replies import why_not
from app.diagnosis.weights import WEIGHTS
from app.evaluation.corpus import Kind, Labelled
from app.evaluation.damage import Damage, variations

TOP = 5


@dataclass(frozen=True, slots=True)
class Named:
    """A signature the engine named, its verdict and how sure it was."""

    signature: str
    verdict: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """One report in one shape, its label and its answer."""

    report: str
    shape: str
    damage: Damage
    kind: Kind
    bug: str | None
    origin: str
    """Where the report comes from, in a word: `run`, `written`, `example`, `ordinary`."""
    versions_given: bool
    named: tuple[Named, ...]
    """At most five, the likeliest first; of all crashes in the report."""
    wrong: tuple[str, ...]
    """Those of `named` that the label forbids."""
    why: str
    """Why the true signature was not named, where that is known."""
    fingerprint: str | None = None

    @property
    def key(self) -> str:
        """Name of the question, the same for every revision of the engine."""
        return f"{self.report}/{self.shape}/{'versions' if self.versions_given else 'text'}"

    @property
    def top(self) -> Named | None:
        """What was named first."""
        return self.named[0] if self.named else None


def ask(
    corpus: Iterable[Labelled], ordinary: Sequence[str], index: Index, seed: int, weights: Weights = WEIGHTS
) -> Iterator[Outcome]:
    """Every report in every shape, alone and, whole, with its versions stated."""
    for report in corpus:
        chance = Random(f"{seed}/{report.id}")  # noqa: S311 - to be repeatable, not secret
        shapes = variations(report.text, ordinary, chance)
        for shape, damage, raw in shapes:
            yield _outcome(report, shape, damage, diagnose(read(raw), index, weights=weights))
        stated = report.environment.facts()
        if stated != Environment():
            whole = diagnose(read(shapes[0][2]), index, stated=stated, weights=weights)
            yield _outcome(report, "whole", "whole", whole, versions_given=True)


def _outcome(
    report: Labelled, shape: str, damage: Damage, diagnosis: Diagnosis, *, versions_given: bool = False
) -> Outcome:
    matches = sorted(
        (match for crash in diagnosis.crashes for match in crash.matches), key=lambda match: -match.confidence
    )
    named = tuple(_distinct(matches))[:TOP]
    crash = diagnosis.crashes[-1] if diagnosis.crashes else None
    return Outcome(
        report=report.id,
        shape=shape,
        damage=damage,
        kind=report.kind,
        bug=report.bug,
        origin=_origin(report.source),
        versions_given=versions_given,
        named=named,
        wrong=tuple(one.signature for one in named if report.forbids(one.signature)),
        why=_why(report.bug or report.looks_like, diagnosis),
        fingerprint=crash.fingerprint if crash else None,
    )


def _distinct(matches: Iterable[Match]) -> Iterator[Named]:
    seen: set[str] = set()
    for match in matches:
        if match.signature not in seen:
            seen.add(match.signature)
            yield Named(match.signature, match.verdict, match.confidence)


def _origin(source: str) -> str:
    first = source.partition(":")[0].partition(" ")[0].lower()
    return {"reproduced": "run", "run": "run", "public": "public", "ordinary": "ordinary"}.get(first, "written")


def _why(signature: str | None, diagnosis: Diagnosis) -> str:
    if not diagnosis.crashes:
        return "no crash was read"
    for crash in diagnosis.crashes:
        for miss in crash.near_misses:
            if miss.signature == signature:
                return why_not(miss)
    return ""
