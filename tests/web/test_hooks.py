"""Webhooks that prove who sent them, through the whole application: packed, by public key, sent again, and by Amazon."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.store.occurrences import occurrences
from app.store.sources import add_key

PATIENCE = 60.0  # seconds for what takes three
UNKNOWN = 'Traceback (most recent call last):\n  File "/srv/shop/orders.py", line 7, in pay\n    f()\nKeyError: 7\n'
OTHER = UNKNOWN.replace("KeyError: 7", "IndexError: 8")
SECRET = "It's a Secret to Everybody"  # of GitHub's own example
SHARED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOST = "sns.eu-central-1.amazonaws.com"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:shop-crashes"
Count = Callable[[int], list[tuple[str, int]]]


@pytest.fixture(scope="module")
def private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def hooked(sqlite_template: Path, tmp_path: Path, private: Ed25519PrivateKey) -> Iterator[TestClient]:
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    file = tmp_path / "file.db"
    file.write_bytes(sqlite_template.read_bytes())
    secrets = {"github": SecretStr(SECRET), "standard": SecretStr(f"{SHARED} whpk_{public}")}
    with TestClient(create_app(Settings(database_url=f"sqlite:///{file}", hook_secrets=secrets))) as client:
        yield client


@pytest.fixture
def counted(hooked: TestClient) -> Count:
    """The source and the count of each failure, once there are so many of them."""

    def counted(most: int) -> list[tuple[str, int]]:
        until = time.monotonic() + PATIENCE
        while True:
            with hooked.app.state.sessions() as session:  # type: ignore[attr-defined]
                found = [(one.place.source, one.count) for one in occurrences(session)]
            if len(found) >= most or time.monotonic() > until:
                return found
            time.sleep(0.1)

    return counted


def test_a_packed_webhook_is_checked_as_it_was_sent(hooked: TestClient, counted: Count) -> None:
    body = gzip.compress(json.dumps({"action": "opened", "issue": {"body": UNKNOWN, "number": 7}}).encode())
    made = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": "issues", "X-Hub-Signature-256": f"sha256={made}", "Content-Encoding": "gzip"}
    assert hooked.post("/hooks/github/", content=body, headers=headers).status_code == 202
    assert hooked.post("/hooks/github", content=gzip.decompress(body), headers=headers).status_code == 401
    assert counted(1) == [("hook-github", 1)]


def standard(name: str, body: bytes, at: float, sign: Callable[[bytes], str]) -> dict[str, str]:
    told = {"webhook-id": name, "webhook-timestamp": str(int(at))}
    return told | {"webhook-signature": sign(f"{name}.{int(at)}.".encode() + body)}


def by_secret(signed: bytes) -> str:
    key = base64.b64decode(SHARED.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def test_a_webhook_sent_again_counts_once_and_an_old_one_never(hooked: TestClient, counted: Count) -> None:
    body, now = json.dumps({"message": UNKNOWN}).encode(), time.time()
    first = standard("msg_1", body, now, by_secret)
    again = standard("msg_1", body, now + 1, by_secret)
    for headers in (first, first, again):
        assert hooked.post("/hooks/standard", content=body, headers=headers).status_code == 200
    old = standard("msg_2", body, now - 301, by_secret)
    assert hooked.post("/hooks/standard", content=body, headers=old).status_code == 401
    body = json.dumps({"message": OTHER}).encode()
    last = standard("msg_3", body, now, by_secret)
    assert hooked.post("/hooks/standard", content=body, headers=last).status_code == 200
    assert counted(2) == [("hook-standard", 1)] * 2


def test_a_webhook_may_be_signed_by_a_key_that_is_public(
    hooked: TestClient, counted: Count, private: Ed25519PrivateKey
) -> None:
    body = json.dumps({"message": UNKNOWN}).encode()
    sign = lambda signed: "v1a," + base64.b64encode(private.sign(signed)).decode()  # noqa: E731 - one of two
    headers = standard("msg_1", body, time.time(), sign)
    assert hooked.post("/hooks/standard", content=body + b" ", headers=headers).status_code == 401
    assert hooked.post("/hooks/standard", content=body, headers=headers).status_code == 200
    assert counted(1) == [("hook-standard", 1)]


class Amazon:
    """A host of Amazon's on loopback: a certificate, a key that signs, and the paths that were asked for."""

    def __init__(self, folder: Path) -> None:
        """Make the key and the certificate, for HTTPS and for messages alike."""
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)]), datetime.now(UTC)
        made = (
            x509.CertificateBuilder(name, name, self.key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        self.pem = made.public_bytes(serialization.Encoding.PEM)
        self.file = folder / "amazon.pem"
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        private = self.key.private_bytes(encoding, form, serialization.NoEncryption())
        self.file.write_bytes(private + self.pem)
        self.asked: list[str] = []

    def handler(self) -> type[BaseHTTPRequestHandler]:
        amazon = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                amazon.asked.append(self.path)
                known = self.path.endswith("good.pem") or self.path.startswith("/?Action=ConfirmSubscription&")
                self.send_response(200 if known else 404)
                self.end_headers()
                self.wfile.write(amazon.pem if known else b"no")

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def signed(self, **message: str) -> bytes:
        """A message of now, signed as Amazon's documents say."""
        told = {
            "MessageId": message["Message"][:9],
            "Timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "TopicArn": TOPIC,
            **message,
        }
        text = "".join(f"{name}\n{told[name]}\n" for name in sorted(told) if name != "SigningCertURL")
        made = self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA1())
        return json.dumps(told | {"SignatureVersion": "1", "Signature": base64.b64encode(made).decode()}).encode()


@pytest.fixture
def amazon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Amazon]:
    """Amazon's host, which for this test is on this machine and trusted."""
    made = Amazon(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), made.handler())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    port, look_up = server.server_address[1], socket.getaddrinfo

    def here(host: Any, service: Any, *args: Any, **more: Any) -> Any:
        ours = host in (HOST, HOST.encode())
        return look_up("127.0.0.1", port, *args, **more) if ours else look_up(host, service, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()


@pytest.fixture
def sns(hooked: TestClient) -> Callable[[bytes], int]:
    """Sends a message as Amazon does, and gives the status."""
    with hooked.app.state.sessions.begin() as session:  # type: ignore[attr-defined]
        key = add_key(session, "shop")
    headers = {"Content-Type": "text/plain; charset=UTF-8"}
    return lambda body: hooked.post("/hooks/sns", params={"token": key}, content=body, headers=headers).status_code


def test_a_topic_is_subscribed_and_its_notifications_are_counted(
    amazon: Amazon, sns: Callable[[bytes], int], counted: Count
) -> None:
    certificate = f"https://{HOST}/{time.time_ns()}-good.pem"  # a certificate is kept by its address
    confirm = f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336"
    asks = {"Type": "SubscriptionConfirmation", "Message": "You have chosen", "Token": "2336", "SubscribeURL": confirm}
    assert sns(amazon.signed(**asks, SigningCertURL=certificate)) == 200
    assert amazon.asked == [certificate.removeprefix(f"https://{HOST}"), confirm.removeprefix(f"https://{HOST}")]
    notice = amazon.signed(Type="Notification", Message=UNKNOWN, SigningCertURL=certificate)
    other = amazon.signed(Type="Notification", Message=OTHER, MessageId="other", SigningCertURL=certificate)
    assert [sns(notice), sns(notice), sns(other)] == [200, 200, 200]
    assert counted(2) == [("shop", 1)] * 2
    assert len(amazon.asked) == 2, "the certificate is known by now"


def test_what_amazon_did_not_sign_is_neither_counted_nor_confirmed(
    amazon: Amazon, sns: Callable[[bytes], int], hooked: TestClient
) -> None:
    certificate = f"https://{HOST}/{time.time_ns()}-good.pem"
    good = json.loads(amazon.signed(Type="Notification", Message=UNKNOWN, SigningCertURL=certificate))
    assert sns(json.dumps(good | {"Message": OTHER}).encode()) == 401
    assert sns(json.dumps(good | {"SigningCertURL": "https://evil.example.org/good.pem"}).encode()) == 401
    confirm = f"https://{HOST}/?Action=ConfirmSubscription&Token=2336"
    asks = {"Type": "SubscriptionConfirmation", "Message": "You have", "Token": "2336", "SubscribeURL": confirm}
    forged = json.loads(amazon.signed(**asks, SigningCertURL=certificate)) | {"Token": "2337"}
    assert sns(json.dumps(forged).encode()) == 401
    assert not [path for path in amazon.asked if "Confirm" in path]
    without = hooked.post("/hooks/sns", content=json.dumps(good).encode())
    assert without.status_code == 401, "a signature says that it is Amazon's, not that it is ours"


def test_a_certificate_that_can_not_be_had_now_is_asked_for_again(amazon: Amazon, sns: Callable[[bytes], int]) -> None:
    gone = amazon.signed(Type="Notification", Message=UNKNOWN, SigningCertURL=f"https://{HOST}/{time.time_ns()}.pem")
    assert [sns(gone), sns(gone)] == [503, 503]
    assert len(amazon.asked) == 2
