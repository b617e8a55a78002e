"""A signature laid out for judging, as a `Case` is a crash: its clues in the order in which they are looked for."""

from __future__ import annotations

from typing import NamedTuple

from app.crash.model import Environment
from app.diagnosis.case import Look
from app.diagnosis.clues import top_module
from app.diagnosis.confidence import PARTICULAR, RULING_OUT
from app.diagnosis.model import Rule, State
from app.diagnosis.patterns import needed
from app.diagnosis.versions import PYTHON, Verdict, version_verdict
from app.signature.model import Signature

# Kinds of clue by the order in which they are looked for: what is cheap and fails often, first.
ORDER = {"message": 0, "exception": 1, "frame": 2, "installed": 3, "code": 4, "log": 5}
NOTHING_KNOWN = Environment()

CLUE_RULES: tuple[Rule, ...] = ("all", "any", "none")


class Sought(NamedTuple):
    """A clue with the rule it stands under."""

    rule: Rule
    clue: Look


class Step(NamedTuple):
    """A clue, and what must stand in the crash if it holds: to look for that first costs next to nothing."""

    clue: Look
    rule: Rule
    ruling_out: State | None
    """The state in which it rules its signature out."""
    where: str
    """Where the text must stand, as `Case.shows` has it; empty where that can't be said."""
    text: str


class Plan(NamedTuple):
    """What a signature asks of a case, and in which order."""

    id: str
    signature: Signature
    clues: tuple[Sought, ...]
    """All of them, as they are shown."""
    deciding: tuple[Step, ...]
    """All of them: the cheapest first, at last those that never decide."""
    telling: tuple[Step, ...]
    """Those that show what happened, the cheapest first."""
    unversioned: Verdict
    """What the installed versions say of it where none is known."""
    packages: tuple[str, ...]
    """Those whose versions are asked for."""
    asks_system: bool
    """Whether it asks for a system or a Python."""


def planned(signature: Signature) -> Plan:
    """Lay a signature out for judging."""
    clues = [Sought(rule, one.told) for rule in CLUE_RULES for one in getattr(signature.match, rule)]
    steps = sorted(map(_step, clues), key=lambda one: ORDER[one.clue[0]])
    packages = (signature.package, *[side.package for side in signature.with_])
    needs = signature.environment
    return Plan(
        signature.id,
        signature,
        tuple(clues),
        deciding=tuple(sorted(steps, key=lambda one: one.ruling_out is None)),
        telling=tuple(one for one in steps if one.rule != "none" and one.clue[0] in PARTICULAR),
        unversioned=version_verdict(signature, NOTHING_KNOWN),
        packages=packages,
        asks_system=needs.os is not None or needs.python is not None or not PYTHON.isdisjoint(packages),
    )


def _step(one: Sought) -> Step:
    kind, value = one.clue
    where, text = "", ""
    if kind == "frame":
        where, text = kind, top_module(value)
    elif kind in {"message", "code"}:
        texts, any_case, *_ = needed(value)
        where, text = (kind, texts[0]) if len(texts) == 1 and not any_case else ("", "")
    return Step(one.clue, one.rule, RULING_OUT.get(one.rule), where, text)
