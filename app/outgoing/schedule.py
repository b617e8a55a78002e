"""When a delivery is tried again, when it is given up, and when its receiver is left in peace. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.outgoing.post import Posted
from app.store.deliveries import Outcome

MINUTE, HOUR = 60, 3600
# seconds to the next try, after each one that failed: over three days, as Standard Webhooks proposes
BACKOFF = (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
JITTER = 0.2  # of a wait: what failed together shall not come again together
GONE = 410
OVERLOADED = frozenset({429, 502, 503, 504})
PAUSE = 60.0  # seconds without any try after an answer that says it is too much
STUMBLE = 5.0  # seconds without any try after another failure, for each in a row
LONGEST_STUMBLE = 60.0


def outcome(posted: Posted, tries: int, failures: int, now: datetime, chance: float) -> Outcome:
    """What follows from the answer to a try, when `tries` came before it and the subscription failed so often in a row.

    `chance`, from 0 to 1, spreads the tries.
    """
    if posted.error is None:
        return Outcome("sent", now, now, posted.status, None)
    if posted.status == GONE:
        return Outcome("dead", now, now, posted.status, posted.error, gone=True)
    ready = now + timedelta(seconds=_pause(posted, failures))
    if tries >= len(BACKOFF):
        return Outcome("dead", now, ready, posted.status, posted.error)
    spread = 1 + JITTER * (2 * chance - 1)
    wait = max(BACKOFF[tries] * spread, posted.retry_after or 0.0)
    return Outcome("waiting", now + timedelta(seconds=wait), ready, posted.status, posted.error)


def _pause(posted: Posted, failures: int) -> float:
    """Seconds in which nothing is sent there."""
    if posted.status in OVERLOADED:
        return PAUSE if posted.retry_after is None else posted.retry_after
    return min(LONGEST_STUMBLE, STUMBLE * (failures + 1))
