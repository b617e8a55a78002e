"""What was judged, put into words: matches, near misses, advice, summary. The two replies are in `replies.py`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from app.crash.model import Environment, Fact, Report
from app.diagnosis.case import LOGS_ENOUGH, Case
from app.diagnosis.confidence import Weighed, verdict
from app.diagnosis.foreign import language_of, only_python, stack_of
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
MAX_COULD_BE = 2  # of them in the summary
REMEMBERED = 256  # signatures whose words are kept: of those that are shown, few are shown often
MAX_MESSAGE = 2_000  # characters of a message in the answer; the report has all of it
LOOKED_FOR = (
    "Looked for Python tracebacks (plain, cut, prefixed, escaped or in JSON; of pytest, IPython, Rich, Django, "
    "Streamlit, AWS Lambda, Azure Functions, VS Code and faulthandler too), for stacks of Node.js and for lines that "
    "name an exception."
)


class Fitting(NamedTuple):
    """A signature that nothing rules out, and how probable it is."""

    judged: Judged
    version: Verdict
    weighed: Weighed

    @property
    def signature(self) -> Signature:
        """The signature itself."""
        return self.judged.signature

    def with_probability(self, probability: float) -> Fitting:
        """The same, as probable as it is beside others."""
        return self._replace(weighed=replace(self.weighed, probability=probability))


def tell(crashes: Sequence[CrashDiagnosis], report: Report, book: str, *, of: int) -> Diagnosis:
    """The answer for a report, its best crash leads; `of` so many different ones that it may not be all."""
    best = max(crashes, key=lambda one: one.confidence, default=None)
    if best is None:
        other = stack_of(line.text for line in report.lines)
        summary = only_python(other) or f"No crash was found in {_counted(report)}. {LOOKED_FOR}"
        return Diagnosis("none", 0.0, summary, (), replies(None, (), summary, other), book)
    summary = _summary(best)
    said = replies(best, crashes, summary)
    if of > len(crashes):
        summary += (
            f" Only the first {len(crashes)} of {of} different crashes were judged: `tracelore scan` takes them all."
        )
    return Diagnosis(best.verdict, best.confidence, summary, tuple(crashes), said, book)


def _counted(report: Report) -> str:
    """How many lines it has; behind the last line break there is none."""
    count = len(report.lines) - (bool(report.lines) and not report.lines[-1].text)
    return "1 line" if count == 1 else f"{count} lines"


def _summary(best: CrashDiagnosis) -> str:
    what = best.exception or "a crash whose last line is missing"
    if best.could_be:
        titles = " Or: ".join(f"{one.title}." for one in best.could_be[:MAX_COULD_BE])
        return f"Too little is shown of {what} to name a bug. It could be: {titles}"
    if not best.matches:
        return f"No signature explains {what}. {best.foreign}".rstrip()
    first = best.matches[0]
    sure = f"{round(first.confidence * 100)} %"
    if best.verdict == "match":
        return f"Known bug ({sure} sure): {first.title}. {first.advice}"
    return f"Perhaps a known bug ({sure}): {first.title}. {first.question or first.advice}"


def tell_crash(case: Case, fingerprint: str, fitting: Sequence[Fitting], misses: Iterable[Judged]) -> CrashDiagnosis:
    """The answer for one crash."""
    matches = tuple(_match(one) for one in fitting[:MAX_MATCHES])
    crash, first = case.crash, matches[0] if matches else None
    language = language_of(crash, case.frames)
    asks = language == "python" and not (first and first.verdict == "match")
    return CrashDiagnosis(
        verdict=first.verdict if first else "none",
        confidence=first.confidence if first else 0.0,
        language=language,
        form=crash.form,
        truncated=case.truncated,
        exception=crash.raised.type,
        message=_shortened(crash.raised.message),
        fingerprint=fingerprint,
        first_line=crash.first_line,
        last_line=crash.last_line,
        environment=_surroundings(case.environment),
        matches=matches,
        near_misses=tuple(_near_miss(one) for one in islice(misses, MAX_NEAR_MISSES)),
        contradictions=case.contradictions,
        would_help=_would_help(case, fitting) if asks else (),
    )


def _shortened(message: str) -> str:
    return message if len(message) <= MAX_MESSAGE else message[:MAX_MESSAGE] + "\u2026"


def _match(fitting: Fitting) -> Match:
    judged, version, weighed = fitting
    signature, standing = judged.signature, judged.standing
    assert standing is not None
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
        question=None if word == "match" else _question(fitting),
        evidence=standing.evidence,
        references=_sources(signature),
        url=signature.page,
        contributions={name: round(value, 2) for name, value in weighed.contributions.items()},
        ceiling=weighed.ceiling,
    )


@lru_cache(maxsize=REMEMBERED)
def _sources(signature: Signature) -> tuple[Source, ...]:
    return tuple(Source(one.kind, one.url) for one in signature.references)


def advice(signature: Signature, version: Verdict) -> str:
    """What to do, in one sentence; derived from the ranges, never written by hand."""
    product, fixed = signature.product, version.fixed_in
    if version.verdict == "fixed" and version.fact is not None:
        side = "Python" if version.package == signature.package == "cpython" else version.package
        return f"{side} {version.fact.value} is past this bug: look for another cause, or report it as a regression."
    if version.verdict == "other-branch" and fixed is not None:
        return f"Your release line of {product} has no fix: move to {product} {fixed} or later."
    return _upgrade(signature, fixed)


@lru_cache(maxsize=REMEMBERED)
def _upgrade(signature: Signature, fixed: str | None) -> str:
    return signature.advice(fixed)


def _question(fitting: Fitting) -> str:
    """The signature's own question, unless it is answered or a version that has the fix makes another one better."""
    signature = fitting.signature
    answered = any(one.rule == "answer" for one in fitting.judged.around)
    if signature.question is not None and fitting.version.verdict != "fixed" and not answered:
        return signature.question
    return f"Which version of {signature.product} is installed where this happened?"


def _near_miss(judged: Judged) -> NearMiss:
    signature, failed = judged.signature, judged.failed or judged.unshown
    assert failed is not None
    return NearMiss(signature.id, signature.package, signature.title, failed, signature.page)


def _would_help(case: Case, fitting: Sequence[Fitting]) -> tuple[str, ...]:
    """What to send next time: what is missing here, the most useful first."""
    raised, environment = case.raised, case.environment
    wanted: list[str] = []
    if fitting and fitting[0].version.fact is None:
        wanted.append(f"The installed version of {fitting[0].signature.product}.")
    if case.truncated and any(one.tail_cut for one in raised):
        wanted.append("The end of the traceback: its last line names the error.")
    if case.frames and case.truncated and any(one.head_cut or one.elided for one in raised):
        wanted.append("The whole traceback, from its line `Traceback (most recent call last):` on.")
    if any(one.message_hidden for one in raised):
        wanted.append("The error's message: it was taken out of this page, and stands in the program's log.")
    if not case.frames:
        wanted.append("The traceback itself, not only its last line.")
    if len(case.crash.logs) < LOGS_ENOUGH:
        wanted.append("The lines of the log before the crash, from the program's start on.")
    if not environment.packages:
        wanted.append("The installed versions, as `pip freeze` prints them.")
    if environment.python is None:
        wanted.append("The Python version and the operating system.")
    return tuple(wanted)


def _surroundings(environment: Environment) -> Surroundings:
    return Surroundings(
        _known(environment.os),
        _known(environment.python),
        {name: Known(fact.value, fact.line) for name, fact in sorted(environment.packages.items())},
    )


def _known(fact: Fact | None) -> Known | None:
    return None if fact is None else Known(fact.value, fact.line)
