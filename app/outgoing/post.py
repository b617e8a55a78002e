"""One request to one address, within a time and a length, whatever the other side does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx2

from app.outgoing.guard import Forbidden, Networks, addresses

WAIT = 15.0  # seconds for each of connecting, sending and the next bytes of an answer
DEADLINE = 30.0  # seconds for all of it: an answer may come a byte at a time
MAX_ANSWER = 16 * 1024  # bytes of an answer that are read
MAX_SHOWN = 200  # characters of it that are kept to tell why
LONGEST_WAIT = 24 * 3600.0  # seconds that an answer may ask us to wait


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a request."""

    status: int | None
    """None when there was no answer."""
    error: str | None
    """Why it did not do; None when it did."""
    retry_after: float | None = None
    """Seconds that the answer asks to wait."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent where."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def post(letter: Letter, networks: Networks, now: datetime, *, deadline: float = DEADLINE) -> Posted:
    """Send it, to one address of its host and no further; never raises for what the other side does."""
    try:
        url = httpx2.URL(letter.url)
        host = url.raw_host.decode("ascii").strip("[]")
        found = addresses(host, url.port or {"http": 80, "https": 443}[url.scheme], networks)
    except Forbidden as wrong:
        return Posted(None, wrong.detail)
    except (httpx2.InvalidURL, UnicodeError, KeyError) as wrong:
        return Posted(None, f"The address can't be read: {wrong}")
    posted = Posted(None, "There was no address to try.")
    for address in found:  # the next one only when nothing was sent to this one
        try:
            with _cutting(deadline) as trace:
                return _sent(letter, url, address, trace, now)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as wrong:
            posted = Posted(None, _said(wrong))
        except httpx2.HTTPError as wrong:
            return Posted(None, _said(wrong))
    return posted


def _sent(letter: Letter, url: httpx2.URL, address: str, trace: Callable[..., None], now: datetime) -> Posted:
    """The request to this very address; the certificate is still the host's."""
    host = url.raw_host.decode("ascii").strip("[]")
    headers = {
        "User-Agent": "Tracelore",
        **letter.headers,
        "Host": url.netloc.decode("ascii"),
        "Accept-Encoding": "identity",
    }
    extensions = {"sni_hostname": host, "trace": trace}
    # neither proxies nor credentials of the environment: both would lead elsewhere than judged
    with (
        httpx2.Client(verify=httpx2.create_ssl_context(), trust_env=False, timeout=WAIT) as client,
        client.stream(
            "POST", url.copy_with(host=address), content=letter.body, headers=headers, extensions=extensions
        ) as response,
    ):
        begin = _begin(response)
        return _judged(response, begin, now)


def _begin(response: httpx2.Response) -> bytes:
    """As much of the answer as is wanted, as it came: unpacking could make it long."""
    begin = b""
    for chunk in response.iter_raw():
        begin += chunk
        if len(begin) > MAX_ANSWER:
            break
    return begin[:MAX_ANSWER]


def _judged(response: httpx2.Response, begin: bytes, now: datetime) -> Posted:
    status = response.status_code
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Posted(status, None)
    shown = "".join(char if char.isprintable() else " " for char in begin.decode(errors="replace"))
    why = "is not followed" if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST else shown.strip()
    return Posted(status, f"answered {status}: {why[:MAX_SHOWN]}".rstrip(": "), _wait(response, now))


def _wait(response: httpx2.Response, now: datetime) -> float | None:
    """What `Retry-After` asks for: seconds, or a date."""
    said = response.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said[:12]), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(said)
        seconds = (until.astimezone(now.tzinfo) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return max(0.0, min(seconds, LONGEST_WAIT))


def _said(wrong: httpx2.HTTPError) -> str:
    return f"{type(wrong).__name__}: {wrong}"[:MAX_SHOWN].rstrip(": ")


@contextmanager
def _cutting(deadline: float) -> Iterator[Callable[[str, dict[str, Any]], None]]:
    """Gives what watches the connection being made; when the time is over, the connection is cut."""
    made: list[socket.socket] = []
    over = threading.Event()

    def cut() -> None:
        over.set()
        for one in made[-1:]:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:  # closed already
                return

    def watch(event: str, info: dict[str, Any]) -> None:
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            made.append(info["return_value"].get_extra_info("socket"))
            if over.is_set():
                cut()

    timer = threading.Timer(deadline, cut)
    timer.daemon = True
    timer.start()
    try:
        yield watch
    finally:
        timer.cancel()
