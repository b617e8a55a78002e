"""How many pieces one request may have: in 120 KB of gzip are five million objects, which take gigabytes and minutes.

The most that is seen in earnest, a log file sent at once or a collector's largest batch, has a tenth of this.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.errors import Unreadable

MOST_LINES = 500_000
MOST_OPENED = 1_000_000  # objects and lists: a record of OTLP has some forty
MOST_VALUES = 8_000_000
MOST_FIELDS = 1_000_000  # of all messages in a body of protobuf
MOST_RECORDS = 500_000

Ration = Iterator[int]
"""How many more fields of protobuf may be read."""


def ensure_few_pieces(body: bytes) -> None:
    """Raise `Unreadable` (413) where a text has more lines, or a JSON more values, than anybody sends in one request.

    What it counts may stand in strings as well: it is an upper bound, found without reading.
    """
    if len(body) <= MOST_LINES:
        return
    opened = body.count(b"{") + body.count(b"[")
    if body.count(b"\n") > MOST_LINES or opened > MOST_OPENED or body.count(b",") > MOST_VALUES:
        raise too_many()


def too_many() -> Unreadable:
    """The refusal of a body with too many records."""
    return Unreadable("too_many", "The body has too many records for one request. Send them in parts.", status=413)


def ration() -> Ration:
    """The fields that may be read of one body."""
    return iter(range(MOST_FIELDS))
