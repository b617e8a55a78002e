"""What a report's own text betrays of the machine it came from: OS, Python and package versions, each with its line.

A wrong version is worse than none: numbers in free prose count only after a known name and without a word of doubt.
The rules of single lines are in `betrayals.py`; here are lists that span lines, and how disagreement ends.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from app.crash.betrayals import RULES, Rule
from app.crash.model import Environment, Fact, Line
from app.crash.names import DOUBT, NAME, VERSION, distribution, plugin, system

MAX_LINE = 4096  # characters; what follows in a longer line is data, not a banner
MAX_MATCHES = 250  # of one rule on one line; `Successfully installed` may name a whole environment
WHOLE_LIST = 5  # packages; fewer in a row is a selection somebody made
EXACT_DOTS = 2  # 3.8.10 has two, 3.8 has one

# 0.17.6 · 1.1.1k · 2021a: in a table any word that begins with a digit is the version
LISTED = r"\d[\w.+!]{0,60}"
#     uvicorn                 0.17.6      /srv/app    (pip list, uv pip list, conda list, poetry show)
TABLE_ROW = re.compile(rf"\s{{0,8}}(?P<name>{NAME})\s{{1,80}}(?:\(!\)\s{{1,4}})?(?P<version>{LISTED})(?:\s.*)?")
# a row of a freeze, as in: uvicorn==0.17.6 · Django (1.11.16) · torch @ file:///tmp/x.whl · -e git+https://host/x
FREEZE_ROW = re.compile(
    rf"\s{{0,8}}(?:(?P<name>{NAME})(?:==(?P<version>{VERSION})| \((?P<old_version>{VERSION})\)| @ .*)|-e .*)\s{{0,80}}"
)
# Package    Version · ---------- ------- · # packages in environment at /opt/conda: · $ poetry show
TABLE_HEADER = re.compile(
    r"\s{0,8}(?:Package\s{1,80}Version\b|-{3,80}\s{1,4}-{3,80}|# packages in environment at |(?:\$ )?poetry show\b)"
)
# the line of column names that `conda list` begins with a hash, dashes, or nothing
TABLE_FILL = re.compile(r"\s{0,8}(?:#|-{3}|$)")
# `Name: uvicorn`, the line above
SHOWN_NAME = re.compile(rf"\s{{0,8}}Name: (?P<name>{NAME})\s{{0,8}}")
# `Version: 0.17.6`, the line below
SHOWN_VERSION = re.compile(rf"\s{{0,8}}Version: (?P<version>{VERSION})\s{{0,8}}")


class Sighting(NamedTuple):
    """One fact as one line shows it: of the `os`, of `python`, or of the package of that name."""

    of: str
    fact: Fact
    sure: bool = True


def read_environment(lines: Iterable[Line], sighted: Mapping[int, Sequence[Sighting]] | None = None) -> Environment:
    """What these lines betray; where two disagree, the first exact one is believed. `sighted` saves reading again."""
    texts = [(line.number, line.text[:MAX_LINE]) for line in lines]
    each = _sightings_of(texts) if sighted is None else sighted
    seen = [sighting for number, _ in texts for sighting in each.get(number, ())]
    complete = False
    for block in _lists(texts):
        seen += [sighting for sighting in block if sighting.fact.value]
        complete = complete or len(block) >= WHOLE_LIST
    seen += _shown(texts)
    seen.sort(key=lambda sighting: (not (sighting.sure and sighting.fact.exact), sighting.fact.line or 0))
    first = {sighting.of: sighting.fact for sighting in reversed(seen)}
    os, python = first.pop("os", None), first.pop("python", None)
    return Environment(os=os, python=python, packages=dict(sorted(first.items())), complete=complete)


def sightings(lines: Iterable[Line]) -> dict[int, list[Sighting]]:
    """What each line betrays by itself, by its number."""
    return _sightings_of([(line.number, line.text[:MAX_LINE]) for line in lines])


def merged(first: Environment, second: Environment) -> Environment:
    """Both together: where both speak, `first` is believed, but a fuller version that agrees with it completes it."""
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


def _sightings_of(texts: list[tuple[int, str]]) -> dict[int, list[Sighting]]:
    """What lines betray by themselves. A rule whose gate the whole text lacks is not tried on any line."""
    lowered = [text.lower() for _, text in texts]
    whole = "\n".join(lowered)
    gates = {gate for gate in {rule.gate for rule in RULES} if gate in whole}
    rules = [rule for rule in RULES if rule.gate in gates]
    seen: dict[int, list[Sighting]] = defaultdict(list)
    for (number, text), low in zip(texts, lowered, strict=True):
        for rule in rules:
            if rule.gate in low and (found := _read_line(rule, number, text)):
                seen[number] += found
    return seen


def _read_line(rule: Rule, number: int, text: str) -> list[Sighting]:
    """What a rule sees on a line; nothing if it is prose that doubts."""
    matches = islice(rule.pattern.finditer(text), MAX_MATCHES)
    seen = [one for match in matches for one in _sightings(rule, match, number)]
    return [] if seen and rule.doubted and DOUBT.search(text.lower()) else seen


def _sightings(rule: Rule, match: re.Match[str], number: int) -> Iterator[Sighting]:
    """What one match of a rule says: by its constants and by its named groups."""
    groups = match.groupdict()
    os = rule.os or (system(groups["system"]) if groups.get("system") else None)
    if os:
        yield Sighting("os", Fact(os, number), sure=rule.sure)
    python = groups.get("python") or _from_tag(groups.get("tag"))
    if python:
        yield _python(python, number)
    name = rule.package or (plugin(groups["plugin"]) if groups.get("plugin") else groups.get("name"))
    version = groups.get("version") or _from_tag(groups.get("short"))
    if name and version and (not rule.doubted or rule.any_name or distribution(name)):
        yield _package(distribution(name) or name, version, number, exact=rule.exact)


def _package(name: str, version: str, number: int, *, exact: bool = True) -> Sighting:
    """A package's version; `python` among packages is the Python."""
    normalised = re.sub(r"[-_.]+", "-", name).lower()
    if normalised == "python":
        return _python(version, number)
    return Sighting(normalised, Fact(version, number, exact=exact))


def _python(version: str, number: int) -> Sighting:
    """A Python's version, exact if it goes down to the third number."""
    return Sighting("python", Fact(version, number, exact=version.count(".") >= EXACT_DOTS))


def _from_tag(tag: str | None) -> str | None:
    """`310` as `3.10`."""
    return f"{tag[0]}.{tag[1:]}" if tag else None


def _lists(texts: list[tuple[int, str]]) -> Iterator[list[Sighting]]:
    """Each list of packages: `pip freeze` in alphabetical order, or a table below its header."""
    block: list[Sighting] = []
    table = False
    for number, text in texts:
        sighting = _row(number, text, table=table)
        if sighting is not None:
            block.append(sighting)
        elif not (table and not block and TABLE_FILL.match(text)):
            yield from _closed(block, table=table)
            block, table = [], _is_header(text)
    yield from _closed(block, table=table)


def _closed(block: list[Sighting], *, table: bool) -> Iterator[list[Sighting]]:
    """The block, if it is a list. A freeze is sorted; a requirements file written by hand seldom is."""
    names = [sighting.of for sighting in block if sighting.of]
    if table or (len(block) >= WHOLE_LIST and names == sorted(names)):
        yield block


def _row(number: int, text: str, *, table: bool) -> Sighting | None:
    """A row of a list; its version is empty if the row names only a place."""
    if table:
        match = TABLE_ROW.fullmatch(text)
        return _package(match["name"], match["version"], number) if match else None
    if not ("==" in text or " @ " in text or " (" in text or "-e " in text):
        return None
    match = FREEZE_ROW.fullmatch(text)
    if match is None:
        return None
    return _package(match["name"] or "", match["version"] or match["old_version"] or "", number)


def _is_header(text: str) -> bool:
    """Whether a table of packages begins below this line."""
    gate = "ackage" in text or "---" in text or "poetry" in text
    return gate and TABLE_HEADER.match(text) is not None


def _shown(texts: list[tuple[int, str]]) -> Iterator[Sighting]:
    """`Name: x` with `Version: y` right below it, as `pip show` prints them."""
    above: re.Match[str] | None = None
    for number, text in texts:
        version = SHOWN_VERSION.fullmatch(text) if above else None
        if above and version:
            yield _package(above["name"], version["version"], number)
        above = SHOWN_NAME.fullmatch(text) if "Name: " in text else None
