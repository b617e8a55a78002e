"""The whole way from a report to its diagnosis. READ THIS FIRST."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.crash.environment import reconciled
from app.crash.fingerprint import fingerprint
from app.crash.model import Crash, Environment, Report
from app.crash.traceback import parse
from app.diagnosis.candidates import Index, candidates, look_alikes
from app.diagnosis.clues import NOTHING, Case, lay_out
from app.diagnosis.confidence import MATCH, MAYBE, Weighed, Weights, confidence, shared, weigh
from app.diagnosis.judge import Judged, judge
from app.diagnosis.model import CrashDiagnosis, Diagnosis
from app.diagnosis.tell import tell, tell_crash
from app.diagnosis.weights import WEIGHTS
from app.signature.model import Signature

MAX_CRASHES = 50  # different crashes judged in one report; more is a log to scan, not a report to answer


def diagnose(
    report: Report,
    index: Index,
    *,
    stated: Environment | None = None,
    answers: Mapping[str, bool] = NOTHING,
    weights: Weights = WEIGHTS,
) -> Diagnosis:
    """Every crash in the report, judged against the book, with what the sender stated and what the report shows."""
    crashes = [
        diagnose_crash(crash, index, stated=stated, answers=answers, weights=weights)
        for crash in _distinct(parse(report))
    ]
    return tell(crashes, report, index.book.revision)


def diagnose_crash(
    crash: Crash,
    index: Index,
    *,
    stated: Environment | None = None,
    answers: Mapping[str, bool] = NOTHING,
    weights: Weights = WEIGHTS,
) -> CrashDiagnosis:
    """One crash, judged against the book with what the sender stated and what its report shows."""
    case = lay_out(crash, *reconciled(stated or Environment(), crash.environment), answers)
    return _judged(case, index, weights)


def _distinct(crashes: tuple[Crash, ...]) -> list[Crash]:
    """The crashes without repetitions: the same failure with the same message is judged where it first stands whole."""
    last_is_best = sorted(crashes, key=lambda crash: (not crash.truncated, -crash.first_line))
    seen = {(fingerprint(crash), crash.raised.message): crash for crash in last_is_best}
    return sorted(seen.values(), key=lambda crash: crash.first_line)[:MAX_CRASHES]


def _judged(case: Case, index: Index, weights: Weights) -> CrashDiagnosis:
    judged = [judge(signature, case) for signature in candidates(case, index)]
    if not any(one.failed is None and confidence(one.standing, weights) >= MATCH for one in judged):
        judged += [judge(signature, case) for signature in _others(case, index, judged)]
    fitting = ranked([one for one in judged if one.failed is None], weights)
    misses = [one for one in judged if one.failed is not None and one.looks_alike]
    return tell_crash(case, fingerprint(case.crash), fitting, misses)


def _others(case: Case, index: Index, judged: list[Judged]) -> list[Signature]:
    known = {one.signature.id for one in judged}
    return [one for one in look_alikes(case, index) if one.id not in known]


def ranked(judged: list[Judged], weights: Weights) -> list[tuple[Judged, Weighed]]:
    """Those worth naming with their probability, the likeliest first; they share it with each other."""
    alone = [(one, weigh(one.standing, weights)) for one in judged]
    worth = [(one, weighed) for one, weighed in alone if weighed.probability >= MAYBE]
    together = shared([weighed.probability for _, weighed in worth])
    pairs = [(one, replace(weighed, probability=less)) for (one, weighed), less in zip(worth, together, strict=True)]
    named = [(one, weighed) for one, weighed in pairs if weighed.probability >= MAYBE]
    return sorted(named, key=lambda pair: (-pair[1].probability, pair[0].signature.id))
