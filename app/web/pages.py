"""The pages for people: paste a crash, read the answer, browse what is known. Routes only; parts are made elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from app.errors import Unreadable
from app.web import answer, bug, missing, paste
from app.web import package as package_of
from app.web.api import DeskDep
from app.web.asked import Asked
from app.web.body import sent_with
from app.web.depends import BookDep, SettingsDep
from app.web.feedback import AskDep, asking
from app.web.machines import elsewhere
from app.web.render import html
from app.web.sample import seen
from app.web.told import of_bug, of_package

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Typed = Annotated[str, Query(max_length=60)]  # as long as a version may be in a signature


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
        sent = replace(sent_with(request.headers.get("content-type", ""), body, most), source="page")
        told = await run_in_threadpool(desk.receive, sent, store=True)
    except (Unreadable, RequestValidationError) as wrong:
        complaint = paste.complaint(wrong)
        return html(paste.page(book, most, paste.typed(request, body), complaint), status=complaint.status)
    return RedirectResponse(answer.link(told), status_code=303)


@router.get("/kb/{package}")
def package_page(book: BookDep, package: str, settings: SettingsDep, q: str = "", version: Typed = "") -> Response:
    """The known bugs of a package, and those of a version of it; a search of them is a search of all, narrowed."""
    if q.strip():
        return RedirectResponse(Asked(q, {"package": package}).url, status_code=303)
    if package not in book.by_package:
        return html(missing.package(book, package), status=404)
    page = package_of.page(book, package, version.strip(), settings.max_report)
    return html(of_package(page, book, package))


@router.get("/kb/{package}/{signature}")
def signature_page(request: Request, book: BookDep, ask: AskDep, package: str, signature: str) -> Response:
    """What is known of one bug."""
    one = book.signatures.get(signature)
    if one is None or one.package != package:
        return html(missing.bug(book, package, signature), status=404)
    if one.status == "retired":
        return html(missing.retired(book, one), status=410)
    page = bug.page(book, one, seen(one, book), (ask.about(one),))
    return elsewhere(request) or html(of_bug(asking(page), one))
