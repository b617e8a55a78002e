"""Senders that lie, dawdle, vanish or send bombs, against a real server: refused as their protocol has it, and no more.

Nobody else waits, nothing is counted that was not sent, and the memory stays what it was.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import brotli
import msgpack  # type: ignore[import-untyped]
import pytest
import uvicorn
import zstandard

from app.main import create_app
from app.settings import Settings
from app.store.sources import add_key, revoke
from tests.shippers.conftest import Server, Shop, serving

PATIENCE = 60.0  # seconds for what takes one
MIB = 1024 * 1024
PEAK = 1024 * MIB  # what two bodies of 64 MiB may take for a moment, as bytes, as text and as values
LEFT = 64 * MIB  # what may be left of all of them: less than one of them
DOORS = ("/ingest", "/loki/api/v1/push", "/_bulk", "/services/collector", "/services/collector/raw", "/gelf",
         "/api/v2/logs", "/v1/logs", "/v1/traces", "/api/1/envelope/", "/hooks/firehose")  # fmt: skip
CRASH = 'Traceback (most recent call last):\n  File "/srv/shop/orders.py", line 7, in pay\n    f()\nKeyError: 7'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("hostile")) as running:
        yield running


@pytest.fixture
def shop(server: Server, request: pytest.FixtureRequest) -> Shop:
    return server.shop(f"shop-{abs(hash(request.node.name))}")


def head(shop: Shop, path: str, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: tracelore", f"X-Api-Key: {shop.key}", *headers, "", ""]
    return "\r\n".join(lines).encode()


@contextmanager
def connected(shop: Shop) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", shop.port), timeout=PATIENCE)) as made:
        yield made


def answer_of(sender: socket.socket) -> HTTPResponse:
    answer = HTTPResponse(sender, method="POST")
    answer.begin()
    return answer


def post(shop: Shop, path: str, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", shop.port, timeout=PATIENCE)
    connection.request("POST", path, body, {"X-Api-Key": shop.key, **(headers or {})})
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


@pytest.fixture
def memory(server: Server) -> Iterator[None]:
    """Holds the server's memory to bounds: at its highest in this test, and what is left of it at the end."""
    process = Path(f"/proc/{server.process}")
    (process / "clear_refs").write_text("5")  # the highest begins anew
    before = _bytes(process, "VmRSS")
    yield
    assert _bytes(process, "VmHWM") - before < PEAK
    assert _bytes(process, "VmRSS") - before < LEFT
    assert server.log.read_text().count("Traceback") == 0


def _bytes(process: Path, name: str) -> int:
    lines = (process / "status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize("path", ["/loki/api/v1/push", "/_bulk", "/v1/logs", "/upload", "/api/v1/diagnoses"])
def test_an_endless_body_is_refused_and_hung_up_on(shop: Shop, path: str) -> None:
    chunk = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
    with connected(shop) as sender:
        sender.sendall(head(shop, path, "Transfer-Encoding: chunked"))
        with pytest.raises(OSError, match=r"reset|pipe"):
            sender.sendall(chunk * 4_000)  # 250 MB
        answer = answer_of(sender)
    assert (answer.status, answer.headers["Connection"]) == (413, "close")


def test_who_is_still_sending_reads_the_refusal_and_may_send_the_next(shop: Shop) -> None:
    connection = HTTPConnection("127.0.0.1", shop.port, timeout=PATIENCE)
    for body, status in ((bytes(21 * MIB), 413), (b'{"short_message":"a"}', 202)):
        connection.request("POST", "/gelf", body, {"X-Api-Key": shop.key})
        answer = connection.getresponse()
        assert answer.status == status
        answer.read()
    connection.close()


def test_those_who_dawdle_hold_up_nobody(shop: Shop) -> None:
    """A hundred of them, with a byte each now and then."""
    dawdlers = [socket.create_connection(("127.0.0.1", shop.port)) for _ in range(100)]
    try:
        for one in dawdlers:
            one.sendall(head(shop, "/gelf", "Content-Length: 1000") + b"{")
        for _ in range(5):
            for one in dawdlers:
                one.sendall(b" ")
            assert post(shop, "/gelf", b'{"short_message":"a"}')[0] == 202
    finally:
        for one in dawdlers:
            one.close()
    assert post(shop, "/gelf", b'{"short_message":"b"}')[0] == 202


@pytest.fixture
def own(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A source of a server in this process, which has little patience and asks for each key anew."""
    monkeypatch.setattr("app.web.body.FIRST_SECONDS", 1.0)
    monkeypatch.setattr("app.inbox.accept.KEY_SECONDS", 0.0)
    database = tmp_path / "own.db"
    database.write_bytes(sqlite_template.read_bytes())
    app = create_app(Settings(database_url=f"sqlite:///{database}"))
    with app.state.sessions.begin() as session:
        key = add_key(session, "own")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        running = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield Shop(listening.getsockname()[1], "own", key, app.state.sessions)
        finally:
            running.should_exit = True
            thread.join()


def test_a_body_that_comes_too_slowly_is_refused(own: Shop) -> None:
    """In the sender's manners, and it is told to go; one that is slow but not too slow is taken."""
    with connected(own) as slow, connected(own) as slower:
        for sender in (slow, slower):
            sender.sendall(head(own, "/v1/logs", "Content-Length: 2", "Content-Type: application/json") + b"{")
        slow.sendall(b"}")
        assert answer_of(slow).status == 200
        answer = answer_of(slower)
        assert (answer.status, answer.headers["Connection"]) == (408, "close")
        assert json.loads(answer.read())["code"] == 4


def test_a_paste_that_comes_too_slowly_is_refused(own: Shop) -> None:
    with connected(own) as slow:
        slow.settimeout(10)
        slow.sendall(head(own, "/", "Content-Length: 9", "Content-Type: multipart/form-data; boundary=x") + b"-")
        assert answer_of(slow).status == 408


def test_a_journal_that_goes_on_is_taken_no_more_once_its_key_is_revoked(own: Shop) -> None:
    with connected(own) as sender:
        sender.sendall(head(own, "/upload", "Transfer-Encoding: chunked") + b"b\r\nMESSAGE=a\n\n\r\n")
        assert own.received(1).records == 1
        with own.sessions.begin() as session:
            revoke(session, "own")
        sender.sendall(b"b\r\nMESSAGE=b\n\n\r\n0\r\n\r\n")
        assert answer_of(sender).status == 403
    assert own.account().records == 1


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize("path", ["/ingest", "/upload", "/api/v1/diagnoses"])
def test_of_those_who_vanish_nothing_is_counted(shop: Shop, server: Server, path: str) -> None:
    for length in ("Content-Length: 5000", "Transfer-Encoding: chunked"):
        with connected(shop) as sender:
            sender.sendall(head(shop, path, length) + b"c00\r\n{'log': '" + CRASH.encode())
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # hangs up at once
    assert post(shop, "/gelf", b'{"short_message":"a"}')[0] == 202
    assert shop.received(1).records == 1
    assert shop.account().crashes == 0
    assert "ERROR" not in server.log.read_text()


def test_who_asks_before_sending_is_told_to_go_on(shop: Shop) -> None:
    body = b'{"short_message":"a"}'
    with connected(shop) as sender:
        sender.sendall(head(shop, "/gelf", f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert sender.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        sender.sendall(body)
        assert answer_of(sender).status == 202
    with connected(shop) as sender:
        sender.sendall(head(shop, "/gelf", f"Content-Length: {21 * MIB}", "Expect: 100-continue"))
        answer = answer_of(sender)  # and not before told to go on
        assert (answer.status, answer.headers["Connection"]) == (413, "close")


LENGTHS = {
    "shorter than the body": (("Content-Length: 3",), b'{"short_message":"a"}'),
    "below zero": (("Content-Length: -5",), b"{}"),
    "no number": (("Content-Length: many",), b"{}"),
    "two": (("Content-Length: 2", "Content-Length: 3"), b"{}"),
    "a length and chunks": (("Content-Length: 2", "Transfer-Encoding: chunked"), b"2\r\n{}\r\n0\r\n\r\n"),
    "no chunk": (("Transfer-Encoding: chunked",), b"zz\r\n\r\n"),
}


@pytest.mark.parametrize(("headers", "body"), LENGTHS.values(), ids=LENGTHS)
def test_a_length_that_lies_is_a_bad_request(shop: Shop, headers: tuple[str, ...], body: bytes) -> None:
    with connected(shop) as sender:
        sender.sendall(head(shop, "/gelf", *headers) + body)
        assert answer_of(sender).status == 400


def zeros() -> bytes:
    return bytes(200 * MIB)


# What is in a bomb, how it is packed, and which doors it goes to: at the others it is over sooner.
BOMBS: dict[str, tuple[Callable[[], bytes], str, tuple[str, ...]]] = {
    "gzip of zeros": (lambda: gzip.compress(zeros()), "gzip", DOORS),
    "brotli of zeros": (lambda: brotli.compress(zeros(), quality=5), "br", DOORS),
    "zstd of zeros": (lambda: zstandard.compress(zeros()), "zstd", DOORS),
    "objects": (lambda: gzip.compress(b'{"log":"x"},' * (5 * MIB)), "gzip", DOORS),
    "an array of numbers": (lambda: gzip.compress(b"[" + b"1," * (30 * MIB) + b"1]"), "gzip", DOORS[:1]),
    "an array of objects": (lambda: gzip.compress(b"[" + b"{}," * (15 * MIB) + b"1]"), "gzip", DOORS[:2]),
    "lines": (lambda: gzip.compress(b"a\n" * (30 * MIB)), "gzip", ("/ingest", "/services/collector/raw", "/_bulk")),
    "maps in msgpack": (lambda: gzip.compress(b"\x81\xa1a\x01" * (15 * MIB)), "gzip", DOORS[:1]),
    "fields in protobuf": (lambda: gzip.compress(b"\x0a\x00" * (30 * MIB)), "gzip", ("/v1/logs", "/loki/api/v1/push")),
}


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_and_leave_nothing(shop: Shop, name: str) -> None:
    """At all doors at once: what is heavy is unpacked by a few at a time."""
    make, encoding, doors = BOMBS[name]
    bomb = make()
    assert len(bomb) < 256 * 1024
    with ThreadPoolExecutor(len(doors)) as senders:
        told = list(senders.map(lambda path: post(shop, path, bomb, {"Content-Encoding": encoding})[0], doors))
    assert set(told) <= {400, 413}, told


def test_layers_of_gzip_are_undone_to_two(shop: Shop) -> None:
    body = b'{"short_message":"a"}'
    assert post(shop, "/gelf", gzip.compress(gzip.compress(body)))[0] == 202
    assert post(shop, "/gelf", gzip.compress(gzip.compress(gzip.compress(body))))[0] == 400


@pytest.mark.usefixtures("memory")
def test_a_window_of_zstd_that_asks_for_gigabytes_gets_none(shop: Shop) -> None:
    frame = b"\x28\xb5\x2f\xfd\x00\xa8" + bytes([0x01, 0x00, 0x00])  # a window of 2 GiB, and an empty last block
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=30)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    honest = packer.compress(b'{"short_message":"a"}' * 1000) + packer.flush()
    for body in (frame, honest):
        assert post(shop, "/gelf", body, {"Content-Encoding": "zstd"})[0] == 400


@pytest.mark.usefixtures("memory")
def test_ten_thousand_streams_take_no_more_memory_than_one(shop: Shop) -> None:
    """In one request, and over many; in the last is a crash, and it is found."""
    streams = [{"stream": {"pod": f"pod-{at}"}, "values": [[str(at), "all is well"]]} for at in range(10_000)]
    assert post(shop, "/loki/api/v1/push", json.dumps({"streams": streams}).encode())[0] == 204
    for at in range(20):
        part = [{"stream": {"pod": f"{at}-{one}"}, "values": [["1", "File was not found"]]} for one in range(500)]
        assert post(shop, "/loki/api/v1/push", json.dumps({"streams": part}).encode())[0] == 204
    crash = {"stream": {"pod": "last"}, "values": [[str(at), line] for at, line in enumerate(CRASH.splitlines())]}
    assert post(shop, "/loki/api/v1/push", json.dumps({"streams": [crash]}).encode())[0] == 204
    assert [one.error for one in shop.counted()] == ["KeyError: 7"]
    assert shop.received(20_004).records == 20_004


DEEP = b"[" * 100_000 + b"]" * 100_000
STRANGE = {
    "no UTF-8": b'{"message":"\xff\xfe\xc3(\x80"}',
    "NaN": b'{"message":"a","time":NaN,"timestamp":-Infinity,"event":Infinity}',
    "a lone surrogate": b'{"message":"\\ud800","short_message":"\\udfff","_id":"\\ud800"}',
    "1e999": b'{"message":"a","timestamp":1e999,"time":1e999}',
    "10**400": b'{"message":"a","timestamp":1' + b"0" * 400 + b',"pid":1' + b"0" * 400 + b"}",
    "ten thousand digits": b'{"message":"a","time":' + b"9" * 10_000 + b"}",
    "nested 100,000 deep": b'{"message":"a","x":' + DEEP + b"}",
    "nested and open": b'{"a":' * 100_000,
    "the same key twice": b'{"message":"a","message":{"message":[]},"event":1,"event":"b"}',
    "nulls": b'{"message":null,"event":null,"streams":null,"items":null,"records":null}',
    "a NUL": b'{"message":"a\\u0000b","service":"\\u0000"}',
    "empty names": b'{"":{"":[]},"message":""}',
    "protobuf cut in a number": b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    "protobuf that says it is long": b"\x0a\xff\xff\xff\xff\x07" + b"a" * 100,
    "protobuf in itself": b"\x0a\x02\x0a\x00" * 1_000,
    "msgpack that says it is long": b"\x81\xa3log\xdb\xff\xff\xff\xff",
    "msgpack of a long list": b"\x81\xa3log\xdd\xff\xff\xff\xff",
    "msgpack nested deep": b"\x91" * 100_000,
    "snappy that says it is long": b"\xff\xff\xff\xff\x0f\x00",
    "one byte": b"\x00",
    "a gzip's head": b"\x1f\x8b",
}


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE)
def test_what_is_strange_is_taken_or_refused_at_every_door(shop: Shop, body: bytes) -> None:
    for path in (*DOORS, "/upload", "/hooks/cloudevents", "/hooks/pubsub", "/hooks/eventgrid", "/hooks/alertmanager"):
        for kind in ("application/json", "application/x-protobuf"):
            status, told = post(shop, path, body, {"Content-Type": kind})
            assert status in {200, 202, 204, 400, 413}, (path, status, told)
        assert post(shop, path, body, {"Content-Encoding": "zstd"})[0] in {200, 202, 204, 400, 413}


BESIDE = {
    "lines": ("/ingest", [b'{"log":"a"}', b'{"log":"\xff"}', b'{"log":"b","x":' + DEEP + b"}", b'{"log":"c"}'], b"\n", 3),
    "a cut line": ("/ingest", [b'{"log":"a"}', b'{"log":"b', b'{"log":"c"}'], b"\n", 2),
    "msgpack": ("/ingest", [msgpack.packb({"log": "a"}), msgpack.packb({"log": "b"}), b"\x81\xa3log\xdb\xff"], b"", 2),
    "bulk": ("/_bulk", [b'{"index":{}}', b'{"message":"a"}', b'{"index":{}}', b"[[[", b'{"index":{}}', b'{"message":"c"}'], b"\n", 2),
    "HEC": ("/services/collector", [b'{"event":"a"}', b'{"event":"\\ud800","time":1e999}', b'{"event":NaN}', b'{"event":"d"}'], b"", 3),
    "Loki": ("/loki/api/v1/push", [b'{"streams":[{"stream":{},"values":[["1","a"],["x"],[NaN,"b"]]},7,{"stream":{"a":1},"values":[["2","c"]]}]}'], b"", 3),
    "OTLP in protobuf": ("/v1/logs", [b"\x0a\x0b\x12\x09\x12\x07\x2a\x05\x0a\x03abc", b"\x0a\x08\x12\x06\x12\x04\x2a\x7f\x0a\x00", b"\x0a\x0b\x12\x09\x12\x07\x2a\x05\x0a\x03\xff\xfec"], b"", 2),
    "Datadog": ("/api/v2/logs", [b'[{"message":"a"},7,{"message":["x"]},{"message":"b","ddtags":7}]'], b"", 3),
}  # fmt: skip


@pytest.mark.parametrize(("path", "parts", "between", "good"), BESIDE.values(), ids=BESIDE)
def test_the_good_beside_the_bad_is_kept(shop: Shop, path: str, parts: list[bytes], between: bytes, good: int) -> None:
    status, told = post(shop, path, between.join(parts) + between)
    assert status in {200, 202, 204}, told
    assert shop.received(good).records == good


def test_a_broken_entry_does_not_end_a_journal(shop: Shop) -> None:
    """Its sender would begin with that entry again, for ever."""
    connection = HTTPConnection("127.0.0.1", shop.port, timeout=PATIENCE)
    broken = b"MESSAGE\n" + (3).to_bytes(8, "little") + b"abcd\n\n"
    entries = (b"MESSAGE=a\n\n", broken, b"\n", b"MESSAGE=b\n\n")
    connection.request("POST", "/upload", iter(entries), {"X-Api-Key": shop.key}, encode_chunked=True)
    assert connection.getresponse().status == 202
    connection.close()
    assert (shop.received(2).records, shop.account().last_error) == (2, "A binary field is not as long as it says.")


def test_no_path_redirects(shop: Shop) -> None:
    """With a slash too many or too few a body would be lost on the way."""
    for path in DOORS:
        for spelling in (path, path.rstrip("/"), path.rstrip("/") + "/", f"/{path}"):
            assert not 300 <= post(shop, spelling, b"{}")[0] < 400


def test_a_request_without_an_end_does_not_keep_the_server_from_its_own(tmp_path: Path) -> None:
    """The threads that write still finish their work: a server that has to be killed leaves it to the next one."""
    with serving(tmp_path) as running:
        shop = running.shop("endless")
        with connected(shop) as sender:
            sender.sendall(head(shop, "/upload", "Transfer-Encoding: chunked") + b"b\r\nMESSAGE=a\n\n\r\n")
            assert shop.received(1).records == 1
            os.kill(running.process, signal.SIGTERM)
            sender.recv(1000)  # whatever it is told: it did not end by itself
    assert "Application shutdown complete" in running.log.read_text()


def test_the_server_is_as_well_as_before(server: Server, shop: Shop) -> None:
    """After all of the above: it answers, it counts, and has no error to tell of."""
    assert post(shop, "/gelf", json.dumps({"short_message": "failed", "full_message": CRASH}).encode())[0] == 202
    assert [one.error for one in shop.counted()] == ["KeyError: 7"]
    assert "Traceback" not in server.log.read_text()
