"""The pages of sources for staff. Routes only; parts are made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from app.errors import Misconfigured
from app.inbox.replay import replay
from app.staff import add_source, another_key, drop, remove, revoke_key, source, watched, whole
from app.web import source_pages
from app.web.depends import BookDep, SessionDep, Staff, StaffForm
from app.web.person import Fields, field
from app.web.place import here
from app.web.render import html
from app.web.shippers import address_of, setup
from app.web.source_pages import NOTHING, News

router = APIRouter(include_in_schema=False)

DIGITS = 19  # of the first number that is too high for any row


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who is signed in, and what the page of a source is made with."""

    staff: Staff
    session: SessionDep
    book: BookDep

    def page(self, name: str, news: News = NOTHING) -> Response:
        """The page of a source."""
        found = whole(self.session, name)
        return html(source_pages.one(found, self.book, self.staff, setup(address_of(here().site), news.key), news))


VisitDep = Annotated[Visit, Depends()]


@router.get("/sources")
def list_page(staff: Staff, session: SessionDep) -> Response:
    """All sources."""
    return html(source_pages.index(watched(session), staff))


@router.post("/sources")
def make(visit: VisitDep, form: StaffForm) -> Response:
    """Make a source and its first key, which the answer shows."""
    name = field(form, "name").strip()
    try:
        key = add_source(visit.session, name)
    except Misconfigured as wrong:
        page = source_pages.index(watched(visit.session), visit.staff, typed=name, complaint=wrong.detail)
        return html(page, status=wrong.status)
    return visit.page(name, News(key=key))


@router.get("/sources/{name}")
def source_page(name: str, visit: VisitDep) -> Response:
    """One source."""
    return visit.page(name)


@router.post("/sources/{name}/keys")
def new_key(name: str, visit: VisitDep, _: StaffForm) -> Response:
    """Make another key, which the answer shows."""
    return visit.page(name, News(key=another_key(visit.session, name)))


@router.post("/sources/{name}/revoked")
def revoke(name: str, form: StaffForm, session: SessionDep) -> Response:
    """Make one key invalid."""
    revoke_key(session, name, field(form, "hint"))
    return _back(name, "#keys")


@router.post("/sources/{name}/parked")
def settle(name: str, visit: VisitDep, form: StaffForm) -> Response:
    """Send what is parked the way again, or drop it: what was chosen."""
    ids = _ids(form)
    if field(form, "do") == "replay":
        done = replay(visit.session, ids, name)
        still = f" {done.unread} still can't be read and are here again." if done.unread else ""
        return visit.page(name, News(told=f"{done.replayed} sent the way again.{still}"))
    return visit.page(name, News(told=f"{len(drop(visit.session, ids, name))} dropped."))


@router.get("/sources/{name}/remove")
def removal_page(name: str, staff: Staff, session: SessionDep) -> Response:
    """Ask before a source is removed."""
    return html(source_pages.removal(source(session, name), staff))


@router.post("/sources/{name}/remove")
def remove_source(name: str, _: StaffForm, session: SessionDep) -> Response:
    """Forget a source with its keys and counts."""
    remove(session, name)
    return RedirectResponse("/sources", status_code=303)


@router.get("/sources/{name}/keys")
@router.get("/sources/{name}/revoked")
@router.get("/sources/{name}/parked")
def back(name: str, _: Staff) -> Response:
    """Where a form was answered, there is nothing to come back to."""
    return _back(name)


def _back(name: str, part: str = "") -> Response:
    return RedirectResponse(f"/sources/{quote(name, safe='')}{part}", status_code=303)


def _ids(form: Fields) -> list[int]:
    chosen = (one for one in form.get("id", []) if one.isascii() and one.isdigit())
    return [int(one) for one in chosen if len(one) < DIGITS]
