"""The shapes of answers that several wire formats have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping

import orjson

from app.errors import Unreadable
from app.receive.model import Asked, Batch, Record, Refused, Reply


def as_json(status: int, value: object, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer in JSON."""
    return Reply(status, orjson.dumps(value), headers=headers or {})


def as_text(status: int, text: str) -> Reply:
    """An answer in plain words."""
    return Reply(status, text.encode("utf-8", "replace"), "text/plain; charset=utf-8")


def empty(status: int) -> Reply:
    """An answer that says nothing but its status; no media type either."""
    return Reply(status, b"", "")


def in_detail(status: int, detail: str, _: Asked) -> Reply:
    """The refusal of protocols that have no shape for it."""
    return as_json(status, {"detail": detail})


def in_words(status: int, detail: str, _: Asked) -> Reply:
    """The refusal of protocols that answer in plain words."""
    return as_text(status, detail)


def refusal(reason: str, item: object) -> Refused:
    """A reason with the record it is about, as JSON where it is no text."""
    if isinstance(item, str):
        return Refused(reason, item)
    if isinstance(item, bytes):
        return Refused(reason, item.decode("utf-8", "replace"))
    try:
        return Refused(reason, json.dumps(item, default=repr, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):  # keys that are no JSON, a circle, too deep
        return Refused(reason)


def batch(records: list[Record], refused: list[str], *, total: int | None = None) -> Batch:
    """What was read of a request. Raises `Unreadable` where nothing was, and something should have been."""
    if refused and not records:
        raise Unreadable("unreadable", refused[0])
    return Batch(tuple(records), tuple(refused), total)
