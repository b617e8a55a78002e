"""A time as any shipper writes it -> seconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime

# A number is of the unit that puts it between 1973 and 5138.
UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))
LONGEST = 64


def moment(value: object) -> float | None:
    """Seconds from a number of seconds to nanoseconds, from digits, or from ISO 8601 (UTC where it names no zone)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _scaled(value)
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    try:
        return _scaled(float(value))
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _scaled(number: float) -> float | None:
    """Huge and strange numbers are no time."""
    if number >= 0:  # NaN is not
        for most, unit in UNITS:
            if number < most:
                return number / unit
    return None
