"""Secrets and personal data out of a text, before anything is stored.

What is looked for stands in `secret_shapes.py` and `personal_shapes.py`. Lines keep their number and order;
exception and function names, files and versions stay readable.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass

from app.crash.personal_shapes import ADDRESSES, PATHS
from app.crash.private import Rule
from app.crash.secret_shapes import CREDENTIALS, TOKENS

# Addresses come last: what stands before a number decides whether it is one, and by then it does not change any more.
RULES = (*TOKENS, *CREDENTIALS, *PATHS, *ADDRESSES)

MAX_PASSES = 4  # one placeholder may bring to light what the next pass sees; ordinary text needs one or two


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken out of a line: its kind (`user`, `email`, `secret`, `ip`) and how often."""

    kind: str
    line: int
    count: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without secrets, and what they were; never the secrets themselves."""

    text: str
    removed: tuple[Removed, ...] = ()


def redact(text: str) -> Redacted:
    """The text with placeholders in place of secrets and personal data; redacting again changes nothing."""
    found: Counter[tuple[int, str]] = Counter()
    for _ in range(MAX_PASSES):
        before, text = text, _pass(text, found)
        if text == before:
            break
    return Redacted(text, tuple(Removed(kind, line, count) for (line, kind), count in sorted(found.items())))


def _pass(text: str, found: Counter[tuple[int, str]]) -> str:
    """The text after every rule once; what goes is counted into `found`, by line and kind."""
    lowered = text.lower()
    for rule in RULES:
        if any(gate in lowered for gate in rule.gates):
            text, lines = apply(rule, text)
            found.update((line, rule.kind) for line in lines)
    return text


def apply(rule: Rule, text: str) -> tuple[str, list[int]]:
    """The text after one rule, and the line of each thing it took out."""
    starts = [match.start() for match in rule.pattern.finditer(text)]
    if not starts:
        return text, []
    breaks = [match.start() for match in re.finditer("\n", text)]
    return _replaced(rule, text), [bisect_right(breaks, start) + 1 for start in starts]


def _replaced(rule: Rule, text: str) -> str:
    """The text after one rule."""
    inside = rule.inside
    if inside is None:
        return rule.pattern.sub(rule.replacement, text)
    return rule.pattern.sub(lambda match: inside.sub(rule.replacement, match[0]), text)
