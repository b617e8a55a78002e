"""The pages for people: paste a crash, read the answer, browse what is known. Routes only; parts are made elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from app.errors import Unknown, Unreadable
from app.intake import count, recall
from app.web import answer, kb, paste
from app.web.api import DeskDep
from app.web.asked import Asked
from app.web.body import sent_with
from app.web.depends import BookDep, SessionDep, SettingsDep
from app.web.render import html

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Number = Annotated[int | None, Query(ge=1)]


@router.get("/")
def paste_page(book: BookDep, settings: SettingsDep) -> Response:
    """An empty paste box."""
    return html(paste.page(book, settings.max_report, paste.Typed()))


@router.post("/")
async def paste_crash(request: Request, book: BookDep, desk: DeskDep, settings: SettingsDep) -> Response:
    """Answer a paste with the link of its answer, or with what was typed and why it can't be used."""
    most, body = settings.max_report, b""
    try:
        body = await paste.read_form(request, most)
        sent = replace(sent_with(request, body, most), source="page")
        told = await run_in_threadpool(desk.receive, sent, store=True)
    except (Unreadable, RequestValidationError) as wrong:
        complaint = paste.complaint(wrong)
        return html(paste.page(book, most, paste.typed(request, body), complaint), status=complaint.status)
    return RedirectResponse(answer.link(told), status_code=303)


@router.get("/diagnoses/{diagnosis}")
def answer_page(session: SessionDep, diagnosis: str, crash: Number = None) -> Response:
    """A stored answer."""
    told = recall(session, diagnosis)
    chosen = answer.chosen(told.diagnosis, crash)
    alike = count(session, chosen.fingerprint) if chosen else 0
    return html(answer.page(told, chosen, alike=alike))


@router.get("/kb/{package}")
def package_page(book: BookDep, package: str, settings: SettingsDep, q: str = "") -> Response:
    """The known bugs of a package; a search of them is a search of all, narrowed."""
    if q.strip():
        return RedirectResponse(Asked(q, {"package": package}).url, status_code=303)
    return html(kb.package(book, package, settings.max_report))


@router.get("/kb/{package}/{signature}")
def signature_page(book: BookDep, package: str, signature: str) -> Response:
    """What is known of one bug."""
    one = book.get(signature)
    if one.package != package:
        raise Unknown("unknown-signature", f"There is no signature `{signature[:80]}` of {package[:80]}.")
    return html(kb.signature(book, one))
