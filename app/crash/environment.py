"""What a report's own text betrays of the machine it came from: OS, Python and package versions, each with its line.

A wrong version is worse than none: numbers in free prose count only after a known name and without a word of doubt.
The rules of single lines are in `betrayals.py`, lists that span lines in `package_lists.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from app.crash.betrayals import PROSE_RULES, RULES, Rule
from app.crash.model import Environment, Fact, Line, Sighting, Told
from app.crash.names import (
    DOUBT,
    WELL_KNOWN,
    ZEROS,
    distribution,
    holds_any,
    plugin,
    system,
    without_digits,
)
from app.crash.package_lists import is_listed, lists_in, may_list, package, python_of

MAX_LINE = 4096  # characters; what follows in a longer line is data, not a banner
MAX_MATCHES = 250  # of one rule on one line; `Successfully installed` may name a whole environment
MAX_FRAME = 400  # characters of a frame's line that is remembered
MAX_KEPT = 8192  # such lines; a program has some thousand
MAX_GATES = 1024  # sets of gates that stand in one text; texts have some hundred

# What the rules look for, and what must stand on a line for those of prose: a well known name and a dotted number.
GATES = tuple(dict.fromkeys(rule.gate.encode() for rule in RULES))
FIND_GATES = BytesAhoCorasick(GATES, implementation=Implementation.DFA).find_matches_as_indexes
MAX_FOUND = 4_096  # bytes in which they are found all at once, wherever they stand; in more they would stand too often
LINE_STARTS = (r"\A", "(?<= )")  # in a pattern
WORD = re.compile(r"[a-z0-9]+")
WELL_KNOWN_BEGIN = frozenset(WORD.findall(without_digits(name))[0] for name in WELL_KNOWN)
# The number of prose, `uvicorn 0.17` or `django: v4.2`, unlike one in a path. The dot comes first, which is quick to
# find, then a look back for what stands before the digits: a look has one length, so there is one for each.
_BEHIND = "|".join(rf"(?<=[-:=`*'\" \t]{v}\d{{{digits}}}\.)" for v in ("", "v") for digits in range(1, 9))
SPOKEN_NUMBER = re.compile(rf"\.(?=\d)(?:{_BEHIND})")

NOTHING = Environment(packages={})


class Sighted(NamedTuple):
    """What each line of a report betrays by itself, and which of its lines may be part of a list, by their numbers."""

    told: Mapping[int, Sequence[Told]]
    listed: frozenset[int]


def read_environment(lines: Sequence[Line], sighted: Sighted | None = None) -> Environment:
    """What these lines betray; where two disagree, the first exact one is believed. `sighted` saves reading again."""
    seen, complete = _seen(lines, sightings(lines) if sighted is None else sighted)
    return believed(seen, complete=complete)


def read_for_several(lines: Sequence[Line], sighted: Sighted) -> Environment:
    """What these lines betray of several crashes that stand in them."""
    seen, complete = _seen(lines, sighted)
    return undisputed(believed(seen, complete=complete), seen)


def undisputed(environment: Environment, seen: Iterable[Sighting]) -> Environment:
    """This without the Python where several were seen: which of them a crash ran on that names none, nothing tells."""
    values = {told.value for _, told in seen if told.of == "python" and told.sure}
    longest = max(values, key=len, default="")
    agreed = all(value == longest or longest.startswith(f"{value}.") for value in values)
    return environment if agreed else environment._replace(python=None)


def _seen(lines: Sequence[Line], sighted: Sighted) -> tuple[list[Sighting], bool]:
    """All that these lines betray, and whether a whole list of packages stands in them."""
    told, listed = sighted
    seen = [(line.number, one) for line in lines for one in told.get(line.number, ())] if told else []
    if not listed or listed.isdisjoint([line.number for line in lines]):
        return seen, False
    rows, complete = lists_in([(line.number, line.text[:MAX_LINE]) for line in lines], listed)
    return seen + rows, complete


def believed(seen: Iterable[Sighting], *, complete: bool = False) -> Environment:
    """Of all that was seen, the first that is exact and sure; where nothing is, the first of the others."""
    firm: dict[str, Fact] = {}
    vague: dict[str, Fact] = {}
    for number, told in sorted(seen, key=itemgetter(0)):
        facts = firm if told.sure and told.exact else vague
        if told.of not in facts:
            facts[told.of] = Fact(told.value, number, told.exact)
    facts = vague | firm
    os, python = facts.pop("os", None), facts.pop("python", None)
    return Environment(os=os, python=python, packages=dict(sorted(facts.items())), complete=complete)


def sightings(lines: Iterable[Line]) -> Sighted:
    """All that is to be known of the lines of a report before any of them are looked at together."""
    texts = [(line.number, line.text[:MAX_LINE]) for line in lines]
    whole = "\n".join([text for _, text in texts])
    listed = frozenset(number for number, text in texts if is_listed(text)) if may_list(whole) else frozenset()
    return Sighted(_told_by_each(texts), listed)


def _told_by_each(texts: Sequence[tuple[int, str]]) -> dict[int, tuple[Told, ...]]:
    kept = {number: _told_by_frame(text) for number, text in texts if 'File "' in text and len(text) <= MAX_FRAME}
    fresh = [(number, text) for number, text in texts if number not in kept]
    rules = rules_for("\n".join([text for _, text in fresh]))  # a rule whose gate all of them lack is tried on none
    told = kept | {number: told_by(text, rules) for number, text in fresh} if rules else kept
    return {number: one for number, one in told.items() if one}


def rules_for(text: str) -> tuple[Rule, ...]:
    """The rules that may see something in this text, or in one with other digits: those whose gates it holds."""
    folded = text.lower().encode("utf-8", "surrogatepass").translate(ZEROS)
    lowered = folded.decode("utf-8", "surrogatepass")
    rules = tuple([rule for rule in _behind(_gates(folded)) if _is_also_in(rule, lowered)])
    spoken = SPOKEN_NUMBER.search(lowered) and not WELL_KNOWN_BEGIN.isdisjoint(WORD.findall(lowered))
    return rules + PROSE_RULES if spoken else rules


def _gates(folded: bytes) -> frozenset[int]:
    """The gates that stand in a text, by number."""
    if len(folded) > MAX_FOUND:
        return frozenset(number for number, gate in enumerate(GATES) if gate in folded)
    return frozenset(map(itemgetter(0), FIND_GATES(folded, overlapping=True)))


@lru_cache(maxsize=MAX_GATES)
def _behind(gates: frozenset[int]) -> tuple[Rule, ...]:
    """The rules that have one of these gates."""
    return tuple(rule for rule in RULES if GATES.index(rule.gate.encode()) in gates)


def told_by(text: str, rules: Iterable[Rule]) -> tuple[Told, ...]:
    """What a line betrays by these rules."""
    lowered = without_digits(text.lower())
    told: list[Told] = []
    for rule in rules:
        if rule.gate in lowered and _is_also_in(rule, lowered):
            told += _read_line(rule, text)
    return tuple(told)


def _is_also_in(rule: Rule, lowered: str) -> bool:
    return not rule.also or holds_any(rule.also, lowered)


@lru_cache(maxsize=len(RULES) + len(PROSE_RULES))
def sees_the_margin(rule: Rule) -> bool:
    """Whether what a rule sees may change with a blank more before the line."""
    return any(mark in rule.pattern.pattern for mark in LINE_STARTS)


@lru_cache(maxsize=MAX_KEPT)
def _told_by_frame(text: str) -> tuple[Told, ...]:
    """What a frame's line betrays: the same lines stand in one crash after the other."""
    return told_by(text, rules_for(text))


def merged(first: Environment, second: Environment) -> Environment:
    """Both together: where both speak, `first` is believed, but a fuller version that agrees with it completes it."""
    if first == NOTHING:
        return second
    packages = dict(second.packages)
    packages.update({name: _better(fact, packages.get(name)) or fact for name, fact in first.packages.items()})
    return Environment(
        os=first.os or second.os,
        python=_better(first.python, second.python),
        packages=dict(sorted(packages.items())),
        complete=first.complete or second.complete,
    )


def reconciled(stated: Environment, shown: Environment) -> tuple[Environment, tuple[str, ...]]:
    """What the sender stated joined with what the report shows, and a sentence for each fact on which they disagree.

    Neither side of a disagreement is used: a wrong version is worse than none.
    """
    wrong: list[str] = []

    def agreed(name: str, said: Fact | None, seen: Fact | None) -> Fact | None:
        if said is not None and seen is not None and not _agree(said, seen):
            wrong.append(f"{name} {said.value} was stated, but line {seen.line} shows {seen.value}.")
            return None
        return _better(said, seen)

    names = sorted(stated.packages.keys() | shown.packages.keys())
    packages = {name: agreed(name, stated.packages.get(name), shown.packages.get(name)) for name in names}
    environment = Environment(
        os=agreed("System", stated.os, shown.os),
        python=agreed("Python", stated.python, shown.python),
        packages={name: fact for name, fact in packages.items() if fact is not None},
        complete=stated.complete or shown.complete,
    )
    return environment, tuple(wrong)


def _agree(said: Fact, seen: Fact) -> bool:
    if said.exact and seen.exact:
        return said.value.casefold() == seen.value.casefold()
    short, long = sorted((said.value, seen.value), key=len)
    return long == short or long.startswith(f"{short}.")


def _better(first: Fact | None, second: Fact | None) -> Fact | None:
    """The first, unless the second only says it more exactly."""
    if first is None or second is None:
        return first or second
    completes = second.exact and not first.exact and second.value.startswith(f"{first.value}.")
    return second if completes else first


def _read_line(rule: Rule, text: str) -> list[Told]:
    """What a rule sees on a line; nothing if it is prose that doubts."""
    seen = [one for match in islice(rule.pattern.finditer(text), MAX_MATCHES) for one in _told(rule, match)]
    return [] if seen and rule.doubted and DOUBT.search(text.lower()) else seen


def _told(rule: Rule, match: re.Match[str]) -> Iterator[Told]:
    """What one match of a rule says: by its constants and by its named groups."""
    groups = match.groupdict()
    os = rule.os or (system(groups["system"]) if groups.get("system") else None)
    if os:
        yield Told("os", os, sure=rule.sure)
    python = groups.get("python") or _from_tag(groups.get("tag"))
    if python:
        yield python_of(python)
    name = rule.package or (plugin(groups["plugin"]) if groups.get("plugin") else groups.get("name"))
    version = groups.get("version") or _from_tag(groups.get("short"))
    if name and version and (not rule.doubted or rule.any_name or distribution(name)):
        yield package(distribution(name) or name, version, exact=rule.exact)


def _from_tag(tag: str | None) -> str | None:
    """`310` as `3.10`."""
    return f"{tag[0]}.{tag[1:]}" if tag else None
