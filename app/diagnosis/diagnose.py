"""The whole way from a report to its diagnosis. READ THIS FIRST."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from app.crash.environment import reconciled
from app.crash.fingerprint import fingerprint
from app.crash.model import Crash, Environment, Report
from app.crash.traceback import parse
from app.diagnosis.candidates import Index, candidates, look_alikes
from app.diagnosis.case import NOTHING, Case, lay_out
from app.diagnosis.confidence import MATCH, MAYBE, Weights, shared
from app.diagnosis.judge import Judged, judge, weighed
from app.diagnosis.model import CrashDiagnosis, Diagnosis
from app.diagnosis.tell import Fitting, tell, tell_crash
from app.diagnosis.weights import WEIGHTS

MAX_UNTOLD = 20  # signatures of which it is looked up what a crash that shows little would have to show
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
    distinct = _distinct(parse(report))
    crashes = [
        diagnose_crash(crash, index, stated=stated, answers=answers, weights=weights)
        for crash in distinct[:MAX_CRASHES]
    ]
    return tell(crashes, report, index.book.revision, of=len(distinct))


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


def _distinct(crashes: Sequence[Crash]) -> Sequence[Crash]:
    """The crashes without repetitions: the same failure with the same message is judged where it first stands whole."""
    if len(crashes) == 1:
        return crashes
    last_is_best = sorted(crashes, key=lambda crash: (not crash.truncated, -crash.first_line))
    seen = {(fingerprint(crash), crash.raised.message): crash for crash in last_is_best}
    return sorted(seen.values(), key=lambda crash: crash.first_line)


def _judged(case: Case, index: Index, weights: Weights) -> CrashDiagnosis:
    judged = [judge(plan, case) for plan in candidates(case, index)]
    fitting = _fitting(judged, weights)
    if not any(one.weighed.probability >= MATCH for one in fitting):
        known = {one.plan.id for one in judged}
        others = [judge(plan, case) for plan in look_alikes(case, index) if plan.id not in known]
        judged, fitting = judged + others, fitting + _fitting(others, weights)
    misses = (one for one in judged if not one.stands and one.looks_alike)
    return tell_crash(case, fingerprint(case.crash), ranked(fitting), chain(_untold(fitting), misses))


def _untold(fitting: list[Fitting]) -> Iterator[Judged]:
    """Those that something particular speaks for, but that need what is not shown, the likeliest first."""
    if all(one.weighed.probability < MAYBE for one in fitting):
        likeliest = sorted(fitting, key=lambda one: (-one.weighed.probability, one.signature.id))[:MAX_UNTOLD]
        yield from (one.judged for one in likeliest if one.judged.unshown and one.judged.looks_alike)


def _fitting(judged: list[Judged], weights: Weights) -> list[Fitting]:
    """Those that nothing rules out, each as probable as if it were the only one."""
    return [Fitting(one, one.version, weighed(one, one.version, weights)) for one in judged if one.version is not None]


def ranked(fitting: list[Fitting]) -> list[Fitting]:
    """Those worth naming, the likeliest first; they share the probability with each other."""
    worth = [one for one in fitting if one.weighed.probability >= MAYBE]
    if len(worth) > 1:
        together = shared([one.weighed.probability for one in worth])
        worth = [one.with_probability(less) for one, less in zip(worth, together, strict=True) if less >= MAYBE]
    return sorted(worth, key=lambda one: (-one.weighed.probability, one.signature.id))
