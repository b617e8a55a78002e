"""Words that any text a pattern matches must hold: what a signature is indexed by.

Only what is certain counts: nothing inside a choice, a group, a class or a repeat, and no word at the edge of a literal
run, because it may be part of a longer word in the text.
"""

from __future__ import annotations

import re

import regex

WORD = re.compile(r"(?<=\W)\w+(?=\W)")
EDGE = "\u0298"  # stands for "anything may be here"; a letter, so that a word at an edge is seen to be one
# an escape that stands for one literal character: `\[`, `\.`, `\'`
LITERAL_ESCAPE = re.compile(r"[^\w\s]")
FLAGS = re.compile(r"^\(\?[ims]+\)")
REPEAT = re.compile(r"[*?]|\{\s*0?\s*,|\{0\}")


def required_words(pattern: str) -> frozenset[str]:
    """The words, in lower case, that every match of the pattern contains as whole words. May be empty, never wrong."""
    try:
        regex.compile(pattern)
    except regex.error:
        return frozenset()
    run = _literal(FLAGS.sub("", pattern))
    if run is None or pattern.startswith("(?x"):
        return frozenset()
    return frozenset(word.casefold() for word in WORD.findall(run) if EDGE not in word)


def _literal(pattern: str) -> str | None:
    """The pattern's literal characters, `EDGE` where anything else stands; None when a choice makes all of it open."""
    run = [EDGE]
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "|":
            return None
        step, literal = _piece(pattern, at)
        if REPEAT.match(pattern, at + step):
            literal = EDGE
        run.append(literal)
        at += step
    return "".join([*run, EDGE])


def _piece(pattern: str, at: int) -> tuple[int, str]:
    """How many characters the piece at this place has, and what it stands for literally."""
    character = pattern[at]
    if character == "\\":
        escaped = pattern[at + 1 : at + 2]
        if escaped in {"b", "A", "Z"}:
            return 2, " "  # a word ends here
        return 2, escaped if LITERAL_ESCAPE.match(escaped) else EDGE
    if character == "(":
        return _closing_group(pattern, at) - at, EDGE
    if character in "[{":
        return _closing(pattern, at, "]" if character == "[" else "}") - at, EDGE
    if character in "^$":
        return 1, " "
    return 1, EDGE if character in ".*+?" else character


def _closing(pattern: str, at: int, mark: str) -> int:
    """The place after the next `mark`; a `]` right after the opening is a member of the class."""
    start = at + 2 if pattern[at + 1 : at + 2] in {"]", "^"} else at + 1
    while start < len(pattern):
        if pattern[start] == "\\":
            start += 1
        elif pattern[start] == mark:
            return start + 1
        start += 1
    return len(pattern)


def _closing_group(pattern: str, at: int) -> int:
    depth = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
        elif pattern[at] == "[":
            at = _closing(pattern, at, "]") - 1
        elif pattern[at] == "(":
            depth += 1
        elif pattern[at] == ")":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return len(pattern)
