"""Subscriptions: which news go where, in which form. Whoever makes one can't make what could never be sent."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import delete, select

from app.errors import Misconfigured, Unknown
from app.store.database import Session
from app.store.hook_tables import HookRow
from app.store.news import EVENTS
from app.store.occurrences import Place

KINDS = ("standard", "slack", "github", "gitlab")
RATE_COUNT, RATE_MINUTES = 10, 10  # crashes, in minutes: so often it is no accident, and still today's work
MAX_RATE = 100_000  # crashes
MAX_MINUTES = 24 * 60  # how long single minutes are kept
SECRET_BYTES = 32
MAX_URL = 2000

HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
HEADER_VALUE = re.compile(r"[\x20-\x7e]{0,2000}")
# what the sender sets by itself, or what would change what a request is
OWN_HEADERS = re.compile(r"host|content-.*|webhook-.*|connection|transfer-encoding|te|upgrade|expect", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wish:
    """A subscription as somebody wants it."""

    url: str
    events: tuple[str, ...] = EVENTS
    kind: str = "standard"
    source: str | None = None
    service: str | None = None
    rate_count: int = RATE_COUNT
    rate_minutes: int = RATE_MINUTES
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Hook:
    """A subscription as it stands."""

    id: int
    wish: Wish
    secret: str = field(repr=False)
    made: datetime
    disabled: datetime | None
    failures: int

    def wants(self, place: Place) -> bool:
        """Whether crashes of this place are its business."""
        return self.wish.source in {None, place.source} and self.wish.service in {None, place.service}


def add_hook(session: Session, wish: Wish, *, now: datetime | None = None) -> Hook:
    """Make a subscription with a secret of its own. Raises `Misconfigured` for what could never be sent."""
    _refuse(wish)
    now = now or datetime.now(UTC)
    row = HookRow(
        url=wish.url,
        kind=wish.kind,
        events=list(wish.events),
        source=wish.source,
        service=wish.service,
        rate_count=wish.rate_count,
        rate_minutes=wish.rate_minutes,
        secret="whsec_" + b64encode(secrets.token_bytes(SECRET_BYTES)).decode(),
        headers=dict(wish.headers),
        made=now,
        failures=0,
        ready=now,
    )
    session.add(row)
    session.flush()
    return hook_of(row)


def hooks(session: Session) -> list[Hook]:
    """All subscriptions, in the order in which they were made."""
    return [hook_of(row) for row in session.execute(select(HookRow).order_by(HookRow.id)).scalars()]


def find_hook(session: Session, id: int) -> Hook:  # noqa: A002 - what the command calls it
    """The subscription of this number. Raises `Unknown`."""
    row = session.get(HookRow, id)
    if row is None:
        raise Unknown("unknown-hook", f"There is no webhook {id}.")
    return hook_of(row)


def remove_hook(session: Session, id: int) -> None:  # noqa: A002
    """Forget a subscription and all that was to be sent to it. Raises `Unknown`."""
    find_hook(session, id)
    session.execute(delete(HookRow).where(HookRow.id == id))


def hook_of(row: HookRow) -> Hook:
    """A row as a value."""
    wish = Wish(
        row.url,
        tuple(row.events),
        row.kind,
        row.source,
        row.service,
        row.rate_count,
        row.rate_minutes,
        dict(row.headers),
    )
    return Hook(row.id, wish, row.secret, row.made, row.disabled, row.failures)


def _refuse(wish: Wish) -> None:
    """Say what is wrong with a wish. Raises `Misconfigured`."""
    checks = (
        (_is_address(wish.url), "The address must be http:// or https:// with a host, without a user or a password."),
        (wish.kind in KINDS, f"'{wish.kind[:40]}' is no kind: there are {', '.join(KINDS)}."),
        (bool(wish.events) and set(wish.events) <= set(EVENTS), f"There are these events: {', '.join(EVENTS)}."),
        (1 <= wish.rate_count <= MAX_RATE, f"A rate is 1 to {MAX_RATE} crashes."),
        (1 <= wish.rate_minutes <= MAX_MINUTES, f"A rate is measured over 1 to {MAX_MINUTES} minutes."),
    )
    wrong = [why for fine, why in checks if not fine]
    wrong += [f"The header '{name[:60]}' can't be sent." for name, value in wish.headers.items() if _bad(name, value)]
    if wrong:
        raise Misconfigured("bad-hook", " ".join(wrong), status=422)


def _is_address(url: str) -> bool:
    if len(url) > MAX_URL or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc


def _bad(name: str, value: str) -> bool:
    return not (HEADER.fullmatch(name) and HEADER_VALUE.fullmatch(value)) or bool(OWN_HEADERS.fullmatch(name))
