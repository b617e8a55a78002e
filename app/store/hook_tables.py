"""The tables of what goes out: subscriptions, deliveries, what was told already, and how often unknown crashes came."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import COUNTED, Base, Moment, Record, Words


class HookRow(Base):
    """A subscription: which news go where, and in which form."""

    __tablename__ = "hooks"

    id: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    url: Mapped[str] = mapped_column(Words)
    kind: Mapped[str] = mapped_column(String(12))
    """The form of the body: `standard`, `slack`, `github` or `gitlab`."""
    events: Mapped[list[str]] = mapped_column(Record)
    source: Mapped[str | None] = mapped_column(String(60))
    """News of this source only."""
    service: Mapped[str | None] = mapped_column(Words)
    """News of this service only."""
    rate_count: Mapped[int] = mapped_column(Integer)
    """How many crashes with one fingerprint are news ..."""
    rate_minutes: Mapped[int] = mapped_column(Integer)
    """... when they come within so many minutes."""
    secret: Mapped[str] = mapped_column(Words)
    """What bodies are signed with; readable, since a digest can sign nothing."""
    headers: Mapped[dict[str, str]] = mapped_column(Record)
    """Sent along; a value `env:NAME` stands for that environment variable."""
    made: Mapped[datetime] = mapped_column(Moment)
    disabled: Mapped[datetime | None] = mapped_column(Moment)
    failures: Mapped[int] = mapped_column(Integer)
    """Tries that failed since the last one that did not."""
    holder: Mapped[str | None] = mapped_column(String(40))
    """Who sends to it now; null when nobody does."""
    ready: Mapped[datetime] = mapped_column(Moment)
    """From when on the next try may be made: the end of a claim, or of a pause."""


class DeliveryRow(Base):
    """One piece of news for one subscription, from the moment it happened until it is old."""

    __tablename__ = "hook_deliveries"
    __table_args__ = (Index(None, "hook", "state", "due"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    """The `webhook-id`, the same for every try."""
    hook: Mapped[int] = mapped_column(ForeignKey(HookRow.id, ondelete="CASCADE"))
    event: Mapped[str] = mapped_column(String(40))
    news: Mapped[dict[str, Any]] = mapped_column(Record)
    state: Mapped[str] = mapped_column(String(8), index=True)
    """`waiting`, `sent` or `dead`."""
    made: Mapped[datetime] = mapped_column(Moment)
    due: Mapped[datetime] = mapped_column(Moment)
    """When it is tried next; when it was sent or given up."""
    tries: Mapped[int] = mapped_column(Integer)
    status: Mapped[int | None] = mapped_column(Integer)
    """What the last try was answered; null for no answer."""
    error: Mapped[str | None] = mapped_column(Words)
    """Why the last try failed."""


class ToldRow(Base):
    """What a subscription was told, so that it is not told again."""

    __tablename__ = "hook_told"

    hook: Mapped[int] = mapped_column(ForeignKey(HookRow.id, ondelete="CASCADE"), primary_key=True)
    about: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the event and what it is about."""
    at: Mapped[datetime] = mapped_column(Moment)


class MinuteRow(Base):
    """How many unknown crashes with one fingerprint came from one service in one minute."""

    __tablename__ = "hook_minutes"
    __table_args__ = (Index(None, "fingerprint", "minute"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the four that make it one."""
    fingerprint: Mapped[str] = mapped_column(String(100))
    source: Mapped[str] = mapped_column(String(60))
    service: Mapped[str | None] = mapped_column(Words)
    minute: Mapped[int] = mapped_column(BigInteger, index=True)
    """Since 1970."""
    count: Mapped[int] = mapped_column(Integer)
