"""What stands in the head of a page beside its title: its one address, how a link to it is shown, and JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Protocol

from markupsafe import Markup

from app.web.place import here
from app.web.typeset import visible

SHORT = 200  # characters of a description; chats and search engines show fewer
# Inside a script these could end it, or begin a comment that swallows its end.
ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


class Page(Protocol):
    """What is asked of a page here."""

    @property
    def indexed(self) -> bool:
        """Whether search engines may keep it."""
        ...

    @property
    def description(self) -> str:
        """What it tells."""
        ...

    @property
    def data(self) -> Mapping[str, object] | None:
        """What it tells as JSON-LD."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """What stands in the head of a page."""

    robots: bool
    """Whether search engines may keep it."""
    canonical: str | None
    description: str
    kind: str
    """`article` or `website`, as OpenGraph has it."""
    data: Markup | None


def head(page: Page, *, shown: bool) -> Head:
    """The head of this page; one that is not shown, as it failed, has no address of its own."""
    place = here()
    indexed = page.indexed and shown
    canonical = place.url if indexed and place.site else None
    data = as_script({**page.data, "url": place.url}) if page.data is not None and shown else None
    kind = "article" if page.data is not None else "website"
    return Head(indexed and place.open, canonical, brief(page.description), kind, data)


def as_script(data: Mapping[str, object]) -> Markup:
    """JSON-LD that can stand in a script element whatever its texts say."""
    written = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False)
    return Markup(written.translate(ESCAPED))  # noqa: S704 - no character of markup is left


def brief(written: str) -> str:
    """One line of it, cut at a word."""
    line = visible(" ".join(written.replace("`", "").split()))
    return line if len(line) <= SHORT else line[:SHORT].rsplit(" ", 1)[0] + " …"


def http_date(day: date) -> str:
    """The beginning of a day as HTTP writes it."""
    return format_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC), usegmt=True)
