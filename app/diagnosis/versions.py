"""Environment x affected ranges -> the five-way version verdict. Ranges are OSV events in PEP 440 order.

Source: https://ossf.github.io/osv-schema/#affectedrangesevents-fields and PEP 440. `SpecifierSet` is not used for
ranges: it leaves pre-releases out that a range has in (`<1.2.3` is not true of 1.2.3rc1).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from app.crash.model import Environment, Fact
from app.diagnosis.model import VersionVerdict
from app.signature.model import INTERPRETER, Range, Signature

PYTHON = frozenset({INTERPRETER, "python"})  # names under which Python's own version is asked for
REMEMBERED = 4096  # versions and specifiers that are remembered parsed

Place = Literal["before", "inside", "after", "astride"]


class Span(NamedTuple):
    """The versions an installed version may be: one when it is exact, else all that begin with its parts."""

    low: Version
    high: Version
    exact: bool


class Verdict(NamedTuple):
    """What the installed versions say: the verdict, the fix in the sender's own release line, and who says so."""

    verdict: VersionVerdict
    fixed_in: str | None
    fact: Fact | None = None
    package: str | None = None


def installed(package: str, environment: Environment) -> Fact | None:
    """The version of a package, or of Python when the package is the interpreter."""
    return environment.python if package in PYTHON else environment.packages.get(package)


def within(specifier: str, fact: Fact) -> bool | None:
    """Whether the version fits the specifier; None when it is known too vaguely to say."""
    return _within(specifier, fact.value, exact=fact.exact)


@lru_cache(maxsize=REMEMBERED)
def _within(specifier: str, value: str, *, exact: bool) -> bool | None:
    wanted, span = SpecifierSet(specifier), _span(value, exact=exact)
    if not wanted:
        return True
    if span is None:
        return None
    low, high = (wanted.contains(version, prereleases=True) for version in (span.low, _last_of(span)))
    return low if low == high else None


def base(fact: Fact) -> Fact:
    """The release that a pre-release is of."""
    return Fact(_version(fact.value).base_version, fact.line, exact=fact.exact)


def version_verdict(signature: Signature, environment: Environment) -> Verdict:
    """Judge the installed versions. The other side of a dependency break contradicts, it does not confirm."""
    own = _judge(signature.package, signature.affected, environment)
    if own.verdict in {"fixed", "not-yet"}:
        return own
    for side in signature.with_:
        other = _judge(side.package, side.affected, environment)
        if other.verdict in {"fixed", "not-yet"}:
            return other._replace(fixed_in=signature.fixed_in)
    return own


def _judge(package: str, ranges: Sequence[Range], environment: Environment) -> Verdict:
    fact, newest = installed(package, environment), _newest(ranges)
    span = None if fact is None else _span(fact.value, exact=fact.exact)
    if fact is None or span is None:
        return Verdict("unknown", newest, None, package)
    places = [(_place(one, span), one) for one in ranges]
    inside = next((one for place, one in places if place == "inside"), None)
    if inside is not None:
        if inside.fixed is None and newest is not None:
            return Verdict("other-branch", _next_fix(ranges, span), fact, package)
        return Verdict("affected", inside.fixed, fact, package)
    if any(place == "astride" for place, _ in places):
        return Verdict("unknown", newest, fact, package)
    if all(place == "before" for place, _ in places):
        return Verdict("not-yet", newest, fact, package)
    return Verdict("fixed", newest, fact, package)


def _newest(ranges: Sequence[Range]) -> str | None:
    """The newest release line's first fixed version."""
    if len(ranges) == 1:
        return ranges[0].fixed
    fixes = [one.fixed for one in ranges if one.fixed is not None]
    return max(fixes, key=_version, default=None)


def _next_fix(ranges: Sequence[Range], span: Span) -> str | None:
    fixes = [one.fixed for one in ranges if one.fixed is not None]
    later = [fix for fix in fixes if _version(fix) > span.low]
    return min(later, key=_version) if later else max(fixes, key=_version, default=None)


@lru_cache(maxsize=REMEMBERED)
def _version(text: str) -> Version:
    return Version(text)


@lru_cache(maxsize=REMEMBERED)
def _span(value: str, *, exact: bool) -> Span | None:
    try:
        low = _version(value)
    except InvalidVersion:
        return None
    if exact:
        return Span(low, low, exact=True)
    *most, last = low.release
    return Span(low, Version(".".join(str(part) for part in (*most, last + 1))), exact=False)


def _last_of(span: Span) -> Version:
    """A version that stands for the end of the span."""
    return span.low if span.exact else Version(f"{span.low}.999")


def _place(one: Range, span: Span) -> Place:
    """Where the span stands to the range; `high` of a vague version is the first one that is no longer it."""
    begin = _version(one.introduced)
    if span.low < begin:
        return "before" if span.exact or span.high <= begin else "astride"
    if one.fixed is not None:
        end = _version(one.fixed)
        if span.low >= end:
            return "after"
        return "inside" if span.exact or span.high <= end else "astride"
    if one.last_affected is not None and span.low > _version(one.last_affected):
        return "after"
    return "inside"  # also a vague version with `last_affected`, which says that its branch has no fix
