"""How moments and spans of time are said to people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MINUTE, HOUR, DAY, MONTH = 60, 3600, 86_400, 30 * 86_400
# from so many seconds on, it is said in these
UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))


@dataclass(frozen=True, slots=True)
class When:
    """A moment: for machines, in a word, and whole."""

    iso: str
    ago: str
    whole: str


def when(moment: datetime, now: datetime) -> When:
    """A moment as seen from now."""
    whole = f"{moment.day} {moment:%B %Y, %H:%M} UTC"
    return When(moment.isoformat(timespec="seconds"), ago(moment, now), whole)


def ago(moment: datetime, now: datetime) -> str:
    """`3 minutes ago`; the day itself when it is more than a month."""
    seconds = int((now - moment).total_seconds())
    if seconds < MINUTE:
        return "just now"
    if seconds >= MONTH:
        return f"{moment.day} {moment:%B %Y}"
    size, unit = next(row for row in UNITS if seconds >= row[0])
    count = seconds // size
    return f"{count} {unit}{'' if count == 1 else 's'} ago"
