"""Exceptions that are written as JSON, without a traceback's text -> the text that would have been printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.crash.forms.parts import LINKS

HEADER = "Traceback (most recent call last):"
LAMBDA_KEYS = ("errorType", "errorMessage", "stackTrace")
IN_A_RECORD = f'"{LAMBDA_KEYS[0]}"'  # what a text holds in which one of Lambda's may stand
WORDS = {link: words for words, link in LINKS.items()}
MAX_CHAIN = 30  # exceptions tied to each other
MAX_FRAMES = 200  # of one exception; structlog itself leaves out those between the first and the last 25


def of_lambda(record: Mapping[str, Any]) -> str | None:
    """An error of AWS Lambda as its log tells it, out of what it answers or logs as JSON; None for other records."""
    kind, message, stack = (record.get(key) for key in LAMBDA_KEYS)
    if not (isinstance(kind, str) and isinstance(message, str) and isinstance(stack, list)):
        return None
    frames = "".join(part for part in stack if isinstance(part, str))
    return f"[ERROR] {kind}: {message}\n{HEADER}\n{frames}"


def of_structlog(value: object) -> str | None:
    """The exceptions that `structlog.tracebacks` makes objects of, and with it Airflow; None for anything else.

    They stand the other way round there: what was raised last comes first.
    """
    if not isinstance(value, list) or not value or not all(_is_raised(one) for one in value):
        return None
    text = ""
    for one in reversed(value[:MAX_CHAIN]):
        text += _printed(one)
        if one is not value[0]:
            text += f"\n\n{WORDS['cause' if one.get('is_cause') else 'context']}\n\n"
    return text


def _is_raised(one: object) -> bool:
    return isinstance(one, dict) and isinstance(one.get("exc_type"), str) and isinstance(one.get("frames"), list)


def _printed(one: Mapping[str, Any]) -> str:
    said = one.get("exc_value")
    last = f"{one['exc_type']}: {said}" if isinstance(said, str) and said else one["exc_type"]
    return "\n".join([HEADER, *_frames(one["frames"][:MAX_FRAMES]), last])


def _frames(frames: Iterable[object]) -> Iterator[str]:
    for one in frames:
        if not isinstance(one, dict):
            continue
        file, line, name = (one.get(key) for key in ("filename", "lineno", "name"))
        if isinstance(line, int) and line < 0:
            yield "  ..."  # `Skipped frames: 12`
        elif isinstance(file, str) and isinstance(line, int):
            yield f'  File "{file}", line {line}, in {name}'
