"""The tables of what people say of answers: whether the fix held, what was wrong, and answers that were asked again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import COUNTED, Base, DiagnosisRow, Moment, Record, Words


class AgainRow(Base):
    """A later answer to the report of a diagnosis: what was stated then gave another diagnosis."""

    __tablename__ = "diagnoses_again"

    first: Mapped[str] = mapped_column(ForeignKey(DiagnosisRow.id, ondelete="CASCADE"), primary_key=True)
    """The diagnosis whose link shows it."""
    diagnosis: Mapped[str] = mapped_column(ForeignKey(DiagnosisRow.id, ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    """When it was last asked for: the latest is shown first."""
    stated: Mapped[dict[str, Any]] = mapped_column(Record)
    """What was stated for it."""


class FeedbackRow(Base):
    """One browser's or key's word on whether the fix of a signature held."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("signature", "about", "voter"),
        Index("ix_feedback_about_at", "about", "at"),
    )

    id: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    signature: Mapped[str] = mapped_column(String(120))
    about: Mapped[str] = mapped_column(String(26))
    """The diagnosis it is about; empty when it was said on the signature's own page."""
    voter: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the cookie or key it came with."""
    held: Mapped[str] = mapped_column(String(8))
    """`yes`, `no` or `partly`."""
    words: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(Moment)


class CorrectionRow(Base):
    """Somebody's word that an answer is wrong, and what is right, until a curator has looked at it."""

    __tablename__ = "corrections"
    __table_args__ = (
        UniqueConstraint("diagnosis", "crash", "voter"),
        Index("ix_corrections_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    diagnosis: Mapped[str] = mapped_column(ForeignKey(DiagnosisRow.id, ondelete="CASCADE"))
    crash: Mapped[int] = mapped_column(Integer)
    """Its place in the answer, from 0."""
    said: Mapped[str | None] = mapped_column(String(120))
    """The signature that was named; null for none."""
    right: Mapped[str | None] = mapped_column(String(120))
    """The signature that is right; null for none of them."""
    words: Mapped[str] = mapped_column(Words)
    voter: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(8))
    """`open`, `done` or `rejected`."""
    note: Mapped[str] = mapped_column(Words)
    """The curator's word."""
    settled_by: Mapped[str | None] = mapped_column(String(60))
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
