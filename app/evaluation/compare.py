"""Two results held against each other, answer by answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from app.errors import Unreadable
from app.evaluation.outcome import Outcome


@dataclass(frozen=True, slots=True)
class _Document:
    """What is read of a result; its figures are not."""

    outcomes: tuple[Outcome, ...]


def outcomes_in(document: bytes) -> tuple[Outcome, ...]:
    """The outcomes in what `--json` wrote. Raises `Unreadable` for anything else."""
    try:
        return TypeAdapter(_Document).validate_json(document).outcomes
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        what = f"{'.'.join(str(part) for part in first['loc'])} {first['msg']}".strip()
        raise Unreadable("no-result", f"This is no result that 'evaluate --json' wrote: {what}") from None


def changes(before: Iterable[Outcome], after: Iterable[Outcome]) -> Iterator[str]:
    """A line that counts the answers that differ between two results, then each of them by question."""
    old, new = ({one.key: one for one in outcomes} for outcomes in (before, after))
    both = sorted(old.keys() & new.keys())
    changed = [key for key in both if _answer(old[key]) != _answer(new[key])]
    turned = [(_right(old[key]), _right(new[key])) for key in changed]
    yield (
        f"{len(changed)} of {len(both)} answers change: {turned.count((False, True))} became right, "
        f"{turned.count((True, False))} became wrong"
    )
    yield from (f"{key}: {_answer(old[key])} -> {_answer(new[key])}" for key in changed)
    yield from _alone("not asked before", new, old)
    yield from _alone("no longer asked", old, new)


def _answer(one: Outcome) -> str:
    """The answer in a few words."""
    return f"{one.top.signature} {one.top.verdict} {one.top.confidence:.2f}" if one.top else "nothing"


def _right(one: Outcome) -> bool:
    """Whether a positive's bug is named first, or of another report no signature that its label forbids."""
    if one.kind == "positive":
        return one.top is not None and one.top.signature == one.bug
    return not one.wrong


def _alone(what: str, ours: Mapping[str, Outcome], theirs: Mapping[str, Outcome]) -> Iterator[str]:
    """The questions that only one result has, by report: each report is asked in some forty shapes."""
    keys = ours.keys() - theirs.keys()
    reports = sorted({ours[key].report for key in keys})
    if keys:
        yield f"{len(keys)} questions were {what}, about {len(reports)} reports:"
        yield from (f"  {report}" for report in reports)
