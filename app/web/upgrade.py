"""Which release to go to, and by which command, derived from the ranges and from what was released."""

from __future__ import annotations

from collections.abc import Iterator

from app.signature.model import INTERPRETER, Signature
from app.signature.releases import Releases
from app.web.bug_parts import Command, Upgrade, Way
from app.web.versions import moment, target

TOOLS = (("pip", 'pip install "{}"'), ("uv", 'uv add "{}"'), ("poetry", 'poetry add "{}"'))


def upgrade(one: Signature, releases: Releases | None) -> Upgrade:
    """Where to go: to a fixed release of one's own release line, else below the bug."""
    ways = tuple(_ways(one, releases)) if one.package != INTERPRETER else ()
    fixed = target(one.fixed_in, releases) if one.fixed_in else None
    heading = "Upgrade" if fixed else "No fix yet"
    return Upgrade(heading, one.advice(fixed), tuple(_notes(one, releases)), ways)


def _ways(one: Signature, releases: Releases | None) -> Iterator[Way]:
    """The newest release line first; then what to hold back where that can't be had."""
    fixes = [(at, span.fixed) for at, span in enumerate(one.affected) if span.fixed is not None]
    for at, fixed in reversed(fixes):
        later = one.affected[at + 1].introduced if at + 1 < len(one.affected) else None
        wanted = f"{one.package}>={target(fixed, releases)}" + (f",<{later}" if later else "")
        whom = f"To stay below {later}" if later else f"From {one.affected[at].introduced} on"
        yield Way(whom if len(fixes) > 1 or later else None, _commands(wanted))
    for side in one.with_:
        begin = side.affected[0].introduced
        if begin != "0":
            yield Way(f"{'Or hold' if fixes else 'Hold'} {side.package} back", _commands(f"{side.package}<{begin}"))
    first = one.affected[0].introduced
    if not fixes and first != "0":
        yield Way("Or stay below it" if one.with_ else "Stay below it", _commands(f"{one.package}<{first}"))


def _commands(wanted: str) -> tuple[Command, ...]:
    bare = "".join(char if char.isalnum() else "-" for char in wanted)
    return tuple(Command(f"{tool}-{bare}", tool, line.format(wanted)) for tool, line in TOOLS)


def _notes(one: Signature, releases: Releases | None) -> Iterator[str]:
    """When the fix was released, where it was withdrawn, and which release lines never got it."""
    if one.fixed_in is not None:
        found = moment(target(one.fixed_in, releases), releases)
        if found.iso is not None:
            yield f"Released on {found.day}."
        if found.version != one.fixed_in and releases and releases.was(one.fixed_in):
            yield f"{one.fixed_in} has the fix too, but was withdrawn."
    for span in one.affected:
        if span.last_affected is not None and one.fixed_in is not None:
            yield f"The release line that ends with {span.last_affected} never got the fix."
