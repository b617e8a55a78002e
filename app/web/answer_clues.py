"""What an answer rests on: its clues, the marks they leave on the sender's lines, and how they add up to the number."""

from __future__ import annotations

from collections.abc import Sequence

from app.diagnosis.model import CrashDiagnosis, Evidence, Match
from app.web import words
from app.web.answer_parts import Clue, Clues, Sum
from app.web.excerpt import Mark
from app.web.typeset import brief

ORDER = ("for", "against", "open", "clear")
MOST_NAMED = 3  # pieces of evidence that are named in a sentence; the table has all

Marks = dict[int, tuple[Mark, ...]]


def clues(evidence: Sequence[Evidence]) -> tuple[Clues | None, Marks]:
    """The list of clues, and the marks they leave on the lines of the report."""
    if not evidence:
        return None, {}
    judged = [(one, *words.STATES[one.rule, one.state]) for one in evidence]
    judged.sort(key=lambda row: ORDER.index(row[1]))
    told: list[Clue] = []
    marks: Marks = {}
    for number, (one, tone, found) in enumerate(judged, start=1):
        begin = words.CLUES.get(one.clue, one.clue)
        echoed = one.clue == "message" and one.state == "unseen" and one.line is not None
        said = words.ECHOED if echoed else found
        expected = words.expected(one.clue, one.expected)
        told.append(Clue(number, begin, expected, tone, words.SIGNS[tone], said, one.line))
        if one.line is not None and (echoed or tone in {"for", "against"}):
            note = f"{begin} {brief(expected)}: {said}"
            mark = Mark(number, words.SHORT.get(one.clue, one.clue), tone, note)
            marks[one.line] = (*marks.get(one.line, ()), mark)
    some = tuple(clue for clue in told if clue.tone != "clear")
    return Clues(some, tuple(clue for clue in told if clue.tone == "clear")), marks


def total(crash: CrashDiagnosis, best: Match | None) -> Sum | None:
    """How the number came about; None where an older engine kept no contributions."""
    if best is None or not best.contributions:
        return None
    top = best.ceiling
    notes = (
        _most(best),
        f"Held at {words.percent(top.at_most)} at most. {top.why}" if top else "",
        words.SHARED if len(crash.matches) > 1 else "",
    )
    return Sum(
        pieces=tuple((words.piece(name), words.added(value)) for name, value in best.contributions.items()),
        total=words.added(sum(best.contributions.values())),
        notes=tuple(note for note in notes if note),
    )


def _most(best: Match) -> str:
    """What speaks for it most, and what against."""
    known = [(value, words.piece(name)) for name, value in best.contributions.items() if name != "start"]
    speaks_for = [name for value, name in sorted(known, reverse=True) if value > 0][:MOST_NAMED]
    against = [name for value, name in sorted(known) if value < 0][:MOST_NAMED]
    told = f"Most for it: {_lowered(speaks_for)}." if speaks_for else ""
    less = f"Most against it: {_lowered(against)}." if against else ""
    return f"{told} {less}".strip()


def _lowered(names: Sequence[str]) -> str:
    return "; ".join(name[0].lower() + name[1:] for name in names)
