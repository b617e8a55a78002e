"""The headers that tell a browser to trust nothing but us. Pure ASGI: a response passes through untouched."""

from __future__ import annotations

from functools import lru_cache

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; frame-src 'none'; "
    "media-src 'none'; object-src 'none'; worker-src 'none'"
)
# Swagger's page starts itself with an inline script and draws inline styles; it shows nothing anybody sent
DOCS_POLICY = POLICY + "; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
DOCS = "/docs"

SECURITY = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",  # a link to a diagnosis is as private as the diagnosis
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that don't know `frame-ancestors`
}
NOT_INDEXED = "noindex, nofollow"

RawHeaders = list[tuple[bytes, bytes]]


@lru_cache(maxsize=2)
def ours(indexed: bool) -> tuple[tuple[bytes, bytes], ...]:  # noqa: FBT001 - the setting
    """The headers of every answer, as they are sent."""
    every = SECURITY if indexed else {**SECURITY, "X-Robots-Tag": NOT_INDEXED}
    return tuple((name.lower().encode(), value.encode()) for name, value in every.items())


class SecurityHeaders:
    """Adds our headers to every answer that does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand around this application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with the headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: RawHeaders = message["headers"]
                if scope["path"] == DOCS:
                    MutableHeaders(raw=headers)["Content-Security-Policy"] = DOCS_POLICY
                said = {name.lower() for name, _ in headers}
                headers.extend(one for one in ours(scope["app"].state.settings.indexed) if one[0] not in said)
            await send(message)

        await self.app(scope, receive, send_with_headers)
