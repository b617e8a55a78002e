"""Senders that are answered while they still send: heard out for a while, so that they read it; then hung up on.

Whoever closes a connection with bytes unread resets it, and the sender loses the answer too; and whoever keeps it open
reads an endless body to no end. Pure ASGI, for all routes.
"""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 64 * 1024 * 1024  # of what nobody wants any more
MOST_SECONDS = 2.0


class Linger:
    """Reads on past an early answer, within bounds, and closes the connection of who would not come to an end."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand around this application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and hold its answer back until the body has come or has had its time."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        ended = "transfer-encoding" not in headers and headers.get("content-length", "0") == "0"
        waits = "expect" in headers  # sends nothing before it is asked to, which `receive` does

        async def receive_some() -> Message:
            nonlocal ended, waits
            waits = False
            message = await receive()
            ended = not message.get("more_body", False)
            return message

        async def send_at_the_end(message: Message) -> None:
            starts = message["type"] == "http.response.start"
            if starts and not ended and (waits or not await _heard_out(receive)):
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self.app(scope, receive_some, send_at_the_end)


async def _heard_out(receive: Receive) -> bool:
    """Whether the body came to its end, or its sender left."""
    left = MOST_BYTES
    try:
        async with asyncio.timeout(MOST_SECONDS):
            while left > 0:
                message = await receive()
                if not message.get("more_body", False):
                    return True
                left -= len(message.get("body", b""))
    except TimeoutError:
        pass
    return False
