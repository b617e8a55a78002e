"""What a crash's answer asks of the log lines around it: the words without which a line says nothing to it.

Of the signatures that could fit a crash most are ruled out by the crash itself. Those that are left look around for
log lines and for versions. Where the words that such lines need are not there, the answer is the crash's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from ahocorasick_rs import BytesAhoCorasick, MatchKind
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.crash.betrayals import RULES, Rule
from app.crash.model import Crash, Fact
from app.crash.names import WELL_KNOWN
from app.crash.package_lists import HEADER_MARKS, ROW_MARKS
from app.diagnosis.candidates import Index, candidates, look_alikes
from app.diagnosis.case import LOGS_ENOUGH, Case, lay_out
from app.diagnosis.judge import state_of
from app.diagnosis.patterns import TooSlow, needed
from app.diagnosis.plan import Plan
from app.diagnosis.versions import PYTHON
from app.signature.model import Clue, Signature

PYTHONS = frozenset({"python", "tag"})  # groups of a rule that say a version of Python
OWN = frozenset({"exception", "message", "frame", "code"})  # clues that the crash itself decides

MOST_SPOKEN = 12  # lines that say something; where more do, the answer is not remembered
SHOWN_NAME = b"name: "  # as `pip show` prints a package, with its version on another line
# 2026-11-22T10:00:00.123Z: it says nothing of a crash, and differs each time
STAMP = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?Z?")

Words = frozenset[bytes]
"""Lines say something only where they hold one of these."""

ANYTHING = frozenset({b""})
Spoken = tuple[bytes, ...]


def asked(crash: Crash, index: Index) -> tuple[Words, bool]:
    """The words whose lines could change what is said of this crash, and whether the number of lines could."""
    case = lay_out(crash, crash.environment)
    known = {one.id: one for one in (*candidates(case, index), *look_alikes(case, index))}
    left = [one.signature for one in known.values() if not _ruled_out(one, case)]
    words = frozenset(word for one in left for word in _words(one, case))
    return words, any(clue.kind == "log" for one in left for clue in _clues(one))


def spoken(words: Words, around: bytes) -> Spoken | None:
    """The lines around a crash that hold a word that is asked for, without their time; None for too many."""
    lowered = around.lower()
    begins = range(len(around)) if b"" in words else [begin for _, begin, _ in _search_for(words)(lowered)]
    if not begins:
        return ()
    if b"\x1b" in around or SHOWN_NAME in lowered:
        return None
    lines, end = [], -1
    for begin in begins:
        if begin > end:  # behind the line that was taken last
            end = around.find(b"\n", begin)
            end = len(around) if end < 0 else end
            lines.append(around[around.rfind(b"\n", 0, begin) + 1 : end])
            if len(lines) > MOST_SPOKEN:
                return None
    return tuple(STAMP.sub(b"", line) for line in lines)


@lru_cache(maxsize=256)
def _search_for(words: Words) -> Callable[[bytes], list[tuple[int, int, int]]]:
    """What finds where these words stand in lowered text, though not those that overlap with one before."""
    return BytesAhoCorasick(sorted(words), matchkind=MatchKind.LeftmostFirst).find_matches_as_indexes


def lines_among(around: bytes) -> int:
    """How many lines say anything, counted as far as to be enough to say that something is not among them."""
    found = 0
    for line in around.split(b"\n"):
        found += bool(line.strip())
        if found >= LOGS_ENOUGH:
            break
    return found


def _ruled_out(plan: Plan, case: Case) -> bool:
    """Whether the crash itself contradicts the signature, whatever stands around it."""
    try:
        return any(one.clue[0] in OWN and state_of(one, case) == one.ruling_out for one in plan.deciding)
    except TooSlow:
        return True


def _clues(signature: Signature) -> tuple[Clue, ...]:
    return (*signature.match.all, *signature.match.any, *signature.match.none)


def _words(signature: Signature, case: Case) -> Iterator[bytes]:
    clues = _clues(signature)
    packages = {signature.package, *(side.package for side in signature.with_)}
    if any(clue.kind == "installed" for clue in clues):
        yield from _each((*HEADER_MARKS, *ROW_MARKS))
        packages |= {canonicalize_name(Requirement(clue.value).name) for clue in clues if clue.kind == "installed"}
    environment = case.environment
    if (signature.environment.python or packages & PYTHON) and not _own(environment.python, case):
        yield from _each(_gate(rule) for rule in RULES if not PYTHONS.isdisjoint(rule.pattern.groupindex))
    if signature.environment.os and not _own(environment.os, case):
        yield from _each(_gate(rule) for rule in RULES if rule.os or "system" in rule.pattern.groupindex)
    for package in packages - PYTHON:
        if not _own(environment.packages.get(package), case):
            yield from _each(_spellings(package))
    for clue in clues:
        if clue.kind == "log":
            texts = needed(clue.value).texts
            yield from _each(texts) if texts and all(map(str.isascii, texts)) else ANYTHING


def _own(fact: Fact | None, case: Case) -> bool:
    """Whether the crash itself shows this, so that no other line can say otherwise."""
    crash = case.crash
    return fact is not None and fact.exact and crash.first_line <= (fact.line or 0) <= crash.last_line


def _spellings(package: str) -> Iterator[str]:
    """A part of every way in which a line can name the package; pytest leaves its own name off its plugins'."""
    yield package.removeprefix("pytest-").partition("-")[0]
    yield from (alias for alias, name in WELL_KNOWN.items() if name == package)
    yield from (_gate(rule) for rule in RULES if rule.package == package)


def _gate(rule: Rule) -> str:
    """What a line must hold for this rule, down to the first digit: a zero stands for any."""
    return rule.gate.partition("0")[0]


def _each(words: Iterable[str]) -> Iterator[bytes]:
    return (word.lower().encode() for word in words)
