"""The doors for log pipelines: each path in its sender's own manners. Read, decode, hand in, answer; no more.

An answer outside 2xx loses data with most senders, so overload alone is 503, and a bad record never fails its batch.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

from fastapi import APIRouter
from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Busy, TraceloreError, Unreadable
from app.inbox.accept import Inbox, Packed
from app.receive import bulk, clouds, datadog, gelf, hooks, ingest, journal, loki, otlp, sentry, splunk
from app.receive import signed as signatures
from app.receive.auth import key_of
from app.receive.model import Asked, Batch, Format, Reply
from app.receive.unpack import is_packed, unpack
from app.web import sns
from app.web.body import form_fields, read_at_most
from app.web.metrics import Meters

MAX_BODY = 20 * 1024 * 1024  # bytes on the wire: what Sentry's clients send at most
MAX_UNPACKED = 64 * 1024 * 1024  # bytes: what OTLP's default is
LIGHT = 64 * 1024  # bytes: what is longer, or packed, may become a thousand times as much in memory
HEAVY = 2  # of those that are unpacked and decoded at once: each may take 500 MB for a moment

ELASTIC = "/elastic"  # what Elasticsearch's clients are given as the server: its root is not ours to answer

Door = Callable[[Request], Awaitable[Response]]
Take = Callable[[Format, Asked, Request, Inbox], Awaitable[Reply]]
Check = Callable[[Mapping[str, str], bytes, Collection[str]], bool]
Greet = Callable[[Asked], Reply | None]

# Webhooks whose senders can send a key, in a header or in the address.
KEYED_HOOKS = ("alertmanager", "cloudevents", "pubsub", "eventgrid", "firehose")
PLACE = ("service", "release", "environment", "stream")  # what an address or a form may say of where a text comes from
# Where clients send, each path with and without a slash at its end: a redirect would lose the body.
PATHS: tuple[tuple[str, Format], ...] = (
    ("/ingest", ingest.FORMAT),
    ("/api/{project:int}/envelope", sentry.FORMAT),
    ("/api/{project:int}/store", sentry.STORE),
    ("/v1/logs", otlp.LOGS),
    ("/v1/traces", otlp.TRACES),
    ("/v1/metrics", otlp.METRICS),
    ("/otlp/v1/logs", otlp.LOGS),
    ("/loki/api/v1/push", loki.FORMAT),
    ("/_bulk", bulk.FORMAT),
    ("/{index}/_bulk", bulk.FORMAT),
    (f"{ELASTIC}/_bulk", bulk.FORMAT),
    (f"{ELASTIC}/{{index}}/_bulk", bulk.FORMAT),
    ("/services/collector", splunk.EVENT),
    ("/services/collector/event", splunk.EVENT),
    ("/services/collector/event/1.0", splunk.EVENT),
    ("/services/collector/raw", splunk.RAW),
    ("/services/collector/raw/1.0", splunk.RAW),
    ("/services/collector/ack", splunk.ACK),
    *((f"/hooks/{name}", hooks.HOOKS[name]) for name in KEYED_HOOKS),
    ("/gelf", gelf.FORMAT),
    ("/api/v2/logs", datadog.FORMAT),
    ("/v1/input", datadog.FORMAT),
    ("/v1/input/{key}", datadog.FORMAT),
)
# Webhooks that are signed: what their bodies hold, and how the signature is checked.
SIGNED: tuple[tuple[str, Format, Check], ...] = (
    ("github", hooks.HOOKS["github"], signatures.github),
    ("sentry", hooks.HOOKS["sentry"], signatures.sentry),
    (
        "standard",
        hooks.HOOKS["standard"],  # its secrets may be several: an old one beside a new one
        lambda headers, body, secrets: signatures.standard(headers, body, " ".join(secrets).split(), time.time()),
    ),
)
# What clients ask before they send, or to see whether anybody is there.
GREETED: tuple[tuple[str, Greet], ...] = (
    ("/ready", loki.greet),
    ("/loki/api/v1/status/buildinfo", loki.greet),
    ("/services/collector/health", splunk.greet),
    ("/services/collector/health/1.0", splunk.greet),
    ("/hooks/cloudevents", clouds.greet),
    ("/hooks/eventgrid", clouds.greet),
    ("/ingest", lambda _: Reply(200, b"ok", "text/plain")),
    (f"{ELASTIC}/{{rest:path}}", bulk.greet),
    (ELASTIC, bulk.greet),
)


def door(form: Format, take: Take) -> Door:
    """The route of a wire format."""

    async def receive(request: Request) -> Response:
        asked = _asked(request)
        inbox: Inbox = request.app.state.inbox
        try:
            reply = await take(form, asked, request, inbox)
        except TraceloreError as wrong:
            traceback.clear_frames(wrong.__traceback__)  # they hold the body and what was made of it
            _count(request, wrong)
            await run_in_threadpool(_note, inbox, asked, wrong.detail)
            return _response(form.refused(wrong.status, wrong.detail, asked), wrong.status)
        return _response(reply)

    return receive


async def whole(
    form: Format, asked: Asked, request: Request, inbox: Inbox, *, settle: Callable[[bytes], None] | None = None
) -> Reply:
    """Take a request when all of it is there, and what its sender wants before is settled."""
    key = _key(asked)
    body = await _body(request)  # before anything is waited for: pygelf hangs up at once, and what is unread is gone

    def taken() -> tuple[Reply, Packed]:
        source = _admitted(inbox, key)
        plain, told = _out_of_form(unpack(body, asked.headers.get("content-encoding", ""), MAX_UNPACKED), asked)
        if settle is not None:
            settle(plain)
        batch = inbox.read(source, form, plain, told)
        return form.accepted(batch, plain, asked), inbox.pack(source, batch)

    return await _durable(request, body, taken)


def signed(kind: str, form: Format, check: Check) -> Door:
    """The route of a webhook that is signed instead of bearing a key; what is signed is the raw body."""

    async def receive(request: Request) -> Response:
        asked = _asked(request)
        inbox: Inbox = request.app.state.inbox
        secret: SecretStr | None = request.app.state.settings.hook_secrets.get(kind)
        try:
            body = await _body(request)
            if secret is None or not check(asked.headers, body, [secret.get_secret_value()]):
                detail = "The signature is not that of this body, or TRACELORE_HOOK_SECRETS has no secret for it."
                raise Unreadable("bad_signature", detail, status=401)
            return _response(await _durable(request, body, lambda: taken(inbox, body, asked)))
        except TraceloreError as wrong:
            _count(request, wrong)
            return _response(form.refused(wrong.status, wrong.detail, asked), wrong.status)

    def taken(inbox: Inbox, body: bytes, asked: Asked) -> tuple[Reply, Packed]:
        plain = unpack(body, asked.headers.get("content-encoding", ""), MAX_UNPACKED)  # signed is what was sent
        batch = form.decode(plain, asked)
        return form.accepted(batch, plain, asked), inbox.pack(inbox.hook_source(kind), batch)

    return receive


async def _durable(request: Request, body: bytes, taken: Callable[[], tuple[Reply, Packed]]) -> Reply:
    """Read and hand in a body in a thread, few heavy ones at a time; the reply when it is in the database."""
    heavy: asyncio.Semaphore = request.app.state.heavy
    packed = is_packed(body, request.headers.get("content-encoding", ""))
    async with heavy if packed or len(body) > LIGHT else nullcontext():
        reply, records = await run_in_threadpool(taken)
    inbox: Inbox = request.app.state.inbox
    await inbox.put(records)
    return reply


async def as_it_comes(form: Format, asked: Asked, request: Request, inbox: Inbox) -> Reply:
    """Take the entries of a journal as they come: its sender's one request need never end."""
    key = _key(asked)
    await run_in_threadpool(_admitted, inbox, key)

    def packed(entries: bytes) -> Packed:
        source = _admitted(inbox, key)  # again: a key may be revoked while the journal goes on
        try:
            batch = form.decode(entries, asked)
        except Unreadable as wrong:  # in the middle of a journal: what comes behind it may be good
            batch = Batch(refused=(wrong.detail,))
        return inbox.pack(source, batch)

    def last(entries: bytes) -> tuple[Batch, Packed]:
        batch = form.decode(entries, asked) if entries.strip() else Batch()
        return batch, inbox.pack(_admitted(inbox, key), batch)

    waiting, seen = bytearray(), journal.Seen()
    async for chunk in request.stream():
        waiting += chunk
        if len(waiting) > MAX_BODY:
            raise Unreadable("too_long", f"An entry is longer than {MAX_BODY >> 20} MiB.", status=413)
        seen = journal.look(waiting, seen)
        if waiting[: seen.done].strip():
            await inbox.put(await run_in_threadpool(packed, bytes(waiting[: seen.done])))
        del waiting[: seen.done]
        seen = seen.cut()
    rest, records = await run_in_threadpool(last, bytes(waiting))
    await inbox.put(records)
    return form.accepted(rest, b"", asked)


def greeting(greet: Greet) -> Door:
    """The route of a question that needs no key."""

    async def answer(request: Request) -> Response:
        reply = greet(_asked(request))
        return Response(status_code=404) if reply is None else _response(reply)

    return answer


def routes() -> APIRouter:
    """All doors for log pipelines."""
    router = APIRouter(include_in_schema=False)
    for path, form in PATHS:
        for spelling in (path, f"{path}/"):
            router.add_api_route(spelling, door(form, whole), methods=["POST", "PUT"])
    for path in ("/upload", "/journal/{key}/upload"):
        router.add_api_route(path, door(journal.FORMAT, as_it_comes), methods=["POST"])
    notified = door(hooks.HOOKS["sns"], partial(whole, settle=sns.settle))
    checked = ((f"/hooks/{kind}", signed(kind, form, check)) for kind, form, check in SIGNED)
    for path, receive in (("/hooks/sns", notified), *checked):
        for spelling in (path, f"{path}/"):
            router.add_api_route(spelling, receive, methods=["POST"])
    for path, greet in GREETED:
        router.add_api_route(path, greeting(greet), methods=["GET", "HEAD", "OPTIONS"])
    return router


def _key(asked: Asked) -> str:
    """The key that came with a request. Raises `Unreadable`, 401, without one."""
    key = key_of(asked)
    if key is None:
        detail = (
            "There is no key. Make one with 'tracelore source add NAME' and send it as 'Authorization: Bearer KEY'."
        )
        raise Unreadable("no_key", detail, status=401)
    return key


def _admitted(inbox: Inbox, key: str) -> str:
    """The source that may be sent to with this key. Raises `Unreadable`, 403, for a wrong one."""
    source = inbox.source_of(key)
    if source is None:
        detail = "The key is not known, or it was revoked. 'tracelore source list' shows how those that are valid end."
        raise Unreadable("wrong_key", detail, status=403)
    return source


def _count(request: Request, wrong: TraceloreError) -> None:
    """Count what was not taken, by the door's own path: what a sender writes into it would be without a bound."""
    meters: Meters = request.app.state.meters
    meters.refused.labels(request.scope["route"].path.rstrip("/"), wrong.word).inc()


def _note(inbox: Inbox, asked: Asked, why: str) -> None:
    """Let the source, if the key is one's, remember why its request was not taken."""
    key = key_of(asked)
    source = key and inbox.source_of(key)
    if source:
        inbox.note(source, why)


async def _body(request: Request) -> bytes:
    refusal = Unreadable(
        "too_long", f"The body is longer than {MAX_BODY >> 20} MiB: send fewer records at a time.", status=413
    )
    return await read_at_most(request, MAX_BODY, refusal)


def _out_of_form(body: bytes, asked: Asked) -> tuple[bytes, Asked]:
    """What `curl -F` sends: its files are the body, and its fields that say where from as good as in the address."""
    kind = asked.headers.get("content-type", "")
    if not (kind.lower().startswith("multipart/form-data") and body.startswith(b"--")):
        return body, asked
    fields = form_fields(body, kind)
    told = {name: fields[name].decode(errors="replace") for name in PLACE if name in fields}
    texts = [unpack(text, "", MAX_UNPACKED) for name, text in fields.items() if name not in PLACE]
    return b"\n".join(texts), replace(asked, query={**asked.query, **told})


def _asked(request: Request) -> Asked:
    headers = {name.lower(): value for name, value in request.headers.items()}
    path = request.url.path.removeprefix(ELASTIC) or "/"
    return Asked(request.method, path, dict(request.query_params) | _in_path(request), headers)


def _in_path(request: Request) -> dict[str, str]:
    """A key that is part of the path, where a client can send none otherwise."""
    return {"key": request.path_params["key"]} if "key" in request.path_params else {}


def _response(reply: Reply, status: int = 200) -> Response:
    headers = dict(reply.headers)
    if status == Busy.status:
        headers["Retry-After"] = str(Busy.retry_seconds)
    return Response(reply.body, reply.status, headers, reply.media_type or None)
