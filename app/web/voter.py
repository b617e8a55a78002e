"""Who says something without being signed in: a browser, known by a random cookie of which a digest is kept."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request, Response

from app.errors import Unreadable
from app.feedback import Held, Vote, Wrong, voter_of
from app.web.depends import FieldsDep, SettingsDep
from app.web.guard import Guard
from app.web.person import Fields, check_origin, field
from app.web.sign_in import under_https

COOKIE = "tracelore_voter"
LETTERS = 32  # random bytes
YEAR = 365 * 24 * 3600
OURS = re.compile(r"[A-Za-z0-9_-]{43}")  # what we hand out; anything else is nobody's
FORMS = 40  # forms from one address within five minutes: a desk behind one address sends fewer


@dataclass(frozen=True, slots=True)
class Voter:
    """A browser that sends a form of ours."""

    secret: str
    https: bool

    @property
    def digest(self) -> str:
        """What it is known by."""
        return voter_of(self.secret)

    def on(self, form: Fields, signature: str, *, about: str) -> Vote:
        """Its word on a fix, as the form says it."""
        return Vote(signature, about, self.digest, cast("Held", field(form, "held")), field(form, "words"))

    def corrects(self, form: Fields, diagnosis: str, crash: int, right: str | None) -> Wrong:
        """Its word that an answer is wrong, as the form says it."""
        return Wrong(diagnosis, crash, None, right, field(form, "words"), self.digest)

    def remembered(self, response: Response) -> Response:
        """The response, by which the browser is known again."""
        response.set_cookie(COOKIE, self.secret, max_age=YEAR, httponly=True, samesite="lax", secure=self.https)
        return response


def known(request: Request) -> str | None:
    """The digest of a browser that has said something before; None for any other."""
    secret = request.cookies.get(COOKIE, "")
    return voter_of(secret) if OURS.fullmatch(secret) else None


def spend(guard: Guard, request: Request) -> None:
    """Count a form from this address. Raises `Unreadable` when there were too many lately."""
    address = request.client.host if request.client else ""
    if guard.stops(address):
        detail = "Too many forms came from your address. Wait five minutes; nothing was changed."
        raise Unreadable("too_many_forms", detail, status=429)
    guard.note(address)


def _open_form(request: Request, fields: FieldsDep, settings: SettingsDep) -> Fields:
    check_origin(request, settings.base_url)
    spend(request.app.state.forms, request)
    return fields


def _voter(request: Request, settings: SettingsDep) -> Voter:
    secret = request.cookies.get(COOKIE, "")
    own = secret if OURS.fullmatch(secret) else secrets.token_urlsafe(LETTERS)
    return Voter(own, under_https(request, settings.base_url))


OpenForm = Annotated[Fields, Depends(_open_form)]
"""The fields of a form that a page of ours showed to anybody; not too many from one address."""
VoterDep = Annotated[Voter, Depends(_voter)]
KnownVoter = Annotated[str | None, Depends(known)]
