"""The words by which a bug is found again: in a search engine, in an issue tracker, in one's own logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import regex

from app.signature.model import Signature

MOST = 100  # characters of a phrase; search engines cut longer ones
SECONDS = 0.1
TELLING = regex.compile(r"(?!__)(?:\w*_\w*|\w{8,})")  # a name that is not in every stack, as `load` and `__init__` are
NAME = regex.compile(r"[A-Za-z_][\w.]*")
# What differs from one machine to the next: a path, an address in memory, a long number
OWN = regex.compile(r"[\"\n]|(?:[A-Za-z]:)?[\\/][\w.\\/-]{3,}|0x[0-9a-fA-F]+|\d{5,}")


def phrases(one: Signature, seen: Mapping[str, str]) -> tuple[str, ...]:
    """The exception with its text, then the function it comes from; `seen` has the line each clue held on."""
    every = [phrase for phrase in dict.fromkeys((*_said(one, seen), _function(one))) if phrase]
    return tuple(phrase for phrase in every if not any(phrase in other for other in every if other != phrase))


def quoted(said: tuple[str, ...]) -> str:
    """As one line for a search field: each phrase is to be found as it stands."""
    return " ".join(f'"{phrase}"' for phrase in said)


def _said(one: Signature, seen: Mapping[str, str]) -> Iterator[str]:
    """`OSError: [WinError 87]`: the exception, and of its text what the signature looks for."""
    texts = [clue for clue in one.match.all if clue.kind == "message" and clue.value in seen]
    name = next((clue.value.rpartition(".")[2] for clue in one.match.all if clue.kind == "exception"), "")
    if not texts:
        yield name
    for clue in texts:
        printed, _, message = seen[clue.value].partition(": ")
        named = bool(message) and NAME.fullmatch(printed) is not None
        text, raised = (message, printed.rpartition(".")[2]) if named else (seen[clue.value], name)
        found = regex.search(clue.value, text, timeout=SECONDS)
        begin, end = found.span() if found else (0, len(text))
        piece = _general(text[begin:end])
        at_start = begin == 0 and text[begin:end].startswith(piece)
        yield f"{raised}: {piece}" if raised and at_start and piece else raised
        yield "" if at_start else piece


def _general(text: str) -> str:
    """The longest piece that holds no quote and nothing of one machine only."""
    return max((piece.strip() for piece in OWN.split(text)), key=len)[:MOST]


def _function(one: Signature) -> str:
    """The last named function that a frame of this bug always goes through."""
    frames = [clue.value.partition(":")[2] for clue in one.match.all if clue.kind == "frame"]
    return next((name for name in reversed(frames) if TELLING.fullmatch(name)), "")
