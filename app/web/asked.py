"""A search as an address: what was typed, what it was narrowed to, and which page of it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlencode

from app.search import KINDS as KINDS

KB = "/kb"
MAX_VALUE = 120  # characters of a facet's value; none is longer than an id
MAX_PAGE = 6  # digits
NOT_CHOSEN: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted."""

    text: str = ""
    chosen: Mapping[str, str] = field(default_factory=lambda: NOT_CHOSEN)
    """For each kind of facet the value that is wanted."""
    page: int = 1

    @property
    def all(self) -> bool:
        """Whether nothing in particular is asked for."""
        return not self.text and not self.chosen

    @property
    def whole_text(self) -> bool:
        """Whether it is more than a line: no address holds it."""
        return "\n" in self.text or len(self.text) > MAX_ADDRESS

    def with_(self, kind: str, value: str) -> Asked:
        """The same, narrowed to this value."""
        return Asked(self.text, {**self.chosen, kind: value})

    def without(self, kind: str) -> Asked:
        """The same, not narrowed by this kind."""
        return Asked(self.text, {name: value for name, value in self.chosen.items() if name != kind})

    def on(self, page: int) -> Asked:
        """Another page of the same."""
        return Asked(self.text, self.chosen, page)

    @property
    def url(self) -> str:
        """Its address."""
        said = {"q": self.text, **{kind: self.chosen[kind] for kind in KINDS if kind in self.chosen}}
        query = {name: value for name, value in said.items() if value}
        if self.page > 1:
            query["page"] = str(self.page)
        return f"{KB}?{urlencode(query, errors='replace')}" if query else KB


MAX_ADDRESS = 1500  # characters of a text that may stand in an address; some proxies take two thousand


def asked(fields: Mapping[str, str]) -> Asked:
    """What these fields ask for; what they do not say rightly is not asked."""
    values = {kind: fields.get(kind, "").strip()[:MAX_VALUE] for kind in KINDS}
    page = fields.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) <= MAX_PAGE else 1
    text = fields.get("q", "").replace("\r\n", "\n").strip()
    return Asked(text, {kind: value for kind, value in values.items() if value}, max(number, 1))
