"""The tables. What happens is here: reports, diagnoses, crashes. What is known stays in the signature files."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
# PostgreSQL stores neither NUL nor half a surrogate pair; SQLite stores them and then can't give them back as UTF-8
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Words(TypeDecorator[str]):
    """Text of any length that every database takes: what none can store becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's name
        """Replace what can't be stored."""
        return None if value is None else storable(value)


class Record(TypeDecorator[Any]):
    """A JSON value in its own order of keys; an engine of ours writes it by `as_json`."""

    impl = JSON
    cache_ok = True


class Moment(TypeDecorator[datetime]):
    """A point in time in UTC, also where the database keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Say that it is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def storable(value: Any) -> Any:
    """The same value with U+FFFD for every character a database would refuse."""
    if isinstance(value, str):
        return value if value.isascii() and "\x00" not in value else UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {storable(key): storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable(part) for part in value]
    return value


class Json(str):
    """JSON that is written already, as `as_json` does."""

    __slots__ = ()


def as_json(value: Any, shape: TypeAdapter[Any] = ANYTHING) -> Json:
    """The value as JSON that every database takes, with U+FFFD for each character that none does, at any depth."""
    if isinstance(value, Json):
        return value
    try:
        text = shape.dump_json(value).decode()
    except ValueError:  # half a surrogate pair
        text = "\\u0000"
    return Json(json.dumps(storable(shape.dump_python(value))) if "\\u0000" in text else text)


class Base(DeclarativeBase):
    """All tables; constraints have the same names on every database, so that a migration can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class ReportRow(Base):
    """What was sent, with secrets and personal data already out; kept once however often it comes."""

    __tablename__ = "reports"
    __table_args__ = (Index("ix_reports_source_digest", "source", "digest"),)  # what was pasted is found among the many

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the text and the stated environment."""
    text: Mapped[str] = mapped_column(Words)
    removed: Mapped[list[dict[str, Any]]] = mapped_column(Record)
    """What was taken out: kind, line and count, never the value."""
    stated: Mapped[dict[str, Any]] = mapped_column(Record)
    """The environment the sender stated."""
    source: Mapped[str | None] = mapped_column(Words)
    """Where it first came from, in the sender's words."""
    received: Mapped[datetime] = mapped_column(Moment)


class DiagnosisRow(Base):
    """One answer to a report, never changed: another book or engine gives another row."""

    __tablename__ = "diagnoses"
    __table_args__ = (UniqueConstraint("report", "book", "engine"), Index("ix_diagnoses_book_id", "book", "id"))

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    """A ULID: sorts by time, stands in links."""
    report: Mapped[str] = mapped_column(ForeignKey(ReportRow.digest, ondelete="CASCADE"))
    book: Mapped[str] = mapped_column(String(80))
    engine: Mapped[str] = mapped_column(String(40))
    verdict: Mapped[str] = mapped_column(String(8))
    confidence: Mapped[float] = mapped_column(Float)
    answer: Mapped[dict[str, Any]] = mapped_column(Record)
    """The `Diagnosis`, whole."""
    seen: Mapped[int] = mapped_column(Integer)
    """How often this report came while this book and engine answered."""
    first_seen: Mapped[datetime] = mapped_column(Moment)
    last_seen: Mapped[datetime] = mapped_column(Moment)


class CrashRow(Base):
    """One crash of a diagnosis, so that a fingerprint is counted by one indexed query."""

    __tablename__ = "crashes"

    diagnosis: Mapped[str] = mapped_column(ForeignKey(DiagnosisRow.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    """Its place in the answer, from 0."""
    fingerprint: Mapped[str] = mapped_column(String(100), index=True)
    verdict: Mapped[str] = mapped_column(String(8))
    signature: Mapped[str | None] = mapped_column(String(120))
    """Id of the best match; null when there is none."""
    said: Mapped[str] = mapped_column(Words, server_default="")
    """Its exception and the beginning of its message, to be searched."""


class SourceRow(Base):
    """A place that sends records, by the name its operator gave it."""

    __tablename__ = "sources"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    made: Mapped[datetime] = mapped_column(Moment)
    last_seen: Mapped[datetime | None] = mapped_column(Moment)
    """When it last sent something that was taken."""
    records: Mapped[int] = mapped_column(BigInteger)
    crashes: Mapped[int] = mapped_column(BigInteger)
    explained: Mapped[int] = mapped_column(BigInteger)
    """Crashes that a signature matched."""
    last_error: Mapped[str | None] = mapped_column(Words)
    """What was wrong with the last request that was not taken whole."""
    last_error_at: Mapped[datetime | None] = mapped_column(Moment)


class KeyRow(Base):
    """A key that may send to a source, as its digest: the key itself is shown once and kept nowhere."""

    __tablename__ = "source_keys"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the key, which is 32 random bytes: no slower hash would make it safer."""
    source: Mapped[str] = mapped_column(ForeignKey(SourceRow.name, ondelete="CASCADE"), index=True)
    hint: Mapped[str] = mapped_column(String(8))
    """Its last letters, to tell keys apart."""
    made: Mapped[datetime] = mapped_column(Moment)
    revoked: Mapped[datetime | None] = mapped_column(Moment)


class OccurrenceRow(Base):
    """How often one failure came from one place: a known bug, or an unknown crash by its fingerprint."""

    __tablename__ = "occurrences"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the five that make it one."""
    signature: Mapped[str | None] = mapped_column(String(120), index=True)
    """The signature that matched; null for an unknown crash."""
    fingerprint: Mapped[str] = mapped_column(String(100), index=True)
    """Of the crash; of the first one where a signature has brought several together."""
    source: Mapped[str] = mapped_column(ForeignKey(SourceRow.name, ondelete="CASCADE"), index=True)
    service: Mapped[str | None] = mapped_column(Words)
    release: Mapped[str | None] = mapped_column(Words)
    environment: Mapped[str | None] = mapped_column(Words)
    count: Mapped[int] = mapped_column(BigInteger)
    first_seen: Mapped[datetime] = mapped_column(Moment)
    last_seen: Mapped[datetime] = mapped_column(Moment)


class ExampleRow(Base):
    """A diagnosis that shows an occurrence; the first few are kept."""

    __tablename__ = "occurrence_examples"

    occurrence: Mapped[str] = mapped_column(ForeignKey(OccurrenceRow.key, ondelete="CASCADE"), primary_key=True)
    diagnosis: Mapped[str] = mapped_column(ForeignKey(DiagnosisRow.id, ondelete="CASCADE"), primary_key=True)


class ArrivalRow(Base):
    """A crash that came a short while ago, so that a retry of its sender counts once."""

    __tablename__ = "arrivals"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the source and the sender's own key, else of the text."""
    at: Mapped[datetime] = mapped_column(Moment, index=True)


# SQLite counts up only in a column of this very type, and gives the number of a deleted row to the next one unless it
# is told not to: a process that has read a row would then take another one for it
COUNTED = BigInteger().with_variant(Integer, "sqlite")
NEVER_AGAIN = {"sqlite_autoincrement": True}


class LinesRow(Base):
    """Records of one request as they came, until the one who joins lines has read them."""

    __tablename__ = "inbox_lines"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    source: Mapped[str] = mapped_column(String(60), index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """Packed by `app.inbox.packing`; holds secrets, so it is gone as soon as it is read."""
    size: Mapped[int] = mapped_column(Integer)
    """Characters in it."""


class StreamRow(Base):
    """The beginning of a crash whose end has not come yet."""

    __tablename__ = "inbox_streams"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the source and the stream's name."""
    source: Mapped[str] = mapped_column(String(60))
    body: Mapped[bytes] = mapped_column(LargeBinary)


class CrashTextRow(Base):
    """A whole crash that waits to be diagnosed."""

    __tablename__ = "inbox_crashes"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    source: Mapped[str] = mapped_column(String(60))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(Integer)


class ParkedRow(Base):
    """What could not be read or diagnosed, with the reason, until somebody replays or drops it."""

    __tablename__ = "inbox_parked"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    source: Mapped[str] = mapped_column(String(60), index=True)
    text: Mapped[str] = mapped_column(Words)
    """Secrets are out."""
    said: Mapped[dict[str, Any] | None] = mapped_column(Record)
    """What its sender said of where it came from; null for a record that no text was found in."""
    reason: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(Moment)


class LeaseRow(Base):
    """Who may do what only one process does at a time, and until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(40))
    until: Mapped[float] = mapped_column(Float(53))
    """Seconds since 1970 by the database's clock."""
    wanted: Mapped[float] = mapped_column(Float(53))
    """Until when another process waits for it."""
