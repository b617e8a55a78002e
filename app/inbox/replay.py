"""What was parked goes the way again: after an upgrade that can read it, or when what was in its way is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import Unreadable
from app.receive import ingest
from app.receive.model import Asked, Batch, Record
from app.receive.packing import pack_block, pack_records
from app.receive.stitch import Block
from app.store.database import Session
from app.store.inbox import add_crashes, add_lines, ring
from app.store.parked import Parked, drop, park

ASKED = Asked("POST", "/ingest", {}, {})


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many went the way again, and how many still can't be read and are parked anew."""

    replayed: int
    unread: int


def replay(session: Session, ids: Sequence[int], source: str | None = None) -> Replayed:
    """Put what is parked under these ids into the inbox again, of any source or of one only."""
    replayed = unread = 0
    for one in drop(session, ids, source):
        try:
            _again(session, one)
        except Unreadable as wrong:
            park(session, one.source, [(one.text, one.said, wrong.detail)])
            unread += 1
        else:
            replayed += 1
    ring(session)
    return Replayed(replayed, unread)


def _again(session: Session, one: Parked) -> None:
    """A crash as it was; a record by the reader that takes every form."""
    if one.said is not None:
        record = Record("", **one.said)
        add_crashes(session, [(one.source, pack_block(Block(one.text, record)), len(one.text))])
        return
    batch: Batch = ingest.decode(one.text.encode(errors="surrogatepass"), ASKED)
    lines = [record for record in batch.records if not record.whole]
    whole = [record for record in batch.records if record.whole]
    if lines:
        add_lines(session, [(one.source, pack_records(lines), len(one.text))])
    add_crashes(session, ((one.source, pack_block(Block(record.text, record)), len(record.text)) for record in whole))
