"""A signature -> the tokens that a crash must show to be its own: what it is indexed by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from app.diagnosis.echo import missing_names
from app.diagnosis.literals import required_joints, required_letters
from app.diagnosis.tokens import exception_name, tokens_needed
from app.signature.model import Signature

PLACES = frozenset({"frame", "code"})  # kinds of clue that point at a place in the program
TELLING = PLACES | {"message"}


class Needs(NamedTuple):
    """What one signature needs. Tuples of texts, since a book's are many: the garbage collector lets go of these."""

    exception: str | None
    words: tuple[str, ...]
    """Tokens of the message."""
    places: tuple[str, ...]
    """Tokens of the stack and of its source lines."""
    joints: tuple[str, ...]
    """How words of the message begin, end and meet: to tell apart what shares a word."""
    letters: str
    """Letters in a row of its message, in whatever word: asked for where there are no tokens, and empty elsewhere."""
    uncut: tuple[tuple[str, ...], ...]
    """For each clue that a crash may show without its exception's line, the tokens that must be there."""
    telling: tuple[tuple[str, ...], ...]
    """For each clue that tells what happened, the tokens that must be there: nothing is named of which none holds."""

    @property
    def all(self) -> tuple[str, ...]:
        """Every token of the clues that none may fail."""
        return self.words + self.places

    @property
    def each(self) -> tuple[str, ...]:
        """The same, and joints."""
        return self.words + self.places + self.joints


class _Asked(NamedTuple):
    """A clue and its tokens."""

    kind: str
    value: str
    tokens: tuple[str, ...]
    joints: tuple[str, ...]


def needs_of(signature: Signature) -> Needs | None:
    """What the signature needs of a crash; None for a retired one, which is not looked for."""
    if signature.status == "retired":
        return None
    needed = [_asked(*one.told) for one in signature.match.all]
    every = [*needed, *(_asked(*one.told) for one in signature.match.any)]
    messages = [one for one in needed if one.kind == "message"]
    words = _together([one.tokens for one in messages])
    places = _together([one.tokens for one in needed if one.kind in PLACES])
    joints = _together([one.joints for one in messages])
    return Needs(
        next((exception_name(one.value) for one in needed if one.kind == "exception"), None),
        words,
        places,
        joints,
        letters="" if words or places or joints else _letters(messages),
        uncut=tuple(tokens for one in every for tokens in _uncut(one)),
        telling=tuple(one.tokens + one.joints for one in every if one.kind in TELLING),
    )


def _asked(kind: str, value: str) -> _Asked:
    joints = [f"j {joint}" for joint in required_joints(value)] if kind == "message" else ()
    return _Asked(kind, value, tuple(tokens_needed(kind, value)), tuple(joints))


def _letters(messages: Iterable[_Asked]) -> str:
    return max((required_letters(one.value) for one in messages), key=len, default="")


def _together(several: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return several[0] if len(several) == 1 else tuple(dict.fromkeys(chain.from_iterable(several)))


def _uncut(asked: _Asked) -> Iterable[tuple[str, ...]]:
    if asked.kind == "message":  # the source line that failed may say the name that is missing
        return [tuple(tokens_needed("code", name)) for name in missing_names(asked.value)]
    return [asked.tokens] if asked.kind in PLACES else ()
