"""The parts of the answer page as values, each with the template that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.diagnosis.model import Known


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict, in words and as a place on the scale."""

    template: ClassVar[str] = "answer/headline.html"
    tone: str
    verdict: str
    place: float | None
    """0 to 100; None when there is nothing to be sure of."""
    title: str | None
    url: str | None
    signature: str | None
    exception: str | None
    message: str
    summary: str | None
    jumps: tuple[tuple[str, str], ...]
    """Links to what stands far below."""


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do."""

    template: ClassVar[str] = "answer/fix.html"
    heading: str
    advice: str
    command: str | None
    version: str
    version_line: int | None
    sources: tuple[tuple[str, str, str], ...]
    """Kind, address, and the address as it is shown, of the report and of what shows the fix."""


@dataclass(frozen=True, slots=True)
class Why:
    """Cause, remedy, workaround, and when not: headings and texts, the empty ones left out."""

    template: ClassVar[str] = "answer/why.html"
    texts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Clue:
    """One clue, what was found of it, and where."""

    number: int
    sentence: str
    expected: str
    tone: str
    sign: str
    found: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Clues:
    """The evidence: clues that say something, and counter-clues that were looked for and not found."""

    template: ClassVar[str] = "answer/evidence.html"
    told: tuple[Clue, ...]
    clear: tuple[Clue, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """How the number came about: what each piece of evidence added, and what else decided."""

    template: ClassVar[str] = "answer/sum.html"
    pieces: tuple[tuple[str, str], ...]
    total: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Helpful:
    """What to send for a better answer."""

    template: ClassVar[str] = "answer/helpful.html"
    wishes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A crash nobody has explained: how it is recognised and how often it came."""

    template: ClassVar[str] = "answer/unknown.html"
    fingerprint: str
    times: str


@dataclass(frozen=True, slots=True)
class Other:
    """Another signature that may be it."""

    title: str
    url: str
    advice: str
    tone: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Others:
    """The other signatures that may be it."""

    template: ClassVar[str] = "answer/others.html"
    others: tuple[Other, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """A look-alike, and what ruled it out or would tell."""

    title: str
    url: str
    signature: str
    sentence: str
    expected: str
    seen: str | None
    line: int | None


@dataclass(frozen=True, slots=True)
class Untold:
    """Signatures that may be it, and what the report would have to show of each."""

    template: ClassVar[str] = "answer/untold.html"
    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class Misses:
    """Signatures that look alike and are not it."""

    template: ClassVar[str] = "answer/misses.html"
    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class OtherCrash:
    """Another crash of the same report."""

    url: str
    verdict: str
    tone: str
    title: str
    lines: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class OtherCrashes:
    """Every crash of the report, when there are several."""

    template: ClassVar[str] = "answer/crashes.html"
    crashes: tuple[OtherCrash, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A text to send on."""

    name: str
    heading: str
    written: str
    markdown: str


@dataclass(frozen=True, slots=True)
class ReadyReplies:
    """Texts to send on, each with a button that copies it."""

    template: ClassVar[str] = "answer/replies.html"
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Colophon:
    """What the answer rests on."""

    template: ClassVar[str] = "answer/colophon.html"
    environment: tuple[tuple[str, Known], ...]
    more_packages: tuple[tuple[str, Known], ...]
    """Those beyond a handful."""
    contradictions: tuple[str, ...]
    notes: tuple[str, ...]
    redacted: tuple[tuple[str, int], ...]
    times: str
    url: str
    book: str
    engine: str
