"""Is a webhook from whom it says? Signatures over the body's raw bytes, each compared in constant time.

More than one secret may be valid, so that a secret can be changed while both sides run.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping

TOLERANCE = 5 * 60  # seconds that a signed time may be off, either way
SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
PREFIX = "whsec_"


def standard(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: float) -> bool:
    """Whether Standard Webhooks' `v1` signature is right and not older or younger than five minutes."""
    name, time = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "").strip()
    if not name or SECONDS.fullmatch(time) is None or abs(now - int(time)) > TOLERANCE:
        return False
    signed = b".".join((_bytes(name), _bytes(time), body))
    sent = [one.removeprefix("v1,") for one in headers.get("webhook-signature", "").split() if one.startswith("v1,")]
    wanted = [base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)) for secret in secrets if secret]
    return _any_equal(sent, wanted)


def github(headers: Mapping[str, str], body: bytes, secrets: Iterable[str]) -> bool:
    """Whether `X-Hub-Signature-256` is that of the body."""
    sent = headers.get("x-hub-signature-256", "").strip()
    return sent.startswith("sha256=") and _any_equal([sent.removeprefix("sha256=").lower()], _hex(body, secrets))


def sentry(headers: Mapping[str, str], body: bytes, secrets: Iterable[str]) -> bool:
    """Whether `Sentry-Hook-Signature` is that of the body."""
    return _any_equal([headers.get("sentry-hook-signature", "").strip().lower()], _hex(body, secrets))


def _hex(body: bytes, secrets: Iterable[str]) -> list[bytes]:
    """The body's signature with each secret. An empty secret signs nothing: anybody has it."""
    return [hmac.new(_bytes(secret), body, hashlib.sha256).hexdigest().encode() for secret in secrets if secret]


def _any_equal(sent: list[str], wanted: list[bytes]) -> bool:
    """All pairs are compared, each in constant time: how long it takes says nothing of which was close."""
    pairs = [hmac.compare_digest(_bytes(one), two) for one in sent for two in wanted]
    return any(pairs)


def _key(secret: str) -> bytes:
    """The key in a secret: base64, with or without its prefix; what is no base64 is the key itself."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return _bytes(secret)


def _bytes(text: str) -> bytes:
    """Headers may hold anything: what can't be encoded matches nothing."""
    return text.encode("utf-8", "replace")
