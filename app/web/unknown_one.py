"""The page of one cluster of unknown crashes: from what is known of it to its parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from app.diagnosis.model import Match, NearMiss
from app.signature.book import Book
from app.unknown.clusters import PASTED, Example, Neighbour, Whole, frames_of, last_days, place
from app.web import words
from app.web.excerpt import Mark, excerpt
from app.web.person import Person
from app.web.render import Page, Part
from app.web.times import when
from app.web.trend_charts import spark
from app.web.unknown_list import LIST, STYLES, address, explained, named, versions
from app.web.unknown_parts import (
    Facts,
    From,
    Gone,
    Near,
    Nearly,
    NearlyAll,
    Neighbours,
    SinceThen,
    Title,
    Traceback,
    Varies,
)

BESIDE = "Where it came from and what it ran on"
MESSAGES = 5  # different ones that are shown
PLACES = 12
VERSIONS = 8  # shown at once
SERVICES = 8
NEARLY = 6


def page(whole: Whole, book: Book, person: Person) -> Page:
    """A cluster."""
    one, now = whole.cluster, datetime.now(UTC)
    parts = (
        _title(whole),
        _since(whole, book),
        _traceback(whole),
        _varies(whole),
        _nearly(whole.examples),
        _neighbours(whole.neighbours),
    )
    title = f"Unknown crash: {one.exception or one.counted.fingerprint}"
    return _page(title, _present(parts), person, (_facts(whole, now),))


def gone(fingerprint: str, signatures: Sequence[tuple[str, datetime]], book: Book, person: Person) -> Page:
    """A cluster that is one no more."""
    now = datetime.now(UTC)
    moved = tuple((explained(signature, book), when(at, now)) for signature, at in signatures)
    return _page("Explained since", (Gone(fingerprint, moved),), person)


def _page(title: str, parts: tuple[Part, ...], person: Person, aside: tuple[Part, ...] = ()) -> Page:
    return Page(title, parts, aside, LIST, indexed=False, private=True, person=person, beside=BESIDE, styles=STYLES)


def _present(parts: Iterable[Part | None]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part is not None)


def _title(whole: Whole) -> Title:
    one = whole.cluster
    counted = one.counted
    begin, last = last_days()
    often = words.seen("It", counted.count).removesuffix(".")
    spread = words.counted(counted.spread, "source") if counted.spread > 1 else named(one.origins[0].source)
    from_ = "" if spread == named(PASTED) else "from "
    return Title(
        exception=one.exception,
        says=one.says,
        fingerprint=counted.fingerprint,
        lead=f"{often}, {from_}{spread}. No signature explained it when it came.",
        spark=spark(one.trend, last),
        begin=f"{begin.day} {begin:%B}",
        draft=address(counted.fingerprint, "/draft") if any(each.crash for each in whole.examples) else None,
    )


def _since(whole: Whole, book: Book) -> SinceThen | None:
    if not whole.explained:
        return None
    found = list(whole.explained.values())
    signatures = sorted(set(found), key=lambda one: (-found.count(one), one))
    of = len(whole.examples)
    told = tuple((explained(one, book), f"{found.count(one)} of {of}") for one in signatures)
    return SinceThen(whole.cluster.counted.fingerprint, told)


def _traceback(whole: Whole) -> Traceback | None:
    """The newest example that can be read, the frames that all examples share marked."""
    shown = next((one for one in whole.examples if one.crash is not None), None)
    if shown is None or shown.crash is None:
        return None
    several = len(whole.examples) > 1
    marks = _marks(
        shown, frozenset(whole.cluster.alike.common), says_more=several and bool(whole.cluster.alike.messages)
    )
    crash = shown.sample.crash
    told = excerpt(shown.report.lines, marks if several else {}, (crash.first_line, crash.last_line))
    differs = any(mark.tone == "differs" for some in marks.values() for mark in some)
    return Traceback(shown.sample.diagnosis, f"{len(whole.examples)}", differs, told) if told else None


def _marks(shown: Example, common: frozenset[str], *, says_more: bool) -> dict[int, tuple[Mark, ...]]:
    """For each line that belongs to a frame what it is; only its first line has a name."""
    marks: dict[int, tuple[Mark, ...]] = {}
    if shown.crash is None:
        return marks
    for frame in frames_of(shown.crash):
        tone, name = ("common", "in all") if place(frame) in common else ("differs", "in some")
        for line in range(frame.first_line, frame.last_line + 1):
            marks[line] = (Mark(0, name if line == frame.first_line else "", tone),)
    if says_more and shown.crash.raised.type_line:
        marks[shown.crash.raised.type_line] = (Mark(0, "differs", "differs"),)
    return marks


def _varies(whole: Whole) -> Varies | None:
    messages, places = whole.cluster.alike.messages, whole.cluster.alike.varying
    if not messages and not places:
        return None
    of = len(whole.examples)
    return Varies(
        messages=messages[:MESSAGES],
        more_messages=f"and {len(messages) - MESSAGES} more" if len(messages) > MESSAGES else "",
        places=tuple((name, f"{times} of {of}") for name, times in places[:PLACES]),
        more_places=f"and {len(places) - PLACES} more" if len(places) > PLACES else "",
    )


def _nearly(examples: Sequence[Example]) -> NearlyAll | None:
    """Signatures that may be it, and those that one thing ruled out, the ones of most examples first."""
    found: dict[str, list[Match | NearMiss]] = {}
    for example in examples:
        crash = example.sample.crash
        nearly: tuple[Match | NearMiss, ...] = (*crash.matches, *crash.near_misses)
        for one in nearly:
            found.setdefault(one.signature, []).append(one)
    often = sorted(found.values(), key=lambda some: -len(some))
    shown = tuple(_near(some[0], f"{len(some)} of {len(examples)}") for some in often[:NEARLY])
    return NearlyAll(shown) if shown else None


def _near(one: Match | NearMiss, examples: str) -> Nearly:
    if isinstance(one, NearMiss):
        failed = one.failed
        why = words.clue(failed.clue, failed.rule)
        seen = failed.seen or ("not shown" if failed.state == "unseen" else "nothing of it")
        return Nearly(one.title, one.url, one.signature, why, failed.expected, seen, examples)
    return Nearly(one.title, one.url, one.signature, words.verdict(one.verdict, one.confidence), "", None, examples)


def _neighbours(found: Sequence[Neighbour]) -> Neighbours | None:
    shown = tuple(
        Near(address(one.fingerprint), one.exception, one.says, f"{one.count:,}", one.shared) for one in found
    )
    return Neighbours(shown) if shown else None


def _facts(whole: Whole, now: datetime) -> Facts:
    one = whole.cluster
    ran = versions(one)
    return Facts(
        fingerprint=one.counted.fingerprint,
        first=when(one.counted.first_seen, now),
        last=when(one.counted.last_seen, now),
        origins=tuple(
            From(
                named(origin.source),
                None if origin.source == PASTED else f"/sources/{origin.source}",
                f"{origin.count:,}",
                _few(origin.services),
                _few(origin.releases),
            )
            for origin in one.origins
        ),
        versions=ran[:VERSIONS],
        more_versions=ran[VERSIONS:],
        examples=one.examples,
    )


def _few(names: Sequence[str]) -> str:
    more = [f"{len(names) - SERVICES} others"] if len(names) > SERVICES else []
    return words.listed([*names[:SERVICES], *more]) if names else ""
