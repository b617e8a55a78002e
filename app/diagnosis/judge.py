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
from app.diagnosis.clues import in_module, last_name, look, look_first
from app.diagnosis.confidence import RULING_OUT, Standing, Weighed, Weights, is_particular, weigh
from app.diagnosis.echo import echo
from app.diagnosis.model import Evidence, Failed, Rule, State, VersionVerdict
from app.diagnosis.patterns import TooSlow
from app.diagnosis.plan import Plan, Sought, Step
from app.diagnosis.versions import Verdict, version_verdict
from app.diagnosis.weights import WEIGHTS
from app.signature.model import Signature

REMEMBERED = 4_096  # sets of clues with their states whose probability is kept


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
    def unshown(self) -> Failed | None:
        """Of a signature that stands, the first clue that it needs and that is not shown; None when all are."""
        evidence = self.standing.evidence if self.standing else ()
        open_ = (one for one in evidence if one.rule == "all" and one.state == "unseen")
        return next((Failed(one.clue, one.rule, one.expected, state=one.state) for one in open_), None)

    @property
    def looks_alike(self) -> bool:
        """Whether something particular of it holds, more than a name."""
        return _looks_alike(self.plan, self.case)


def judge(plan: Plan, case: Case) -> Judged:
    """Hold a signature against a case. A pattern that does not end in time rules its signature out."""
    known, shows = case.known, case.shows
    try:
        for clue, _, ruling_out, where, text in plan.deciding:  # written out here: a call would cost as much again
            if where in shows and text not in shows[where]:
                state: State = "fails"
            else:
                state = (known.get(clue) or look_first(clue, case)).state
            if state == ruling_out:
                return Judged(plan, case)
    except TooSlow:
        return Judged(plan, case)
    return _stand(plan, case)


def state_of(step: Step, case: Case) -> State:
    """What becomes of a clue. Raises `TooSlow` when its pattern does not end in time."""
    if step.where in case.shows and step.text not in case.shows[step.where]:
        return "fails"
    return look(step.clue, case).state


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
    if not (plan.asks_system or case.answers or _some_installed(plan, case)):
        return Judged(plan, case, plan.unversioned)
    version = version_verdict(plan.signature, case.environment)
    around = circumstances(plan.signature, version, case)
    if around and any(_rules_out(one) for one in around):
        return Judged(plan, case)
    return Judged(plan, case, version, around)


def _some_installed(plan: Plan, case: Case) -> bool:
    packages = case.environment.packages
    return bool(packages) and not packages.keys().isdisjoint(plan.packages)


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
        states = tuple([look(one.clue, judged.case).state for one in judged.plan.clues])
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
    text = first.text and first.text[:MAX_SHOWN]
    return Failed(first.clue, first.rule, first.expected, text, first.line, first.state)


def _rules_out(one: Evidence) -> bool:
    """Whether the signature can't stand beside it; of versions only one that is older than the bug is such."""
    too_old = one.rule == "version" and (one.text or "").endswith("not-yet")
    return one.state == RULING_OUT.get(one.rule) or (too_old and one.state == "fails")


def _looks_alike(plan: Plan, case: Case) -> bool:
    """Whether something particular holds; a pattern that does not end in time tells nothing."""
    try:
        for step in plan.telling:
            if state_of(step, case) != "fails" and is_particular(_evidence(Sought(step.rule, step.clue), case)):
                return True
    except TooSlow:
        return False
    return False
