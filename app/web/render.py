"""Everything that turns a page into an HTML answer is here; nothing here knows what a diagnosis or a signature is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar, Protocol

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from app import __version__
from app.web import fresh, head
from app.web.failures import Problem
from app.web.person import Person
from app.web.typeset import brief, inline, set_code, shown, visible
from app.web.ways import Way, ways

HERE = Path(__file__).parent
STATIC = HERE / "static"
"""The folder that is served at `/static`."""

# Where no referrer is sent at all, a browser calls the origin of our own forms `null`, as it does a stranger's.
OPEN = {"Referrer-Policy": "same-origin"}
PRIVATE = {"Cache-Control": "no-store", **OPEN}


class Part(Protocol):
    """One part of a page: a value, and the template that shows it."""

    @property
    def template(self) -> str:
        """Path of its template; the part itself is `it` there."""
        ...


@dataclass(frozen=True, slots=True)
class Other:
    """What a page tells, in another form."""

    type: str
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page is a list of parts. A part that has nothing to say is not in the list."""

    title: str
    parts: tuple[Part, ...]
    aside: tuple[Part, ...] = ()
    here: str = ""
    """Which entry of the navigation it belongs to: its path."""
    indexed: bool = True
    """Whether search engines may keep it: a sender's crash is not theirs."""
    private: bool = False
    """Whether it is for staff: nobody keeps it, and its forms say where they come from."""
    person: Person | None = None
    """Who is signed in, on a page that asks."""
    styles: tuple[str, ...] = ()
    """Style sheets of its own, by their names in `STATIC`."""
    scripts: tuple[str, ...] = ()
    """Scripts of its own; without them it does the same work."""
    searches: bool = False
    """Whether it has a field itself that searches the known bugs."""
    open_forms: bool = False
    """Whether it has forms for everybody: they say where they come from."""
    beside: str = "Ready replies and what the answer rests on"
    """What the parts aside are, for whoever does not see where they stand."""
    description: str = ""
    """What it tells, in a sentence or two, for whoever shows a link to it."""
    others: tuple[Other, ...] = ()
    """The same for programs: feeds, JSON."""
    data: Mapping[str, object] | None = None
    """What it tells as JSON-LD."""
    dated: date | None = None
    """When what it tells was last looked at."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What went wrong, and what to do about it."""

    template: ClassVar[str] = "problem.html"
    status: int
    title: str
    detail: str
    ways: tuple[Way, ...]


def html(page: Page, *, status: int = 200) -> HTMLResponse:
    """Answer with the page."""
    made = head.head(page, shown=status == HTTPStatus.OK)
    written = (
        _environment()
        .get_template("layout.html")
        .render(page=page, head=made, version=__version__, revision=revision())
    )
    # What was sent may hold halves of characters, which UTF-8 can't carry.
    body = written.encode("utf-8", "replace")
    return HTMLResponse(body, status_code=status, headers=_headers(page, body, status))


def _headers(page: Page, body: bytes, status: int) -> dict[str, str]:
    """Who may keep it, for how long, and what it changes with."""
    if page.private:
        return PRIVATE
    opened = OPEN if page.open_forms else {}
    if status != HTTPStatus.OK:
        return {"Cache-Control": "no-store", **opened}
    kept = fresh.ASK if page.indexed and not page.open_forms else fresh.MINE
    dated = {"Last-Modified": head.http_date(page.dated)} if page.dated else {}
    return {"ETag": fresh.tag(body), "Cache-Control": kept, "Vary": "Accept", **dated, **opened}


def opensearch(site: str) -> Response:
    """Answer with how to search at this address."""
    written = _environment().get_template("opensearch.xml").render(site=site)
    return Response(written, media_type="application/opensearchdescription+xml")


def problem_page(request: Request, problem: Problem) -> HTMLResponse:
    """Answer a browser with a failure."""
    part = Wrong(problem.status, problem.title, problem.detail, ways(request))
    return html(Page(problem.title, (part,), indexed=False), status=problem.status)


def prose(written: str) -> Markup:
    """The Markdown of a signature: no HTML of its own, no images or headings, links to the web only."""
    return Markup(_markdown().render(visible(written)))  # noqa: S704 - with `html` off, all but its own tags is escaped


class _Markdown(MarkdownIt):
    """CommonMark, with links that go to the web or stay text."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the parser's own hook
        return url.startswith(("https://", "http://"))


@cache
def _markdown() -> MarkdownIt:
    """The parser; a page has headings and images of its own only."""
    made = _Markdown("commonmark", {"html": False})
    made.disable(["heading", "lheading", "hr", "image", "html_block", "html_inline"])
    made.add_render_rule("code_inline", _code)
    made.add_render_rule("link_open", _link)
    return made


def _code(_: RendererHTML, tokens: Sequence[Token], at: int, *__: object) -> str:
    return str(set_code(tokens[at].content))


def _link(renderer: RendererHTML, tokens: Sequence[Token], at: int, *rest: Any) -> str:
    tokens[at].attrSet("rel", "noreferrer")
    return renderer.renderToken(tokens, at, *rest[:2])


@cache
def revision() -> str:
    """What changes whenever a style sheet or a script does: so each of them may be kept for good."""
    files = sorted(file for file in STATIC.iterdir() if file.is_file())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(visible=visible, shown=shown, brief=brief, inline=inline, prose=prose)
    return made
