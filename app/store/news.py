"""What is worth telling others of a crash, as a value that can wait in the database. Pure: nothing is asked here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal, get_args

from app.diagnosis.model import CrashDiagnosis, Match
from app.store.occurrences import Place

Event = Literal["crash.known.first", "crash.regression", "crash.unknown.rate"]

EVENTS: tuple[Event, ...] = get_args(Event)
MAX_TITLE = 200  # characters
MAX_MESSAGE = 500  # characters of a crash's message; the page has all


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news: what happened, where, and what is known of it. Secrets are out already."""

    event: str
    at: str
    """When, as ISO 8601 in UTC."""
    title: str
    verdict: str
    confidence: float
    signature: str | None
    package: str | None
    version: str | None
    """Of the package, where it is known."""
    fixed_in: str | None
    advice: str | None
    page: str | None
    """Path of the signature's page."""
    exception: str | None
    message: str
    fingerprint: str
    source: str
    service: str | None
    release: str | None
    environment: str | None
    count: int
    """How many crashes this tells of ..."""
    minutes: int | None
    """... in how many minutes, where that is what makes it news."""
    diagnosis: str
    first_line: int
    last_line: int

    def as_record(self) -> dict[str, Any]:
        """The same as a JSON value."""
        return asdict(self)

    @classmethod
    def of(cls, record: dict[str, Any]) -> News:
        """Back from a JSON value, also from one that an older version wrote: what it lacks is unknown."""
        known: dict[str, Any] = {one.name: record.get(one.name) for one in fields(cls)}
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Seen:
    """A crash that was just counted: what it is, where, and when."""

    crash: CrashDiagnosis
    place: Place
    diagnosis: str
    at: datetime
    times: int = 1

    @property
    def best(self) -> Match | None:
        """The signature that leads the answer; None when the crash is not known at all."""
        return self.crash.matches[0] if self.crash.matches and self.crash.verdict != "none" else None

    @property
    def version(self) -> str | None:
        """The version of the package that the signature is about."""
        known = self.best and self.crash.environment.packages.get(self.best.package)
        return known.value if known else None


def is_regression(crash: CrashDiagnosis) -> bool:
    """Whether all that a signature needs is shown, although the version has its fix: then the answer is a maybe."""
    if not crash.matches or crash.verdict == "none" or crash.matches[0].version_verdict != "fixed":
        return False
    needed = [one.state for one in crash.matches[0].evidence if one.rule == "all"]
    ties = [one.state for one in crash.matches[0].evidence if one.rule == "any"]
    return all(state == "holds" for state in needed) and ("holds" in ties or not ties)


def news(event: Event, seen: Seen, count: int, minutes: int | None = None) -> News:
    """The news of this event: `count` crashes, of which this is the one to show."""
    crash, best, place = seen.crash, seen.best, seen.place
    known = best is not None and event != "crash.unknown.rate"
    return News(
        event=event,
        at=seen.at.isoformat(),
        title=(best.title if best is not None and known else _title(crash))[:MAX_TITLE],
        verdict=crash.verdict,
        confidence=crash.confidence,
        signature=best.signature if best else None,
        package=best.package if best else None,
        version=seen.version,
        fixed_in=best.fixed_in if best else None,
        advice=best.advice if best else None,
        page=best.url if best else None,
        exception=crash.exception and crash.exception[:MAX_TITLE],
        message=crash.message[:MAX_MESSAGE],
        fingerprint=crash.fingerprint,
        source=place.source,
        service=place.service,
        release=place.release,
        environment=place.environment,
        count=count,
        minutes=minutes,
        diagnosis=seen.diagnosis,
        first_line=crash.first_line,
        last_line=crash.last_line,
    )


def _title(crash: CrashDiagnosis) -> str:
    """The line that ended it."""
    message = " ".join(crash.message.split())
    return f"{crash.exception or 'Cut traceback'}: {message}".rstrip(": ")
