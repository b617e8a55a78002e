"""The page of a bug: all that is known of it, in the order in which somebody who has it needs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.signature.book import Book
from app.signature.model import INTERPRETER, OtherSide, Signature
from app.signature.releases import Releases
from app.web import words
from app.web.bug_parts import Environment, Glance, Related, Rollout, Seen, Texts, Upgrade, Versions
from app.web.kb import clues, shown_address, title
from app.web.kb_parts import Fact, Pointer, Proof, Recognised
from app.web.kb_proof import proof
from app.web.render import Page, Part
from app.web.upgrade import upgrade
from app.web.versions import axis, line, moment, spans, target

# part -> where it stands on the page, and what it is called there
PLACES: dict[type, tuple[str, str]] = {
    Seen: ("#seen", "What you see"),
    Upgrade: ("#fix", "Upgrade"),
    Proof: ("#proof", "How we know"),
    Versions: ("#versions", "Versions"),
    Environment: ("#environment", "Where it happens"),
    Related: ("#related", "Related and look-alikes"),
    Rollout: ("#rollout", "Rolling it out"),
    Recognised: ("#recognised", "How it is recognised"),
}
PROOFS = tuple(kind for kind in words.SOURCES if kind != "look-alike")  # those stand with the other look-alikes


def page(book: Book, one: Signature, seen: Seen | None, answers: tuple[Part, ...] = ()) -> Page:
    """All that is known of one bug; empty parts are left out. `answers` are those that ask whether the fix helped."""
    releases = book.releases.get(one.package)
    parts = (
        title(book, one),
        seen,
        upgrade(one, releases),
        _texts("until-then", "Until then", (None, one.workaround)),
        _texts("not-when", "When not to use this fix", (None, one.not_when)),
        _texts("if-left", "What happens if you leave it", (None, one.if_left)),
        _why(one),
        _texts("verify", "Check that the fix holds", (None, one.verify)),
        _texts("prevent", "Keep it from coming back", (None, one.prevent)),
        _proof(one, releases, seen),
        _versions(one, book),
        _environment(one),
        _related(book, one),
        _rollout(one, seen, releases),
        *answers,
        clues(one),
    )
    present = tuple(part for part in parts if part is not None)
    return Page(
        f"{one.title} ({one.id})",
        present,
        aside=(_glance(one, releases, present),),
        here="/kb",
        styles=("bug.css",),
        beside="The bug in a few lines",
    )


def _texts(anchor: str, heading: str, *texts: tuple[str | None, str | None]) -> Texts | None:
    written = tuple((name, text) for name, text in texts if text)
    return Texts(anchor, heading, written) if written else None


def _why(one: Signature) -> Texts | None:
    fix = "What the fix does" if one.fixed_in else "What to change"
    texts = (("When it happens", one.trigger), ("Why it happens", one.cause), (fix, one.remedy))
    return _texts("why", "Why", *texts)


def _proof(one: Signature, releases: Releases | None, seen: Seen | None) -> Proof | None:
    """Who reported it, who fixed it, where, since when, and all else it rests on; and how it was checked."""
    told = [
        Fact(words.SOURCES[kind], tuple((shown_address(at.url), at.url) for at in one.references if at.kind == kind))
        for kind in PROOFS
    ]
    if one.fixed_in is not None:
        first = moment(target(one.fixed_in, releases), releases)
        when = f"{one.product} {first.version}" + (f", {first.day}" if first.day else "")
        told.append(Fact("First fixed release", ((when, None),)))
    facts = tuple(fact for fact in told if fact.items)
    [known] = proof(one) or (Proof(None, (), ()),)
    notes = (*known.notes, *_recognised(one, seen))
    return replace(known, facts=facts, notes=notes) if facts or known.checked or notes else None


def _recognised(one: Signature, seen: Seen | None) -> Iterator[str]:
    """How sure its own report is answered, and how many reports it is held against."""
    if seen is not None and one.examples:
        count = words.counted(len(one.examples), "labelled report")
        yield f"The report above is answered with {seen.sample.sure}; every change is held against {count} beside it."


def _versions(one: Signature, book: Book) -> Versions:
    releases = book.releases.get(one.package)
    sides = tuple(
        (words.product(side.package), spans(side.affected, book.releases.get(side.package))) for side in one.with_
    )
    drawn = line(one.product, one.affected, releases)
    return Versions(one.product, axis(releases), drawn, spans(one.affected, releases), sides)


def _environment(one: Signature) -> Environment | None:
    """The system, the Python and the other packages that it takes."""
    facts: list[tuple[str, str]] = []
    if one.environment.os:
        facts.append(("System", f"{words.SYSTEMS[one.environment.os]} only"))
    if one.environment.python:
        facts.append(("Python", words.versions(one.environment.python)))
    facts += [(f"With {words.product(side.package)}", _reach(side)) for side in one.with_]
    return Environment(tuple(facts)) if facts else None


def _reach(side: OtherSide) -> str:
    """`3.0.0 or later`, `2.0 to before 2.4`."""
    told = []
    for span in side.affected:
        begin = "any" if span.introduced == "0" else span.introduced
        end = (
            f"before {span.fixed}"
            if span.fixed
            else f"up to {span.last_affected}"
            if span.last_affected
            else "or later"
        )
        told.append(f"{begin} {end}" if begin != "any" or end != "or later" else "any version")
    return words.listed(told)


def _related(book: Book, one: Signature) -> Related | None:
    """Those it names, those that name it, and reports elsewhere."""
    named = [(book.signatures.get(other.id), other.difference) for other in one.related]
    own = tuple(Pointer(it.title, it.page, said) for it, said in named if it is not None)
    others = tuple(_naming(book, one))
    elsewhere = tuple((at.url, shown_address(at.url)) for at in one.references if at.kind == "look-alike")
    return Related(own, others, elsewhere) if own or others or elsewhere else None


def _naming(book: Book, one: Signature) -> Iterator[Pointer]:
    """Bugs that name this one and that it does not name itself."""
    mine = {other.id for other in one.related}
    for it in (book.signatures[name] for name in book.named_by.get(one.id, ()) if name not in mine):
        yield Pointer(it.title, it.page, next(other.difference for other in it.related if other.id == one.id))


def _rollout(one: Signature, seen: Seen | None, releases: Releases | None) -> Rollout | None:
    """How the fix is brought to many machines; None where there is no release to bring."""
    if one.fixed_in is None:
        return None
    fixed = target(one.fixed_in, releases)
    place = f" on {words.SYSTEMS[one.environment.os]}" if one.environment.os else ""
    canary = f"Upgrade one instance{place} to {one.product} {fixed} and let it take real work before the others follow."
    back = None if one.package == INTERPRETER else "Keep the lock file of before: it is the way back."
    return Rollout(canary, one.verify, seen.phrases[0] if seen and seen.phrases else None, back)


def _glance(one: Signature, releases: Releases | None, parts: tuple[Part, ...]) -> Glance:
    """What it is, where, until when; and links to the parts that are there."""
    fixed = target(one.fixed_in, releases) if one.fixed_in else "no release"
    first = one.affected[0].introduced
    since = "the first release" if first == "0" else first
    facts = [("Package", one.product), ("Affected since", since), ("Fixed in", fixed)]
    if one.environment.os:
        facts.append(("System", f"{words.SYSTEMS[one.environment.os]} only"))
    if one.verified is not None:
        facts.append(("Checked", f"{one.verified.how} on {words.day(one.verified.on)}"))
    return Glance(tuple(facts), tuple(_jumps(parts)))


def _jumps(parts: tuple[Part, ...]) -> Iterator[tuple[str, str]]:
    for part in parts:
        if isinstance(part, Texts):
            yield f"#{part.id}", part.heading
        elif type(part) in PLACES:
            yield PLACES[type(part)]
