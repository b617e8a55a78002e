"""The pages of sources: all of them, one of them, and the question before one is removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.signature.book import Book
from app.staff import MOST_OCCURRENCES, MOST_PARKED, Hour, Key, Occurrence, Source, Watched, Whole
from app.web import chart, words
from app.web.person import Person
from app.web.render import Page, Part
from app.web.source_parts import (
    Failure,
    Failures,
    Figures,
    Flow,
    Keys,
    LastError,
    Leave,
    NewKey,
    ParkedText,
    ParkedTexts,
    Removal,
    Row,
    Rows,
    Setup,
    ShownKey,
    SourcesHead,
    SourceTitle,
)
from app.web.times import When, when

LIST = "/sources"
BESIDE = "Totals, last error and keys of this source"
MOST_TEXT = 4_000  # characters of a parked text that are shown; 'tracelore parked show' prints all of it
NOBODY = (
    "A source is whatever sends its logs here under one name. Make the first one: its page has the configuration of "
    "every common log shipper, ready to copy."
)
AT_ONCE = 20  # failures that are not folded
FEW = 10  # a rate below is shown with one decimal place


@dataclass(frozen=True, slots=True)
class News:
    """What the page of a source tells once."""

    key: str = ""
    """A key that was just made."""
    told: str = ""
    """What came of a form on what is parked."""


NOTHING = News()


def index(found: Sequence[Watched], person: Person, *, typed: str = "", complaint: str | None = None) -> Page:
    """All sources, and the form that makes one."""
    head = SourcesHead(_lead(found), person.token, typed, complaint)
    rows = (Rows(tuple(_row(one, _now()) for one in found)),) if found else ()
    return _page("Sources", (head, *rows), person)


def one(whole: Whole, book: Book, person: Person, setup: Setup, news: News) -> Page:
    """A source."""
    source, now = whole.source, _now()
    came = source.records > 0
    parts = (
        SourceTitle(source.name, _how_it_goes(source)),
        NewKey(source.name, news.key) if news.key else None,
        None if came else setup,
        _flow(whole) if came else None,
        _failures(whole, book, now),
        _parked(whole, person, news.told, now),
        setup if came else None,
    )
    aside = (
        _figures(source, now),
        LastError(source.last_error, _maybe(source.last_error_at, now)) if source.last_error else None,
        _keys(source.name, whole.keys, person, now),
        Leave(source.name),
    )
    return _page(source.name, _present(parts), person, _present(aside))


def removal(source: Source, person: Person) -> Page:
    """The question before a source is removed."""
    lost = f"{words.counted(len(source.keys), 'valid key')} and the counts of {words.counted(source.crashes, 'crash')}"
    return _page(f"Remove {source.name}?", (Removal(source.name, person.token, lost),), person)


def _page(title: str, parts: tuple[Part, ...], person: Person, aside: tuple[Part, ...] = ()) -> Page:
    return Page(title, parts, aside, LIST, indexed=False, private=True, person=person, beside=BESIDE)


def _present(parts: Sequence[Part | None]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part is not None)


def _now() -> datetime:
    return datetime.now(UTC)


def _maybe(moment: datetime | None, now: datetime) -> When | None:
    return None if moment is None else when(moment, now)


def _lead(found: Sequence[Watched]) -> str:
    if not found:
        return NOBODY
    crashes = sum(one.source.crashes for one in found)
    explained = sum(one.source.explained for one in found)
    share = f", {words.share_of(explained, crashes)} of them explained" if crashes else ""
    return f"{words.counted(len(found), 'source')} sent {words.counted(crashes, 'crash')}{share}."


def _row(watched: Watched, now: datetime) -> Row:
    source = watched.source
    return Row(
        name=source.name,
        records=words.counted(source.records, "record"),
        crashes=words.counted(source.crashes, "crash"),
        explained=words.share_of(source.explained, source.crashes) or None,
        bars=chart.crashes(watched.day),
        last=_maybe(source.last_seen, now),
        error=source.last_error,
        error_at=_maybe(source.last_error_at, now),
    )


def _how_it_goes(source: Source) -> str:
    if not source.records:
        return "Nothing has come from it yet. Tell your log shipper where to send, and with which key."
    came = f"{words.counted(source.crashes, 'crash')} in {words.counted(source.records, 'record')}"
    if not source.crashes:
        return f"{came} so far."
    return f"{came}; {words.share_of(source.explained, source.crashes)} of them explained by a known bug."


def _flow(whole: Whole) -> Flow:
    day = whole.day
    return Flow(
        now=(
            (_rate(whole.rate.records), "records a minute, now"),
            (_rate(whole.rate.crashes), "crashes a minute, now"),
        ),
        charts=(("Crashes by the hour", chart.crashes(day)), ("Records by the hour", chart.records(day))),
        begin=f"{day[0].begin:%H:%M} UTC" if day else "a day ago",
        hours=tuple(_hour(one) for one in reversed(day) if one.records or one.crashes),
    )


def _hour(one: Hour) -> tuple[str, str, str, str]:
    said = f"{one.begin.day} {one.begin:%B, %H:%M} UTC"
    return said, f"{one.records:,}", f"{one.crashes:,}", f"{one.explained:,}"


def _failures(whole: Whole, book: Book, now: datetime) -> Failures | None:
    seen = whole.occurrences
    if not seen:
        return None
    shown = tuple(_failure(one, book, whole.said, now) for one in seen[:MOST_OCCURRENCES])
    more = len(seen) > MOST_OCCURRENCES
    return Failures(
        count=f"the last {MOST_OCCURRENCES}" if more else str(len(seen)),
        failures=shown[:AT_ONCE],
        folded=shown[AT_ONCE:],
        more=f"There are more than these {MOST_OCCURRENCES}, seen longer ago." if more else None,
    )


def _failure(one: Occurrence, book: Book, said: Mapping[str, str], now: datetime) -> Failure:
    known = book.signatures.get(one.signature) if one.signature else None
    title = known.title if known else one.signature or said.get(one.fingerprint) or "An unknown crash"
    place = one.place
    return Failure(
        title=title,
        url=known.page if known else None,
        id=one.signature or one.fingerprint,
        known=one.signature is not None,
        places=_places((("Service", place.service), ("Release", place.release), ("Environment", place.environment))),
        count=f"{one.count:,}",
        first=when(one.first_seen, now),
        last=when(one.last_seen, now),
        examples=one.examples,
    )


def _places(named: Sequence[tuple[str, str | None]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in named if value)


def _parked(whole: Whole, person: Person, told: str, now: datetime) -> ParkedTexts | None:
    texts = tuple(
        ParkedText(one.id, one.reason, when(one.at, now), one.text[:MOST_TEXT]) for one in whole.parked[:MOST_PARKED]
    )
    if not texts and not told:
        return None
    count = f"the newest {MOST_PARKED}" if len(whole.parked) > MOST_PARKED else str(len(texts))
    return ParkedTexts(whole.source.name, person.token, count, texts, told or None)


def _figures(source: Source, now: datetime) -> Figures:
    rows = (
        ("Records", f"{source.records:,}"),
        ("Crashes", f"{source.crashes:,}"),
        (
            "Explained",
            f"{source.explained:,} ({words.share_of(source.explained, source.crashes)})" if source.crashes else "0",
        ),
    )
    return Figures(rows, _maybe(source.last_seen, now), when(source.made, now))


def _keys(name: str, keys: Sequence[Key], person: Person, now: datetime) -> Keys:
    shown = [ShownKey(one.hint, when(one.made, now), _maybe(one.revoked, now)) for one in keys]
    valid = tuple(one for one in shown if one.revoked is None)
    return Keys(name, person.token, valid, tuple(one for one in shown if one.revoked is not None))


def _rate(number: float) -> str:
    return f"{number:.1f}" if 0 < number < FEW else f"{number:,.0f}"
