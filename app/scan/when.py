"""When a line was logged, by the stamps that loggers write: seconds since 1970, of UTC where no zone is named."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from app.receive.moment import moment

NEAR = 240  # bytes of a line's beginning or end that are looked at
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

DIGITS = re.compile(rb"\d\d:\d\d:|1\d{9}")  # one of these is in every stamp
# 2026-11-22 10:00:00,123      2026-11-22T10:00:00.123456789Z      2026/11/22 10:00:00+01:00
ISO = re.compile(
    rb"(?P<day>\d{4}[-/]\d\d[-/]\d\d)[T _](?P<time>\d\d:\d\d:\d\d)(?:[.,]\d{1,9})?\s?(?P<zone>Z|[+-]\d\d:?\d\d)?"
)
# 22/Nov/2026:10:00:00 +0000
WEB = re.compile(
    rb"(?P<day>\d\d)/(?P<month>[A-Z][a-z]{2})/(?P<year>\d{4}):(?P<time>\d\d:\d\d:\d\d) (?P<zone>[+-]\d{4})"
)
# Nov 22 10:00:00
SYSLOG = re.compile(rb"(?:\A|>)(?P<month>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2}) (?P<time>\d\d:\d\d:\d\d)\b")
# "ts": 1763805600.123      "timestamp":1763805600123
NUMBER = re.compile(
    rb"\"(?:ts|time|timestamp|@timestamp|created|date)\"\s?:\s?\"?(?P<number>1\d{9,18}(?:\.\d{1,9})?)\b"
)


def when(text: bytes, year: int) -> float | None:
    """The first time in this beginning or end of a line; `year` is taken where the stamp names none."""
    found = ISO.match(text)  # most lines begin with it
    if found is None:
        if DIGITS.search(text) is None:
            return None
        found = ISO.search(text)
    if found is not None:
        return _iso(found["day"], found["time"], found["zone"])
    if (found := WEB.search(text)) is not None:
        return _named(found["year"], found["month"], found["day"], found["time"], found["zone"])
    if (found := NUMBER.search(text)) is not None:
        return moment(found["number"].decode())
    if (found := SYSLOG.search(text)) is not None:
        return _named(b"%d" % year, found["month"], found["day"], found["time"], None)
    return None


def _iso(day: bytes, time: bytes, zone: bytes | None) -> float | None:
    midnight, hour, minute, second = _midnight(day, zone or b""), int(time[:2]), int(time[3:5]), int(time[6:])
    if midnight is None or hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004 - what a clock shows
        return None
    return midnight + 3600 * hour + 60 * minute + second


@lru_cache(maxsize=1024)
def _midnight(day: bytes, zone: bytes) -> float | None:
    return moment(f"{day.decode().replace('/', '-')}T00:00:00{zone.decode()}")


def _named(year: bytes, month: bytes, day: bytes, time: bytes, zone: bytes | None) -> float | None:
    if month.decode() not in MONTHS:
        return None
    return _iso(b"%b-%02d-%02d" % (year, MONTHS.index(month.decode()) + 1, int(day)), time, zone)


def written(seconds: float | None) -> str:
    """A time as people read it; empty where there is none."""
    return "" if seconds is None else f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M:%S}"
