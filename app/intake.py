"""The one use case: raw bytes come in, a diagnosis goes out, and what is safe to keep is kept.

Secrets go out before anything else looks at the text, so all that is derived from it is clean by construction.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from app.crash.binary import kind_of
from app.crash.fingerprint import fingerprint
from app.crash.model import Environment, Report
from app.crash.redact import redact
from app.crash.text import decode, read_text
from app.crash.traceback import parse
from app.diagnosis.candidates import Index as Index
from app.diagnosis.candidates import build_index
from app.diagnosis.diagnose import diagnose
from app.diagnosis.model import CrashDiagnosis, Diagnosis
from app.errors import Unknown, Unreadable
from app.signature.book import make_book
from app.signature.model import Signature
from app.store.database import Session, Sessions
from app.store.diagnoses import Kept as Kept
from app.store.diagnoses import Sent, find, save, save_all, times_seen, write
from app.store.diagnoses import Written as Written
from app.store.group_commit import GroupCommit
from app.store.hooks import announce
from app.store.news import Seen
from app.store.occurrences import Place as Place
from app.store.occurrences import arrived
from app.store.occurrences import count as count_crash
from app.store.sources import count_crashes

Keeper = GroupCommit[Written, Kept]  # keeps diagnoses of many requests in one commit

HEADER = "Traceback (most recent"
MAX_WORDS = 200  # characters of a service's or a release's name


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a crash by a log pipeline, and what was said of where it happened."""

    place: Place
    stated: Environment
    key: str | None
    """The sender's own name for it: what comes again within ten minutes is a retry and counts once."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A diagnosis that waits to be counted."""

    place: Place
    key: str
    """Digest of what tells it from others: the sender's own name for it, else its text."""
    diagnosis: Diagnosis
    times: tuple[int, ...]
    """How often each of its crashes came."""
    sent: Sent
    written: Written | None
    """What is stored of it; None where no crash was found: then nothing is."""

    @property
    def order(self) -> tuple[str, ...]:
        """Who counts several does it in this order: all that store diagnoses do."""
        return self.written.key if self.written else ()


@dataclass(frozen=True, slots=True)
class Counted:
    """How many crashes were found and counted, and how many of them a signature matched."""

    crashes: int = 0
    explained: int = 0


@dataclass(frozen=True, slots=True)
class Received:
    """A diagnosis, the lines it speaks of, what was taken out of them, and how it is kept (None: it is not)."""

    diagnosis: Diagnosis
    report: Report
    removed: tuple[dict[str, Any], ...]
    """For each kind of secret and line: `kind`, `line` and `count`."""
    kept: Kept | None
    stated: Mapping[str, Any] = field(default_factory=dict)
    """What its sender stated, where it was kept: `os`, `python`, `packages` and `answers`."""


def receive(
    raw: bytes,
    *,
    index: Index,
    stated: Environment | None = None,
    source: str | None = None,
    session: Session | None = None,
) -> Received:
    """Diagnose a report and keep it by `session`; without one nothing touches the disk. Refuses what is not text."""
    received, sent = _answered(raw, index, stated or Environment(), source)
    if session is None:
        return received
    return replace(received, kept=save(session, sent, received.diagnosis))


def receive_written(raw: bytes, *, index: Index, stated: Environment, source: str | None) -> tuple[Received, Written]:
    """What `receive` does without a session, and what a keeper is given to keep it."""
    received, sent = _answered(raw, index, stated, source)
    return received, write(sent, received.diagnosis)


def keeper_of(sessions: Sessions) -> Keeper:
    """What keeps the diagnoses of a process's requests in these sessions."""
    return GroupCommit("diagnoses", sessions, save_all)


def shown_by(one: Signature, raw: bytes) -> Received:
    """What a signature makes of a report, as if no other were known: it costs the same beside any number of others."""
    return receive(raw, index=build_index(make_book([one])))


def take(session: Session, sent_by: Sender, text: str, *, index: Index) -> Counted:
    """Diagnose what a log pipeline sent and count each crash where it came from; what holds none is not kept."""
    return settle(session, judged(sent_by, text, index=index))


def judged(sent_by: Sender, text: str, *, index: Index) -> Judged:
    """The first half of `take`, which needs no database: the costly one."""
    received, sent = _answered(text.encode(errors="replace"), index, sent_by.stated, sent_by.place.source)
    key = hashlib.sha256((sent_by.key or text).encode(errors="replace")).hexdigest()
    times = _times(received.diagnosis.crashes, received.report, sent.text)
    written = write(sent, received.diagnosis) if received.diagnosis.crashes else None
    return Judged(_redacted(sent_by.place), key, received.diagnosis, times, sent, written)


def settle(session: Session, found: Judged) -> Counted:
    """The second half: count what was found, unless it came a short while ago."""
    crashes = found.diagnosis.crashes
    if found.written is None or not arrived(session, found.place.source, found.key):
        return Counted()
    [kept] = save_all(session, [found.written])
    for crash, times in zip(crashes, found.times, strict=True):
        count_crash(session, crash, found.place, kept.id, times=times)
        announce(session, Seen(crash, found.place, kept.id, datetime.now(UTC), times))
    explained = sum(times for crash, times in zip(crashes, found.times, strict=True) if crash.verdict == "match")
    count_crashes(session, found.place.source, sum(found.times), explained)
    return Counted(sum(found.times), explained)


def _times(crashes: Sequence[CrashDiagnosis], report: Report, text: str) -> tuple[int, ...]:
    """How often each crash came: a report answers the same failure once, a stream repeats it many times a second."""
    if all(text.count(one.exception or HEADER) == 1 for one in crashes):
        return (1,) * len(crashes)
    came = Counter(fingerprint(one) for one in parse(report))
    left = Counter(one.fingerprint for one in crashes)
    times = []
    for one in crashes:  # what differs in its message alone is counted as one: by whichever is answered first
        times.append(max(came[one.fingerprint] - left[one.fingerprint] + 1, 1))
        came[one.fingerprint] -= times[-1]
        left[one.fingerprint] -= 1
    return tuple(times)


def clean(text: str) -> str:
    """The text without secrets and personal data."""
    return redact(text).text


def _answered(raw: bytes, index: Index, stated: Environment, source: str | None) -> tuple[Received, Sent]:
    text, notes = decode(raw)
    if not text.strip("\ufeff\x00 \t\r\n"):
        raise Unreadable("empty", "The report is empty. Send the text of a crash: a traceback, or a log with one.")
    kind = kind_of(raw, text)
    if kind is not None:
        detail = f"The report is {kind}, not text. Send the characters of the traceback themselves, unpacked."
        raise Unreadable("not_text", detail, status=415)
    redacted = redact(text)
    report = read_text(redacted.text, notes)
    diagnosis = diagnose(report, index, stated=stated)
    removed = tuple(one._asdict() for one in redacted.removed)
    sent = Sent(redacted.text, removed, stated, source and redact(source).text)
    return Received(diagnosis, report, removed, None), sent


def _redacted(place: Place) -> Place:
    """Services and releases are the sender's words, and may hold a user's name."""
    said = {name: value and redact(value).text[:MAX_WORDS] for name, value in asdict(place).items() if name != "source"}
    return Place(place.source, **said)


def recall(session: Session, id: str) -> Received:  # noqa: A002 - what the contract calls it
    """The diagnosis that was kept under this id, as it was given then."""
    found = find(session, id)
    if found is None:
        detail = f"There is no diagnosis {id[:40]!r}. Ids are 26 characters long and case matters."
        raise Unknown("unknown_diagnosis", detail)
    return Received(found.diagnosis, read_text(found.text), found.removed, found.kept, found.stated)


def count(session: Session, fingerprint: str) -> int:
    """How many crashes with this fingerprint have come so far."""
    return times_seen(session, fingerprint)
