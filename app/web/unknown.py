"""The pages of unknown crashes and of coverage, for staff. Routes only; parts are made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.errors import Unreadable
from app.staff import names_of_sources
from app.unknown.clusters import Wanted, draft, gone, listed, whole
from app.unknown.coverage import coverage
from app.web import coverage_page, unknown_draft, unknown_list, unknown_one
from app.web.depends import IndexDep, SessionDep, Staff
from app.web.render import html

router = APIRouter(include_in_schema=False)

Given = Annotated[str, Query(max_length=300)]  # longer than any URL of an issue
TOP = 5  # unknown crashes beneath the coverage


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who is signed in, and what these pages are made with."""

    staff: Staff
    session: SessionDep
    index: IndexDep


VisitDep = Annotated[Visit, Depends()]


@router.get("/unknown")
def list_page(request: Request, visit: VisitDep) -> Response:
    """Unknown crashes as clusters."""
    wanted = unknown_list.wanted_of(request.query_params)
    found = listed(visit.session, visit.index, wanted, unknown_list.EACH + 1)
    return html(unknown_list.page(wanted, found, names_of_sources(visit.session), visit.index.book, visit.staff))


@router.get("/unknown/{fingerprint}")
def cluster_page(fingerprint: str, visit: VisitDep) -> Response:
    """One cluster; where it went, when a later book has explained it."""
    moved = gone(visit.session, fingerprint)
    if moved:
        return html(unknown_one.gone(fingerprint, moved, visit.index.book, visit.staff))
    return html(unknown_one.page(whole(visit.session, visit.index, fingerprint), visit.index.book, visit.staff))


@router.get("/unknown/{fingerprint}/draft")
def draft_page(fingerprint: str, visit: VisitDep, package: Given = "", issue: Given = "") -> Response:
    """The draft of a signature that would know it."""
    try:
        made = draft(visit.session, fingerprint, package, issue)
    except Unreadable as wrong:
        page = unknown_draft.refused(fingerprint, package, issue, wrong.detail, visit.staff)
        return html(page, status=wrong.status)
    return html(unknown_draft.page(fingerprint, made, visit.staff))


@router.get("/unknown/{fingerprint}/draft.yaml")
def draft_file(fingerprint: str, visit: VisitDep, package: Given = "", issue: Given = "") -> Response:
    """The draft alone, as a file."""
    made = draft(visit.session, fingerprint, package, issue)
    return _download(made.written, made.name.file)


@router.get("/unknown/{fingerprint}/draft.match.first.txt")
def example_file(fingerprint: str, visit: VisitDep, package: Given = "", issue: Given = "") -> Response:
    """Its first example, as a file."""
    made = draft(visit.session, fingerprint, package, issue)
    return _download(made.example, made.name.example)


@router.get("/coverage")
def coverage_over_time(visit: VisitDep) -> Response:
    """How much of what came was explained."""
    top = listed(visit.session, visit.index, Wanted(), TOP)
    return html(coverage_page.page(coverage(visit.session), top, visit.index.book, visit.staff))


def _download(text: str, path: str) -> Response:
    name = path.rpartition("/")[2]
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text.encode(errors="replace"), headers=headers, media_type="text/plain; charset=utf-8")
