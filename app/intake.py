"""The one use case: raw bytes come in, a diagnosis goes out, and what is safe to keep is kept.

Secrets go out before anything else looks at the text, so all that is derived from it is clean by construction.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from app.crash.binary import kind_of
from app.crash.model import Environment, Report
from app.crash.redact import redact
from app.crash.text import decode, read_text
from app.diagnosis.candidates import Index as Index
from app.diagnosis.diagnose import diagnose
from app.diagnosis.model import Diagnosis
from app.errors import Unknown, Unreadable
from app.store.database import Session
from app.store.diagnoses import Kept as Kept
from app.store.diagnoses import Sent, find, save, times_seen


@dataclass(frozen=True, slots=True)
class Received:
    """A diagnosis, the lines it speaks of, what was taken out of them, and how it is kept (None: it is not)."""

    diagnosis: Diagnosis
    report: Report
    removed: tuple[dict[str, Any], ...]
    """For each kind of secret and line: `kind`, `line` and `count`."""
    kept: Kept | None


def receive(
    raw: bytes,
    *,
    index: Index,
    stated: Environment | None = None,
    source: str | None = None,
    session: Session | None = None,
) -> Received:
    """Diagnose a report and keep it by `session`; without one nothing touches the disk. Refuses what is not text."""
    text, notes = decode(raw)
    if not text.strip("\ufeff\x00 \t\r\n"):
        raise Unreadable("empty", "The report is empty. Send the text of a crash: a traceback, or a log with one.")
    kind = kind_of(raw, text)
    if kind is not None:
        detail = f"The report is {kind}, not text. Send the characters of the traceback themselves, unpacked."
        raise Unreadable("not_text", detail, status=415)
    redacted = redact(text)
    report = read_text(redacted.text, notes)
    diagnosis = diagnose(report, index, stated=stated or Environment())
    removed = tuple(asdict(one) for one in redacted.removed)
    sent = Sent(redacted.text, removed, stated or Environment(), source and redact(source).text)
    kept = None if session is None else save(session, sent, diagnosis)
    return Received(diagnosis, report, removed, kept)


def recall(session: Session, id: str) -> Received:  # noqa: A002 - what the contract calls it
    """The diagnosis that was kept under this id, as it was given then."""
    found = find(session, id)
    if found is None:
        detail = f"There is no diagnosis {id[:40]!r}. Ids are 26 characters long and case matters."
        raise Unknown("unknown_diagnosis", detail)
    return Received(found.diagnosis, read_text(found.text), found.removed, found.kept)


def count(session: Session, fingerprint: str) -> int:
    """How many crashes with this fingerprint have come so far."""
    return times_seen(session, fingerprint)
