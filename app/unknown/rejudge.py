"""Unknown crashes diagnosed again with today's book: what it explains is moved, what it does not stays as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.diagnosis.candidates import Index
from app.store.clusters import Wanted, cluster, clusters, kept
from app.store.database import Session, Sessions
from app.store.moves import move, note, unknown_places
from app.store.samples import samples
from app.unknown.reading import explained

MOST_EXAMPLES = 200  # of one cluster; it is the same crash, and none of them is cheap
LONGEST = 2_000_000  # characters of a report


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one cluster."""

    fingerprint: str
    judged: int
    """Examples that were diagnosed again."""
    explained: Mapping[str, int]
    """How many of them each signature explains."""
    moved: int
    """Crashes from sources that are counted with a signature from now on."""
    places: int
    """Occurrences they were counted in."""
    left: int
    """Occurrences that stay unknown."""


def rejudge(sessions: Sessions, index: Index, only: str | None = None) -> Iterator[Outcome]:
    """Judge every cluster again, or one; each in a transaction of its own, which has ended when it is told."""
    with sessions() as session:
        every = clusters(session, Wanted(), None) if only is None else [cluster(session, only)]
    names = [one.fingerprint for one in every if one is not None]
    for name in names:
        known, judged = _judged(sessions, index, name)
        with sessions.begin() as session:
            outcome = _moved(session, name, known, judged, index.book.revision)
        yield outcome


def _judged(sessions: Sessions, index: Index, fingerprint: str) -> tuple[Mapping[str, str], int]:
    """For each example that is explained its signature, and how many were judged. Writes nothing."""
    with sessions() as session:
        read = samples(session, kept(session, [fingerprint], MOST_EXAMPLES), LONGEST).get(fingerprint, ())
    found = {one.diagnosis: explained(index, one) for one in read}
    return {id_: signature for id_, signature in found.items() if signature is not None}, len(read)


def _moved(session: Session, fingerprint: str, known: Mapping[str, str], judged: int, book: str) -> Outcome:
    moved = places = left = 0
    for found in sorted(set(known.values())):  # written before it is read: then SQLite has one moment too
        note(session, fingerprint, [id_ for id_, own in known.items() if own == found], found, book)
    for key, shown in unknown_places(session, fingerprint).items() if known else ():
        signatures = {known.get(id_) for id_ in shown}
        signature = signatures.pop() if len(signatures) == 1 else None  # what its examples disagree on stays unknown
        if signature is None:
            left += 1
            continue
        moved += move(session, key, signature)
        places += 1
    return Outcome(fingerprint, judged, Counter(known.values()), moved, places, left)
