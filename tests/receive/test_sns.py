"""Amazon SNS: messages as its documents show them, signed with a certificate of our own."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Unreadable
from app.receive.model import Asked, Batch, Record
from app.receive.sns import FORMAT, OLDEST, SIGNED, YOUNGEST, certificate_url, check, message_of, subscribe_url

ASKED = Asked("POST", "/hooks/sns", {}, {"content-type": "text/plain; charset=UTF-8"})
NOW = 1795341600.0  # 2026-11-22T10:00:00Z
TOPIC = "arn:aws:sns:eu-central-1:123456789012:shop-crashes"
HOST = "https://sns.eu-central-1.amazonaws.com"
CRASH = 'Traceback (most recent call last):\n  File "/srv/shop/a.py", line 7, in pay\n    f()\nKeyError: 7'


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate(days: int = 1, *, elliptic: bool = False) -> bytes:
    """A certificate that signs itself, valid from a day before NOW on to so many days after."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    signer = ec.generate_private_key(ec.SECP256R1()) if elliptic else key()
    now = datetime.fromtimestamp(NOW, UTC)
    made = (
        x509.CertificateBuilder(name, name, signer.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
        .sign(signer, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def signed(message: dict[str, Any], version: str = "2") -> dict[str, Any]:
    """The message as Amazon signs it: by its documents, not by our code."""
    names = ["Message", "MessageId"]
    names += ["Subject"] if message["Type"] == "Notification" and "Subject" in message else []
    names += ["SubscribeURL"] if "SubscribeURL" in message else []
    names += ["Timestamp"] + (["Token"] if "Token" in message else []) + ["TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names).encode()
    made = key().sign(text, padding.PKCS1v15(), hashes.SHA1() if version == "1" else hashes.SHA256())
    return message | {"SignatureVersion": version, "Signature": base64.b64encode(made).decode()}


NOTICE: dict[str, Any] = {
    "Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": TOPIC, "Subject": "A crash",
    "Message": CRASH, "Timestamp": "2026-11-22T10:00:00.000Z", "SigningCertURL": f"{HOST}/SimpleNotificationService-f3.pem",
    "UnsubscribeURL": f"{HOST}/?Action=Unsubscribe&SubscriptionArn={TOPIC}:c9135db0",
}  # fmt: skip
ASKS: dict[str, Any] = {
    "Type": "SubscriptionConfirmation", "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b", "Token": "2336412f37",
    "TopicArn": TOPIC, "Message": "You have chosen to subscribe to the topic.", "Timestamp": "2026-11-22T10:00:00.000Z",
    "SubscribeURL": f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37",
    "SigningCertURL": f"{HOST}/SimpleNotificationService-f3.pem",
}  # fmt: skip


def read(message: dict[str, Any]) -> Batch:
    return FORMAT.decode(json.dumps(message).encode(), ASKED)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("message", [NOTICE, ASKS, {name: NOTICE[name] for name in NOTICE if name != "Subject"}])
def test_what_amazon_signed_is_from_amazon(message: dict[str, Any], version: str) -> None:
    check(signed(message, version), certificate(), NOW)


@pytest.mark.parametrize("name", sorted({*SIGNED["Notification"]} - {"Type"}))
def test_no_word_of_a_message_can_be_changed(name: str) -> None:
    with pytest.raises(Unreadable) as raised:
        check(signed(NOTICE) | {name: f"{NOTICE[name]} "}, certificate(), NOW)
    assert raised.value.status == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"SignatureVersion": "3"}, {"SignatureVersion": "1"}, {"SignatureVersion": None}, {"Signature": "?"}, {"Signature": ""},
        {"Signature": None}, {"Signature": 5}, {"Subject": None}, {"Timestamp": None}, {"Type": "UnsubscribeConfirmation"},
    ],
)  # fmt: skip
def test_what_is_signed_otherwise_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="not known to be from Amazon"):
        check(signed(NOTICE) | changed, certificate(), NOW)


@pytest.mark.parametrize(("later", "good"), [(OLDEST, True), (OLDEST + 1, False), (-YOUNGEST, True), (-301, False)])
def test_a_message_is_taken_for_an_hour(later: float, good: bool) -> None:  # noqa: FBT001
    message = signed(NOTICE)
    if good:
        check(message, certificate(), NOW + later)
    else:
        with pytest.raises(Unreadable, match="too old"):
            check(message, certificate(), NOW + later)


@pytest.mark.parametrize("pem", [b"", b"<html>", certificate(-1), certificate(elliptic=True)])
def test_a_certificate_that_is_none_or_not_valid_proves_nothing(pem: bytes) -> None:
    with pytest.raises(Unreadable):
        check(signed(NOTICE), pem, NOW)


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-central-1.amazonaws.com/a.pem", "https://sns.eu-central-1.amazonaws.com.evil.org/a.pem",
        "https://evil.org/sns.eu-central-1.amazonaws.com/a.pem", "https://sns.eu-central-1.amazonaws.com@evil.org/a.pem",
        "https://sns.eu-central-1.amazonaws.com:8443/a.pem", "https://bucket.s3.amazonaws.com/a.pem", f"{HOST}/a.pem?x",
        f"{HOST}/a/../b.pem", f"{HOST}/a.pem\n", "https://sns.amazonaws.com/a.pem", "https://127.0.0.1/a.pem", "", None, 5,
    ],
)  # fmt: skip
def test_nothing_is_fetched_but_from_amazon(url: object) -> None:
    with pytest.raises(Unreadable, match="not Amazon's"):
        certificate_url(NOTICE | {"SigningCertURL": url})
    with pytest.raises(Unreadable, match="not Amazon's"):
        subscribe_url(ASKS | {"SubscribeURL": url})


def test_what_is_amazons_is_fetched() -> None:
    assert certificate_url(NOTICE) == NOTICE["SigningCertURL"]
    assert subscribe_url(ASKS) == ASKS["SubscribeURL"]
    assert subscribe_url(NOTICE) is None
    for region in ("us-east-1", "us-gov-west-1", "ap-southeast-2"):
        assert certificate_url({"SigningCertURL": f"https://sns.{region}.amazonaws.com/S-1.pem"})
    assert certificate_url({"SigningCertURL": "https://sns.cn-north-1.amazonaws.com.cn/S-1.pem"})


def test_a_notification_is_its_text() -> None:
    expected = Record(CRASH, stream=TOPIC, time=NOW, whole=True, key=NOTICE["MessageId"])
    assert read(NOTICE) == Batch((expected,))


def test_a_notification_may_hold_the_lines_of_cloudwatch() -> None:
    events = [{"id": str(at), "timestamp": NOW * 1000, "message": line} for at, line in enumerate(CRASH.split("\n"))]
    data = {"messageType": "DATA_MESSAGE", "logGroup": "/ecs/shop", "logStream": "web/1", "logEvents": events}
    records = read(NOTICE | {"Message": json.dumps(data)}).records
    assert "\n".join(record.text for record in records) == CRASH
    assert {(record.stream, record.time) for record in records} == {("/ecs/shop/web/1", NOW)}
    assert [record.key for record in records] == ["0", "1", "2", "3"]


def test_a_notification_may_hold_an_object() -> None:
    (record,) = read(
        NOTICE | {"Message": json.dumps({"message": "failed", "stack_trace": CRASH, "service": "shop"})}
    ).records
    assert (record.text, record.service, record.key) == (f"failed\n{CRASH}", "shop", NOTICE["MessageId"])


def test_a_question_holds_no_record() -> None:
    assert read(ASKS) == Batch()
    assert read(NOTICE | {"Message": ""}) == read(NOTICE | {"Message": None}) == Batch()
    assert FORMAT.accepted(Batch(), b"", ASKED).status == 200


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b'{"Type": "Other"}', CRASH.encode(), b'{"Type": []}'])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        message_of(body)


@given(st.dictionaries(st.sampled_from(sorted(NOTICE)), st.text() | st.none() | st.integers() | st.just([])))
def test_any_message_is_judged(changed: dict[str, object]) -> None:
    message = signed(NOTICE) | changed
    for judge in (certificate_url, subscribe_url, lambda one: check(one, certificate(), NOW)):
        try:
            judge(message)
        except Unreadable as wrong:
            assert wrong.status == 401  # noqa: PT017 - whether one is raised is not the question
