"""Where the page that is being made will stand: the site's address, the page's path, and whether it may be indexed.

A page is made far from its request, and only its head needs this. Each request has a value of its own.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

# A `Host` is whatever the asker writes: what is none stands in no page.
HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Place:
    """The address of a page."""

    site: str = ""
    """Address of the site, without a slash at its end."""
    path: str = "/"
    open: bool = False
    """Whether the operator lets search engines in."""

    @property
    def url(self) -> str:
        """The whole address, without a query: what is asked for is not another page."""
        return f"{self.site}{self.path}"


_PLACE: ContextVar[Place] = ContextVar("place", default=Place())  # noqa: B039 - frozen


def here() -> Place:
    """The place of the request that is being answered."""
    return _PLACE.get()


def place_of(scope: Scope) -> Place:
    """The place that this request asks for: by the operator's address, else as it was asked."""
    settings = scope["app"].state.settings
    host = Headers(scope=scope).get("host", "")
    asked = f"{scope['scheme']}://{host}" if HOST.fullmatch(host) else ""
    return Place((settings.base_url or asked).rstrip("/"), quote(scope["path"], safe="/:@+,;=~!*'()"), settings.indexed)


class Placed:
    """Says to all that answers a request where its page stands."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand around this application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, its place known."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        known = _PLACE.set(place_of(scope))
        try:
            await self.app(scope, receive, send)
        finally:
            _PLACE.reset(known)
