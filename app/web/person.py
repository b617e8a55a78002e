"""Who is signed in, and how a form of ours is told from one that somebody else laid under a click."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from app.errors import SignedOut, Unreadable
from app.web.body import read_at_most

COOKIE = "tracelore_session"
TOKEN = "token"  # noqa: S105 - the field's name
MAX_FORM = 64 * 1024  # bytes of a form on a page of staff
MAX_FIELDS = 1_000
HERE = frozenset({"same-origin", "none"})  # `none`: typed, or a page loaded again

Fields = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    name: str
    session: str
    """What the cookie holds."""
    waiting: int = 0
    """Corrections that wait for a curator."""

    @property
    def token(self) -> str:
        """What each of their forms carries: known to nobody who does not have the cookie, and no use as one."""
        return hmac.new(self.session.encode(), b"form", "sha256").hexdigest()


async def fields_of(request: Request) -> Fields:
    """The fields of a form, each with its values."""
    refusal = Unreadable("too_long", "The form is too long.", status=413)
    body = await read_at_most(request, MAX_FORM, refusal)
    try:
        return parse_qs(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Unreadable("bad_form", "The form has too many fields.") from None


def field(fields: Fields, name: str) -> str:
    """The value of a field; empty when it is not there."""
    return fields.get(name, [""])[-1]


def check_origin(request: Request, base_url: str | None) -> None:
    """Raise `SignedOut` with status 403 when a browser says that another site's page sent this."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is None and origin is not None:
        ours = {request.headers.get("host", ""), urlsplit(base_url or "").netloc} - {""}
        site = "same-origin" if urlsplit(origin).netloc in ours else "cross-site"
    if site is not None and site not in HERE:
        raise SignedOut("foreign_form", "This was sent by a page of another site. Nothing was changed.", status=403)


def check_token(person: Person, fields: Fields) -> None:
    """Raise `SignedOut` with status 403 when the form was not made for this session."""
    if not hmac.compare_digest(field(fields, TOKEN).encode(errors="replace"), person.token.encode()):
        detail = "The form is from an earlier session. Load its page again; nothing was changed."
        raise SignedOut("stale_form", detail, status=403)
