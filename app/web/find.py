"""The pages that search the known bugs, and what tells browsers how to. Routes only; parts are made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from app.errors import Unreadable
from app.search import find
from app.web import found
from app.web.asked import KINDS, Asked, asked
from app.web.body import read_at_most, too_long
from app.web.depends import IndexDep, SessionDep, SettingsDep
from app.web.place import here
from app.web.render import html, opensearch
from app.web.told import of_book

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

AS_FORM = 3  # a form writes a byte as `%0A`
MAX_FIELDS = 20
OTHERS = 4096  # bytes of the fields beside the text


@dataclass(frozen=True, slots=True)
class Search:
    """What a search needs."""

    session: SessionDep
    index: IndexDep
    settings: SettingsDep

    def page(self, wanted: Asked) -> Response:
        """The page of what was found."""
        hits = find(self.session, self.index, wanted.text, wanted.chosen)
        page = found.page(self.index.book, wanted, hits, self.settings.max_report)
        return html(of_book(page, self.index.book) if wanted.all else page)


SearchDep = Annotated[Search, Depends()]


@router.get("/kb")
def found_page(request: Request, search: SearchDep) -> Response:
    """All known bugs, or those a search finds."""
    return search.page(asked(request.query_params))


@router.post("/kb")
async def find_text(request: Request, search: SearchDep) -> Response:
    """Send a line on to its own address; a whole traceback has none and is answered here."""
    most = search.settings.max_report
    try:
        wanted = await _sent(request, most)
    except Unreadable as wrong:
        return html(found.refused(search.index.book, most, wrong.detail), status=wrong.status)
    if not wanted.whole_text:
        return RedirectResponse(wanted.url, status_code=303)
    return await run_in_threadpool(search.page, wanted)


@router.get("/opensearch.xml")
def description() -> Response:
    """How a browser searches here from its own field."""
    return opensearch(here().site)


async def _sent(request: Request, most: int) -> Asked:
    body = await read_at_most(request, AS_FORM * most + OTHERS, too_long(most))
    try:
        fields = parse_qs(body.decode(errors="replace"), max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Unreadable("bad_form", "The form has too many fields.") from None
    wanted = asked({name: fields[name][-1] for name in ("q", *KINDS) if name in fields})
    if len(wanted.text.encode(errors="replace")) > most:
        raise too_long(most)
    return wanted
