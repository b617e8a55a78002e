"""Answers that the asker has already are not sent again, and `HEAD` asks for the headers of `GET`. Pure ASGI."""

from __future__ import annotations

import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OK = 200
UNCHANGED = 304
TAG = re.compile(r'(?:W/)?("[^"]*")')
ABOUT_THE_BODY = ("content-length", "content-type", "content-encoding")
YEAR = "public, max-age=31536000, immutable"
ASK = "no-cache"  # keep it, but ask each time whether it is still so
MINE = "private, no-cache"  # the same for one browser: no proxy between keeps it


def tag(body: bytes) -> str:
    """A weak ETag of what was written: book, engine, templates and all else that a page rests on show in it."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'


def same(etag: str, asked: str) -> bool:
    """Whether `If-None-Match` names this ETag, or any; weak ones are compared without their mark."""
    own = TAG.fullmatch(etag)
    return own is not None and (asked.strip() == "*" or own[1] in TAG.findall(asked))


class Assets(StaticFiles):
    """Static files; one that is asked for by this program's own revision never changes under it."""

    revision: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the file, and how long it may be kept."""
        current = bool(self.revision) and scope.get("query_string", b"").decode("latin-1") == self.revision

        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in {OK, UNCHANGED}:
                MutableHeaders(scope=message).setdefault("Cache-Control", YEAR if current else ASK)
            await send(message)

        await super().__call__(scope, receive, send_dated)


class Fresh:
    """Answers 304 where the asker has what would be sent, and takes `HEAD` wherever `GET` is taken."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand around this application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and only the headers of its answer where the body is not wanted."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("if-none-match", "")
        silent = scope["method"] == "HEAD"
        ended = False

        async def send_what_is_new(message: Message) -> None:
            nonlocal silent, ended
            if message["type"] == "http.response.start":
                if message["status"] == OK and same(Headers(raw=message["headers"]).get("etag", ""), asked):
                    message = _unchanged(message)
                    silent = True
            elif silent:
                if ended or message.get("more_body", False):
                    return
                ended, message = True, {"type": "http.response.body", "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_what_is_new)


def _unchanged(message: Message) -> Message:
    """The same answer as a 304: all its headers, but for those that describe a body."""
    kept = [(name, value) for name, value in message["headers"] if name.decode("latin-1").lower() not in ABOUT_THE_BODY]
    return {**message, "status": UNCHANGED, "headers": kept}
