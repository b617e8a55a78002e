"""The words of a text, as search sees them: in the book and in what somebody types they are cut alike."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.signature.model import Clue, Signature

LONGEST = 100  # characters of a word that count; what is longer is data
WORD = re.compile(r"[\w.]+")
NUMBER = re.compile(r"[\d.]+")
# `\bworker \d+ \[(x|y)\]` -> `worker [ x y ]`: the words of a pattern without its grammar
GRAMMAR = re.compile(r"\\([^A-Za-z0-9])|\\[A-Za-z0-9]|\(\?[a-zA-Z:=!<-]*|\{[\d,]*\}|\.(?=[*+?])|[()|+*?^$]")
# `OSError: [WinError 87] The parameter is incorrect`
RAISED = re.compile(r"^(?:\w+\.)*[A-Z]\w*: .*$", re.MULTILINE)
MOST_SAMPLE = 16 * 1024  # characters of a sample whose words are looked for: a longer one is a log with a crash in it
PATTERNS = frozenset({"message", "code", "log"})


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a signature by where they stand: a hit in its title says more than one in its body."""

    title: tuple[str, ...]
    error: tuple[str, ...]
    """Names and texts of exceptions."""
    body: tuple[str, ...]


def words(text: str) -> tuple[str, ...]:
    """Its words in their order, folded; `asyncio.windows_events` and `0.18.0` are one each."""
    found = (word.strip(".")[:LONGEST] for word in WORD.findall(text.casefold()))
    return tuple(word for word in found if word.strip("._"))


def with_parts(text: str) -> tuple[str, ...]:
    """The same, each name followed by the parts it is made of."""
    return tuple(part for word in words(text) for part in (word, *_parts(word)))


def plain(clue: Clue) -> str:
    """What a clue looks for, near enough to be read and searched: a pattern without its grammar."""
    if clue.kind not in PATTERNS:
        return clue.value
    return GRAMMAR.sub(lambda found: found[1] or " ", clue.value)


def said(one: Signature, sample: str = "") -> Said:
    """All words of a signature, and of a report that shows it."""
    clues = (*one.match.all, *one.match.any)
    errors = [plain(clue) for clue in clues if clue.kind in {"exception", "message"}]
    others = [plain(clue) for clue in clues if clue.kind not in {"exception", "message"}]
    texts = (one.cause, one.remedy, one.trigger, one.workaround, one.not_when, one.if_left, one.verify, one.prevent)
    written = (*texts, one.question, *(other.difference for other in one.related), *(ref.url for ref in one.references))
    shown = sample[:MOST_SAMPLE]
    return Said(
        with_parts(f"{one.id} {one.package} {one.title}"),
        with_parts(" ".join((*errors, *RAISED.findall(shown)))),
        (
            *with_parts(" ".join((*others, *(text for text in written if text)))),
            *(word for word in with_parts(shown) if not word.isdecimal()),  # numbers of lines, ports and processes
        ),
    )


def _parts(word: str) -> tuple[str, ...]:
    """`asyncio`, `windows_events`, `windows` and `events`; numbers have none."""
    if NUMBER.fullmatch(word):
        return ()
    dotted = [part for part in word.split(".") if part] if "." in word else []
    lower = [piece for part in (dotted or [word]) if "_" in part for piece in part.split("_") if piece]
    return (*dotted, *lower)
