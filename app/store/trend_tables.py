"""The tables of what unknown crashes do over time: counted by the day, and judged again when the book has grown."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, DiagnosisRow, Moment, SourceRow


class DayRow(Base):
    """How many crashes with one fingerprint came from a source on a day."""

    __tablename__ = "occurrence_days"

    fingerprint: Mapped[str] = mapped_column(String(100), primary_key=True)
    source: Mapped[str] = mapped_column(ForeignKey(SourceRow.name, ondelete="CASCADE"), primary_key=True)
    signature: Mapped[str] = mapped_column(String(120), primary_key=True)
    """The signature that matched; empty for none, since null is no part of a key."""
    day: Mapped[date] = mapped_column(Date, primary_key=True, index=True)
    """In UTC."""
    count: Mapped[int] = mapped_column(BigInteger)


class ExplainedRow(Base):
    """A crash that was unknown when it was diagnosed, and that a later book has explained."""

    __tablename__ = "crashes_explained"

    diagnosis: Mapped[str] = mapped_column(ForeignKey(DiagnosisRow.id, ondelete="CASCADE"), primary_key=True)
    """The one that did not know it: it stays as it was given."""
    fingerprint: Mapped[str] = mapped_column(String(100), primary_key=True, index=True)
    signature: Mapped[str] = mapped_column(String(120))
    book: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)
