"""What a record says of where it crashed, in the words of the rooms behind."""

from __future__ import annotations

from typing import Any

from packaging.utils import canonicalize_name

from app.crash import model
from app.crash.model import Environment
from app.intake import clean
from app.receive.model import Batch, Record, Refused
from app.store.parked import MAX_TEXT

OS = {"windows": "windows", "linux": "linux", "macos": "macos", "darwin": "macos", "mac os x": "macos"}
MOST_PARKED = 20  # records of one request that are kept for being unreadable

Parking = tuple[str, dict[str, Any] | None, str]
"""A text without secrets, what was said of it, and why it is parked."""


def stated(record: Record) -> Environment:
    """Where it crashed, as its sender says."""
    packages = {str(canonicalize_name(name)): version for name, version in record.packages.items()}
    return model.stated(OS.get((record.os or "").lower()), record.python, packages)


def parking(text: str, record: Record, reason: str) -> Parking:
    """A crash that can't be counted, as it is parked."""
    said = {name: value for name, value in record._asdict().items() if name != "text" and value}
    plain = {name: clean(value) if isinstance(value, str) else value for name, value in said.items()}
    return clean(text[:MAX_TEXT]), plain, reason


def unread(batch: Batch) -> list[Parking]:
    """The records of a request that can't be read and can be shown, as they are parked."""
    shown = [one for one in batch.refused if isinstance(one, Refused) and one.raw][:MOST_PARKED]
    return [(clean(one.raw[:MAX_TEXT]), None, str(one)) for one in shown]
