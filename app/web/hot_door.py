"""`POST /api/v1/diagnoses` as most send it, answered without a route: a small body, of a known length, not a form.

A route costs several times what is done here. Nothing is refused here: what is not plain, or can't be taken, goes on to
the route as if nobody had looked at it, so that each rule and each refusal is written once.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import cast
from urllib.parse import parse_qsl

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import State
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import Busy, TraceloreError
from app.intake import Kept, receive, receive_written
from app.web.body import is_form, sent_with
from app.web.failures import as_json, from_ours, retry_of
from app.web.headers import SecurityHeaders, ours
from app.web.memory import Told, digest_of, tell
from app.web.schemas import Sending

PATH = "/api/v1/diagnoses"
# Bytes that are diagnosed on the event loop, where all others wait as long: tracebacks have 8 KiB at most, and of the
# texts made to be slow the worst of this length take some 50 ms, four times as much at four times the length.
SMALL = 16 * 1024
DIGITS = len(str(SMALL))  # of a length; Python takes no number of thousands
MAX_QUERY = 40  # bytes: `top=20&store=false` and some
ODD = frozenset({b"transfer-encoding", b"expect"})
MOMENT = 1.0  # seconds for the body to come; then the route waits for it, and knows how long
HASTE = 0.1  # seconds; what took longer may have met a pattern's time limit, and is worked out anew


@dataclass(frozen=True, slots=True)
class _Plain:
    """What the head of a plain request says."""

    content_type: str
    how: Sending


class HotDoor:
    """Answers plain reports itself and passes everything else on."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before this application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on as it came."""
        plain = _plain(scope)
        if plain is None:
            await self.app(scope, receive, send)
            return
        message = _come(receive) or await _coming(receive)
        try:
            answered = await _answered(scope["app"].state, plain, message)
        except Busy as busy:
            await SecurityHeaders(as_json(from_ours(busy), retry_of(busy)))(scope, receive, send)
            return
        if answered is None:
            await self.app(scope, _again(message, receive), send)
            return
        told, kept = answered
        body = told.body(kept)
        headers = [] if kept is None else [(b"location", f"{PATH}/{kept.id}".encode())]
        headers += [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
        headers += ours(scope["app"].state.settings.indexed)
        status = 201 if kept is not None and kept.new else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _plain(scope: Scope) -> _Plain | None:
    """What is asked when it is asked plainly; else None."""
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
        return None
    said = dict(reversed(scope["headers"]))  # of a header that comes twice the first one counts
    length = said.get(b"content-length", b"")
    if not (length.isdigit() and len(length) <= DIGITS and 0 < int(length) <= SMALL and ODD.isdisjoint(said)):
        return None
    content_type = said.get(b"content-type", b"").decode("latin-1")
    query = scope["query_string"]
    how = None if is_form(content_type) or len(query) > MAX_QUERY else _how(query)
    if how is None or (how.store and not scope["app"].state.keeper.running):
        return None
    return _Plain(content_type, how)


@lru_cache(maxsize=256)
def _how(query: bytes) -> Sending | None:
    """How a report is to be treated; None when the query does not say it right."""
    try:
        return Sending.model_validate(dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)))
    except ValidationError:
        return None


def _come(receive: Receive) -> Message | None:
    """The first message if it is here; else None. Asked without a timer, which would cost as much as reading it."""
    asked = receive().__await__()
    try:
        next(asked)
    except StopIteration as come:
        return cast("Message", come.value)
    asked.close()
    return None


async def _coming(receive: Receive) -> Message | None:
    """The first message if it comes in a moment, as a body does that is sent apart from its head; else None."""
    try:
        async with asyncio.timeout(MOMENT):
            return await receive()
    except TimeoutError:
        return None


async def _answered(state: State, plain: _Plain, message: Message | None) -> tuple[Told, Kept | None] | None:
    """The answer to a body that came whole, and how it is kept; None when the route has to go on."""
    if message is None or message.get("more_body", False) or message["type"] != "http.request":
        return None
    begin = time.perf_counter()
    body, how = message["body"], plain.how
    digest = digest_of((state.index.book.revision, plain.content_type, how.top, how.store), body)
    told = state.memory.recall(digest)
    if told is None:
        try:
            told = _told(state, plain, body)
        except (TraceloreError, RequestValidationError):
            return None
        if time.perf_counter() - begin < HASTE:
            state.memory.keep(digest, told)
    kept = None if told.written is None else await state.keeper.put(told.written)
    state.meters.seconds.observe(time.perf_counter() - begin)
    state.meters.diagnoses.labels(told.verdict).inc()
    return told, kept


def _told(state: State, plain: _Plain, body: bytes) -> Told:
    sent = sent_with(plain.content_type, body, state.settings.max_report)
    if not plain.how.store:
        received = receive(sent.raw, index=state.index, stated=sent.stated, source=sent.source)
        return tell(received, plain.how.top, None)
    received, written = receive_written(sent.raw, index=state.index, stated=sent.stated, source=sent.source)
    return tell(received, plain.how.top, written)


def _again(first: Message | None, receive: Receive) -> Receive:
    """Receives what came once more, and then what comes."""
    came = [] if first is None else [first]

    async def receive_again() -> Message:
        return came.pop() if came else await receive()

    return receive_again
