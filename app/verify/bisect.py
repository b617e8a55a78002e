"""Which releases crash: binary search from one that is known to, with a look at the neighbours. Runs nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Crashes = Callable[[str], bool | None]
"""Whether a release crashes; None when it can't be told, such as when it does not install."""


@dataclass(frozen=True, slots=True)
class Edges:
    """The ends of the run of crashing releases around the known one."""

    before: str | None
    """The last release that does not crash yet; None when no older one could be run."""
    first: str
    last: str
    after: str | None
    """The first release that no longer crashes; None when none could be run."""
    skipped: tuple[str, ...]
    """Releases at the ends that could not be run: the true end may be one of them."""
    odd: tuple[str, ...]
    """Releases one further out that do otherwise than their neighbour: there is more than one range."""


def edges(releases: Sequence[str], known: str, crashes: Crashes, hints: Sequence[str] = ()) -> Edges:
    """Search both ways from `known`; releases in `hints` (where an end is thought to be) are tried first.

    `releases` are in order and hold `known`, which crashes. Each release is asked about at most once.
    """
    answers: dict[str, bool | None] = {known: True}

    def ask(release: str) -> bool | None:
        if release not in answers:
            answers[release] = crashes(release)
        return answers[release]

    at = releases.index(known)
    older, newer = list(reversed(releases[: at + 1])), list(releases[at:])
    first, before = _end(older, ask, hints)
    last, after = _end(newer, ask, hints)
    odd = [*_odd(older, first, before, ask), *_odd(newer, last, after, ask)]
    gaps = [*_between(older, first, before), *_between(newer, last, after)]
    return Edges(before, first, last, after, tuple(gaps), tuple(odd))


def _end(line: Sequence[str], ask: Crashes, hints: Sequence[str]) -> tuple[str, str | None]:
    """The last crashing release along this line, whose first one crashes, and the next one that does not."""
    low, high = 0, len(line)
    for hint in hints:
        if hint in line and low < line.index(hint) < high:
            low, high = _narrowed(line, line.index(hint), low, high, ask)
    while high - low > 1:
        middle = _nearest_known(line, low, high, ask)
        if middle is None:
            break
        low, high = _narrowed(line, middle, low, high, ask)
    return line[low], line[high] if high < len(line) else None


def _narrowed(line: Sequence[str], at: int, low: int, high: int, ask: Crashes) -> tuple[int, int]:
    answer = ask(line[at])
    if answer is None:
        return low, high
    return (at, high) if answer else (low, at)


def _nearest_known(line: Sequence[str], low: int, high: int, ask: Crashes) -> int | None:
    """The place nearest to the middle, strictly between, of which anything can be said."""
    middle = (low + high) // 2
    places = sorted(range(low + 1, high), key=lambda at: abs(at - middle))
    return next((at for at in places if ask(line[at]) is not None), None)


def _between(line: Sequence[str], last: str, after: str | None) -> Sequence[str]:
    return line[line.index(last) + 1 : line.index(after) if after is not None else len(line)]


def _odd(line: Sequence[str], last: str, after: str | None, ask: Crashes) -> list[str]:
    """Of the releases next to the end on either side, those that do otherwise than the search takes for granted."""
    inside = line[max(line.index(last) - 1, 0)]
    outside = line[line.index(after) + 1 : line.index(after) + 2] if after is not None else []
    return [one for one, wanted in [(inside, True), *((one, False) for one in outside)] if ask(one) is (not wanted)]
