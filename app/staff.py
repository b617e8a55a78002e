"""What people who are signed in may see and change, each as one call: pages know neither tables nor clocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.store.database import Session
from app.store.headlines import headlines
from app.store.hours import Hour as Hour
from app.store.hours import Rate as Rate
from app.store.hours import hours, rate
from app.store.occurrences import Occurrence as Occurrence
from app.store.occurrences import occurrences
from app.store.parked import Parked as Parked
from app.store.parked import drop, parked
from app.store.remembered import Remembered as Remembered
from app.store.remembered import Wanted as Wanted
from app.store.remembered import remembered
from app.store.sources import Key as Key
from app.store.sources import Source as Source
from app.store.sources import add_key, keys, remove, source, sources
from app.store.sources import revoke as revoke_key
from app.store.staff import SIGNED_IN as SIGNED_IN
from app.store.staff import sign_in, sign_out, signed_in

__all__ = ["drop", "remembered", "remove", "revoke_key", "sign_out", "source"]

DAY = 24  # hours that are shown
MOST_OCCURRENCES = 100
MOST_PARKED = 20


@dataclass(frozen=True, slots=True)
class Watched:
    """A source, and what came from it in each of the last hours (none: nothing did)."""

    source: Source
    day: tuple[Hour, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """All there is to say of a source."""

    source: Source
    day: tuple[Hour, ...]
    rate: Rate
    occurrences: tuple[Occurrence, ...]
    """The last ones; one more than `MOST_OCCURRENCES` where there are more."""
    said: Mapping[str, str]
    """What an unknown one said of itself, by its fingerprint."""
    parked: tuple[Parked, ...]
    """The newest; one more than `MOST_PARKED` where there are more."""
    keys: tuple[Key, ...]


def enter(session: Session, key: str) -> str | None:
    """The token of a new session for whoever holds this key; None for anybody else."""
    return sign_in(session, key, datetime.now(UTC))


def who(session: Session, token: str) -> str | None:
    """The name of whoever is signed in by this token; None for nobody."""
    return signed_in(session, token, datetime.now(UTC))


def watched(session: Session) -> list[Watched]:
    """All sources by name."""
    day = hours(session, datetime.now(UTC), DAY)
    return [Watched(one, day.get(one.name, ())) for one in sources(session)]


def names_of_sources(session: Session) -> list[str]:
    """What the sources are called, in order."""
    return [one.name for one in sources(session)]


def whole(session: Session, name: str) -> Whole:
    """One source. Raises `Unknown`."""
    now = datetime.now(UTC)
    seen = occurrences(session, name, MOST_OCCURRENCES + 1)
    return Whole(
        source(session, name),
        hours(session, now, DAY, name).get(name, ()),
        rate(session, name, now),
        tuple(seen),
        _said(session, seen),
        tuple(parked(session, name, MOST_PARKED + 1)),
        tuple(keys(session, name)),
    )


def add_source(session: Session, name: str) -> str:
    """The first key of a new source. Raises `Misconfigured` for what is no name, or is one already."""
    return _key(session, name, first=True)


def another_key(session: Session, name: str) -> str:
    """A new key of a source that is there. Raises `Unknown`."""
    source(session, name)
    return _key(session, name)


def _key(session: Session, name: str, *, first: bool = False) -> str:
    key = add_key(session, name, first=first)
    session.flush()
    return key


def _said(session: Session, seen: Sequence[Occurrence]) -> Mapping[str, str]:
    shown = {one.fingerprint: one.examples[0] for one in seen if one.signature is None and one.examples}
    told = headlines(session, list(shown.values()))
    return {print_: told[id_, print_] for print_, id_ in shown.items() if (id_, print_) in told}
