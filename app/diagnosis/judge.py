"""A signature held against a crash: clues, environment and version, down to a standing or the one thing that failed.

Decide first, explain later: nearly every candidate is ruled out by a clue that costs next to nothing to look for, and
of those that stand few are shown. So evidence is written down only for these, and a reason only for near misses.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from app.crash.model import Frame
from app.diagnosis.case import MAX_SHOWN, Case, Look
from app.diagnosis.circumstances import circumstances
from app.diagnosis.clues import in_module, last_name, look
from app.diagnosis.confidence import PARTICULAR, RULING_OUT, Standing, Weighed, Weights, is_particular, weigh
from app.diagnosis.echo import echo
from app.diagnosis.model import Evidence, Failed, Rule, State, VersionVerdict
from app.diagnosis.patterns import TooSlow
from app.diagnosis.versions import Verdict, version_verdict
from app.diagnosis.weights import WEIGHTS
from app.signature.model import Signature

REMEMBERED = 4_096  # signatures whose plan is kept: it takes some 1 KiB, and the signature stays as long
# Kinds of clue in the order they are looked for: what is cheap and fails often, first.
ORDER = ("exception", "message", "frame", "installed", "code", "log")

CLUE_RULES: tuple[Rule, ...] = ("all", "any", "none")


class Sought(NamedTuple):
    """A clue with the rule it stands under."""

    rule: Rule
    clue: Look


class Plan(NamedTuple):
    """What a signature asks of a case, and in which order."""

    signature: Signature
    clues: tuple[Sought, ...]
    """All of them, as they are shown."""
    deciding: tuple[tuple[Look, State], ...]
    """Those that can rule it out, and the state in which they do; the cheapest first."""
    beside: tuple[Sought, ...]
    """Those that can't."""
    telling: tuple[Sought, ...]
    """Those that show what happened, the cheapest first."""


class Judged(NamedTuple):
    """What became of one signature."""

    plan: Plan
    case: Case
    version: Verdict | None = None
    """What the installed versions say of it; None when something rules it out."""
    around: Sequence[Evidence] = ()
    """What is known of the surroundings that it asks for."""

    @property
    def signature(self) -> Signature:
        """The one that was judged."""
        return self.plan.signature

    @property
    def stands(self) -> bool:
        """Whether nothing rules it out."""
        return self.version is not None

    @property
    def standing(self) -> Standing | None:
        """How it stands; None when something rules it out."""
        return None if self.version is None else _standing(self, self.version)

    @property
    def failed(self) -> Failed | None:
        """The one thing that ruled it out; None when nothing did."""
        return None if self.stands else _failure(self.plan, self.case)

    @property
    def looks_alike(self) -> bool:
        """Whether something particular of it holds, more than a name."""
        return _looks_alike(self.plan, self.case)


def judge(signature: Signature, case: Case) -> Judged:
    """Hold a signature against a case. A pattern that does not end in time rules its signature out."""
    kept = _kept(signature.id)
    plan = kept[0] if kept else None
    if plan is None or plan.signature is not signature:
        plan = _planned(signature)
        kept[:] = [plan]
    try:
        for clue, ruling_out in plan.deciding:  # what is known is asked for here: a call would cost as much again
            if (case.known.get(clue) or look(clue, case)).state == ruling_out:
                return Judged(plan, case)
        return _stand(plan, case)
    except TooSlow:
        return Judged(plan, case)


@lru_cache(maxsize=REMEMBERED)
def _kept(_id: str) -> list[Plan]:
    """Where the plan is kept of the signature that had this id last: to compare two of one id would take far longer."""
    return []


def _planned(signature: Signature) -> Plan:
    clues = [Sought(rule, one.told) for rule in CLUE_RULES for one in getattr(signature.match, rule)]
    cheapest = sorted(clues, key=lambda one: ORDER.index(one.clue[0]))
    return Plan(
        signature,
        tuple(clues),
        deciding=tuple((one.clue, RULING_OUT[one.rule]) for one in cheapest if one.rule != "any"),
        beside=tuple(one for one in clues if one.rule == "any"),
        telling=tuple(one for one in cheapest if one.rule != "none" and one.clue[0] in PARTICULAR),
    )


def _evidence(one: Sought, case: Case) -> Evidence:
    stated = case.stated.get(one)
    if stated is None:
        kind, value = one.clue
        state, line, text = look(one.clue, case)
        if state == "unseen" and kind == "message":
            state, line, text = echo(value, case)
        stated = case.stated[one] = Evidence(kind, one.rule, state, value, line, text)
    return stated


def _stand(plan: Plan, case: Case) -> Judged:
    """Whether it stands, as none of its clues rules it out; the system, a version or an answer still may."""
    for _, clue in plan.beside:  # if one does not end in time
        look(clue, case)
    version = version_verdict(plan.signature, case.environment)
    around = circumstances(plan.signature, version, case)
    if around and any(_rules_out(one) for one in around):
        return Judged(plan, case)
    return Judged(plan, case, version, around)


def _standing(judged: Judged, version: Verdict) -> Standing:
    """All that its confidence depends on, with the lines that tell it."""
    plan, case, _, around = judged
    evidence = [_evidence(one, case) for one in plan.clues]
    cut = any(one.state == "unseen" and one.rule == "all" for one in evidence)
    at_the_spot = cut and _at_the_spot(plan.clues, case)
    return Standing((*evidence, *around), version.verdict, at_the_spot, _proven(plan.signature))


def _proven(signature: Signature) -> bool:
    return signature.status == "proven"


def weighed(judged: Judged, version: Verdict, weights: Weights) -> Weighed:
    """How probable one is that stands, as if it were the only one."""
    if weights is WEIGHTS:
        states = tuple([judged.case.known[one.clue].state for one in judged.plan.clues])
        if "unseen" not in states:  # else it matters too what stands in its place
            around = tuple([(one.clue, one.rule, one.state) for one in judged.around])
            proven = _proven(judged.signature)
            return _weighed(judged.plan.clues, states, around, version.verdict, proven=proven)
    return weigh(_standing(judged, version), weights)


@lru_cache(maxsize=REMEMBERED)
def _weighed(
    clues: tuple[Sought, ...],
    states: tuple[State, ...],
    around: tuple[tuple[str, Rule, State], ...],
    verdict: VersionVerdict,
    *,
    proven: bool,
) -> Weighed:
    """The same, worked out once of clues of which the same is seen: no line and no other text counts."""
    evidence = [Evidence(one.clue[0], one.rule, state, one.clue[1]) for one, state in zip(clues, states, strict=True)]
    evidence += [Evidence(clue, rule, state, "") for clue, rule, state in around]
    return weigh(Standing(tuple(evidence), verdict, at_the_spot=False, proven=proven))


def _at_the_spot(clues: tuple[Sought, ...], case: Case) -> bool:
    """Whether the innermost frame shown is one that an `all` clue names by its function or its source."""
    frames = case.crash.raised.frames
    return bool(frames) and any(_names(one.clue, frames[-1], case) for one in clues if one.rule == "all")


def _names(clue: Look, last: Frame, case: Case) -> bool:
    kind, value = clue
    if kind == "frame":
        module, _, function = value.partition(":")
        return function != "" and in_module(last, module) and last_name(last.function) == function
    return (
        kind == "code" and last.code is not None and look(clue, case).line in range(last.first_line, last.last_line + 1)
    )


def _failure(plan: Plan, case: Case) -> Failed | None:
    """The first thing that rules the signature out: a clue of `none` that holds, or one it needs that fails."""
    try:
        evidence = [_evidence(one, case) for one in plan.clues]
    except TooSlow as slow:
        return Failed("pattern", "all", str(slow), "took too long on this text")
    evidence += circumstances(plan.signature, version_verdict(plan.signature, case.environment), case)
    against = sorted(filter(_rules_out, evidence), key=lambda one: one.rule != "none")
    if not against:
        return None
    first = against[0]
    return Failed(first.clue, first.rule, first.expected, first.text and first.text[:MAX_SHOWN], first.line)


def _rules_out(one: Evidence) -> bool:
    """Whether the signature can't stand beside it; of versions only one that is older than the bug is such."""
    too_old = one.rule == "version" and (one.text or "").endswith("not-yet")
    return one.state == RULING_OUT.get(one.rule) or (too_old and one.state == "fails")


def _looks_alike(plan: Plan, case: Case) -> bool:
    """Whether something particular holds; a pattern that does not end in time tells nothing."""
    try:
        for one in plan.telling:
            seen = case.known.get(one.clue) or look(one.clue, case)
            if seen.state != "fails" and is_particular(_evidence(one, case)):
                return True
    except TooSlow:
        return False
    return False
