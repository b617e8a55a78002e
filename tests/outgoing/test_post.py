"""A request ends within its time and its length, and goes nowhere else, whatever the other side does."""

from __future__ import annotations

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.outgoing.post import Letter, post
from tests.outgoing.receiving import LOOPBACK, Receiver, receiving

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def letter(url: str) -> Letter:
    return Letter(url, {"X-Token": "abc"}, b'{"a": 1}')


def test_what_is_taken_is_posted_whole(receiver: Receiver) -> None:
    assert post(letter(receiver.url), LOOPBACK, NOW).status == 204
    (came,) = receiver.came
    assert (came.path, came.body, came.headers["x-token"]) == ("/hook", b'{"a": 1}', "abc")
    assert came.headers["host"] == f"127.0.0.1:{receiver.port}"


def test_the_hosts_name_is_kept_though_its_address_is_asked(receiver: Receiver) -> None:
    assert post(letter(f"http://localhost:{receiver.port}/hook?a=1"), LOOPBACK, NOW).error is None
    assert (receiver.came[0].headers["host"], receiver.came[0].path) == (f"localhost:{receiver.port}", "/hook?a=1")


def test_the_machine_itself_is_not_reached_unless_allowed(receiver: Receiver) -> None:
    posted = post(letter(receiver.url), (), NOW)
    assert posted.status is None
    assert "TRACELORE_HOOK_NETWORKS" in str(posted.error)
    assert receiver.came == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.answers = [(status, {"Location": receiver.url + "/elsewhere"}), (200, {})]
    posted = post(letter(receiver.url), LOOPBACK, NOW)
    assert (posted.status, posted.error) == (status, f"answered {status}: is not followed")
    assert len(receiver.came) == 1


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0),
        (format_datetime(NOW + timedelta(minutes=3), usegmt=True), 180.0),
        (format_datetime(NOW - timedelta(days=3), usegmt=True), 0.0),
        ("99999999999999999999", 24 * 3600.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_a_wait_is_read_in_both_spellings(receiver: Receiver, said: str, seconds: float | None) -> None:
    receiver.answers = [(429, {"Retry-After": said})]
    assert post(letter(receiver.url), LOOPBACK, NOW).retry_after == seconds


@pytest.mark.parametrize("manner", ["silent", "dripping"])
def test_an_answer_that_never_ends_is_cut(receiver: Receiver, manner: str) -> None:
    setattr(receiver, manner, True)
    posted = post(letter(receiver.url), LOOPBACK, NOW, deadline=0.3)
    assert posted.status is None
    assert posted.error


def test_nobody_there_is_an_error_and_no_crash() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "ConnectError" in str(post(letter(f"http://127.0.0.1:{port}/"), LOOPBACK, NOW).error)


def test_an_answer_that_is_no_http_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        server.settimeout(60)

        def greet() -> None:
            with server.accept()[0] as connection:
                got = b""
                while not got.endswith(b'{"a": 1}'):
                    got += connection.recv(65536)
                connection.sendall(b"SSH-2.0-OpenSSH\r\n")

        with ThreadPoolExecutor() as pool:
            pool.submit(greet)
            assert "ProtocolError" in str(post(letter(f"http://127.0.0.1:{port}/"), LOOPBACK, NOW).error)


@pytest.mark.parametrize("url", ["http://[::1", "gopher://x/", "http://exa mple/", "http://\ud800/", "http:///"])
def test_an_address_that_can_not_be_read_is_an_error(url: str) -> None:
    assert post(letter(url), LOOPBACK, NOW).error


def test_an_answer_is_read_no_further_than_needed(receiver: Receiver) -> None:
    receiver.answers = [(500, {"Content-Length": "999999999999"})]
    assert post(letter(receiver.url), LOOPBACK, NOW, deadline=0.3).error


def test_the_certificate_is_the_hosts_and_not_the_address_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = _certificate("localhost", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with receiving(context) as receiver:
        assert post(letter(f"https://localhost:{receiver.port}/hook"), LOOPBACK, NOW).status == 204
        other = post(letter(f"https://127.0.0.1:{receiver.port}/hook"), LOOPBACK, NOW)
        assert "certificate" in str(other.error).lower()
        receiver.silent = True
        assert post(letter(f"https://localhost:{receiver.port}/hook"), LOOPBACK, NOW, deadline=0.5).error
    assert len(receiver.came) == 2


def _certificate(host: str, folder: Path) -> tuple[Path, Path]:
    """A key and a certificate for a host that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "key.pem", folder / "certificate.pem"
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    files[0].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    files[1].write_bytes(made.public_bytes(pem))
    return files
