"""Words that any text a pattern matches must hold: what a signature is indexed by.

Only what is certain counts: nothing inside a choice, a group, a class or a repeat, and no word at the edge of a literal
run, because it may be part of a longer word in the text. What is certain even at an edge are *joints*: how a word
begins or ends, and where two meet how the first one ends and the second begins. They tell more than the words that
every other message has, and are all that there is of a message of two words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

WORD = re.compile(r"\w+")
JOINT = 3  # characters of a word
EDGE = "\u0298"  # stands for "anything may be here"; a letter, so that a word at an edge is seen to be one
# an escape that stands for one literal character: `\[`, `\.`, `\'`
LITERAL_ESCAPE = re.compile(r"[^\w\s]")
FLAGS = re.compile(r"^\(\?[ims]+\)")
REPEAT = re.compile(r"[*?]|\{(?!\s*0*[1-9])")  # also `{e<=1}`, with which `regex` takes what is nearly so
BRACES = re.compile(r"\{[^{}|]*\}")
PLAIN = re.compile(
    r"[^\\(\[{^$.*+?|]+(?![*?{])"
)  # characters that stand for themselves, up to one that may be repeated


def required_words(pattern: str) -> frozenset[str]:
    """The words, in lower case, that every match of the pattern contains as whole words. May be empty, never wrong."""
    return frozenset(word for word in _words(pattern) if EDGE not in word)


def required_joints(pattern: str) -> frozenset[str]:
    """The joints, as `joints` writes them, of every match of the pattern. May be empty, never wrong."""
    found: set[str] = set()
    before = ""  # how the word before ends
    for word in _words(pattern):
        begin = end = word
        if EDGE in word:  # what is known whole is told as a word
            begin, end = _sure(word.partition(EDGE)[0]), _sure(word.rpartition(EDGE)[2])
            found |= {_joint("", begin)} if begin else set()
            found |= {_joint(end, "")} if end else set()
        if before and begin:
            found.add(_joint(before, begin))
        before = end
    return frozenset(found)


def _sure(part: str) -> str:
    """The part of a word before or behind an edge, if it is long enough to tell."""
    return part if len(part) >= JOINT else ""


def required_letters(pattern: str) -> str:
    """The most letters in a row that every match of the pattern contains, in lower case and in whatever word."""
    pieces = (piece for word in _words(pattern) for piece in word.split(EDGE))
    return max(pieces, key=len, default="")


def joints(words: Sequence[str]) -> Iterator[str]:
    """How the words of a text, in lower case, begin, end and meet."""
    for word in words:
        yield _joint("", word)
        yield _joint(word, "")
    for first, second in pairwise(words):
        yield _joint(first, second)


def _joint(first: str, second: str) -> str:
    return f"{first[-JOINT:]} {second[:JOINT]}"


@lru_cache(maxsize=64)  # a pattern is asked for its words and for its joints
def _words(pattern: str) -> tuple[str, ...]:
    """The words of its literal characters as the words of a text are taken, those at an edge with the mark."""
    return tuple(word.casefold() for word in WORD.findall(_literal(pattern)))


def _literal(pattern: str) -> str:
    """The pattern's literal characters, `EDGE` where anything else stands; nothing when a choice makes all of it open.

    At both ends stands a space too, so that each word is seen whole: one at an edge by the mark in it.
    """
    if pattern.startswith("(?x"):
        return ""
    pattern = FLAGS.sub("", pattern)
    run = [" ", EDGE]
    at = 0
    while at < len(pattern):
        plain = PLAIN.match(pattern, at)
        if plain is not None:
            run.append(plain.group())
            at = plain.end()
            continue
        if pattern[at] == "|":
            return ""
        step, literal = _piece(pattern, at)
        if REPEAT.match(pattern, at + step):
            literal = EDGE
        run.append(literal)
        at += step
    return "".join([*run, EDGE, " "])


def _piece(pattern: str, at: int) -> tuple[int, str]:
    """How many characters the piece at this place has, and what it stands for literally."""
    character = pattern[at]
    if character == "\\":
        return 2, _escaped(pattern[at + 1 : at + 2])
    if character == "(":
        return _closing_group(pattern, at) - at, EDGE
    if character == "[":
        return _closing_class(pattern, at) - at, EDGE
    if character == "{":
        braces = BRACES.match(pattern, at)
        return len(braces[0]) if braces else 1, EDGE
    return 1, " " if character in "^$" else EDGE if character in ".*+?" else character


def _escaped(character: str) -> str:
    if character in {"b", "A", "Z"}:
        return " "  # a word ends here
    return character if LITERAL_ESCAPE.match(character) else EDGE


def _closing_class(pattern: str, at: int) -> int:
    """The place after the class; a `]` right after the opening is a member of it."""
    start = at + 2 if pattern[at + 1 : at + 2] in {"]", "^"} else at + 1
    while start < len(pattern):
        if pattern[start] == "\\":
            start += 1
        elif pattern[start] == "]":
            return start + 1
        start += 1
    return len(pattern)


def _closing_group(pattern: str, at: int) -> int:
    depth = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
        elif pattern[at] == "[":
            at = _closing_class(pattern, at) - 1
        elif pattern[at] == "(":
            depth += 1
        elif pattern[at] == ")":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return len(pattern)
