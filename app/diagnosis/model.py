"""What is said of a report. These values are the HTTP contract's own shape: field names here are its words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from app.diagnosis.foreign import only_python

ENGINE = "1"  # revision of parser, matcher and confidence; raised when the same report may get another answer

FIRST_SOURCES = ("report", "fix", "commit", "release")  # kinds, in the order in which they are looked for
MAX_SOURCES = 2
MAX_BESIDE = 3  # other known bugs of the same report that are named beside the best one

Verdict = Literal["match", "maybe", "none"]
VersionVerdict = Literal["affected", "fixed", "not-yet", "other-branch", "unknown"]
State = Literal["holds", "fails", "unseen"]
Rule = Literal["all", "any", "none", "environment", "version", "answer"]

VERDICTS: tuple[Verdict, ...] = ("match", "maybe", "none")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One clue held against the crash."""

    clue: str
    """A kind of clue (`exception`, `frame`, ...); `os`, `python` or `version` for the environment, or `question`."""
    rule: Rule
    state: State
    expected: str
    """What the signature looks for."""
    line: int | None = None
    """The line of the report that decided; None when no line did."""
    text: str | None = None
    """That line, shortened."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The one thing that ruled a signature out, or that it needs and the report does not show."""

    clue: str
    rule: Rule
    expected: str
    seen: str | None = None
    line: int | None = None
    state: State = "fails"
    """Of the clue; `unseen` where nothing rules the signature out, but too little is shown to name it."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A signature that looks alike, and is not it or can't be told from so little."""

    signature: str
    package: str
    title: str
    failed: Failed
    url: str


@dataclass(frozen=True, slots=True)
class Source:
    """A public source of a signature."""

    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that is said of a signature while something decisive is open."""

    at_most: float
    why: str


@dataclass(frozen=True, slots=True)
class Match:
    """A signature that fits, with all that is needed to act on it."""

    signature: str
    package: str
    title: str
    verdict: Verdict
    confidence: float
    """Between 0 and 1: how probable it is that this crash is that bug and the stated fix applies."""
    version_verdict: VersionVerdict
    fixed_in: str | None
    """First fixed version, in the sender's own release line where that is known."""
    advice: str
    """What to do, in one sentence."""
    cause: str
    remedy: str
    workaround: str | None
    not_when: str | None
    question: str | None
    """What to ask when the report alone does not decide; None when it does."""
    evidence: tuple[Evidence, ...]
    references: tuple[Source, ...]
    url: str
    """Path of the signature's page."""
    contributions: dict[str, float] = field(default_factory=dict)
    """What each named piece of evidence added to the log-odds, before ceilings and other candidates."""
    ceiling: Ceiling | None = None
    """What held the number below that sum; null when nothing did."""


@dataclass(frozen=True, slots=True)
class Known:
    """A value of the environment, and the line of the report that shows it; no line: the sender stated it."""

    value: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """OS, Python and packages, as far as they are known."""

    os: Known | None = None
    python: Known | None = None
    packages: dict[str, Known] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CrashDiagnosis:
    """What is said of one crash of the report."""

    verdict: Verdict
    confidence: float
    language: str
    form: str
    truncated: bool
    exception: str | None
    message: str
    fingerprint: str
    first_line: int
    last_line: int
    environment: Surroundings
    matches: tuple[Match, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    contradictions: tuple[str, ...] = ()
    """Where what the sender stated and what the report shows disagree; neither is then used."""
    would_help: tuple[str, ...] = ()
    """What to send next time, when the answer is not a match."""

    @property
    def foreign(self) -> str:
        """That it is a crash of another language, in words; empty for one of Python's."""
        return only_python(self.language)

    @property
    def could_be(self) -> tuple[NearMiss, ...]:
        """The near misses that nothing rules out, of which too little is shown."""
        return tuple(one for one in self.near_misses if one.failed.state == "unseen")

    @property
    def ruled_out(self) -> tuple[NearMiss, ...]:
        """The other near misses."""
        return tuple(one for one in self.near_misses if one.failed.state != "unseen")


def first_sources(match: Match) -> tuple[Source, ...]:
    """The report and what shows the fix: what somebody looks for before all other sources."""
    by_kind = {one.kind: one for one in reversed(match.references)}
    return tuple(by_kind[kind] for kind in FIRST_SOURCES if kind in by_kind)[:MAX_SOURCES]


def known_beside(best: CrashDiagnosis, crashes: Iterable[CrashDiagnosis]) -> tuple[Match, ...]:
    """The other bugs that are known in the same report, each once; as many as a reply names."""
    first = {one.matches[0].signature: one.matches[0] for one in crashes if one.verdict == "match"}
    others = [one for one in first.values() if best.matches and one.signature != best.matches[0].signature]
    return tuple(others[:MAX_BESIDE])


@dataclass(frozen=True, slots=True)
class Replies:
    """Two texts to send on: to the customer, and as an internal note."""

    customer: str
    internal: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The whole answer for a report. `verdict` and `confidence` are its best crash's."""

    verdict: Verdict
    confidence: float
    summary: str
    """The answer in one or two sentences; says what was looked for when no crash was found."""
    crashes: tuple[CrashDiagnosis, ...]
    replies: Replies
    book: str
    """Revision of the signatures: `sha256:` and the digest of all of them."""
    engine: str = ENGINE
