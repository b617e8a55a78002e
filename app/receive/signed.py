"""Is a webhook from whom it says? Signatures over the body's raw bytes, each compared in constant time.

More than one secret may be valid, so that a secret can be changed while both sides run.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOLERANCE = 5 * 60  # seconds that a signed time may be off, either way
MOST = 20  # signatures of one request that are tried
SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
PREFIX = "whsec_"
PUBLIC = "whpk_"  # before a public key, with which one can check and not sign


def standard(headers: Mapping[str, str], body: bytes, secrets: Collection[str], now: float) -> bool:
    """Whether Standard Webhooks' signature, `v1` or `v1a`, is right and not older or younger than five minutes."""
    name, time = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "").strip()
    if not name or SECONDS.fullmatch(time) is None or abs(now - int(time)) > TOLERANCE:
        return False
    signed = b".".join((_bytes(name), _bytes(time), body))
    sent = [one.partition(",")[::2] for one in headers.get("webhook-signature", "").split()]
    public = {secret for secret in secrets if secret.startswith(PUBLIC)}
    shared = [_key(secret) for secret in secrets if secret and secret not in public]
    wanted = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)) for key in shared]
    by_key = _any_equal([signature for kind, signature in sent if kind == "v1"], wanted)
    pairs = ((secret, signature) for secret in public for kind, signature in sent[:MOST] if kind == "v1a")
    return by_key or any(_is_signed(signed, secret, signature) for secret, signature in pairs)


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


def _is_signed(signed: bytes, secret: str, signature: str) -> bool:
    """Whether the owner of this public key made this signature with ed25519."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(secret.removeprefix(PUBLIC), validate=True))
        key.verify(base64.b64decode(signature, validate=True), signed)
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


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
