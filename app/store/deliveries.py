"""The outbox: which delivery is next, who may try it, and what came of the try.

A claim is on the subscription, so that nobody is sent two things at once; it runs out, so that a sender that is killed
holds up nothing. A try that was made but not noted is made again: at least once, under the same id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from ulid import ULID

from app.errors import Unknown
from app.store.database import Session
from app.store.diagnoses import ID
from app.store.hook_tables import DeliveryRow, HookRow, MinuteRow, ToldRow
from app.store.news import News
from app.store.subscriptions import Hook, find_hook, hook_of
from app.store.tables import DiagnosisRow, ReportRow

LEASE = timedelta(minutes=3)  # a claim; several times what a try may take
SENT_KEPT = timedelta(days=30)
DEAD_KEPT = timedelta(days=90)
MINUTES_KEPT = timedelta(days=2)  # the longest rate is over a day
TOLD_KEPT = timedelta(days=30)  # a regression that goes on is told again after so long


@dataclass(frozen=True, slots=True)
class Delivery:
    """One piece of news on its way."""

    id: str
    """The `webhook-id`."""
    hook: int
    news: News
    state: str
    made: datetime
    due: datetime
    """When it is tried next; when it was sent or given up."""
    tries: int
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to try one delivery, until it runs out."""

    holder: str
    hook: Hook
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try, and what follows."""

    state: str
    due: datetime
    ready: datetime
    """From when on the subscription may be tried again."""
    status: int | None
    error: str | None
    gone: bool = False
    """The receiver wants nothing any more."""


def any_due(session: Session, now: datetime) -> bool:
    """Whether there is something to claim; writes nothing."""
    return session.execute(select(HookRow.id).where(*_free(now)).limit(1)).scalar_one_or_none() is not None


def claim(session: Session, now: datetime) -> Claim | None:
    """The oldest delivery due of the subscription that waits longest, for the caller alone; None when there is none."""
    free = select(HookRow.id).where(*_free(now)).order_by(HookRow.ready, HookRow.id).limit(1)
    holder = str(ULID())
    taken = (
        update(HookRow)
        .where(HookRow.id == free.with_for_update(skip_locked=True, of=HookRow).scalar_subquery())
        .values(holder=holder, ready=now + LEASE)
        .returning(HookRow.id)
        .execution_options(synchronize_session=False)
    )
    id = session.execute(taken).scalar_one_or_none()  # noqa: A001 - what the column is called
    if id is None:
        return None
    due = select(DeliveryRow).where(DeliveryRow.hook == id, DeliveryRow.state == "waiting", DeliveryRow.due <= now)
    row = session.execute(due.order_by(DeliveryRow.due, DeliveryRow.id).limit(1)).scalar_one_or_none()
    if row is None:  # replayed or forgotten between the two looks
        session.execute(update(HookRow).where(HookRow.id == id).values(holder=None, ready=now))
        return None
    return Claim(holder, hook_of(session.get_one(HookRow, id)), _delivery(row))


def settle(session: Session, done: Claim, outcome: Outcome) -> bool:
    """Note what came of a try. False when the claim had run out: then a failure is for the next holder to note."""
    own = update(HookRow).where(HookRow.id == done.hook.id, HookRow.holder == done.holder)
    values: dict[str, object] = {"holder": None, "ready": outcome.ready}
    values["failures"] = 0 if outcome.state == "sent" else HookRow.failures + 1
    if outcome.gone:
        values["disabled"] = outcome.due
    held = session.execute(own.values(values).returning(HookRow.id)).scalar_one_or_none() is not None
    if held or outcome.state == "sent":
        delivery = update(DeliveryRow).where(DeliveryRow.id == done.delivery.id, DeliveryRow.state == "waiting")
        session.execute(
            delivery.values(
                state=outcome.state,
                due=outcome.due,
                tries=done.delivery.tries + 1,
                status=outcome.status,
                error=outcome.error,
            )
        )
    return held


def excerpt_source(session: Session, diagnosis: str) -> str | None:
    """The text that a diagnosis is about; None when it is not kept any more."""
    if not ID.fullmatch(diagnosis):
        return None
    text = select(ReportRow.text).join(DiagnosisRow, DiagnosisRow.report == ReportRow.digest)
    return session.execute(text.where(DiagnosisRow.id == diagnosis)).scalar_one_or_none()


def deliveries(
    session: Session, *, hook: int | None = None, state: str | None = None, limit: int = 50
) -> list[Delivery]:
    """The latest deliveries, of all subscriptions or of one, in all states or in one."""
    wanted = select(DeliveryRow).order_by(DeliveryRow.made.desc(), DeliveryRow.id.desc()).limit(limit)
    if hook is not None:
        wanted = wanted.where(DeliveryRow.hook == hook)
    if state is not None:
        wanted = wanted.where(DeliveryRow.state == state)
    return [_delivery(row) for row in session.execute(wanted).scalars()]


def replay(session: Session, hook: int, now: datetime, *, only: str | None = None) -> int:
    """Send again what was given up, or the one delivery named; enables the subscription. Gives how many."""
    find_hook(session, hook)
    which = DeliveryRow.state == "dead" if only is None else (DeliveryRow.id == only) & (DeliveryRow.state != "waiting")
    again = update(DeliveryRow).where(DeliveryRow.hook == hook, which)
    found = session.execute(again.values(state="waiting", due=now, tries=0).returning(DeliveryRow.id)).scalars().all()
    if only is not None and not found:
        raise Unknown(
            "unknown-delivery", f"Subscription {hook} has no delivery '{only[:40]}' that could be sent again."
        )
    session.execute(update(HookRow).where(HookRow.id == hook).values(disabled=None, failures=0))
    return len(found)


def forget_old(session: Session, now: datetime) -> None:
    """Drop what nobody asks for any more; where nothing is old, nothing is written."""
    for table, old in (
        (DeliveryRow, (DeliveryRow.state == "sent") & (DeliveryRow.due < now - SENT_KEPT)),
        (DeliveryRow, (DeliveryRow.state == "dead") & (DeliveryRow.due < now - DEAD_KEPT)),
        (ToldRow, ToldRow.at < now - TOLD_KEPT),
        (MinuteRow, MinuteRow.minute < int((now - MINUTES_KEPT).timestamp()) // 60),
    ):
        if session.execute(select(exists().where(old))).scalar_one():
            session.execute(delete(table).where(old))


def standing(session: Session) -> dict[str, int]:
    """How many deliveries wait and how many were given up."""
    states = select(DeliveryRow.state, func.count()).where(DeliveryRow.state.in_(("waiting", "dead")))
    found = {row[0]: row[1] for row in session.execute(states.group_by(DeliveryRow.state))}
    return {"waiting": 0, "dead": 0} | found


def _free(now: datetime) -> Iterable[ColumnElement[bool]]:
    """What must hold of a subscription that can be claimed."""
    waits = (DeliveryRow.hook == HookRow.id) & (DeliveryRow.state == "waiting") & (DeliveryRow.due <= now)
    return HookRow.disabled.is_(None), HookRow.ready <= now, exists().where(waits)


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(row.id, row.hook, News.of(row.news), row.state, row.made, row.due, row.tries, row.status, row.error)
