"""The doors for log pipelines: each path in its sender's own manners. Read, decode, hand in, answer; no more.

An answer outside 2xx loses data with most senders, so overload alone is 503, and a bad record never fails its batch.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.errors import TraceloreError, Unreadable
from app.inbox import Busy, Inbox
from app.receive.auth import key_of
from app.receive.model import Asked, Batch, Format, Reply
from app.receive.unpack import unpack

MAX_BODY = 20 * 1024 * 1024  # bytes on the wire: what Sentry's clients send at most
MAX_UNPACKED = 64 * 1024 * 1024  # bytes: what OTLP's default is
RETRY_SECONDS = 5  # until a busy server is asked again

router = APIRouter(include_in_schema=False)
Door = Callable[[Request], Awaitable[Response]]


def door(form: Format) -> Door:
    """The route of a wire format."""

    async def receive(request: Request) -> Response:
        asked = _asked(request)
        inbox: Inbox = request.app.state.inbox
        source: str | None = None
        try:
            source = await run_in_threadpool(_admitted, inbox, asked)
            body = await _body(request)
            plain, batch = await run_in_threadpool(_decoded, form, body, asked)
            inbox.put(source, batch)
        except TraceloreError as wrong:
            if source is not None:
                inbox.note(source, wrong.detail)
            return _response(form.refused(wrong.status, wrong.detail, asked), wrong.status)
        return _response(form.accepted(batch, plain, asked))

    return receive


def _admitted(inbox: Inbox, asked: Asked) -> str:
    """The source that the request may send to. Raises `Unreadable`, 401 without a key and 403 for a wrong one."""
    key = key_of(asked)
    if key is None:
        detail = (
            "There is no key. Make one with 'tracelore source add NAME' and send it as 'Authorization: Bearer KEY'."
        )
        raise Unreadable("no_key", detail, status=401)
    source = inbox.source_of(key)
    if source is None:
        raise Unreadable("wrong_key", "The key is not known, or it was revoked.", status=403)
    return source


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Unreadable("too_long", f"The body is longer than {MAX_BODY} bytes.", status=413)
    return bytes(body)


def _decoded(form: Format, body: bytes, asked: Asked) -> tuple[bytes, Batch]:
    plain = unpack(body, asked.headers.get("content-encoding", ""), MAX_UNPACKED)
    return plain, form.decode(plain, asked)


def _asked(request: Request) -> Asked:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Asked(request.method, request.url.path, dict(request.query_params), headers)


def _response(reply: Reply, status: int = 200) -> Response:
    headers = dict(reply.headers)
    if status == Busy.status:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return Response(reply.body, reply.status, headers, reply.media_type)
