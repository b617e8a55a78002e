"""An HTTP server before the real one, as a balancer would be, that answers the first request with 503 by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 60.0  # seconds for an answer
OWN = {"connection", "content-length", "date", "server", "transfer-encoding"}  # headers that each connection has anew


@dataclass(frozen=True, slots=True)
class Front:
    """Where it listens, and the statuses it has answered with."""

    port: int
    answered: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def refusing_once(behind: int, *, heard: bool) -> Iterator[Front]:
    """A front of the server on port `behind`; the request that is answered with 503 was `heard` there, or it was not."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    front = Front(server.server_port)
    server.RequestHandlerClass = _handler(behind, front.answered, heard=heard)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield front
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(behind: int, answered: list[int], *, heard: bool) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                first = not answered
                status, headers, answer = (503, [("Retry-After", "1")], b"")
                if heard or not first:
                    passed = _passed(behind, self, body)
                    status, headers, answer = (status, headers, answer) if first else passed
                answered.append(status)
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_PUT = do_POST  # noqa: N815 - the standard library's name

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _passed(behind: int, asked: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    connection = HTTPConnection("127.0.0.1", behind, timeout=PATIENCE)
    try:
        connection.request(asked.command, asked.path, body, dict(asked.headers.items()))
        reply = connection.getresponse()
        headers = [(name, value) for name, value in reply.getheaders() if name.lower() not in OWN]
        return reply.status, headers, reply.read()
    finally:
        connection.close()
