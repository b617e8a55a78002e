"""Evidence -> probability: a sum of named log-odds (logistic regression) under ceilings for what has not been seen.

What is summed is `features`; how much each counts is fitted offline and stands in `weights.py`. It is monotone: what a
clue that comes to hold adds is never negative and can only lift a ceiling; a contradiction does the opposite.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.diagnosis.echo import missing_names
from app.diagnosis.model import Ceiling, Evidence, State, Verdict, VersionVerdict
from app.diagnosis.rarity import rarity
from app.diagnosis.weights import WEIGHTS

Weights = Mapping[str, float]  # log-odds of each named piece of evidence

MATCH = 0.80  # from here on the answer is given without a question
MAYBE = 0.30  # below, naming a bug would mislead more often than help
HIGHEST = 0.995  # nothing read from a paste is surer than this
LOWEST = 0.01

HALVINGS = 40  # of the interval in which the common factor lies: exact to the last digit shown

PARTICULAR = frozenset({"message", "frame", "code"})  # the kinds that show what happened, not only who ran
RARE = 0.6  # a clue of `any` this rare among ordinary crashes shows what happened too
# How much of a kind counts: the third message or the fourth frame adds nothing that was not known.
MOST = {"exception": 1.0, "message": 2.0, "frame": 3.0, "code": 2.0, "log": 2.0, "installed": 1.0}
MOST_UNSEEN = 2.0
# What is missing when a clue of this kind is unseen: the words, the place, or who ran.
UNSEEN = {
    "exception": "text unseen",
    "message": "text unseen",
    "frame": "place unseen",
    "code": "place unseen",
    "log": "program unseen",
    "installed": "program unseen",
}
MOST_TIES = 2.0  # beyond the first
AFFECTED = frozenset({"affected", "other-branch"})  # versions that have the bug
# The state in which a piece of evidence rules its signature out, by its rule; of the others none does by itself.
RULING_OUT: Mapping[str, State] = {"all": "fails", "none": "holds", "environment": "fails", "answer": "fails"}

# Ceilings: what the answer may reach at most while something decisive is open.
CERTAIN = Ceiling(HIGHEST, "Nothing read from a paste is surer.")
ALL_OPEN = Ceiling(0.79, "A clue that it needs is not shown: the paste is cut where it would tell.")
LOG_OPEN = Ceiling(0.50, "The log line that alone tells whose process it was is not shown.")  # a coin toss between two
BOTH_OPEN = Ceiling(0.60, "Neither how it ended nor whose process it was is shown.")
ANY_OPEN = Ceiling(0.79, "The stack is right, but other programs print the same one.")
ANY_CONTRADICTED = Ceiling(0.60, "The stack is right, but nothing around it names the program.")
NOTHING_SHOWN = Ceiling(0.25, "Neither its text nor its place is shown: a program and its version make no crash a bug.")
HAS_FIX = Ceiling(0.45, "The installed version has the fix: this is another bug, or a regression.")
DRAFT = Ceiling(0.79, "Nobody has proven this signature.")
RULED_OUT = Ceiling(LOWEST, "Something in the report rules it out.")


class Standing(NamedTuple):
    """How a signature stands after its clues were looked for: all that its confidence depends on."""

    evidence: tuple[Evidence, ...]
    version: VersionVerdict
    at_the_spot: bool
    """The innermost frame shown is one that a clue names by its function or by its source."""
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Weighed:
    """How probable it is that the crash is this bug, and what that rests on."""

    probability: float
    contributions: Mapping[str, float]
    """What each named piece of evidence adds to the log-odds; pieces that add nothing are left out."""
    ceiling: Ceiling | None
    """What held the probability below the sum of these."""


def weigh(standing: Standing, weights: Weights = WEIGHTS) -> Weighed:
    """The probability under these weights, before other candidates are weighed in."""
    added: dict[str, float] = {}
    for name, amount in features(standing).items():
        if amount and weights[name]:
            added[name] = weights[name] * amount
    likely = 1 / (1 + math.exp(-sum(added.values())))
    top = ceiling(standing)
    return Weighed(max(LOWEST, min(top.at_most, likely)), added, top if likely > top.at_most else None)


def confidence(standing: Standing, weights: Weights = WEIGHTS) -> float:
    """The probability alone."""
    return weigh(standing, weights).probability


def features(standing: Standing) -> dict[str, float]:
    """The evidence as named amounts. A clue counts as much as it is rare among ordinary crashes."""
    amounts = dict.fromkeys(WEIGHTS, 0.0)
    amounts["start"] = 1.0
    for one in standing.evidence:
        clue = one.clue
        if one.rule == "all" and one.state == "holds":
            amounts[clue] = min(MOST[clue], amounts[clue] + rarity(clue, one.expected))
        elif one.rule == "all" and one.state == "unseen":
            amounts[UNSEEN[clue]] = min(MOST_UNSEEN, amounts[UNSEEN[clue]] + 1)
            amounts["text echoed"] = max(amounts["text echoed"], _echoed(one))
        elif one.rule == "environment" and one.state == "holds":
            amounts["system"] += 1
    amounts["affected"] = float(standing.version in AFFECTED)
    amounts.update(_tie(_any_states(standing)))
    return amounts


def _tie(states: list[str]) -> dict[str, float]:
    """How the clues of `any` stand: whether one ties the crash to the package."""
    if not states:
        return {}
    holding = states.count("holds")
    if holding:
        return {"tied": 1.0, "tied more": min(MOST_TIES, holding - 1)}
    return {"tie unseen": 1.0} if "unseen" in states else {"tie missing": 1.0}


def is_particular(one: Evidence) -> bool:
    """Whether the evidence shows something of what happened: a text or a place, not only a name or who ran."""
    if one.state == "unseen":
        return _echoed(one) >= RARE
    if one.state != "holds" or one.clue not in PARTICULAR:
        return False
    return one.rule == "all" or (one.rule == "any" and rarity(one.clue, one.expected) >= RARE)


def _echoed(one: Evidence) -> float:
    """How rare the missing name is that a source line says in place of the message; 0 where none does."""
    if one.rule != "all" or one.state != "unseen" or one.line is None:
        return 0.0
    return max((rarity("code", name) for name in missing_names(one.expected)), default=0.0)


def _any_states(standing: Standing) -> list[str]:
    """A yes to the signature's question stands like a clue of `any` that holds: it tells whose process it was."""
    return [
        one.state for one in standing.evidence if one.rule == "any" or (one.rule == "answer" and one.state == "holds")
    ]


def ceiling(standing: Standing) -> Ceiling:
    """The most that may be said while something is open. An affected version settles whose process it was, as a yes."""
    ceilings = [CERTAIN if standing.proven else DRAFT]
    if any(one.state == RULING_OUT.get(one.rule) for one in standing.evidence):
        return RULED_OUT
    affected = standing.version in AFFECTED
    if not any(is_particular(one) for one in standing.evidence):
        ceilings.append(NOTHING_SHOWN)
    if standing.version == "fixed":
        ceilings.append(HAS_FIX)
    unseen = [one.clue for one in standing.evidence if one.rule == "all" and one.state == "unseen"]
    if unseen and not ((affected or _confirmed(standing)) and standing.at_the_spot):
        ceilings.append(LOG_OPEN if "log" in unseen else ALL_OPEN)
    states = _any_states(standing)
    if states and "holds" not in states and not affected:
        ceilings.append(ANY_OPEN if "unseen" in states else ANY_CONTRADICTED)
        ceilings.append(BOTH_OPEN if unseen else CERTAIN)
    return min(ceilings, key=lambda one: one.at_most)


def _confirmed(standing: Standing) -> bool:
    return any(one.rule == "answer" and one.state == "holds" for one in standing.evidence)


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
