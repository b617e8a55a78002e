"""News, written down for each subscription that wants them in the transaction that counts a crash.

Without subscriptions this costs one query a transaction. With them, whether a bug is new to a service is asked of the
occurrences, and a key in `hook_told` decides which of several processes tells it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, false, func, literal, select
from ulid import ULID

from app.store.database import Session
from app.store.diagnoses import INSERT
from app.store.hook_tables import DeliveryRow, HookRow, MinuteRow, ToldRow
from app.store.news import Event, Seen, is_regression, news
from app.store.occurrences import Place
from app.store.subscriptions import Hook, hook_of
from app.store.tables import Moment, OccurrenceRow

AGAIN = timedelta(days=1)  # a rate that stays high is told once a day


@dataclass(frozen=True, slots=True)
class _Tiding:
    """What would be told: the event, what makes it one, and how many crashes it is about."""

    event: Event
    about: tuple[str | None, ...]
    count: int = 1
    minutes: int | None = None
    again: timedelta | None = None
    """When it may be told again; None for never."""


def announce(session: Session, seen: Seen) -> None:
    """Write down the news of a crash, just counted, for each subscription that wants it; sent after the commit."""
    wanting = [one for one in _subscriptions(session) if one.wants(seen.place)]
    for event, tell in TELL.items():
        asked = [one for one in wanting if event in one.wish.events]
        if asked:
            tell(session, asked, seen)


def _subscriptions(session: Session) -> Sequence[Hook]:
    """Those that are enabled, read once a transaction: a group of crashes shares one."""
    transaction = session.get_transaction()
    known = session.info.get("hooks")
    if known is not None and transaction is not None and known[0] is transaction:
        return tuple(known[1])
    rows = session.execute(select(HookRow).where(HookRow.disabled.is_(None)).order_by(HookRow.id)).scalars()
    found = tuple(hook_of(row) for row in rows)
    session.info["hooks"] = (session.get_transaction(), found)
    return found


def _known_first(session: Session, asked: Sequence[Hook], seen: Seen) -> None:
    """A known bug that was never seen in this service; where none is named, the source is the service."""
    if seen.crash.verdict != "match" or seen.best is None:
        return
    place, signature = seen.place, seen.best.signature
    for hook in asked:
        if _is_first(session, signature, seen, hook.wish.source):
            _tell(session, hook, seen, _Tiding("crash.known.first", (signature, *_service(place))))


def _is_first(session: Session, signature: str, seen: Seen, source: str | None) -> bool:
    place = seen.place
    where = [OccurrenceRow.signature == signature, OccurrenceRow.service == place.service]
    if place.service is None or source is not None:
        where.append(OccurrenceRow.source == place.source)
    counts = session.execute(select(OccurrenceRow.count).where(*where).limit(2)).scalars().all()
    return list(counts) == [seen.times]


def _regression(session: Session, asked: Sequence[Hook], seen: Seen) -> None:
    """A known bug in a version that has the fix; once for each service and version."""
    if seen.best is None or not is_regression(seen.crash):
        return
    for hook in asked:
        about = (seen.best.signature, *_service(seen.place), seen.version)
        _tell(session, hook, seen, _Tiding("crash.regression", about))


def _unknown_rate(session: Session, asked: Sequence[Hook], seen: Seen) -> None:
    """An unknown crash that comes too often, by whole minutes of the clock, the present one among them."""
    if seen.crash.verdict == "match":
        return
    minute = int(seen.at.timestamp()) // 60
    _count_minute(session, seen, minute)
    for hook in asked:
        count = _counted(session, hook, seen.crash.fingerprint, minute)
        if count >= hook.wish.rate_count:
            about = (seen.crash.fingerprint,)
            tiding = _Tiding("crash.unknown.rate", about, count, hook.wish.rate_minutes, AGAIN)
            _tell(session, hook, seen, tiding)
        else:  # it fell below: the next time is news again
            told = ToldRow.hook == hook.id, ToldRow.about == _digest("crash.unknown.rate", (seen.crash.fingerprint,))
            session.execute(delete(ToldRow).where(*told, ToldRow.at < seen.at))  # not what is told meanwhile


def _count_minute(session: Session, seen: Seen, minute: int) -> None:
    what = {"fingerprint": seen.crash.fingerprint, "source": seen.place.source, "service": seen.place.service}
    key = _digest("minute", [*what.values(), minute])
    new = INSERT[session.get_bind().dialect.name](MinuteRow).values(key=key, minute=minute, count=seen.times, **what)
    session.execute(
        new.on_conflict_do_update(index_elements=[MinuteRow.key], set_={"count": MinuteRow.count + seen.times}),
    )


def _counted(session: Session, hook: Hook, fingerprint: str, minute: int) -> int:
    where = [MinuteRow.fingerprint == fingerprint, MinuteRow.minute > minute - hook.wish.rate_minutes]
    if hook.wish.source is not None:
        where.append(MinuteRow.source == hook.wish.source)
    if hook.wish.service is not None:
        where.append(MinuteRow.service == hook.wish.service)
    return session.execute(select(func.coalesce(func.sum(MinuteRow.count), 0)).where(*where)).scalar_one()


TELL: dict[Event, Callable[[Session, Sequence[Hook], Seen], None]] = {
    "crash.known.first": _known_first,
    "crash.regression": _regression,
    "crash.unknown.rate": _unknown_rate,
}


def _tell(session: Session, hook: Hook, seen: Seen, tiding: _Tiding) -> None:
    """Put it into the outbox, unless this subscription was told already or was removed meanwhile."""
    about = _digest(tiding.event, tiding.about)
    told = select(ToldRow.about).where(ToldRow.hook == hook.id, ToldRow.about == about)
    old = ToldRow.at <= seen.at - tiding.again if tiding.again is not None else false()
    if session.execute(told.where(~old)).scalar_one_or_none() is not None:
        return  # looked up first: what an insert conflicts with, it may lock
    values = HookRow.id, literal(about), literal(seen.at, Moment())
    there = select(*values).where(HookRow.id == hook.id).with_for_update(read=True, key_share=True)
    row = INSERT[session.get_bind().dialect.name](ToldRow).from_select(["hook", "about", "at"], there)
    keys = [ToldRow.hook, ToldRow.about]
    once = row.on_conflict_do_update(index_elements=keys, set_={"at": seen.at}, where=old)
    if session.execute(once.returning(ToldRow.about)).scalar_one_or_none() is None:
        return
    waiting = DeliveryRow(
        id=f"msg_{ULID()}",
        hook=hook.id,
        event=tiding.event,
        news=news(tiding.event, seen, tiding.count, tiding.minutes).as_record(),
        state="waiting",
        made=seen.at,
        due=seen.at,
        tries=0,
    )
    session.add(waiting)


def _service(place: Place) -> tuple[str | None, str | None]:
    return place.service, place.source if place.service is None else None


def _digest(event: str, about: Sequence[str | int | None]) -> str:
    return hashlib.sha256(json.dumps([event, *about]).encode(errors="replace")).hexdigest()
