"""A signature -> the tokens that a crash must show to be its own: what it is indexed by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from app.diagnosis.echo import missing_names
from app.diagnosis.literals import required_joints, required_letters
from app.diagnosis.tokens import exception_name, tokens_needed
from app.signature.model import Clue, Signature

PLACES = frozenset({"frame", "code"})  # kinds of clue that point at a place in the program
TELLING = PLACES | {"message"}


@dataclass(frozen=True, slots=True)
class Needs:
    """What one signature needs."""

    exception: str | None
    words: frozenset[str]
    """Tokens of the message."""
    places: frozenset[str]
    """Tokens of the stack and of its source lines."""
    all: frozenset[str]
    """Every token of the clues that none may fail."""
    each: frozenset[str]
    """The same, and how words of the message begin, end and meet: to tell apart what shares a word."""
    letters: str
    """Letters in a row of its message, in whatever word: all that there is to ask for where there are no tokens."""
    uncut: frozenset[frozenset[str]]
    """For each clue that a crash may show without its exception's line, the tokens that must be there."""
    telling: frozenset[frozenset[str]]
    """For each clue that tells what happened, the tokens that must be there: nothing is named of which none holds."""


class _Asked(NamedTuple):
    """A clue and its tokens."""

    kind: str
    value: str
    tokens: frozenset[str]
    joints: frozenset[str]


def needs_of(signature: Signature) -> Needs | None:
    """What the signature needs of a crash; None for a retired one, which is not looked for."""
    if signature.status == "retired":
        return None
    needed = [_asked(one) for one in signature.match.all]
    every = [*needed, *(_asked(one) for one in signature.match.any)]
    words = _together(one.tokens for one in needed if one.kind == "message")
    places = _together(one.tokens for one in needed if one.kind in PLACES)
    return Needs(
        next((exception_name(one.value) for one in needed if one.kind == "exception"), None),
        words,
        places,
        all=words | places,
        each=_together([words, places, *(one.joints for one in needed)]),
        letters=max((required_letters(one.value) for one in needed if one.kind == "message"), key=len, default=""),
        uncut=frozenset(tokens for one in every for tokens in _uncut(one)),
        telling=frozenset(one.tokens | one.joints for one in every if one.kind in TELLING),
    )


def _asked(clue: Clue) -> _Asked:
    kind = clue.kind
    value: str = getattr(clue, kind)
    joints = [f"j {joint}" for joint in required_joints(value)] if kind == "message" else []
    return _Asked(kind, value, tokens_needed(kind, value), frozenset(joints))


def _together(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _uncut(asked: _Asked) -> Iterable[frozenset[str]]:
    if asked.kind == "message":  # the source line that failed may say the name that is missing
        return [tokens_needed("code", name) for name in missing_names(asked.value)]
    return [asked.tokens] if asked.kind in PLACES else []
