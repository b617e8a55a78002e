"""What was judged, put into words: matches, near misses, advice, summary. The two replies are in `replies.py`."""

from __future__ import annotations

from collections.abc import Sequence

from app.crash.model import Crash, Environment, Fact, Report
from app.diagnosis.clues import LOGS_ENOUGH, Case
from app.diagnosis.confidence import Weighed, verdict
from app.diagnosis.judge import Judged
from app.diagnosis.model import (
    CrashDiagnosis,
    Diagnosis,
    Known,
    Match,
    NearMiss,
    Source,
    Surroundings,
)
from app.diagnosis.replies import replies
from app.diagnosis.versions import Verdict
from app.signature.model import Signature

MAX_MATCHES = 20
MAX_NEAR_MISSES = 5
MAX_MESSAGE = 2_000  # characters of a message in the answer; the report has all of it
LOOKED_FOR = (
    "Looked for Python tracebacks (plain, cut, prefixed, escaped or in JSON; of pytest, IPython, Rich, Django and "
    "faulthandler too), for stacks of Node.js and for lines that name an exception."
)
LANGUAGES = {"v8": "javascript"}  # form -> language; every other form is of Python


def tell(crashes: Sequence[CrashDiagnosis], report: Report, book: str) -> Diagnosis:
    """The answer for a report: its best crash leads."""
    best = max(crashes, key=lambda one: one.confidence, default=None)
    if best is None:
        summary = f"No crash was found in {len(report.lines)} lines. {LOOKED_FOR}"
        return Diagnosis("none", 0.0, summary, (), replies(None, summary), book)
    summary = _summary(best)
    return Diagnosis(best.verdict, best.confidence, summary, tuple(crashes), replies(best, summary), book)


def _summary(best: CrashDiagnosis) -> str:
    what = best.exception or "a crash whose last line is missing"
    if not best.matches:
        return f"No signature explains {what}."
    first = best.matches[0]
    sure = f"{round(first.confidence * 100)} %"
    if best.verdict == "match":
        return f"Known bug ({sure} sure): {first.title}. {first.advice}"
    return f"Perhaps a known bug ({sure}): {first.title}. {first.question or first.advice}"


def tell_crash(
    case: Case, fingerprint: str, fitting: Sequence[tuple[Judged, Weighed]], misses: Sequence[Judged]
) -> CrashDiagnosis:
    """The answer for one crash."""
    matches = tuple(_match(judged, weighed) for judged, weighed in fitting[:MAX_MATCHES])
    crash, first = case.crash, matches[0] if matches else None
    return CrashDiagnosis(
        verdict=first.verdict if first else "none",
        confidence=first.confidence if first else 0.0,
        language=_language(crash),
        form=crash.form,
        truncated=crash.truncated,
        exception=crash.raised.type,
        message=_shortened(crash.raised.message),
        fingerprint=fingerprint,
        first_line=crash.first_line,
        last_line=crash.last_line,
        environment=_surroundings(case.environment),
        matches=matches,
        near_misses=tuple(_near_miss(one) for one in misses[:MAX_NEAR_MISSES]),
        contradictions=case.contradictions,
        would_help=() if first and first.verdict == "match" else _would_help(case, fitting),
    )


def _language(crash: Crash) -> str:
    return LANGUAGES.get(crash.form, "python")


def _shortened(message: str) -> str:
    return message if len(message) <= MAX_MESSAGE else message[:MAX_MESSAGE] + "\u2026"


def _match(judged: Judged, weighed: Weighed) -> Match:
    signature, version = judged.signature, judged.version
    word = verdict(weighed.probability)
    return Match(
        signature=signature.id,
        package=signature.package,
        title=signature.title,
        verdict=word,
        confidence=round(weighed.probability, 2),
        version_verdict=version.verdict,
        fixed_in=version.fixed_in,
        advice=advice(signature, version),
        cause=signature.cause,
        remedy=signature.remedy,
        workaround=signature.workaround,
        not_when=signature.not_when,
        question=None if word == "match" else _question(judged),
        evidence=judged.standing.evidence,
        references=tuple(Source(one.kind, one.url) for one in signature.references),
        url=signature.page,
        contributions={name: round(value, 2) for name, value in weighed.contributions.items()},
        ceiling=weighed.ceiling,
    )


def advice(signature: Signature, version: Verdict) -> str:
    """What to do, in one sentence; derived from the ranges, never written by hand."""
    product, fixed = signature.product, version.fixed_in
    if version.verdict == "fixed" and version.fact is not None:
        side = "Python" if version.package == signature.package == "cpython" else version.package
        return f"{side} {version.fact.value} is past this bug: look for another cause, or report it as a regression."
    if version.verdict == "other-branch" and fixed is not None:
        return f"Your release line of {product} has no fix: move to {product} {fixed} or later."
    return signature.advice(fixed)


def _question(judged: Judged) -> str:
    """The signature's own question, unless it is answered or a version that has the fix makes another one better."""
    signature = judged.signature
    answered = any(one.rule == "answer" for one in judged.standing.evidence)
    if signature.question is not None and judged.version.verdict != "fixed" and not answered:
        return signature.question
    return f"Which version of {signature.product} is installed where this happened?"


def _near_miss(judged: Judged) -> NearMiss:
    signature, failed = judged.signature, judged.failed
    assert failed is not None
    return NearMiss(signature.id, signature.package, signature.title, failed, signature.page)


def _would_help(case: Case, fitting: Sequence[tuple[Judged, Weighed]]) -> tuple[str, ...]:
    """What to send next time: what is missing here, the most useful first."""
    raised, python = case.raised, _language(case.crash) == "python"
    wanted = [
        (any(one.tail_cut for one in raised), "The end of the traceback: its last line names the error."),
        (any(one.head_cut or one.elided for one in raised), "The whole traceback, from `Traceback (most recent ...`."),
        (not case.frames, "The traceback itself, not only its last line."),
        (len(case.crash.logs) < LOGS_ENOUGH, "The lines of the log before the crash, from the program's start on."),
        (python and not case.environment.packages, "The installed versions, as `pip freeze` prints them."),
        (python and case.environment.python is None, "The Python version and the operating system."),
    ]
    product = fitting[0][0].signature.product if fitting else None
    if product and fitting[0][0].version.fact is None:
        wanted.insert(0, (True, f"The installed version of {product}."))
    return tuple(text for missing, text in wanted if missing)


def _surroundings(environment: Environment) -> Surroundings:
    return Surroundings(
        _known(environment.os),
        _known(environment.python),
        {name: Known(fact.value, fact.line) for name, fact in sorted(environment.packages.items())},
    )


def _known(fact: Fact | None) -> Known | None:
    return None if fact is None else Known(fact.value, fact.line)
