"""The tables of staff: who may look and change, their sessions, and what came from each source over time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, Moment, SourceRow


class StaffRow(Base):
    """A person's key, as its digest: the key itself is shown once and kept nowhere."""

    __tablename__ = "staff"
    __table_args__ = (
        # one valid key a name, also where two are made at the same moment
        Index(
            "ix_staff_name_valid",
            "name",
            unique=True,
            sqlite_where=text("revoked IS NULL"),
            postgresql_where=text("revoked IS NULL"),
        ),
    )

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the key, which is 32 random bytes: no slower hash would make it safer."""
    name: Mapped[str] = mapped_column(String(60), index=True)
    hint: Mapped[str] = mapped_column(String(8))
    """Its last letters, to tell keys apart."""
    made: Mapped[datetime] = mapped_column(Moment)
    last_seen: Mapped[datetime | None] = mapped_column(Moment)
    """When somebody last signed in with it."""
    revoked: Mapped[datetime | None] = mapped_column(Moment)


class StaffSessionRow(Base):
    """A browser that is signed in."""

    __tablename__ = "staff_sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the token in its cookie."""
    staff: Mapped[str] = mapped_column(ForeignKey(StaffRow.digest, ondelete="CASCADE"), index=True)
    until: Mapped[datetime] = mapped_column(Moment, index=True)


class HourRow(Base):
    """What came from a source within an hour."""

    __tablename__ = "source_hours"

    source: Mapped[str] = mapped_column(ForeignKey(SourceRow.name, ondelete="CASCADE"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    """Its beginning."""
    records: Mapped[int] = mapped_column(BigInteger)
    crashes: Mapped[int] = mapped_column(BigInteger)
    explained: Mapped[int] = mapped_column(BigInteger)


class MinuteRow(Base):
    """What came from a source within a minute; the last few are kept, to say how much comes now."""

    __tablename__ = "source_minutes"

    source: Mapped[str] = mapped_column(ForeignKey(SourceRow.name, ondelete="CASCADE"), primary_key=True)
    minute: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    """Its beginning."""
    records: Mapped[int] = mapped_column(BigInteger)
    crashes: Mapped[int] = mapped_column(BigInteger)
