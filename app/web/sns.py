"""What Amazon SNS has fetched before it is believed or sends anything: its certificate, and the way to confirm.

Only addresses that `app/receive/sns.py` lets pass are asked: hosts of Amazon, by HTTPS.
"""

from __future__ import annotations

import time
from functools import lru_cache

import httpx2

from app.errors import Unreadable
from app.receive.sns import certificate_url, check, message_of, subscribe_url

WAIT = 5.0  # seconds for each of connecting and the next bytes
DEADLINE = 10.0  # seconds for all of an answer; Amazon waits 15 for ours
MAX_ANSWER = 64 * 1024  # bytes; a certificate has two thousand
PEM = b"-----BEGIN CERTIFICATE-----"


def settle(body: bytes) -> None:
    """See that a message is from Amazon, and confirm the subscription it asks for. Raises `Unreadable`, 401 or 503."""
    message = message_of(body)
    check(message, _certificate(certificate_url(message)), time.time())
    url = subscribe_url(message)
    if url is not None:
        fetch(url)


def fetch(url: str) -> bytes:
    """What is at an address, no further and not for long. Raises `Unreadable`, 503: the sender tries again."""
    until = time.monotonic() + DEADLINE
    found = bytearray()
    try:
        with httpx2.Client(timeout=WAIT, follow_redirects=False) as client, client.stream("GET", url) as answer:
            for part in answer.iter_raw() if answer.is_success else ():
                found += part
                if len(found) > MAX_ANSWER or time.monotonic() > until:
                    raise _unanswered("answers too much or too slowly")
            if not answer.is_success:
                raise _unanswered(f"answers {answer.status_code}")
    except httpx2.HTTPError as wrong:
        raise _unanswered(f"does not answer: {wrong}") from wrong
    return bytes(found)


@lru_cache(maxsize=16)
def _certificate(url: str) -> bytes:
    """The certificate at an address, where another never comes to stand."""
    found = fetch(url)
    if PEM not in found:
        raise _unanswered("has no certificate there")
    return found


def _unanswered(why: str) -> Unreadable:
    return Unreadable("unanswered", f"Amazon SNS {why}.", status=503)
