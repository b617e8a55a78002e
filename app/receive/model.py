"""What every wire format becomes, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Self


class Record(NamedTuple):
    """One log record, or one whole crash, and what its sender says of where it comes from.

    A tuple: thousands are made a second, and a frozen dataclass takes five times as long.
    """

    text: str
    stream: str = ""
    """Which lines follow each other: pod, container, file, host, process, as far as the sender names them."""
    service: str | None = None
    release: str | None = None
    environment: str | None = None
    time: float | None = None
    """Seconds since 1970."""
    partial: bool = False
    """Its line goes on in the stream's next record."""
    whole: bool = False
    """The text is a crash by itself, not a line to be joined with its neighbours."""
    key: str | None = None
    """The sender's own name for it: the same name again is the same record again."""
    python: str | None = None
    os: str | None = None
    packages: Mapping[str, str] = MappingProxyType({})


SHOWN = 64 * 1024  # characters of a refused record that are kept


class Refused(str):
    """Why a record was left out, with the record itself where its sender's bytes can be shown."""

    __slots__ = ("raw",)
    raw: str

    def __new__(cls, reason: str, raw: str = "") -> Self:
        """A reason, which is what most places want of it."""
        made = super().__new__(cls, reason)
        made.raw = raw[:SHOWN]
        return made


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request held. A record that can't be read never spoils the others."""

    records: tuple[Record, ...] = ()
    refused: tuple[str, ...] = ()
    """Why records were left out, one reason each; a `Refused` where the record can be shown."""
    total: int | None = None
    """How many items the request held, where the answer has to say something of each."""
    skipped: int = 0
    """Records that were taken without being built, since nothing in the body could begin a crash."""

    @property
    def taken(self) -> int:
        """How many records were taken."""
        return len(self.records) + self.skipped


@dataclass(frozen=True, slots=True)
class Asked:
    """A request without its body: names of headers in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as the sender's protocol has it."""

    status: int
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Format(NamedTuple):
    """A wire format: from a body to records, and what to say then."""

    decode: Callable[[bytes, Asked], Batch]
    """Body (unpacked already) to records. Raises `Unreadable` when nothing of it can be read."""
    accepted: Callable[[Batch, bytes, Asked], Reply]
    """What to answer when the records are taken."""
    refused: Callable[[int, str, Asked], Reply]
    """What to answer with this status and reason when the request is not taken."""
