"""Unknown crashes as clusters: all that no signature explained and that share a fingerprint, wherever they came from.

What pipelines sent is counted in the occurrences. What was pasted, or sent to the API by itself, is counted by the
diagnoses of reports that no source sent; a later book may have explained it without a new paste, and then it is out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Subquery, and_, exists, func, literal, null, or_, select, union_all

from app.store.database import Session
from app.store.tables import CrashRow, DiagnosisRow, ExampleRow, OccurrenceRow, ReportRow, SourceRow, storable
from app.store.trend_tables import ExplainedRow

Order = Literal["count", "recent", "spread"]
ORDERS: tuple[Order, ...] = ("count", "recent", "spread")
PASTED = "-"  # the source of what no source sent; none can have this name
MOST_WORDS = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which clusters are wanted, and in which order."""

    order: Order = "count"
    source: str | None = None
    exception: str = ""
    """Beginning of its name, with its module or without; the case does not matter."""
    text: str = ""
    """Words of its exception and message, or its fingerprint."""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """A cluster: how often it came, when, and from how many sources."""

    fingerprint: str
    count: int
    first_seen: datetime
    last_seen: datetime
    spread: int


@dataclass(frozen=True, slots=True)
class Origin:
    """One source of a cluster."""

    source: str
    """Its name, or `PASTED`."""
    services: tuple[str, ...]
    releases: tuple[str, ...]
    count: int


def clusters(session: Session, wanted: Wanted, most: int | None) -> list[Counted]:
    """The wanted clusters from `offset` on, no more than `most`; None for all, which change places between two asks."""
    each = _each(storable(wanted.source))
    spread = func.count(each.c.source.distinct())
    total, last = func.sum(each.c.count), func.max(each.c.last_seen)
    columns = each.c.fingerprint, total.label("total"), func.min(each.c.first_seen), last, spread
    asked = select(*columns).where(*_conditions(wanted, each)).group_by(each.c.fingerprint)
    first = {"count": total, "recent": last, "spread": spread}[wanted.order]
    order = [first.desc(), *(one.desc() for one in (total, last) if one is not first), each.c.fingerprint]
    found = session.execute(asked.order_by(*order).limit(most).offset(wanted.offset))
    return [Counted(row[0], int(row[1]), row[2], row[3], int(row[4])) for row in found]


def cluster(session: Session, fingerprint: str) -> Counted | None:
    """The cluster of this fingerprint; None when nothing unknown has it."""
    each = _each(None, storable(fingerprint))
    columns = func.sum(each.c.count), func.min(each.c.first_seen), func.max(each.c.last_seen)
    row = session.execute(select(*columns, func.count(each.c.source.distinct()))).one()
    return None if row[0] is None else Counted(fingerprint, int(row[0]), row[1], row[2], int(row[3]))


def origins(session: Session, fingerprints: Collection[str]) -> Mapping[str, Sequence[Origin]]:
    """The sources of each cluster, those with most of it first."""
    named = (OccurrenceRow.fingerprint, OccurrenceRow.source, OccurrenceRow.service, OccurrenceRow.release)
    wanted = select(*named, func.sum(OccurrenceRow.count)).where(
        OccurrenceRow.fingerprint.in_(fingerprints), OccurrenceRow.signature.is_(None)
    )
    rows: list[Any] = list(session.execute(wanted.group_by(*named)))
    pasted = _pasted(fingerprints).subquery()
    sums = select(pasted.c.fingerprint, literal(PASTED), null(), null(), func.sum(pasted.c.count))
    rows += session.execute(sums.group_by(pasted.c.fingerprint))
    return {one: _origins([row for row in rows if row[0] == one]) for one in fingerprints}


def kept(session: Session, fingerprints: Collection[str], most: int) -> Mapping[str, Sequence[str]]:
    """The newest diagnoses that show each cluster, no more than `most` of each."""
    shown = select(OccurrenceRow.fingerprint, ExampleRow.diagnosis).join(
        ExampleRow, ExampleRow.occurrence == OccurrenceRow.key
    )
    shown = shown.where(OccurrenceRow.fingerprint.in_(fingerprints), OccurrenceRow.signature.is_(None))
    pasted = _pasted(fingerprints).subquery()
    every = union_all(shown, select(pasted.c.fingerprint, pasted.c.diagnosis)).subquery()
    place = func.dense_rank().over(partition_by=every.c.fingerprint, order_by=every.c.diagnosis.desc())
    ranked = select(every.c.fingerprint, every.c.diagnosis, place.label("place")).distinct().subquery()
    found: dict[str, list[str]] = {}
    newest = select(ranked).where(ranked.c.place <= most).order_by(ranked.c.place)
    for fingerprint, diagnosis, _ in session.execute(newest):
        found.setdefault(fingerprint, []).append(diagnosis)
    return found


def _each(source: str | None, fingerprint: str | None = None) -> Subquery:
    """Every place a cluster was seen in, with its count."""
    columns = OccurrenceRow.fingerprint, OccurrenceRow.count, OccurrenceRow.first_seen, OccurrenceRow.last_seen
    sent = select(*columns, OccurrenceRow.source).where(OccurrenceRow.signature.is_(None))
    if fingerprint is not None:
        sent = sent.where(OccurrenceRow.fingerprint == fingerprint)
    pasted = _pasted(None if fingerprint is None else [fingerprint]).subquery()
    by_hand = select(pasted.c.fingerprint, pasted.c.count, pasted.c.first_seen, pasted.c.last_seen, literal(PASTED))
    if source == PASTED:
        return by_hand.add_columns(literal(PASTED).label("source")).subquery()
    if source is not None:
        return sent.where(OccurrenceRow.source == source).subquery()
    return union_all(sent, by_hand).subquery()


def _pasted(fingerprints: Collection[str] | None) -> Any:
    """Unknown crashes of reports that no source sent."""
    reports = select(ReportRow.digest).where(
        or_(ReportRow.source.is_(None), ReportRow.source.not_in(select(SourceRow.name)))
    )
    columns = DiagnosisRow.seen.label("count"), DiagnosisRow.first_seen, DiagnosisRow.last_seen
    explained = exists().where(
        ExplainedRow.diagnosis == CrashRow.diagnosis, ExplainedRow.fingerprint == CrashRow.fingerprint
    )
    asked = (
        select(CrashRow.fingerprint, CrashRow.diagnosis, *columns)
        .distinct()  # a report may have a crash twice, with another message
        .join(DiagnosisRow, DiagnosisRow.id == CrashRow.diagnosis)
        .where(DiagnosisRow.report.in_(reports), CrashRow.verdict != "match", ~explained)
    )
    return asked if fingerprints is None else asked.where(CrashRow.fingerprint.in_(fingerprints))


def _conditions(wanted: Wanted, each: Subquery) -> list[ColumnElement[bool]]:
    said: list[ColumnElement[bool]] = []
    if wanted.exception:
        name = storable(wanted.exception)
        starts = CrashRow.said.istartswith(name, autoescape=True)
        said.append(or_(starts, CrashRow.said.icontains(f".{name}", autoescape=True)))
    words = storable(wanted.text).split()[:MOST_WORDS]
    if words and words[0] != wanted.text:
        said += [CrashRow.said.icontains(word, autoescape=True) for word in words]
    elif words:
        said.append(or_(CrashRow.fingerprint == words[0], CrashRow.said.icontains(words[0], autoescape=True)))
    return [each.c.fingerprint.in_(select(CrashRow.fingerprint).where(and_(*said)))] if said else []


def _origins(rows: Sequence[Any]) -> Sequence[Origin]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row[1], []).append(row)
    every = [
        Origin(
            source,
            tuple(sorted({row[2] for row in some if row[2]})),
            tuple(sorted({row[3] for row in some if row[3]})),
            sum(int(row[4]) for row in some),
        )
        for source, some in found.items()
    ]
    return sorted(every, key=lambda one: (-one.count, one.source))
