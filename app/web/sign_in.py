"""Signing in and out: a staff key for a cookie, and back to the page that was asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.staff import SIGNED_IN, enter, sign_out, who
from app.web.depends import FieldsDep, GuardDep, SessionDep, SettingsDep, Staff, StaffForm
from app.web.guard import SECONDS
from app.web.person import COOKIE, check_origin, field
from app.web.render import Page, html

HOME = "/sources"
MOST_NEXT = 1_000
LOCAL = re.compile(r"/(?!/)[!-\[\]-~]*")  # a browser takes `//` and `/\` for another host, and overlooks tabs
WRONG = "This key opens nothing. Look whether all of it is there; it begins with `tls_`."
TOO_MANY = "Too many wrong keys came from your address. No key is looked at for five minutes."

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class SignIn:
    """The form that takes a key."""

    template: ClassVar[str] = "sign-in.html"
    next: str
    complaint: str | None


@router.get("/sign-in")
def sign_in_page(request: Request, session: SessionDep) -> Response:
    """The form; whoever is signed in is sent on."""
    wanted = local(request.query_params.get("next", HOME))
    token = request.cookies.get(COOKIE, "")
    if token and who(session, token) is not None:
        return RedirectResponse(wanted, status_code=303)
    return _page(wanted)


@router.post("/sign-in")
def sign_in(
    request: Request, fields: FieldsDep, session: SessionDep, guard: GuardDep, settings: SettingsDep
) -> Response:
    """Take a key. Whatever is wrong with it, the answer is the same."""
    check_origin(request, settings.base_url)
    wanted, address = local(field(fields, "next")), request.client.host if request.client else ""
    if guard.stops(address):
        stopped = _page(wanted, TOO_MANY, status=429)
        stopped.headers["Retry-After"] = str(int(SECONDS))
        return stopped
    token = enter(session, field(fields, "key").strip())
    if token is None:
        guard.note(address)
        return _page(wanted, WRONG, status=403)
    answer = RedirectResponse(wanted, status_code=303)
    https = under_https(request, settings.base_url)
    # Lax and not Strict: a link in a chat must lead to the page, not to the form
    answer.set_cookie(
        COOKIE, token, max_age=int(SIGNED_IN.total_seconds()), httponly=True, samesite="lax", secure=https
    )
    return answer


@router.post("/sign-out")
def sign_out_here(staff: Staff, _: StaffForm, session: SessionDep) -> Response:
    """End the session of this browser."""
    sign_out(session, staff.session)
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def under_https(request: Request, base_url: str | None) -> bool:
    """Whether the browser came by https; where a proxy hides that, the setting knows it of its own address."""
    known = urlsplit(base_url or "")
    return request.url.scheme == "https" or (known.scheme == "https" and known.netloc == request.headers.get("host"))


def local(path: str) -> str:
    """The path when it leads to a page of ours, else to the sources."""
    return path if len(path) <= MOST_NEXT and LOCAL.fullmatch(path) else HOME


def _page(wanted: str, complaint: str | None = None, *, status: int = 200) -> Response:
    return html(Page("Sign in", (SignIn(wanted, complaint),), indexed=False, private=True), status=status)
