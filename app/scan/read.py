"""Bytes around a crash -> what is said of each crash in them, as `intake` would say it of the same bytes pasted."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from operator import attrgetter

from app.crash.binary import kind_of
from app.crash.fingerprint import fingerprint
from app.crash.forms.named_above import NAMED_ABOVE
from app.crash.model import Crash, Line, Report, chain
from app.crash.redact import redact
from app.crash.text import decode, read_text
from app.crash.traceback import parse
from app.diagnosis.candidates import Index
from app.diagnosis.diagnose import diagnose_crash
from app.diagnosis.model import CrashDiagnosis, Verdict
from app.scan.anchors import HEADER, OTHERS

MAX_EXAMPLE = 8_000  # characters of a group's example
MAX_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of a crash, as far as it is the same for all of its group, and its text without secrets."""

    verdict: Verdict
    confidence: float
    fingerprint: str
    exception: str
    message: str
    form: str
    signature: str | None = None
    package: str | None = None
    title: str | None = None
    advice: str | None = None
    fixed_in: str | None = None
    version: str | None = None
    """Of the signature's package, where the log betrays it."""
    example: str = ""

    @property
    def group(self) -> tuple[str, str]:
        """Crashes of one signature stand together, and those that none explains by their fingerprint."""
        return (self.verdict, self.signature or self.fingerprint)


@dataclass(frozen=True, slots=True)
class Reading:
    """The crashes of a block, and whether all of them were read to their end."""

    lines: tuple[Line, ...]
    crashes: tuple[Crash, ...]
    whole: bool
    behind: int
    """How many lines stand behind the last of them."""
    within: bool
    """Whether none of them goes on behind the block, or stands there."""
    inside: bool
    """Whether none of them begins above the block either."""

    @property
    def named_above(self) -> bool:
        """Whether the name of an exception stands above its stack, where a block does not begin."""
        return any(crash.form in NAMED_ABOVE for crash in self.crashes)

    @property
    def goes_on(self) -> bool:
        """Whether the last of them reaches to the end of the bytes."""
        return bool(self.crashes) and self.behind <= 1


def report_of(raw: bytes) -> Report:
    """The lines of some bytes, secrets taken out; none of what is no text."""
    text, notes = decode(raw)
    return Report(()) if kind_of(raw, text) is not None else read_text(redact(text).text, notes)


def read(raw: bytes, begin: int = 0, end: int | None = None) -> Reading:
    """Every crash in these bytes, from the block on that stands between two places: those above have their own."""
    report = report_of(raw)
    lines, found = report.lines, parse(report)
    even = bool(lines) and lines[-1].number == raw.count(b"\n") + 1
    above = _lines_in(raw[:begin], even=even) if found and _may_show(raw[:begin]) else 0
    upto = _lines_in(raw[:end], even=even) if found and end is not None and end < len(raw) else sys.maxsize
    crashes = tuple(one for one in found if one.last_line > above)
    within = all(one.last_line <= upto for one in crashes)
    return Reading(
        lines,
        crashes,
        whole=bool(crashes) and not any(map(_cut_off, crashes)),
        behind=lines[-1].number - max((one.last_line for one in crashes), default=0) if lines else 0,
        within=within,
        inside=within and bool(lines) and all(_first_line(one) > above for one in crashes),
    )


def _may_show(raw: bytes) -> bool:
    """Whether some part of a crash may stand there."""
    return any(word in raw for word in (HEADER, *OTHERS))


def _lines_in(raw: bytes, *, even: bool) -> int:
    """As how many lines these are read, which end with a line break."""
    lines = () if even else report_of(raw).lines
    return lines[-1].number - 1 if lines else raw.count(b"\n")


def _first_line(crash: Crash) -> int:
    """Where it begins, without what introduces it."""
    return min(one.first_line for one in chain(crash.raised))


def answers_to(reading: Reading, index: Index) -> tuple[Answer, ...]:
    """What is said of each crash. The same failure with the same message is judged once, as in a report."""
    known: dict[object, Answer] = {}
    answers = []
    for crash in reading.crashes:
        key = (fingerprint(crash), crash.raised.message, _cut_off(crash)) if len(reading.crashes) > 1 else None
        answer = known.get(key)
        if answer is None:
            answer = known[key] = _answer(crash, diagnose_crash(crash, index), reading.lines)
        answers.append(answer)
    return tuple(answers)


def _cut_off(crash: Crash) -> bool:
    """Whether its end is missing, so that more of it may follow."""
    return any(one.tail_cut for one in chain(crash.raised))


def _answer(crash: Crash, said: CrashDiagnosis, lines: Sequence[Line]) -> Answer:
    answer = Answer(
        verdict=said.verdict,
        confidence=said.confidence,
        fingerprint=said.fingerprint,
        exception=said.exception or "",
        message=" ".join(said.message[:MAX_MESSAGE].split()),
        form=said.form,
        example="\n".join(_own_lines(crash, lines))[:MAX_EXAMPLE],
    )
    if not said.matches:
        return answer
    first = said.matches[0]
    version = said.environment.packages.get(first.package)
    return replace(
        answer,
        signature=first.signature,
        package=first.package,
        title=first.title,
        advice=first.advice,
        fixed_in=first.fixed_in,
        version=version.value if version else None,
    )


def _own_lines(crash: Crash, lines: Sequence[Line]) -> Iterator[str]:
    first = bisect_left(lines, crash.first_line, key=attrgetter("number"))
    own = takewhile(lambda line: line.number <= crash.last_line, islice(lines, first, first + MAX_EXAMPLE))
    return (line.text for line in own)
