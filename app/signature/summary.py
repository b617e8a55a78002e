"""The book in one page: signatures/INDEX.md, made by `tracelore index` and kept fresh by a test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.signature.model import Signature

HEAD = """# All signatures

Made by `tracelore index`; do not edit. *Reproduced*: seen to crash with the affected versions and to run with the fixed
ones, on the Pythons named; *read*: the sources agree, and why it was not run. *Examples*: texts that must be a match, a
maybe, and none.
"""
COLUMNS = ("signature", "what the user sees", "fixed in", "proof", "range run", "examples", "last verified")
VERDICTS = ("match", "maybe", "none")


@dataclass(frozen=True, slots=True)
class Line:
    """A signature and how many examples it has of each verdict."""

    signature: Signature
    examples: Mapping[str, int]


def summary(lines: Iterable[Line]) -> str:
    """The page as Markdown: counts, then a table for each package."""
    ordered = sorted(lines, key=lambda line: (line.signature.package, line.signature.id))
    return "\n".join([HEAD, *_counts(ordered), *_tables(ordered)]) + "\n"


def _counts(lines: Sequence[Line]) -> Iterator[str]:
    how = Counter(_how(line.signature) for line in lines)
    examples = Counter[str]()
    for line in lines:
        examples.update(line.examples)
    two = sum(len(_pythons(line.signature)) > 1 for line in lines)
    both = sum(bool(_edges(line.signature)) for line in lines)
    packages = len({line.signature.package for line in lines})
    yield f"{len(lines)} signatures of {packages} packages: {how['reproduced']} reproduced ({two} on two"
    yield f"Pythons or more, {both} with the ends of their range run), {how['read']} read."
    yield f"{examples.total()} examples: " + ", ".join(f"{examples[verdict]} {verdict}" for verdict in VERDICTS) + "."


def _tables(lines: Sequence[Line]) -> Iterator[str]:
    for package, own in groupby(lines, key=lambda line: line.signature.package):
        yield from ("", f"## {package}", "", _row(COLUMNS), _row(["---"] * len(COLUMNS)))
        yield from (_row(_cells(line)) for line in own)


def _cells(line: Line) -> Iterator[str]:
    one = line.signature
    yield f"[{one.id}]({one.package}/{one.id}.yaml)" + ("" if one.status == "proven" else f" ({one.status})")
    yield one.title
    yield one.fixed_in or "no release"
    yield _proof(one)
    yield _edges(one)
    yield " · ".join(str(line.examples.get(verdict, 0)) for verdict in VERDICTS)
    yield str(one.verified.on) if one.verified else ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;').replace('<', '&lt;') for cell in cells)} |"


def _how(one: Signature) -> str:
    return one.verified.how if one.verified else "not verified"


def _pythons(one: Signature) -> list[str]:
    return [".".join(run.python.split(".")[:2]) for run in one.verified.runs] if one.verified else []


def _proof(one: Signature) -> str:
    pythons = _pythons(one)
    if pythons:
        return f"{_how(one)}: Python {', '.join(pythons)}"
    cannot = one.reproduce.cannot if one.reproduce else None
    return _how(one) + (f": {cannot}" if cannot else "")


def _edges(one: Signature) -> str:
    """What the releases at the ends of the range did."""
    words = {"crashed": "crashes", "ran": "runs", "differs": "fails otherwise"}
    seen = one.verified.edges if one.verified else {}
    return ", ".join(f"{release} {words[what]}" for release, what in seen.items())
