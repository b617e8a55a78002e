"""Amazon SNS: who sent a message, by the certificate that it names; a message that asks to confirm a subscription.

The topic of any customer of Amazon is signed alike: that it is one's own topic says the key in the address.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import Certificate, load_pem_x509_certificate

from app.errors import Unreadable
from app.receive import clouds, cloudwatch
from app.receive.answers import empty, in_detail
from app.receive.anything import placed, records_in
from app.receive.fields import text_of, word_of
from app.receive.model import Asked, Batch, Format, Record, Reply
from app.receive.moment import moment

NOTIFICATION, CONFIRMATION = "Notification", "SubscriptionConfirmation"
# What is signed: each of these that is there, its name and its value a line each.
SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
HASHES: Mapping[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - Amazon's default
OLDEST = 60 * 60  # seconds: Amazon tries again for a quarter of an hour, and advises an hour
YOUNGEST = 5 * 60  # seconds that our clock may be late
# No port, no user, no other host: what is fetched is Amazon's, whoever names it.
OURS = r"https://sns\.[a-z]{2}(?:-[a-z]{1,16}){1,3}-[0-9]{1,2}\.amazonaws\.com(?:\.cn)?/"
CERTIFICATE = re.compile(OURS + r"[\w.-]{1,200}\.pem", re.ASCII)
SUBSCRIBE = re.compile(OURS + r"\?[\w%=&:+.~/-]{1,2000}", re.ASCII)


def message_of(body: bytes) -> Mapping[str, object]:
    """The message that a request holds. Raises `Unreadable` for anything else, as what a topic delivers raw."""
    found = clouds.objects(body)[0]
    if str(found.get("Type")) not in SIGNED:
        raise Unreadable("no_message", "This is no message of Amazon SNS; raw message delivery can't be checked.")
    return found


def certificate_url(message: Mapping[str, object]) -> str:
    """Where the certificate of a message is. Raises `Unreadable` when that is not Amazon's."""
    return _address(message.get("SigningCertURL"), CERTIFICATE)


def subscribe_url(message: Mapping[str, object]) -> str | None:
    """Where a subscription is confirmed; None for a message of another kind. Raises `Unreadable` as above."""
    return _address(message.get("SubscribeURL"), SUBSCRIBE) if message.get("Type") == CONFIRMATION else None


def check(message: Mapping[str, object], pem: bytes, now: float) -> None:
    """Raise `Unreadable` (401) unless this certificate, valid now, signed the message within the last hour."""
    sent = moment(message.get("Timestamp"))
    if sent is None or not now - OLDEST <= sent <= now + YOUNGEST:
        raise _forged("It is too old, or of no time.")
    key = _valid(pem, now).public_key()
    algorithm = HASHES.get(str(message.get("SignatureVersion")))
    if algorithm is None or not isinstance(key, rsa.RSAPublicKey):
        raise _forged("Its kind of signature is not known.")
    try:
        signature = base64.b64decode(str(message.get("Signature")), validate=True)
        key.verify(signature, _signed(message), padding.PKCS1v15(), algorithm)
    except (binascii.Error, ValueError, InvalidSignature):
        raise _forged("Its signature is not that of its certificate.") from None


def decode(body: bytes, _: Asked) -> Batch:
    """What a notification says: lines of CloudWatch, a text, or whatever JSON; of a confirmation nothing."""
    message = message_of(body)
    if message["Type"] != NOTIFICATION:
        return Batch()
    data = (text_of(message.get("Message")) or "").encode(errors="replace")
    lines = cloudwatch.records_of(data)
    found, refused = lines or records_in(data)
    records: list[Record] = []
    topic, name = word_of(message.get("TopicArn")), word_of(message.get("MessageId"))
    about = Record("", stream="" if lines else topic or "", time=moment(message.get("Timestamp")))
    for number, record in enumerate(found):
        key = f"{name}/{number}" if name and len(found) > 1 else name
        records.append(placed(record, about)._replace(key=record.key or key))
    return Batch(tuple(records), tuple(refused))


def _address(value: object, known: re.Pattern[str]) -> str:
    if not isinstance(value, str) or known.fullmatch(value) is None:
        raise _forged("It names an address that is not Amazon's.")
    return value


def _signed(message: Mapping[str, object]) -> bytes:
    names = SIGNED.get(str(message.get("Type")), ())
    told = [(name, message[name]) for name in names if message.get(name) is not None]
    return "".join(f"{name}\n{value}\n" for name, value in told).encode(errors="replace")


def _valid(pem: bytes, now: float) -> Certificate:
    try:
        found = load_pem_x509_certificate(pem)
    except ValueError:
        raise _forged("What it names is no certificate.") from None
    if not found.not_valid_before_utc <= datetime.fromtimestamp(now, UTC) <= found.not_valid_after_utc:
        raise _forged("Its certificate is not valid now.")
    return found


def _forged(why: str) -> Unreadable:
    return Unreadable("bad_signature", f"The message is not known to be from Amazon SNS. {why}", status=401)


def accepted(_: Batch, __: bytes, ___: Asked) -> Reply:
    """Taken, and nothing to say of it."""
    return empty(200)


FORMAT = Format(decode, accepted, in_detail)
