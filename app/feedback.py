"""What people say of answers, each as one call: whether the fix held, what was wrong, what a curator makes of it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, get_args

from app.diagnosis.model import CrashDiagnosis
from app.errors import Unreadable
from app.evaluation.corpus import Labelled, Stated
from app.intake import Received, clean, recall
from app.store.again import later
from app.store.corrections import STATES as STATES
from app.store.corrections import Correction as Correction
from app.store.corrections import Settled as Settled
from app.store.corrections import State as State
from app.store.corrections import Wrong as Wrong
from app.store.corrections import correction, corrections, file, open_on, settle
from app.store.corrections import open_ones as open_ones
from app.store.database import Session
from app.store.diagnoses import find
from app.store.feedback import Counts as Counts
from app.store.feedback import Held as Held
from app.store.feedback import Said as Said
from app.store.feedback import Vote as Vote
from app.store.feedback import counts, latest_words, own, vote

MOST_WORDS = 500  # characters of a remark
ENOUGH = 3  # answers from which on a share is said: of two, none would mean anything
SURE = 1.96  # standard deviations: 19 of 20 such intervals hold the true share
MOST_OPEN = 20  # corrections that may wait on one answer: the twenty-first says nothing new
PAGE = 50  # corrections on a page of the queue
AROUND = 30  # lines before a crash that belong to it where a report holds several, but for those of another one
HELD: tuple[Held, ...] = get_args(Held)


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a fix held among those who said; the true share lies between `low` and `high` nineteen times in 20."""

    held: int
    of: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of a fix, and what this voter said of it."""

    counts: Counts
    rate: Rate | None
    """None while there are too few answers."""
    own: Held | None


@dataclass(frozen=True, slots=True)
class Evidenced:
    """A correction with the answer it is about."""

    correction: Correction
    told: Received

    @property
    def crash(self) -> CrashDiagnosis | None:
        """What was said of the crash; None where the answer has no such crash."""
        crashes, place = self.told.diagnosis.crashes, self.correction.crash
        return crashes[place] if place < len(crashes) else None


def voter_of(secret: str) -> str:
    """The digest that stands for whoever has this cookie or key."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def told(session: Session, signature: str, about: str, voter: str | None) -> Told:
    """What was said of this signature's fix; `about` is a diagnosis, or empty for its own page."""
    said = counts(session, signature)
    return Told(said, rate(said), own(session, signature, about, voter) if voter else None)


def rate(said: Counts) -> Rate | None:
    """The share of answers that say yes, with Wilson's interval; None for fewer than three answers."""
    of = said.total
    if of < ENOUGH:
        return None
    share, square = said.yes / of, SURE**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    reach = SURE / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of**2))
    return Rate(said.yes, of, max(0.0, middle - reach), min(1.0, middle + reach))


def say(session: Session, given: Vote) -> None:
    """Count a vote; its words are kept without secrets. Raises `Unknown`, `Unreadable`."""
    if given.held not in HELD:
        raise Unreadable("bad_feedback", "Say yes, no or partly.", status=422)
    if given.about and given.signature not in _named(session, given.about):
        detail = f"The answer {given.about} does not name {given.signature[:80]!r}."
        raise Unreadable("bad_feedback", detail, status=422)
    vote(session, replace(given, words=remark(given.words)), datetime.now(UTC))


def remark(words: str) -> str:
    """Somebody's words without secrets and without what surrounds them. Raises `Unreadable` for too many."""
    said = words.replace("\r\n", "\n").strip()
    if len(said) > MOST_WORDS:
        raise Unreadable("too_many_words", f"{len(said):,} characters are too many: {MOST_WORDS} at most.", status=422)
    return clean(said)[: 2 * MOST_WORDS]  # a placeholder may be longer than what it stands for


def correct(session: Session, wrong: Wrong) -> bool:
    """File a correction; false when this hand's earlier one is settled. Raises `Unknown`, `Unreadable`."""
    crash = crash_of(recall(session, wrong.diagnosis).diagnosis.crashes, wrong.crash)
    said = crash.matches[0].signature if crash.matches else None
    if said == wrong.right:
        detail = "That is what the answer says already. Name another one, or none of these."
        raise Unreadable("bad_correction", detail, status=422)
    if open_on(session, wrong.diagnosis) >= MOST_OPEN:
        detail = "Many corrections of this answer wait to be looked at already."
        raise Unreadable("too_many_corrections", detail, status=409)
    return file(session, replace(wrong, said=said, words=remark(wrong.words)), datetime.now(UTC))


def crash_of(crashes: Sequence[CrashDiagnosis], place: int) -> CrashDiagnosis:
    """The crash at that place, from 0. Raises `Unreadable`."""
    if not 0 <= place < len(crashes):
        raise Unreadable("bad_correction", "The answer has no such crash.", status=422)
    return crashes[place]


def queue(session: Session, state: State, below: int | None = None) -> tuple[list[Correction], bool]:
    """A page of the corrections in this state, and whether there are more."""
    found = corrections(session, state, PAGE + 1, below)
    return found[:PAGE], len(found) > PAGE


def look_at(session: Session, number: int) -> Evidenced:
    """A correction and its report. Raises `Unknown`."""
    return _evidenced(session, correction(session, number))


def conclude(session: Session, number: int, settled: Settled) -> None:
    """Settle a correction, with a word. Raises `Unknown`, `Unreadable`."""
    if settled.state not in STATES:
        raise Unreadable("bad_state", f"A correction is one of {', '.join(STATES)}.", status=422)
    settle(session, number, replace(settled, note=remark(settled.note)), datetime.now(UTC))


def remarks(session: Session) -> list[Said]:
    """What was said of fixes lately, in words."""
    return latest_words(session, PAGE)


def labelled(session: Session, state: State) -> Iterator[Labelled]:
    """Every correction in this state as a labelled report, the newest first."""
    below: int | None = None
    while True:
        found, more = queue(session, state, below)
        for one in found:
            yield _labelled(session, _evidenced(session, one))
            below = one.id
        if not more:
            return


def _evidenced(session: Session, one: Correction) -> Evidenced:
    return Evidenced(one, recall(session, one.diagnosis))


def _labelled(session: Session, found: Evidenced) -> Labelled:
    one = found.correction
    kind = "positive" if one.right else "near_miss" if one.said else "unrelated"
    return Labelled(
        id=f"correction-{one.id}",
        kind=kind,
        bug=one.right,
        looks_like=one.said if kind == "near_miss" else None,
        environment=Stated.model_validate(_environment(found.told.stated)),
        source="correction of an answer",
        why=" ".join(one.words.split())[:600] or "no word was given",
        text=_its_text(session, found),
    )


def _environment(stated: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in stated.items() if name in Stated.model_fields}


def _its_text(session: Session, found: Evidenced) -> str:
    """The report as it is kept; of one with several crashes, the lines of this one: a label is of one crash."""
    crash, lines = found.crash, found.told.report.lines
    if crash is None or len(found.told.diagnosis.crashes) == 1:
        kept = find(session, found.correction.diagnosis)
        return kept.text if kept else ""
    above = (one.last_line for one in found.told.diagnosis.crashes if one.last_line < crash.first_line)
    begin = max(crash.first_line - 1 - AROUND, *above, 0)
    return "\n".join(line.raw for line in lines if begin < line.number <= crash.last_line)


def _named(session: Session, diagnosis: str) -> set[str]:
    """Every signature that an answer under this link names."""
    answers = [recall(session, diagnosis), *(recall(session, one.id) for one in later(session, diagnosis))]
    return {match.signature for one in answers for crash in one.diagnosis.crashes for match in crash.matches}
