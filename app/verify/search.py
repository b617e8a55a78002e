"""The ends of a signature's affected range, found by running its script over the releases that the registry offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from app.errors import Misconfigured
from app.signature.model import INTERPRETER, Range, Signature
from app.signature.reproduce import Reproduce
from app.verify.bisect import Edges, edges
from app.verify.environments import releases
from app.verify.verify import Bench, Seen, What, attempt


@dataclass(frozen=True, slots=True)
class Found:
    """The ends of a range, and what each release that was run did."""

    edges: Edges
    seen: dict[str, What]
    why: dict[str, str] = field(default_factory=dict)
    """For the releases that did neither: what happened instead."""

    def at_the_ends(self) -> dict[str, What]:
        """The releases on both sides of both ends, oldest first."""
        ends = dict.fromkeys((self.edges.before, self.edges.first, self.edges.last, self.edges.after))
        return {release: self.seen[release] for release in ends if release is not None}


def search(signature: Signature, script: Path, bench: Bench) -> Found:
    """The ends of the range around the release that `reproduce.affected` names. Raises `Misconfigured`, `NotBuilt`."""
    how = signature.reproduce or Reproduce(cannot="nothing says how")
    if signature.package == INTERPRETER:
        raise Misconfigured("no-releases", "Python itself is in no registry: only the Pythons at hand can be run.")
    pinned = {str(canonicalize_name(one.name)): str(one.specifier) for one in map(Requirement, how.affected)}
    known = pinned.get(signature.package, "").removeprefix("==")
    offered = releases(signature.package, how.python[0])
    if known not in offered:
        where = f"'reproduce.affected' must pin {signature.package} to one release that Python {how.python[0]} takes"
        raise Misconfigured("no-known-release", where)
    hints = hints_for(signature.affected, offered, known)

    seen: dict[str, What] = {known: "crashed"}
    why: dict[str, str] = {}

    def crashes(release: str) -> bool | None:
        tried = _first_built(signature, script, how.with_version(signature.package, release), bench)
        if tried is None or tried.starved:
            return None
        seen[release] = tried.what
        if tried.why:
            why[release] = tried.why
        return tried.what == "crashed"

    return Found(edges(offered, known, crashes, hints), seen, why)


def hints_for(affected: Sequence[Range], offered: Sequence[str], known: str) -> list[str]:
    """The releases on both sides of where the range of `known` is thought to end.

    The ends of another range are no hints: from one of them the search would take the gap between for affected.
    """
    own = [one for one in affected if _holds(one, known)]
    places = [offered.index(end) for one in own for end in (one.introduced, one.fixed) if end in offered]
    return [offered[at] for place in places for at in (place, place - 1) if at >= 0]


def fits(stated: Range, ends: Edges) -> bool:
    """Whether the stated range says what was seen.

    An end may lie anywhere between the two releases that differ: those between were withdrawn or could not be run.
    """
    if not _holds(stated, ends.first) or not _holds(stated, ends.last):
        return False
    return not any(_holds(stated, one) for one in (ends.before, ends.after) if one is not None)


def _holds(stated: Range, release: str) -> bool:
    version = Version(release)
    if stated.fixed is not None and version >= Version(stated.fixed):
        return False
    if stated.last_affected is not None and version > Version(stated.last_affected):
        return False
    return version >= Version(stated.introduced)


def _first_built(signature: Signature, script: Path, requirements: tuple[str, ...], bench: Bench) -> Seen | None:
    """What was seen on the first Python that takes these packages; None when none does."""
    how = signature.reproduce or Reproduce(cannot="nothing says how")
    for python in how.python:
        seen = attempt(signature, script, python, requirements, bench)
        if seen.what != "unbuilt":
            return seen
    return None
