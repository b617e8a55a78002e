"""Secrets and personal data out of a text, before anything is stored.

What is looked for stands in `secret_shapes.py` and `personal_shapes.py`. Lines keep their number and order;
exception and function names, files and versions stay readable.

Most texts hold nothing that must go, so a rule's pattern never runs over a text: one pass finds the gates of all rules,
and each pattern is tried where a match with this gate may begin. A placeholder holds no gate that leads to a match, so
what is replaced only moves the gates behind it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from app.crash.gates import finder
from app.crash.personal_shapes import ADDRESSES, PATHS
from app.crash.private import Rule
from app.crash.secret_shapes import CREDENTIALS, TOKENS

# Addresses come last: what stands before a number decides whether it is one, and by then it does not change any more.
RULES = (*TOKENS, *CREDENTIALS, *PATHS, *ADDRESSES)
SETS = tuple(dict.fromkeys(rule.gates for rule in RULES))
NUMBERED = tuple((rule, SETS.index(rule.gates)) for rule in RULES)
gates_of = finder(SETS)

MAX_PASSES = 4  # one placeholder may bring to light what the next pass sees; ordinary text needs one or two

Span = tuple[int, int]
Found = dict[tuple[int, str], int]  # how often, by line and kind
BEYOND: Span = (sys.maxsize, sys.maxsize)


class Removed(NamedTuple):
    """What was taken out of a line: its kind (`user`, `email`, `secret`, `ip`) and how often."""

    kind: str
    line: int
    count: int  # type: ignore[assignment]  # hides a tuple's own


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without secrets, and what they were; never the secrets themselves."""

    text: str
    removed: tuple[Removed, ...] = ()


def redact(text: str) -> Redacted:
    """The text with placeholders in place of secrets and personal data; redacting again changes nothing."""
    places = gates_of(text)
    found: Found = {}
    for _ in range(MAX_PASSES if places else 0):
        before = text
        for rule, number in NUMBERED:
            if number in places and (spans := _taken(rule, text, places[number], found)):
                text = _replaced(text, spans, rule.placeholder)
                places = {one: _moved(gates, spans, len(rule.placeholder)) for one, gates in places.items()}
        if text == before:
            break
    return Redacted(text, tuple(Removed(kind, line, count) for (line, kind), count in sorted(found.items())))


def _taken(rule: Rule, text: str, gates: list[int], found: Found) -> list[Span]:
    """What a rule takes out of the text: where it begins and ends, in order; each match is counted in `found`."""
    spans: list[Span] = []
    line, counted = 1, 0
    for match in _matches(rule, text, gates):
        line += text.count("\n", counted, match.start() + 1)
        counted = match.start() + 1
        found[line, rule.kind] = found.get((line, rule.kind), 0) + 1
        if rule.inside is None:
            spans.append(_behind_group(match))
        else:
            pieces = map(_behind_group, rule.inside.finditer(match[0]))
            spans += [(match.start() + start, match.start() + end) for start, end in pieces]
    return spans


def _matches(rule: Rule, text: str, gates: list[int]) -> Iterator[re.Match[str]]:
    """What `rule.pattern.finditer(text)` would find."""
    end = 0
    for begin in sorted(rule.begins(text, gates)):
        if begin >= end and (match := rule.pattern.match(text, begin)):
            end = match.end()
            yield match


def _behind_group(match: re.Match[str]) -> Span:
    return match.end(match.lastindex) if match.lastindex else match.start(), match.end()


def _replaced(text: str, spans: Iterable[Span], placeholder: str) -> str:
    """The text with the placeholder in place of each span."""
    pieces: list[str] = []
    kept = 0
    for start, end in spans:
        pieces += text[kept:start], placeholder
        kept = end
    return "".join((*pieces, text[kept:]))


def _moved(gates: Iterable[int], spans: Iterable[Span], length: int) -> list[int]:
    """Where the gates stand after the spans were replaced by something of this length; those in a span are gone."""
    moved: list[int] = []
    ahead, shift = iter(spans), 0
    start, end = next(ahead, BEYOND)
    for gate in gates:
        while end <= gate:
            shift += length - (end - start)
            start, end = next(ahead, BEYOND)
        if gate < start:
            moved.append(gate + shift)
    return moved
