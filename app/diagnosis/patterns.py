"""Everything that runs a contributed pattern: on a capped text only, and never without a time limit.

To search with a time limit costs ten times what it costs to look for a plain text, and to compile a pattern a hundred
times that. So what a pattern needs is looked for first, and most patterns are never run.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import regex

MAX_SEARCHED = 100_000  # characters a contributed pattern may look at: more is no message and no log
PATTERN_SECONDS = 0.25  # a guard, not a stopwatch: patterns are linear by lint and take microseconds
REMEMBERED = 4_096  # patterns, and what they found: a book of many more meets the same few again and again
MANY = 16_384  # patterns of which is kept what they need, some 0.3 KiB each
MAX_REMEMBERED = 300  # characters of a text of which is kept what was found in it
MAX_CHOICES = 8  # texts to look for; for more, the search itself is as cheap

FLAGS = re.compile(r"\(\?([ims]+)\)")
NAMED_CLASS = re.compile(r"\[\^?\[|\[:")  # [[:alpha:]]
ESCAPED = re.compile(r"\\(\W)")
# an escaped character, a run of plain ones up to one that is repeated, or that one
LITERAL = re.compile(r"\\(\W)|([^\\\[\](){}|.^$*+?]+)(?![*+?{])|([^\\\[\](){}|.^$*+?])")
# what may be any text: `\d`, `\b`, `.`, `[a-z]`
OPEN = re.compile(r"\\[bBAZdDsSwW]|[.^$]|\[\^?\]?(?:\\.|[^\]\\])*\]")
GROUP = re.compile(r"\((?:\?:|\?P?<\w+>|(?!\?))")
LOOK_AROUND = re.compile(r"\(\?<?[=!]")
REPEAT = re.compile(r"(?:[*+?]|\{\d*,?\d*\})[?+]?")
AT_LEAST_ONCE = re.compile(r"\+|\{[1-9]")

Texts = tuple[str, ...]
"""Texts of which one at least is in all that something matches; empty where that can't be said."""


class TooSlow(Exception):
    """A contributed pattern did not end in time: its signature is ruled out, never made broader."""


class Needed(NamedTuple):
    """What a pattern needs: one of these texts, in lower case if it does not mind the case."""

    texts: Texts
    any_case: bool = False
    whole: bool = False
    """Whether the pattern says no more than its one text."""
    first: bool = False
    """Whether the pattern says no more than that its one text stands first."""


class _Unread(Exception):
    """The pattern says something that is not read here."""


def find(pattern: str, text: str) -> int | None:
    """Where the first match in the text begins. Raises `TooSlow` when the pattern does not end in time."""
    need = needed(pattern)
    if need.whole:
        at = text.find(need.texts[0], 0, MAX_SEARCHED)
        return at if at >= 0 else None
    if need.first:
        return 0 if text.startswith(need.texts[0]) else None
    if need.texts and not _may_hold(need, text):
        return None
    return (_search if len(text) <= MAX_REMEMBERED else _search.__wrapped__)(pattern, text[:MAX_SEARCHED])


@lru_cache(maxsize=REMEMBERED)
def _search(pattern: str, text: str) -> int | None:
    try:
        found = _compiled(pattern).search(text, timeout=PATTERN_SECONDS)
    except TimeoutError:
        raise TooSlow(pattern) from None
    return None if found is None else found.start()


@lru_cache(maxsize=REMEMBERED)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


def may_match(pattern: str, text: str) -> bool:
    """Whether a text of any length has what the pattern needs, as far as that is known."""
    need = needed(pattern)
    return not need.texts or _may_hold(need, text)


def _may_hold(need: Needed, text: str) -> bool:
    if need.any_case:
        if not text.isascii():
            return True  # other scripts have letters that are the same in more ways than two
        text = text.lower()
    for one in need.texts:  # noqa: SIM110 - `any` costs twice as much here
        if one in text:
            return True
    return False


@lru_cache(maxsize=MANY)
def needed(pattern: str) -> Needed:
    """The texts of which one is in all that the pattern matches. None where that can't be said, never a wrong one."""
    flags = FLAGS.match(pattern)
    body = pattern[flags.end() :] if flags else pattern
    try:
        texts, end = ((), 0) if NAMED_CLASS.search(body) else _choice(body, 0)
    except _Unread:
        return Needed(())
    if end != len(body):
        return Needed(())
    if flags is None:
        said = ESCAPED.sub(r"\1", body)
        return Needed(texts, whole=(said,) == texts, first=(said,) == tuple(f"^{one}" for one in texts))
    if "i" not in flags[1]:
        return Needed(texts)
    return Needed(tuple(one.lower() for one in texts) if body.isascii() else (), any_case=True)


def _choice(pattern: str, at: int) -> tuple[Texts, int]:
    """What one of the branches from here to the closing bracket needs, and where they end."""
    texts, at = _branch(pattern, at)
    while pattern[at : at + 1] == "|":
        more, at = _branch(pattern, at + 1)
        texts = texts + more if texts and more else ()
    return texts if len(texts) <= MAX_CHOICES else (), at


def _branch(pattern: str, at: int) -> tuple[Texts, int]:
    """What a branch needs: the longest text that must be there, or the choice of texts."""
    best: Texts = ()
    run = ""
    while at < len(pattern) and pattern[at] not in "|)":
        literal, texts, at = _piece(pattern, at)
        repeat = REPEAT.match(pattern, at)
        at = repeat.end() if repeat else at
        if repeat is None or AT_LEAST_ONCE.match(repeat[0]):
            run += literal
            best = _longer(best, texts)
        if repeat or not literal:
            best, run = _longer(best, (run,)), ""
    return _longer(best, (run,)), at


def _piece(pattern: str, at: int) -> tuple[str, Texts, int]:
    """The text that the piece here stands for, what it needs if it stands for several, and where it ends."""
    if found := LITERAL.match(pattern, at):
        return found[found.lastindex or 0], (), found.end()
    if found := OPEN.match(pattern, at):
        return "", (), found.end()
    group = GROUP.match(pattern, at)
    found = group or LOOK_AROUND.match(pattern, at)
    if found is None:
        raise _Unread
    texts, end = _choice(pattern, found.end())
    if pattern[end : end + 1] != ")":
        raise _Unread
    return "", texts if group else (), end + 1


def _longer(first: Texts, second: Texts) -> Texts:
    """The texts that are rarer, as far as their length tells."""
    return second if min(map(len, second), default=0) > min(map(len, first), default=0) else first
