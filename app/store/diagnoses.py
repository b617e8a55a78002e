"""Diagnoses as they are remembered: saved once and counted, found by their link, their fingerprints counted."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

from pydantic import TypeAdapter
from sqlalchemy import Dialect, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from ulid import ULID

from app.crash.model import Environment
from app.diagnosis.model import CrashDiagnosis, Diagnosis
from app.store.batch import Batch, batch
from app.store.count import count
from app.store.tables import Base, CrashRow, DiagnosisRow, Json, ReportRow, as_json, storable

DIAGNOSIS = TypeAdapter(Diagnosis)
CANONICAL = json.JSONEncoder(sort_keys=True)
NONE, NOTHING = Json("[]"), Json("{}")
MAX_SAID = 500  # characters of an exception and its message that can be searched; the answer has all
ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")  # a ULID
# the two spell "on conflict" alike
INSERT: dict[str, Callable[..., sqlite.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": cast("Any", postgresql.insert),
}
_Key = tuple[str, str, str]  # report, book and engine: what makes a diagnosis one


@dataclass(frozen=True, slots=True)
class Sent:
    """A report as it may be stored: its text without secrets, what was removed, and what the sender stated."""

    text: str
    removed: tuple[dict[str, Any], ...]
    stated: Environment
    source: str | None
    answers: Mapping[str, bool] = field(default_factory=dict)
    """Of signatures whose question was answered: whether with yes."""


@dataclass(frozen=True, slots=True)
class Written:
    """A report and its diagnosis as their rows hold them, but for ids and moments: what is worked out beforehand."""

    report: dict[str, Any]
    diagnosis: dict[str, Any]
    crashes: tuple[dict[str, Any], ...]
    again: bool = False
    """Whether it was stored before, as far as its sender knows; if it was deleted meanwhile, it is stored anew."""

    @property
    def key(self) -> _Key:
        """What is kept once."""
        told = self.diagnosis
        return told["report"], told["book"], told["engine"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database adds to a diagnosis: its name, and how often and when its report came."""

    id: str
    seen: int
    first_seen: datetime
    last_seen: datetime

    @property
    def new(self) -> bool:
        """Whether it was seen only now."""
        return self.seen == 1


@dataclass(frozen=True, slots=True)
class Remembered:
    """A diagnosis as it was stored, with the report it answers."""

    kept: Kept
    diagnosis: Diagnosis
    text: str
    removed: tuple[dict[str, Any], ...]
    stated: Mapping[str, Any]
    """What the sender stated: `os`, `python`, `packages` and `answers`; what was not stated is not there."""


def save(session: Session, sent: Sent, diagnosis: Diagnosis) -> Kept:
    """Store a diagnosis; if the same book and engine have answered the same report before, count it instead."""
    [kept] = save_all(session, [write(sent, diagnosis)])
    return kept


def write(sent: Sent, diagnosis: Diagnosis) -> Written:
    """All of a report and its diagnosis that the database is told of them whenever they come."""
    report = _report(sent)
    crashes = (_crash(*one) for one in enumerate(diagnosis.crashes))
    return Written(report, _diagnosis(diagnosis, report["digest"]), tuple(crashes))


def save_all(session: Session, given: Sequence[Written]) -> Sequence[Kept]:
    """Store diagnoses as `save` does each, with few statements for all; twins among them are counted in their order.

    What came before is counted by its key, and nothing is sent of it if it is there. Safe when several do it at once:
    the unique keys decide who is first, nobody reads before writing, and all write in the order of the keys, so that
    none waits for one that waits for it.
    """
    now, connection = datetime.now(UTC), session.connection()
    into = _inserts(connection.dialect)
    first, twins = dict[_Key, Written](), defaultdict[_Key, list[int]](list)
    for at, one in enumerate(given):
        first.setdefault(one.key, one)
        twins[one.key].append(at)
    again = {key: len(twins[key]) for key, one in first.items() if one.again}
    if connection.dialect.name != "sqlite" and len(again) < len(first):
        again = {}  # others write meanwhile, and would wait for what is counted while we wait for what they store
    stored = [*count(connection, again, now)] if again else []
    there = {tuple(key) for *key, _, _, _ in stored}
    new = [first[key] for key in sorted(first) if key not in there]
    if new:
        reports = {one.report["digest"]: one.report | {"received": now} for one in new}
        into.reports.insert(connection, list(reports.values()))
        stored += into.diagnoses.insert(connection, [one.diagnosis | _named(now, len(twins[one.key])) for one in new])
    kept: dict[int, Kept] = {}
    crashes: list[dict[str, Any]] = []
    for *key_, id_, times, first_seen in stored:
        key = key_[0], key_[1], key_[2]
        before = times - len(twins[key])
        for seen, at in enumerate(twins[key], before + 1):
            kept[at] = Kept(id_, seen, into.moment(first_seen), now)
        if not before:
            crashes.extend(crash | {"diagnosis": id_} for crash in first[key].crashes)
    if crashes:
        into.crashes.insert(connection, crashes)
    return [kept[at] for at in range(len(given))]


@dataclass(frozen=True, slots=True)
class _Inserts:
    """What stores many rows of each kind."""

    reports: Batch
    diagnoses: Batch
    """Gives of each its key, id, how often it came and since when."""
    crashes: Batch
    moment: Callable[[Any], Any]
    """Makes a moment of what the driver gives."""


@lru_cache(maxsize=8)
def _inserts(dialect: Dialect) -> _Inserts:
    tables, upsert = Base.metadata.tables, INSERT[dialect.name]
    reports, diagnoses, crashes = (tables[row.__tablename__] for row in (ReportRow, DiagnosisRow, CrashRow))
    new, old = upsert(diagnoses), diagnoses.c
    counted = new.on_conflict_do_update(
        index_elements=[old.report, old.book, old.engine],
        set_={"seen": old.seen + new.excluded.seen, "last_seen": new.excluded.last_seen},
    )
    told = counted.returning(old.report, old.book, old.engine, old.id, old.seen, old.first_seen)
    moment = old.first_seen.type.dialect_impl(dialect).result_processor(dialect, None)
    assert moment is not None, "it says that the moment is in UTC"
    once = upsert(reports).on_conflict_do_nothing()
    return _Inserts(batch(once, dialect), batch(told, dialect), batch(insert(crashes), dialect), moment)


def save_unseen(session: Session, sent: Sent, diagnosis: Diagnosis) -> Kept:
    """Store a diagnosis that somebody asked for again: no report came, so none is counted."""
    now = datetime.now(UTC)
    written = write(sent, diagnosis)
    upsert = INSERT[session.get_bind().dialect.name]
    session.execute(upsert(ReportRow).values(written.report | {"received": now}).on_conflict_do_nothing())
    new = written.diagnosis | _named(now, 0)
    session.execute(upsert(DiagnosisRow).values(new).on_conflict_do_nothing())
    kept = kept_as(session, sent, diagnosis)
    assert kept is not None, "it was stored a moment ago"
    return kept


def kept_as(session: Session, sent: Sent, diagnosis: Diagnosis) -> Kept | None:
    """How an answer that was stored before is kept; None when it was not. Counts nothing."""
    columns = DiagnosisRow.id, DiagnosisRow.seen, DiagnosisRow.first_seen, DiagnosisRow.last_seen
    digest = _report(sent)["digest"]
    same = DiagnosisRow.report == digest, DiagnosisRow.book == diagnosis.book, DiagnosisRow.engine == diagnosis.engine
    row = session.execute(select(*columns).where(*same)).one_or_none()
    return None if row is None else Kept(row.id, row.seen, row.first_seen, row.last_seen)


def find(session: Session, id: str) -> Remembered | None:  # noqa: A002 - what the contract calls it
    """The diagnosis of that id as it was given; None when there is none."""
    if not ID.fullmatch(id):
        return None
    found = session.execute(
        select(DiagnosisRow, ReportRow)
        .join(ReportRow, ReportRow.digest == DiagnosisRow.report)
        .where(DiagnosisRow.id == id)
    ).one_or_none()
    if found is None:
        return None
    row, report = found
    return Remembered(
        Kept(row.id, row.seen, row.first_seen, row.last_seen),
        DIAGNOSIS.validate_python(row.answer),
        report.text,
        tuple(report.removed),
        report.stated,
    )


def times_seen(session: Session, fingerprint: str) -> int:
    """How many crashes with this fingerprint came, each report counted as often as it came."""
    query = (
        select(func.coalesce(func.sum(DiagnosisRow.seen), 0))
        .join(CrashRow, CrashRow.diagnosis == DiagnosisRow.id)
        .where(CrashRow.fingerprint == fingerprint)
    )
    return session.execute(query).scalar_one()


def _report(sent: Sent) -> dict[str, Any]:
    environment = compact(sent)
    whole = CANONICAL.encode([storable(sent.text), environment])
    return {
        "digest": hashlib.sha256(whole.encode()).hexdigest(),  # the sender is no part of it: a report is its text
        "text": sent.text,
        "removed": as_json(list(sent.removed)) if sent.removed else NONE,
        "stated": as_json(environment) if environment else NOTHING,
        "source": sent.source,
    }


def compact(sent: Sent) -> dict[str, Any]:
    """What the sender stated as names and values; what was not stated is not there."""
    stated = sent.stated
    facts = {"os": stated.os, "python": stated.python}
    said: dict[str, Any] = {name: fact.value for name, fact in facts.items() if fact is not None}
    if stated.packages:
        said["packages"] = {name: fact.value for name, fact in sorted(stated.packages.items())}
    if sent.answers:
        said["answers"] = dict(sorted(sent.answers.items()))
    return said


def _named(now: datetime, seen: int) -> dict[str, Any]:
    return {"id": str(ULID()), "seen": seen, "first_seen": now, "last_seen": now}


def _diagnosis(diagnosis: Diagnosis, report: str) -> dict[str, Any]:
    return {
        "report": report,
        "book": diagnosis.book,
        "engine": diagnosis.engine,
        "verdict": diagnosis.verdict,
        "confidence": diagnosis.confidence,
        "answer": as_json(diagnosis, DIAGNOSIS),
    }


def _crash(position: int, crash: CrashDiagnosis) -> dict[str, Any]:
    best = crash.matches[0].signature if crash.matches and crash.verdict != "none" else None
    return {
        "position": position,
        "fingerprint": crash.fingerprint,
        "verdict": crash.verdict,
        "signature": best,
        "said": ": ".join(part for part in (crash.exception, crash.message) if part)[:MAX_SAID],
    }
