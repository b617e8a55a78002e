"""Whether the fix of a signature held, in the words of those who tried it: said once by each, and counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select

from app.store.database import Session
from app.store.diagnoses import INSERT
from app.store.feedback_tables import FeedbackRow

Held = Literal["yes", "no", "partly"]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many said what."""

    yes: int = 0
    no: int = 0
    partly: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.yes + self.no + self.partly


@dataclass(frozen=True, slots=True)
class Vote:
    """One browser's or key's word on one fix."""

    signature: str
    about: str
    """The diagnosis it is about; empty on the signature's own page."""
    voter: str
    """A digest of who says it."""
    held: Held
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """A vote that came with words."""

    signature: str
    about: str
    held: str
    words: str
    at: datetime


def vote(session: Session, given: Vote, now: datetime) -> None:
    """Count a vote; who votes again on the same thing has changed their mind."""
    new = INSERT[session.get_bind().dialect.name](FeedbackRow)
    row = new.values(
        signature=given.signature,
        about=given.about,
        voter=given.voter,
        held=given.held,
        words=given.words,
        at=now,
    )
    keys = [FeedbackRow.signature, FeedbackRow.about, FeedbackRow.voter]
    changed = {"held": row.excluded.held, "words": row.excluded.words, "at": row.excluded.at}
    session.execute(row.on_conflict_do_update(index_elements=keys, set_=changed))


def counts(session: Session, signature: str) -> Counts:
    """How often the fix of this signature held, and how often not."""
    query = select(FeedbackRow.held, func.count()).where(FeedbackRow.signature == signature).group_by(FeedbackRow.held)
    found = {row.held: row[1] for row in session.execute(query)}
    return Counts(found.get("yes", 0), found.get("no", 0), found.get("partly", 0))


def own(session: Session, signature: str, about: str, voter: str) -> Held | None:
    """What this voter said of it; None when nothing yet."""
    query = select(FeedbackRow.held).where(
        FeedbackRow.signature == signature, FeedbackRow.about == about, FeedbackRow.voter == voter
    )
    found: Held | None = session.execute(query).scalar_one_or_none()  # type: ignore[assignment]
    return found


def latest_words(session: Session, most: int) -> list[Said]:
    """What was said lately, of any fix, in words."""
    query = select(FeedbackRow).where(FeedbackRow.words != "").order_by(FeedbackRow.id.desc()).limit(most)
    rows = session.execute(query).scalars()
    return [Said(row.signature, row.about, row.held, row.words, row.at) for row in rows]
