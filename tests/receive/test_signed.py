"""Signatures of webhooks: the vectors that their documents publish, and every way to be wrong."""

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from app.receive.signed import TOLERANCE, github, sentry, standard

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
NOW = 1614265330.0
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
HELLO = {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}
HELLO_SECRET = "It's a Secret to Everybody"


def test_the_published_signatures_are_right() -> None:
    assert standard(HEADERS, BODY, [SECRET], NOW)
    assert github(HELLO, b"Hello, World!", [HELLO_SECRET])


def test_a_secret_is_good_without_its_prefix_and_beside_others() -> None:
    assert standard(HEADERS, BODY, ["whsec_b3RoZXI=", SECRET.removeprefix("whsec_")], NOW)
    assert github(HELLO, b"Hello, World!", ["other", HELLO_SECRET])


def test_a_secret_that_is_no_base64_is_the_key_itself() -> None:
    made = base64.b64encode(hmac.digest(b"not base64!", b"a.1614265330.x", hashlib.sha256)).decode()
    sent = HEADERS | {"webhook-id": "a", "webhook-signature": f"v1,{made}"}
    assert standard(sent, b"x", ["not base64!"], NOW)


def test_one_of_several_signatures_is_enough() -> None:
    right = HEADERS["webhook-signature"]
    assert standard(HEADERS | {"webhook-signature": f"v1a,aGk= v1,aGk= {right}"}, BODY, [SECRET], NOW)
    assert not standard(HEADERS | {"webhook-signature": right.replace("v1,", "v2,")}, BODY, [SECRET], NOW)


def asymmetric(body: bytes = BODY) -> tuple[dict[str, str], str]:
    """Headers signed with a key of this test, and its public half as a secret."""
    private = Ed25519PrivateKey.generate()
    made = private.sign(b".".join((HEADERS["webhook-id"].encode(), HEADERS["webhook-timestamp"].encode(), body)))
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    return HEADERS | {"webhook-signature": f"v1a,{base64.b64encode(made).decode()}"}, f"whpk_{public}"


def test_a_signature_may_be_one_that_only_its_sender_can_make() -> None:
    headers, public = asymmetric()
    assert standard(headers, BODY, [public], NOW)
    assert standard(
        HEADERS | {"webhook-signature": f"v1,aGk= {headers['webhook-signature']}"}, BODY, [SECRET, public], NOW
    )
    assert standard(HEADERS, BODY, [public, SECRET], NOW), "old and new may stand side by side"
    assert not standard(headers, BODY + b" ", [public], NOW)
    assert not standard(headers, BODY, [asymmetric()[1]], NOW)
    assert not standard(headers, BODY, [public], NOW + TOLERANCE + 1)


def test_a_public_key_is_no_secret_to_sign_with() -> None:
    """Anybody has it: a `v1` made with it is nobody's."""
    _, public = asymmetric()
    signed = b".".join((HEADERS["webhook-id"].encode(), HEADERS["webhook-timestamp"].encode(), BODY))
    for key in (public.encode(), base64.b64decode(public.removeprefix("whpk_"))):
        made = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        for kind in ("v1", "v1a"):
            assert not standard(HEADERS | {"webhook-signature": f"{kind},{made}"}, BODY, [public], NOW)


@pytest.mark.parametrize("secret", ["whpk_", "whpk_AAAA", "whpk_???"])
def test_what_is_no_public_key_lets_nobody_in(secret: str) -> None:
    headers, _ = asymmetric()
    assert not standard(headers, BODY, [secret], NOW)


@pytest.mark.parametrize(
    ("off", "good"), [(TOLERANCE, True), (-TOLERANCE, True), (TOLERANCE + 1, False), (-TOLERANCE - 1, False)]
)
def test_a_time_may_be_five_minutes_off(off: int, good: bool) -> None:  # noqa: FBT001
    assert standard(HEADERS, BODY, [SECRET], NOW + off) is good


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": ""}, {"webhook-id": "other"}, {"webhook-timestamp": "1614265331"}, {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "-1"}, {"webhook-timestamp": ""}, {"webhook-timestamp": "9" * 10_000},
        {"webhook-signature": ""}, {"webhook-signature": "v1,"}, {"webhook-signature": "v1,\xe9\ud800"},
    ],
)  # fmt: skip
def test_what_was_changed_is_not_from_them(changed: dict[str, str]) -> None:
    assert not standard(HEADERS | changed, BODY, [SECRET], NOW)
    assert not standard({}, BODY, [SECRET], NOW)


def test_the_bytes_count_and_not_what_they_mean() -> None:
    assert not standard(HEADERS, BODY + b" ", [SECRET], NOW)
    assert not github(HELLO, b"Hello, World! ", [HELLO_SECRET])


def test_sentry_signs_in_hexadecimal() -> None:
    made = hmac.new(b"client secret", b"{}", hashlib.sha256).hexdigest()
    assert sentry({"sentry-hook-signature": made}, b"{}", ["client secret"])
    assert not sentry({"sentry-hook-signature": made}, b"{ }", ["client secret"])
    assert not sentry({}, b"{}", ["client secret"])


def test_no_secret_and_an_empty_one_let_nobody_in() -> None:
    made = hmac.new(b"", b"{}", hashlib.sha256).hexdigest()
    for secrets in ([], [""]):
        assert not github({"x-hub-signature-256": f"sha256={made}"}, b"{}", secrets)
        assert not sentry({"sentry-hook-signature": made}, b"{}", secrets)
        assert not standard(HEADERS, BODY, secrets, NOW)


@settings(max_examples=30)
@given(st.text(), st.binary(), st.text())
def test_any_header_and_body_is_judged(text: str, body: bytes, secret: str) -> None:
    headers = dict.fromkeys((*HEADERS, *HELLO, "sentry-hook-signature"), text)
    assert not standard(headers, body, [secret], NOW)
    assert not github(headers, body, [secret])
    assert not sentry(headers, body, [secret])
