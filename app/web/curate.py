"""The curators' pages: corrections that wait, one by one, and what came of them. Routes only; for staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from app.feedback import Settled, State, conclude, look_at, queue, remarks
from app.web.curate_parts import LIST, one_page, queue_page
from app.web.depends import BookDep, SessionDep, Staff, StaffForm
from app.web.person import field
from app.web.render import html

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Below = Annotated[int | None, Query(ge=1, lt=2**63)]


@router.get(LIST)
def list_page(staff: Staff, session: SessionDep, book: BookDep, state: State = "open", below: Below = None) -> Response:
    """The corrections in a state, the newest first."""
    said = remarks(session) if state == "open" and below is None else []
    return html(queue_page(book, staff, state, queue(session, state, below), said))


@router.get(LIST + "/{number}")
def one(number: int, staff: Staff, session: SessionDep, book: BookDep) -> Response:
    """One correction."""
    return html(one_page(book, staff, look_at(session, number)))


@router.post(LIST + "/{number}")
def settle(number: int, staff: Staff, form: StaffForm, session: SessionDep) -> Response:
    """Settle a correction with a word, or open it again."""
    state: State = field(form, "state")  # type: ignore[assignment]  # `conclude` refuses any other
    conclude(session, number, Settled(state, field(form, "note"), staff.name, field(form, "seen")))
    return RedirectResponse(LIST if state != "open" else f"{LIST}/{number}", status_code=303)
