"""The page that drafts a signature from an unknown crash: its two files, and what to do with them."""

from __future__ import annotations

from urllib.parse import urlencode

from app.unknown.clusters import Draft
from app.web.person import Person
from app.web.render import Page
from app.web.typeset import visible
from app.web.unknown_list import LIST, STYLES, address
from app.web.unknown_parts import DraftHead, File, Files

SHOWN = 20_000  # characters of a file on the page; the download has all of it
YAML = "/draft.yaml"
EXAMPLE = "/draft.match.first.txt"


def page(fingerprint: str, draft: Draft, person: Person) -> Page:
    """The two files."""
    name = draft.name
    query = "?" + urlencode({"package": name.package, "issue": draft.issue}, errors="replace")
    files = Files(
        files=(
            _file("yaml", name.file, address(fingerprint, YAML) + query, draft.written),
            _file("example", name.example, address(fingerprint, EXAMPLE) + query, draft.example),
        ),
        lint=f"tracelore lint --only {name.id}",
        rejudge=f"tracelore rejudge --fingerprint {fingerprint}",
        folder=f"signatures/{name.package}/",
    )
    head = _head(fingerprint, name.package, draft.issue, None)
    return _page(person, head, files)


def refused(fingerprint: str, package: str, issue: str, complaint: str, person: Person) -> Page:
    """The form again, with what is wrong with the names in it."""
    return _page(person, _head(fingerprint, package, issue, complaint))


def _page(person: Person, *parts: DraftHead | Files) -> Page:
    return Page("Draft of a signature", parts, here=LIST, indexed=False, private=True, person=person, styles=STYLES)


def _head(fingerprint: str, package: str, issue: str, complaint: str | None) -> DraftHead:
    return DraftHead(address(fingerprint), fingerprint, package, issue, complaint)


def _file(id_: str, name: str, url: str, text: str) -> File:
    exact = len(text) <= SHOWN and visible(text) == text
    return File(f"file-{id_}", name, url, text[:SHOWN], exact)
