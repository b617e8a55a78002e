"""The page of the known bugs: all of them by package, or what a search finds, narrowed and turned page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from app.diagnosis.model import CrashDiagnosis, Evidence, Match
from app.intake import Received
from app.search import KINDS, MOST_SAMPLE, Found, plain
from app.signature.book import Book
from app.signature.model import Signature
from app.web import words
from app.web.asked import Asked
from app.web.found_parts import Bug, Facet, Field, Hit, Hits, Narrow, Nothing, Option, Pages, Turn, Verdicts
from app.web.kb import shelf
from app.web.mark import Words, pieces, readable, snippet, words_of
from app.web.render import Page, Part

EACH_PACKAGE = 12  # bugs of a package on the page of all packages; the others are one click away
FEW = 4
EACH = 20  # hits on a page
LARGE = 1000  # signatures; of a larger book fewer stand under each package
PACKAGES = 100  # of the whole book that stand on a page
AT_ONCE = 6  # values of a facet that are not folded
MOST_VALUES = 200  # of a facet; the rarer ones are found by typing
CRASHES = 3  # of a pasted text that are answered
BUGS = 3  # that one crash may be
BESIDE = "Narrow the list down"
HEADING = "Known bugs"

FACETS = {"package": "Package", "exception": "Exception", "os": "System", "fix": "Fix", "proof": "Proof"}
VALUES = {
    "fix": {"fixed": "Fixed in a release", "open": "No fix released"},
    "proof": {"reproduced": "Made to happen", "read": "Sources read"},
    "os": words.SYSTEMS,
}


def page(book: Book, asked: Asked, found: Found, most: int) -> Page:
    """What was found; without anything asked the whole book."""
    ids = found.narrowed.ids
    told = f"{words.counted(len(ids), 'known bug')} found." if ids else "Nothing found."
    narrow = _narrow(asked, found)
    if asked.all:
        listed = tuple(_shelves(book, asked))
    else:
        listed = (_hits(book, asked, found, narrows=bool(narrow)),) if ids else (_nothing(asked, found),)
    verdicts = tuple(_verdicts(found.told))
    parts: tuple[Part, ...] = (field(book, asked, most, told=told), *verdicts, *listed)
    title = f"{words.shortened(asked.text)} · {HEADING}" if asked.text else HEADING
    return Page(
        title,
        parts,
        narrow,
        "/kb",
        indexed=asked.all,
        styles=("search.css",),
        scripts=("search.js",),
        searches=True,
        beside=BESIDE,
    )


def refused(book: Book, most: int, complaint: str) -> Page:
    """That what was sent is too long to be searched for."""
    parts = (field(book, Asked(), most, told="", complaint=complaint),)
    return Page(HEADING, parts, here="/kb", indexed=False, styles=("search.css",), searches=True)


def field(book: Book, asked: Asked, most: int, *, told: str, complaint: str | None = None) -> Field:
    """The heading with the field that searches."""
    lead = f"{words.size(book)}, each with its cause, its fix and its sources."
    kept = tuple((kind, asked.chosen[kind]) for kind in KINDS if kind in asked.chosen)
    return Field(HEADING, lead, asked.text, kept, told, complaint, most)


def _shelves(book: Book, asked: Asked) -> Iterator[Part]:
    """The book by package."""
    names = list(book.by_package)
    pages, here = _pages(asked, len(names), PACKAGES, "packages")
    most = FEW if len(book.signatures) > LARGE else EACH_PACKAGE
    yield shelf(book, names[(here - 1) * PACKAGES : here * PACKAGES], most)
    if pages:
        yield Turn(pages)


def _hits(book: Book, asked: Asked, found: Found, *, narrows: bool) -> Hits:
    ids = found.narrowed.ids
    pages, here = _pages(asked, len(ids), EACH, "known bugs")
    marked = words_of(found.hits.marks)
    shown = ids[(here - 1) * EACH : here * EACH]
    return Hits(
        heading=_heading(len(ids), crash=bool(marked and found.told)),
        chosen=_chosen(asked),
        notes=tuple(_notes(found)),
        hits=tuple(_hit(book.signatures[one], book.samples.get(one, b""), marked) for one in shown),
        pages=pages,
        narrows=narrows,
    )


def _heading(count: int, *, crash: bool) -> str:
    """How many there are; beside the verdicts on a crash it is said what these are."""
    counted = words.counted(count, "known bug")
    return f"{counted} with these words" if crash else counted


def _hit(one: Signature, sample: bytes, marked: Words | None) -> Hit:
    title = readable(one.title)
    place, cut = snippet(_texts(one, sample), marked, title) or ("", ())
    return Hit(
        title=pieces(title, marked),
        url=one.page,
        id=one.id,
        fix=words.fix(one),
        status=None if one.status == "proven" else one.status,
        place=place,
        snippet=cut,
    )


def _texts(one: Signature, sample: bytes) -> Iterator[tuple[str, str]]:
    """Its texts by name, the ones that tell most first."""
    named = (
        ("Cause", one.cause),
        ("Fix", one.remedy),
        ("Trigger", one.trigger),
        ("Workaround", one.workaround),
        ("If left", one.if_left),
    )
    yield from ((name, text) for name, text in named if text)
    clues = (*one.match.all, *one.match.any)
    yield "Recognised by", " · ".join(readable(plain(clue)) for clue in clues)
    yield "In a report", sample[:MOST_SAMPLE].decode(errors="replace")


def _notes(found: Found) -> Iterator[str]:
    for typed, meant in found.hits.read_as:
        yield f"“{words.shortened(typed)}” stands in no known bug; read as “{meant}”."
    if found.hits.partial:
        yield "No known bug has all of these words; these have some of them."


def _nothing(asked: Asked, found: Found) -> Nothing:
    return Nothing(words.shortened(asked.text), _chosen(asked), found.told is not None)


def _pages(asked: Asked, count: int, each: int, what: str) -> tuple[Pages | None, int]:
    """The other pages, when there are some, and the number of this one."""
    last = max(-(-count // each), 1)
    here = min(asked.page, last)
    if last == 1:
        return None, 1
    begin, end = (here - 1) * each + 1, min(here * each, count)
    before = asked.on(here - 1).url if here > 1 else None
    after = asked.on(here + 1).url if here < last else None
    return Pages(f"{begin:,} to {end:,} of {count:,} {what}", before, after), here


def _narrow(asked: Asked, found: Found) -> tuple[Narrow, ...]:
    count = len(found.narrowed.ids)
    facets = [_facet(kind, asked, found.narrowed.counts[kind], count) for kind in KINDS]
    shown = tuple(one for one in facets if one is not None)
    return (Narrow(shown),) if shown else ()


def _facet(kind: str, asked: Asked, counts: Mapping[str, int], count: int) -> Facet | None:
    """The values of this kind that not all have; None when there are none."""
    chosen = asked.chosen.get(kind)
    telling = [value for value in counts if counts[value] < count or value == chosen]
    ranked = sorted(telling, key=lambda value: (value != chosen, -counts[value], value))[:MOST_VALUES]
    options = tuple(_option(kind, value, asked, counts[value]) for value in ranked)
    few = AT_ONCE if len(options) > AT_ONCE + 1 else AT_ONCE + 1  # to fold one saves nothing
    return Facet(FACETS[kind], options[:few], options[few:]) if options else None


def _option(kind: str, value: str, asked: Asked, count: int) -> Option:
    chosen = asked.chosen.get(kind) == value
    return Option(_named(kind, value), count, (asked.without(kind) if chosen else asked.with_(kind, value)).url, chosen)


def _chosen(asked: Asked) -> tuple[Option, ...]:
    """What it is narrowed to, each with the address without it."""
    some = ((kind, asked.chosen[kind]) for kind in KINDS if kind in asked.chosen)
    return tuple(Option(_named(kind, value), 0, asked.without(kind).url, chosen=True) for kind, value in some)


def _named(kind: str, value: str) -> str:
    return words.product(value) if kind == "package" else VALUES.get(kind, {}).get(value, value)


def _verdicts(told: Received | None) -> Iterator[Verdicts]:
    """What a pasted crash is; nothing of a line that fits no bug: its words are searched for anyway."""
    if told is None:
        return
    for crash in told.diagnosis.crashes[:CRASHES]:
        bugs = [match for match in crash.matches if match.verdict != "none"][:BUGS]
        if bugs:
            yield Verdicts(_raised(crash), tuple(_bug(match) for match in bugs))


def _raised(crash: CrashDiagnosis) -> str:
    return ": ".join(part for part in (crash.exception, crash.message) if part)


def _bug(match: Match) -> Bug:
    shown = _deciding(match.evidence)
    return Bug(
        tone=match.verdict,
        verdict=words.verdict(match.verdict, match.confidence),
        title=match.title,
        url=match.url,
        id=match.signature,
        advice=match.advice,
        line=shown.line if shown else None,
        evidence=shown.text if shown else None,
    )


def _deciding(evidence: Sequence[Evidence]) -> Evidence | None:
    """The line that says most: the exception's own text, else the first that holds."""
    holding = [one for one in evidence if one.state == "holds" and one.text and one.rule != "none"]
    return min(holding, key=lambda one: one.clue != "message", default=None)
