"""A signature laid out for judging, as a `Case` is a crash: its clues in the order in which they are looked for."""

from __future__ import annotations

from typing import NamedTuple

from app.crash.model import Environment
from app.diagnosis.case import Look
from app.diagnosis.confidence import PARTICULAR, RULING_OUT
from app.diagnosis.model import Rule, State
from app.diagnosis.patterns import needed
from app.diagnosis.versions import PYTHON, Verdict, version_verdict
from app.signature.model import Signature

# Kinds of clue in the order they are looked for: what is cheap and fails often, first.
ORDER = ("exception", "message", "frame", "installed", "code", "log")

CLUE_RULES: tuple[Rule, ...] = ("all", "any", "none")


class Sought(NamedTuple):
    """A clue with the rule it stands under."""

    rule: Rule
    clue: Look


class Plan(NamedTuple):
    """What a signature asks of a case, and in which order."""

    id: str
    signature: Signature
    clues: tuple[Sought, ...]
    """All of them, as they are shown."""
    deciding: tuple[tuple[Look, State | None], ...]
    """All of them with the state in which they rule it out: the cheapest first, at last those that never do."""
    says: tuple[str, ...]
    """Texts that must stand in the messages, as far as its patterns tell: to look for one costs next to nothing."""
    telling: tuple[Sought, ...]
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
    cheapest = sorted(clues, key=lambda one: ORDER.index(one.clue[0]))
    packages = (signature.package, *[side.package for side in signature.with_])
    needs = signature.environment
    return Plan(
        signature.id,
        signature,
        tuple(clues),
        deciding=tuple((one.clue, RULING_OUT.get(one.rule)) for one in sorted(cheapest, key=_never_decides)),
        says=tuple(text for one in clues if one.rule == "all" and one.clue[0] == "message" for text in _literal(one)),
        telling=tuple(one for one in cheapest if one.rule != "none" and one.clue[0] in PARTICULAR),
        unversioned=version_verdict(signature, Environment()),
        packages=packages,
        asks_system=needs.os is not None or needs.python is not None or not PYTHON.isdisjoint(packages),
    )


def _never_decides(one: Sought) -> bool:
    return one.rule == "any"


def _literal(one: Sought) -> tuple[str, ...]:
    """What a pattern needs, unless it is one of several texts or one in any case."""
    texts, any_case, *_ = needed(one.clue[1])
    return texts if len(texts) == 1 and not any_case else ()
