"""A report's answer asked for again, with more stated: each answer stays as it was given, the link shows the latest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app.crash.model import Environment
from app.crash.text import read_text
from app.diagnosis.candidates import Index
from app.diagnosis.diagnose import diagnose
from app.errors import Unreadable
from app.intake import Received, recall
from app.store.again import Later as Later
from app.store.again import add_later, later, times
from app.store.database import Session
from app.store.diagnoses import Sent, compact, find, save_unseen

MOST = 30  # answers under one link: more than anybody reads, and what one link may fill the disk with


@dataclass(frozen=True, slots=True)
class Thread:
    """All answers under one link: the one that is shown, the first one, and the later ones, the latest first."""

    shown: Received
    first: Received
    later: tuple[Later, ...]

    @property
    def latest(self) -> bool:
        """Whether the shown one is the latest."""
        return not self.later or _id(self.shown) == self.later[0].id


def thread(session: Session, first: str, wanted: str | None = None) -> Thread:
    """The answers under this link, with the wanted one shown, else the latest. Raises `Unknown`."""
    begin = recall(session, first)
    others = tuple(later(session, first))
    known = {one.id for one in others} | {first}
    shown = wanted if wanted in known else others[0].id if others else first
    return Thread(begin if shown == first else recall(session, shown), begin, others)


def judge_again(
    session: Session, first: str, stated: Environment, answers: Mapping[str, bool], *, index: Index
) -> None:
    """Answer the report of this diagnosis again with what is stated now, and put that first under its link.

    Raises `Unknown`; `Unreadable` when too many answers stand under the link.
    """
    begin = recall(session, first)
    found = find(session, first)
    assert found is not None, "it was recalled a moment ago"
    sent = Sent(found.text, found.removed, stated, None, answers)
    diagnosis = diagnose(read_text(found.text), index, stated=stated, answers=answers)
    kept = save_unseen(session, sent, diagnosis)
    others = {one.id for one in later(session, first)}
    if not others and kept.id == _id(begin):
        return  # nothing was added
    if kept.id not in others and times(session, first) >= MOST:
        detail = f"This report was answered {MOST} times again. Paste it anew for another answer."
        raise Unreadable("too_many_answers", detail, status=409)
    add_later(session, first, kept.id, compact(sent), datetime.now(UTC))


def _id(told: Received) -> str:
    assert told.kept is not None, "it was recalled, so it is kept"
    return told.kept.id
