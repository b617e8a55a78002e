"""All that the page of an answer is made of, as one value, and the addresses under its link."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from app.again import Thread
from app.diagnosis.model import CrashDiagnosis
from app.feedback import Told
from app.intake import Kept, Received
from app.signature.book import Book
from app.web.person import Fields


@dataclass(frozen=True, slots=True)
class Refused:
    """Why what a form said can't be used, and in which field that stands."""

    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Typed:
    """What stood in a form, and why it was refused."""

    fields: Fields
    refused: Refused


@dataclass(frozen=True, slots=True)
class View:
    """An answer as somebody looks at it."""

    thread: Thread
    place: int | None
    """Which crash of the report is shown, from 0; None when there is none."""
    book: Book
    alike: int
    """How often the fingerprint of this crash was seen."""
    feedback: Told | None
    """What was said of the best signature's fix; None when no signature fits."""
    base: str
    """The address of this server as others reach it."""
    said: str = ""
    """What is told once, after a form."""
    more: Typed | None = None
    """The form that judges again, when it was refused."""
    wrong: Typed | None = None
    """The form that corrects, when it was refused."""

    @property
    def told(self) -> Received:
        """The answer that is shown."""
        return self.thread.shown

    @property
    def crash(self) -> CrashDiagnosis | None:
        """The crash that is shown."""
        return None if self.place is None else self.told.diagnosis.crashes[self.place]

    @property
    def link(self) -> str:
        """The path that stays the same for all answers to this report."""
        return f"/diagnoses/{kept(self.thread.first).id}"

    def at(self, part: str = "", *, crash: int | None = None, answer: str | None = None) -> str:
        """The path of this crash (from 0) and this answer, as they are shown where nothing else is said."""
        query: dict[str, str] = {}
        shown = answer or ("" if self.thread.latest else kept(self.told).id)
        place = self.place if crash is None else crash
        if shown:
            query["answer"] = shown
        if place is not None and len(self.told.diagnosis.crashes) > 1 and answer is None:
            query["crash"] = str(place + 1)
        return self.link + (f"?{urlencode(query)}" if query else "") + part


def kept(told: Received) -> Kept:
    """How the answer is kept: a page has a link, so it is."""
    assert told.kept is not None, "a page has a link, so its answer was kept"
    return told.kept
