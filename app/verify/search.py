"""The ends of a signature's affected range, found by running its script over the releases that the registry offers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.errors import Misconfigured
from app.signature.model import INTERPRETER, Signature
from app.signature.reproduce import Reproduce
from app.verify.bisect import Edges, edges
from app.verify.environments import releases
from app.verify.verify import Bench, Seen, What, attempt


@dataclass(frozen=True, slots=True)
class Found:
    """The ends of a range, and what each release that was run did."""

    edges: Edges
    seen: dict[str, What]

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
    hints = [end for one in signature.affected for end in _hints(offered, one.introduced, one.fixed)]

    seen: dict[str, What] = {known: "crashed"}

    def crashes(release: str) -> bool | None:
        tried = _first_built(signature, script, how.with_version(signature.package, release), bench)
        if tried is None:
            return None
        seen[release] = tried.what
        return tried.what == "crashed"

    return Found(edges(offered, known, crashes, hints), seen)


def _hints(offered: list[str], introduced: str, fixed: str | None) -> list[str]:
    """The releases on both sides of where the range is thought to end."""
    places = [offered.index(one) for one in (introduced, fixed) if one in offered]
    return [offered[at] for place in places for at in (place, place - 1) if at >= 0]


def _first_built(signature: Signature, script: Path, requirements: tuple[str, ...], bench: Bench) -> Seen | None:
    """What was seen on the first Python that takes these packages; None when none does."""
    how = signature.reproduce or Reproduce(cannot="nothing says how")
    for python in how.python:
        seen = attempt(signature, script, python, requirements, bench)
        if seen.what != "unbuilt":
            return seen
    return None
