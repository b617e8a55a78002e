"""The records of a request as rows of the inbox: lines wait to be joined, whole crashes to be diagnosed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.receive.model import Record
from app.receive.packing import pack_block, pack_records
from app.receive.stitch import Block

Row = tuple[str, bytes, int]
"""A source, what is packed, and how many characters are in it."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a request becomes: one row of all its lines, in their order, and one for each whole crash."""

    lines: tuple[Row, ...]
    crashes: tuple[Row, ...]

    @property
    def size(self) -> int:
        """Characters in all of them."""
        return sum(size for _, _, size in (*self.lines, *self.crashes))


def rows_of(source: str, records: Iterable[Record]) -> Rows:
    """The rows of these records."""
    some = tuple(records)
    lines = [record for record in some if not record.whole]
    packed = ((source, pack_records(lines), sum(len(record.text) for record in lines)),) if lines else ()
    return Rows(packed, tuple(crash_row(source, Block(one.text, one)) for one in some if one.whole))


def crash_row(source: str, block: Block) -> Row:
    """The row of a whole crash."""
    return source, pack_block(block), len(block.text)
