"""A signature -> the tokens that a crash must show to be its own: what it is indexed by."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from app.diagnosis.echo import missing_names
from app.diagnosis.literals import required_joints
from app.diagnosis.tokens import exception_name, tokens_needed
from app.signature.model import Clue, Signature

PLACES = frozenset({"frame", "code"})  # kinds of clue that point at a place in the program


@dataclass(frozen=True, slots=True)
class Needs:
    """What one signature needs."""

    exception: str | None
    words: frozenset[str]
    """Tokens of the message."""
    places: frozenset[str]
    """Tokens of the stack and of its source lines."""
    joints: frozenset[str]
    """Tokens of how its words begin, end and meet, to tell apart what shares a word."""
    uncut: tuple[frozenset[str], ...]
    """For each clue that a crash may show without its exception's line, the tokens that must be there."""
    telling: tuple[frozenset[str], ...]
    """For each clue that tells what happened, the tokens that must be there: nothing is named of which none holds."""

    @property
    def all(self) -> frozenset[str]:
        """Every token of the clues that none may fail."""
        return self.words | self.places


def needs_of(signature: Signature) -> Needs | None:
    """What the signature needs of a crash; None for a retired one, which is not looked for."""
    if signature.status == "retired":
        return None
    needed, open_ = signature.match.all, signature.match.all + signature.match.any
    return Needs(
        next((exception_name(one.value) for one in needed if one.kind == "exception"), None),
        words=_of(needed, {"message"}),
        places=_of(needed, PLACES),
        joints=frozenset(joint for one in needed if one.kind == "message" for joint in _joints(one.value)),
        uncut=tuple(dict.fromkeys(_uncut(open_))),
        telling=tuple(dict.fromkeys(_telling(open_))),
    )


def _of(clues: Iterable[Clue], kinds: Container[str]) -> frozenset[str]:
    return frozenset(token for one in clues if one.kind in kinds for token in tokens_needed(one.kind, one.value))


def _uncut(clues: Iterable[Clue]) -> Iterator[frozenset[str]]:
    for clue in clues:
        if clue.kind in PLACES:
            yield tokens_needed(clue.kind, clue.value)
        elif clue.kind == "message":  # the source line that failed may say the name that is missing
            yield from (tokens_needed("code", name) for name in missing_names(clue.value))


def _telling(clues: Iterable[Clue]) -> Iterator[frozenset[str]]:
    for clue in clues:
        if clue.kind in PLACES:
            yield tokens_needed(clue.kind, clue.value)
        elif clue.kind == "message":
            yield tokens_needed(clue.kind, clue.value) | _joints(clue.value)


def _joints(pattern: str) -> frozenset[str]:
    return frozenset(f"j {joint}" for joint in required_joints(pattern))
