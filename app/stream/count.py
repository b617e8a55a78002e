"""A message -> its crashes, diagnosed and counted once however often it comes, and an answer for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import orjson

from app.crash.text import read_text
from app.errors import TraceloreError, Unreadable
from app.inbox.about import Parking, parking, stated, unread
from app.intake import Index, Judged, Kept, Place, Received, Sender, judged, settle
from app.receive import ingest
from app.receive.model import Asked, Batch
from app.receive.stitch import Block, Stitcher
from app.receive.unpack import unpack
from app.store.database import Session, Sessions
from app.store.diagnoses import kept_as, save_unseen
from app.store.occurrences import arrived, forget_arrivals
from app.store.parked import park
from app.store.sources import MAX_NAME, NAME, count_records, make_source
from app.stream.message import SOURCE, Message

KEEP = timedelta(days=7)  # what a broker may still hand out again; streams that we make keep their messages as long
MAX_UNPACKED = 64 * 1024 * 1024  # bytes: as at the doors for log pipelines
SHORT = ("id", "url", "verdict", "confidence", "summary")  # what is left of an answer that the broker finds too long

Render = Callable[[Received], dict[str, Any]]
"""An answer as the HTTP API gives it."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, ready to be published."""

    id: str
    source: str
    body: bytes
    short: bytes
    """The same in a few words."""


def count(message: Message, sessions: Sessions, index: Index, render: Render, usual: str) -> list[Told]:
    """Count the crashes of a message, unless they were counted when it came before, and answer each of them.

    All of it is in one commit. Raises `Unreadable` for what nothing can be read of; `usual` is whose it is when it
    doesn't say.
    """
    source = _source(message, usual)
    batch = _batch(message)
    found, parked = _diagnosed(message, source, batch, index)
    with sessions.begin() as session:
        make_source(session, source)
        forget_arrivals(session)
        if arrived(session, source, message.id, keep=KEEP):
            _count(session, source, batch, found, parked)
        kept = [_kept(session, one) for one in found]
    pairs = enumerate(zip(found, kept, strict=True))
    return [_told(message, at, one, how, render) for at, (one, how) in pairs if one.diagnosis.crashes]


def _count(session: Session, source: str, batch: Batch, found: list[Judged], parked: list[Parking]) -> None:
    """The source comes first: of two that would lock each other's rows, one waits for it before it has any.

    Diagnoses, which sources share, are stored in the order of their keys for the same reason.
    """
    reasons = [*batch.refused, *(reason for _, _, reason in parked)]
    count_records(session, source, batch.taken, str(reasons[0]) if reasons else None)
    park(session, source, parked)
    for one in sorted(found, key=lambda one: one.order):
        settle(session, one)


def _kept(session: Session, one: Judged) -> Kept | None:
    """How an answer is kept: if it was counted with another book, beside that one; None where no crash is in it."""
    if one.written is None:
        return None
    return kept_as(session, one.sent, one.diagnosis) or save_unseen(session, one.sent, one.diagnosis)


def _source(message: Message, usual: str) -> str:
    name = next((value for key, value in message.headers.items() if key.lower() == SOURCE.lower()), usual)
    if len(name) > MAX_NAME or not NAME.fullmatch(name):
        raise Unreadable("bad_source", f"'{name[:MAX_NAME]}' is no name for a source: try 'shop-production'.")
    return name


def _batch(message: Message) -> Batch:
    headers = {name.lower(): value for name, value in message.headers.items()}
    plain = unpack(message.body, headers.get("content-encoding", ""), MAX_UNPACKED)
    return ingest.decode(plain, Asked("POST", "/ingest", {}, headers))


def _diagnosed(message: Message, source: str, batch: Batch, index: Index) -> tuple[list[Judged], list[Parking]]:
    """What was found in all of it, and what can't be read, with the reason."""
    parked = unread(batch)
    found: list[Judged] = []
    for at, block in enumerate(_blocks(batch)):
        record = block.record
        place = Place(source, record.service, record.release, record.environment)
        sender = Sender(place, stated(record), record.key or f"{message.id}#{at}")
        try:
            found.append(judged(sender, block.text, index=index))
        except TraceloreError as wrong:
            parked.append(parking(block.text, record, wrong.detail))
    return found, parked


def _blocks(batch: Batch) -> list[Block]:
    """Crashes are whole inside a message: what is open at its end is over."""
    stitcher = Stitcher()
    return [*stitcher.add(batch.records, 0.0), *stitcher.flush()]


def _told(message: Message, at: int, one: Judged, kept: Kept | None, render: Render) -> Told:
    answer = render(Received(one.diagnosis, read_text(one.sent.text), one.sent.removed, kept))
    about = {"message": message.id, "crash": at, **asdict(one.place)}
    short = {name: answer[name] for name in SHORT}
    body, brief = (orjson.dumps(about | what) for what in (answer, short))
    return Told(f"{message.id}#{at}", one.place.source, body, brief)
