"""Evidence -> probability. Every number lives here, named, with its reason.

The sum of named log-odds, turned into a probability, under ceilings for what has not been seen. It is monotone: a clue
that comes to hold adds to the sum and can only lift a ceiling; a contradiction does the opposite. The numbers are set
by hand so that the founding example's table comes out; they are not fitted to a corpus yet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.diagnosis.model import Evidence, Verdict, VersionVerdict

MATCH = 0.80  # from here on the answer is given without a question
MAYBE = 0.30  # below, naming a bug would mislead more often than help
HIGHEST = 0.98  # nothing read from a paste is surer than this
LOWEST = 0.01

HALVINGS = 40  # of the interval in which the common factor lies: exact to the last digit shown

# Log-odds before any clue: most crashes that share a token with a signature are something else.
START = -1.0
# What a clue of `all` adds when it holds. A name is common, a text or a place in the code is not.
HOLDS = {"exception": 0.4, "message": 1.6, "frame": 0.9, "code": 1.3, "log": 1.0, "installed": 0.8}
PARTICULAR = frozenset({"message", "frame", "code"})  # the kinds that show what happened, not only who ran
FUNCTION = 0.7  # a frame that names the function, on top of `frame`
ANY_HOLDS = 1.6  # one of `any` ties the crash to the package
ANY_MORE = 0.3  # each further one, up to two
ANY_MORE_COUNTED = 2
SYSTEM_HOLDS = 0.3  # OS or Python version as the signature needs it
AFFECTED = 2.2  # the installed version is in the affected range
UNSEEN = -0.3  # a clue of `all` whose place is not shown
ANY_UNSEEN = -0.6  # nothing shows whose process it was
ANY_FAILS = -1.2  # there are logs and none of them names it

# Ceilings: what the answer may reach at most while something decisive is open.
ALL_OPEN = 0.55  # a clue of `all` is unseen: the paste is cut where it would tell
LOG_OPEN = 0.50  # that clue is a log line, which alone tells whose process it was
ANY_OPEN = 0.65  # the stack is right, but other programs print the same one
ANY_CONTRADICTED = 0.45  # the logs around name no such program
NOTHING_SHOWN = 0.25  # neither its text nor its place is to be seen: a program and its version make no crash a bug
HAS_FIX = 0.45  # the installed version has the fix: another bug, or a regression
DRAFT = 0.79  # nobody has proven the signature


@dataclass(frozen=True, slots=True)
class Standing:
    """How a signature stands after its clues were looked for: all that its confidence depends on."""

    evidence: tuple[Evidence, ...]
    version: VersionVerdict
    at_the_spot: bool
    """The innermost frame shown is one that a clue names by its function or by its source."""
    proven: bool = True


def confidence(standing: Standing) -> float:
    """The probability that the crash is this bug, before other candidates are weighed in."""
    odds = START + sum(_weight(one) for one in standing.evidence) + _any_weight(standing)
    odds += AFFECTED if standing.version in {"affected", "other-branch"} else 0.0
    return max(LOWEST, min(HIGHEST, ceiling(standing), 1 / (1 + math.exp(-odds))))


def _weight(one: Evidence) -> float:
    if one.rule == "environment":
        return SYSTEM_HOLDS if one.state == "holds" else 0.0
    if one.rule != "all" or one.state == "fails":
        return 0.0
    if one.state == "unseen":
        return UNSEEN
    return HOLDS[one.clue] + (FUNCTION if one.clue == "frame" and ":" in one.expected else 0.0)


def _any_weight(standing: Standing) -> float:
    states = _any_states(standing)
    holding = states.count("holds")
    if not states:
        return 0.0
    if holding:
        return ANY_HOLDS + ANY_MORE * min(holding - 1, ANY_MORE_COUNTED)
    return ANY_UNSEEN if "unseen" in states else ANY_FAILS


def _rules_out(one: Evidence) -> bool:
    return one.state == ("holds" if one.rule == "none" else "fails") and one.rule in {"all", "none", "environment"}


def _any_states(standing: Standing) -> list[str]:
    return [one.state for one in standing.evidence if one.rule == "any"]


def ceiling(standing: Standing) -> float:
    """The most that may be said while something is open. An affected version settles whose process it was."""
    ceilings = [1.0 if standing.proven else DRAFT]
    if any(_rules_out(one) for one in standing.evidence):
        return LOWEST
    affected = standing.version in {"affected", "other-branch"}
    if not any(one.rule == "all" and one.state == "holds" and one.clue in PARTICULAR for one in standing.evidence):
        ceilings.append(NOTHING_SHOWN)
    if standing.version == "fixed":
        ceilings.append(HAS_FIX)
    unseen = [one.clue for one in standing.evidence if one.rule == "all" and one.state == "unseen"]
    if unseen and not (affected and standing.at_the_spot):
        ceilings.append(LOG_OPEN if "log" in unseen else ALL_OPEN)
    states = _any_states(standing)
    if states and "holds" not in states and not affected:
        ceilings.append(ANY_OPEN if "unseen" in states else ANY_CONTRADICTED)
    return min(ceilings)


def shared(confidences: Sequence[float]) -> list[float]:
    """Candidates weighed against each other: a crash has one cause, so together they are at most 1.

    All odds shrink by the same factor until that holds; two that fit equally get one half each.
    """
    odds = [one / (1 - one) for one in confidences]
    low, high = 0.0, 1.0
    if sum(confidences) <= 1:
        return list(confidences)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(_scaled(odds, middle)) <= 1 else (low, middle)
    return _scaled(odds, low)


def _scaled(odds: Sequence[float], factor: float) -> list[float]:
    return [one * factor / (1 + one * factor) for one in odds]


def verdict(probability: float) -> Verdict:
    """The word for a probability."""
    if probability >= MATCH:
        return "match"
    return "maybe" if probability >= MAYBE else "none"
