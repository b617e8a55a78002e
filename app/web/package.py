"""The page of a package: its bugs on one line of releases, and which of them wait for the reader's version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.version import InvalidVersion, Version

from app.signature.book import Book
from app.signature.model import Signature
from app.signature.releases import Releases, State, state, way_out
from app.web import words
from app.web.found_parts import Field
from app.web.package_parts import Bug, Bugs, Here, Row
from app.web.render import Page
from app.web.versions import axis, line, moment, spans, target

NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def page(book: Book, name: str, typed: str, most: int) -> Page:
    """The bugs of a package that has some; `typed` is the version the reader runs, if they say."""
    some = [one for one in book.by_package[name] if one.status != "retired"]
    releases = book.releases.get(name)
    product = words.product(name)
    heading = f"Known bugs of {product}"
    lead = f"{words.counted(len(some), 'bug')} of {product} in the book."
    field = Field(heading, lead, "", (("package", name),), "", None, most, crumb=True)
    version = version_of(typed)
    parts = (field, here(product, name, some, releases, typed), _bugs(product, some, releases, version))
    styles, scripts = ("search.css", "bug.css"), ("search.js",)
    return Page(heading, parts, here="/kb", styles=styles, scripts=scripts, searches=True, indexed=not typed)


def version_of(typed: str) -> Version | None:
    """The version that was typed; None when it is none."""
    try:
        return Version(typed)
    except InvalidVersion:
        return None


def here(product: str, name: str, some: Sequence[Signature], releases: Releases | None, typed: str) -> Here:
    """What waits for this version, what is over, and what has not begun."""
    version = version_of(typed)
    if version is None:
        wrong = f"“{words.shortened(typed)}” is not a version. Write it as pip shows it, such as 1.4.2."
        return Here(product, f"/kb/{name}", typed, wrong if typed else None, "", (), (), ())
    states = [(one, state(one.affected, version)) for one in some]
    waiting = [one for one, kind in states if kind == "affected"]
    groups: dict[State, tuple[Row, ...]] = {
        kind: tuple(_row(one, version, kind, releases) for one, it in states if it == kind)
        for kind in ("affected", "fixed", "before")
    }
    return Here(
        product,
        f"/kb/{name}",
        typed,
        None,
        told(str(version), waiting, some, releases),
        tuple(_notes(product, typed, releases)),
        groups["affected"],
        (("No longer in it", groups["fixed"]), ("Not yet in it", groups["before"])),
    )


def told(version: str, waiting: Sequence[Signature], some: Sequence[Signature], releases: Releases | None) -> str:
    """`On 0.17.6 these four wait for you; 0.18.0 ends three of them, 0.20.0 all.`."""
    if not waiting:
        return f"On {version} none of these waits for you."
    count = len(waiting)
    begin = f"On {version} {'this one waits' if count == 1 else f'these {_number(count)} wait'} for you"
    steps = list(_steps(waiting, Version(version), releases))
    if not steps:
        return f"{begin}; no later release ends {'it' if count == 1 else 'any of them'}."
    shown = [steps[0], steps[-1]] if len(steps) > 1 else steps
    first, *more = [f"{release} {{}}{_share(ended, count)}" for release, ended in shown]
    ways = [first.format("ends "), *(one.format("") for one in more)]
    best, ended = steps[-1]
    rest = "" if ended == count else "; no release ends " + ("the last" if count - ended == 1 else "the others")
    return f"{begin}; {', '.join(ways)}{rest}.{_new(best, waiting, some)}"


def _steps(waiting: Sequence[Signature], version: Version, releases: Releases | None) -> Iterator[tuple[str, int]]:
    """Later releases and how many of these each ends; only those that end more than any before."""
    ways = {way for one in waiting if (way := way_out(one.affected, version)) is not None}
    most = 0
    for way in sorted({target(way, releases) for way in ways}, key=Version):
        ended = sum(state(one.affected, Version(way)) != "affected" for one in waiting)
        if ended > most:
            most = ended
            yield way, ended


def _share(ended: int, count: int) -> str:
    if ended == count:
        return {1: "it", 2: "both"}.get(count, "all of them")
    return f"{_number(ended)} of them"


def _new(release: str, waiting: Sequence[Signature], some: Sequence[Signature]) -> str:
    """What waits there that does not wait here."""
    known = {one.id for one in waiting}
    fresh = sum(one.id not in known and state(one.affected, Version(release)) == "affected" for one in some)
    return (
        f" {_number(fresh).capitalize()} other{'' if fresh == 1 else 's'} begin{'s' * (fresh == 1)} by then."
        if fresh
        else ""
    )


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else f"{count:,}"


def _notes(product: str, typed: str, releases: Releases | None) -> Iterator[str]:
    """Where the version is none that can be had."""
    if releases is None or releases.find(typed) is not None:
        return
    gone = releases.was(typed)
    yield (
        f"{product} {typed} was released and then withdrawn."
        if gone
        else f"{typed} is no release of {product} listed here."
    )


def _row(one: Signature, version: Version, kind: State, releases: Releases | None) -> Row:
    """A bug, and what this version is to it."""
    way = way_out(one.affected, version)
    ends = {
        "affected": f"{target(way, releases)} ends it" if way else "no later release ends it",
        "fixed": f"ended by {_ended(one, version)}",
        "before": f"begins with {one.affected[0].introduced}",
    }
    return Row(one.title, one.page, one.id, ends[kind], words.conditions(one))


def _ended(one: Signature, version: Version) -> str:
    fixes = [span.fixed for span in one.affected if span.fixed is not None and Version(span.fixed) <= version]
    return max(fixes, key=Version, default="a later release line")


def _bugs(product: str, some: Sequence[Signature], releases: Releases | None, version: Version | None) -> Bugs:
    return Bugs(
        product, axis(releases), tuple(_bug(one, releases, version) for one in some), str(version) if version else None
    )


def _bug(one: Signature, releases: Releases | None, version: Version | None) -> Bug:
    newest = moment(target(one.fixed_in, releases), releases) if one.fixed_in else None
    return Bug(
        title=one.title,
        url=one.page,
        id=one.id,
        spans=spans(one.affected, releases),
        fixed=newest,
        line=line(one.product, one.affected, releases, version),
        where=words.conditions(one),
        status=None if one.status == "proven" else one.status,
    )
