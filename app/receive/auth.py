"""The key of a request, in whichever of their ways a client sends it."""

from __future__ import annotations

import base64
import binascii
import re

from app.receive.model import Asked

MAX_KEY = 200
SENTRY = re.compile(r"\bsentry_key=([^,\s]+)")
# headers that hold the key and nothing else
HEADERS = ("x-api-key", "dd-api-key", "x-amz-firehose-access-key")
QUERY = ("sentry_key", "api_key", "token", "key")
SCHEMES = frozenset({"bearer", "splunk", "token"})


def key_of(asked: Asked) -> str | None:
    """The key that came with a request; None when there is none in any of the known places."""
    for found in (_authorization(asked), _sentry(asked), _plain(asked)):
        if found:
            return found[:MAX_KEY]
    return None


def _authorization(asked: Asked) -> str | None:
    """`Bearer`, `Splunk` and `Token` say it; `Basic` has it as the password, `ApiKey` after the colon of base64."""
    scheme, _, value = asked.headers.get("authorization", "").partition(" ")
    if scheme.lower() in SCHEMES:
        return value.strip()
    if scheme.lower() in {"basic", "apikey"}:
        user, _, password = _decoded(value.strip()).partition(":")
        return password or user
    return None


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""


def _sentry(asked: Asked) -> str | None:
    for header in ("x-sentry-auth", "authorization"):
        found = SENTRY.search(asked.headers.get(header, ""))
        if found:
            return found[1]
    return None


def _plain(asked: Asked) -> str | None:
    headers = (asked.headers.get(name) for name in HEADERS)
    query = (asked.query.get(name) for name in QUERY)
    return next((value for value in (*headers, *query) if value), None)
