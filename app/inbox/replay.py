"""What was parked goes the way again: after an upgrade that can read it, or when what was in its way is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import Unreadable
from app.inbox.rows import crash_row, rows_of
from app.receive import ingest
from app.receive.model import Asked, Record
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
        add_crashes(session, [crash_row(one.source, Block(one.text, Record("", **one.said)))])
        return
    rows = rows_of(one.source, ingest.decode(one.text.encode(errors="surrogatepass"), ASKED).records)
    add_lines(session, rows.lines)
    add_crashes(session, rows.crashes)
