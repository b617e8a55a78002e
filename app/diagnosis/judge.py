"""A signature held against a crash: clues, environment and version, down to a standing or the one thing that failed.

Decide first, explain later: nearly every candidate is ruled out by a clue that costs next to nothing to look for. So
evidence is written down only for what stands, and a reason only for what is shown as a near miss.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from app.crash.model import Frame
from app.diagnosis.case import MAX_SHOWN, Case, Look
from app.diagnosis.circumstances import circumstances
from app.diagnosis.clues import in_module, last_name, look
from app.diagnosis.confidence import PARTICULAR, RULING_OUT, Standing, is_particular
from app.diagnosis.echo import echo
from app.diagnosis.model import Evidence, Failed, Rule, State
from app.diagnosis.patterns import TooSlow
from app.diagnosis.versions import Verdict, version_verdict
from app.signature.model import Signature

REMEMBERED = 2048  # signatures whose plan is kept: it takes some 1 KiB, and the signature stays as long
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
    telling: tuple[Sought, ...]
    """Those that show what happened, the cheapest first."""


class Judged(NamedTuple):
    """What became of one signature."""

    plan: Plan
    case: Case
    standing: Standing | None = None
    """None when something rules it out."""
    version: Verdict | None = None
    """What the installed versions say of it; None when something else ruled it out before that was asked."""

    @property
    def signature(self) -> Signature:
        """The one that was judged."""
        return self.plan.signature

    @property
    def failed(self) -> Failed | None:
        """The one thing that ruled it out; None when nothing did."""
        return None if self.standing is not None else _failure(self.plan, self.case)

    @property
    def looks_alike(self) -> bool:
        """Whether something particular of it holds, more than a name."""
        return _looks_alike(self.plan, self.case)


def judge(signature: Signature, case: Case) -> Judged:
    """Hold a signature against a case. A pattern that does not end in time rules its signature out."""
    plan = _plan(signature)
    try:
        for clue, ruling_out in plan.deciding:  # what is known is asked for here: a call would cost as much again
            if (case.known.get(clue) or look(clue, case)).state == ruling_out:
                return Judged(plan, case)
        return _stand(plan, case)
    except TooSlow:
        return Judged(plan, case)


@lru_cache(maxsize=REMEMBERED)
def _plan(signature: Signature) -> Plan:
    clues = [Sought(rule, one.told) for rule in CLUE_RULES for one in getattr(signature.match, rule)]
    cheapest = sorted(clues, key=lambda one: ORDER.index(one.clue[0]))
    return Plan(
        signature,
        tuple(clues),
        deciding=tuple((one.clue, RULING_OUT[one.rule]) for one in cheapest if one.rule != "any"),
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
    """How it stands, as none of its clues rules it out; the system, a version or an answer still may."""
    version = version_verdict(plan.signature, case.environment)
    around = circumstances(plan.signature, version, case)
    if around and any(_rules_out(one) for one in around):
        return Judged(plan, case)
    evidence = [_evidence(one, case) for one in plan.clues]
    cut = [one for one in evidence if one.state == "unseen" and one.rule == "all"]
    at_the_spot = bool(cut) and _at_the_spot(plan.clues, case)
    proven = plan.signature.status == "proven"
    return Judged(plan, case, Standing((*evidence, *around), version.verdict, at_the_spot, proven), version)


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
