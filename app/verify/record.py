"""What was seen, into the signature's file: the block `verified:` and example files; the rest stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.crash.redact import redact
from app.signature.model import INTERPRETER, Signature
from app.signature.reproduce import Run, Verified
from app.verify.bisect import Edges
from app.verify.search import Found
from app.verify.verify import Pair, Seen

NO_REGISTRY = "Python itself is in no registry: the Pythons of the runs are those that were at hand"
NAMED = 8  # releases that are named one by one
ORDER = ("references", "reproduce", "verified", "examples")  # how these keys follow each other


def record_runs(file: Path, signature: Signature, pairs: Sequence[Pair], today: date) -> list[Path]:
    """Write what every Python showed, and each crash as an example; gives the files written."""
    before = signature.verified
    edges = (before.edges, before.edges_open) if before else ({}, None)
    if signature.package == INTERPRETER and edges[1] is None:
        edges = (edges[0], NO_REGISTRY)
    runs = tuple(_run(signature, pair) for pair in pairs)
    seen = Verified(on=today, how="reproduced", runs=runs, edges=edges[0], edges_open=edges[1])
    text = _with_block(file.read_text(encoding="utf-8"), "verified", _block(seen))
    written = []
    for pair in pairs:
        slug = f"run-python-{'-'.join(pair.affected.python.split('.')[:2])}"
        example = file.with_name(f"{signature.id}.match.{slug}.txt")
        example.write_text(redact(pair.affected.text).text, encoding="utf-8", newline="")
        text = _with_example(text, slug, f"run by tracelore verify on {_told(signature, pair.affected)}")
        written.append(example)
    file.write_text(text, encoding="utf-8")
    return [file, *written]


def record_edges(file: Path, signature: Signature, found: Found, today: date) -> None:
    """Write what the releases at the ends of the range did."""
    before = signature.verified or Verified(on=today, how="read")
    seen = before.model_copy(update={"edges": found.at_the_ends(), "edges_open": _open(found.edges)})
    file.write_text(_with_block(file.read_text(encoding="utf-8"), "verified", _block(seen)), encoding="utf-8")


def _open(found: Edges) -> str | None:
    parts = []
    if found.skipped:
        more = " and more" if len(found.skipped) > NAMED else ""
        parts.append(f"could not be installed beside the others: {', '.join(found.skipped[:NAMED])}{more}")
    if found.odd:
        parts.append(f"does otherwise than its neighbours: {', '.join(found.odd)}")
    return "; ".join(parts)[:300] or None


def _run(signature: Signature, pair: Pair) -> Run:
    other = pair.fixed.python if pair.fixed.python != pair.affected.python else None
    return Run(
        python=pair.affected.python,
        affected=_named(signature, pair.affected),
        fixed=_named(signature, pair.fixed),
        fixed_python=other,
    )


def _named(signature: Signature, seen: Seen) -> dict[str, str]:
    """Versions of the packages that matter: the signature's own, the other sides', and whatever was asked for."""
    asked = [Requirement(one).name for one in seen.requirements]
    names = dict.fromkeys(
        map(canonicalize_name, [signature.package, *(one.package for one in signature.with_), *asked])
    )
    installed = {canonicalize_name(name): version for name, version in (seen.installed or {}).items()}
    return {name: installed[name] for name in names if name in installed}


def _told(signature: Signature, seen: Seen) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in list(_named(signature, seen).items())[:4])
    return f"Python {seen.python}" + (f" with {packages}" if packages else "")


def _block(seen: Verified) -> str:
    lines = list(_lines(seen))
    if len(lines) == 2:  # noqa: PLR2004 - the day and how
        return f'verified: {{on: "{seen.on}", how: {seen.how}}}\n'
    return "verified:\n" + "".join(f"  {line}\n" for line in lines)


def _lines(seen: Verified) -> Iterator[str]:
    yield f'on: "{seen.on}"'
    yield f"how: {seen.how}"
    if seen.runs:
        yield "runs:"
    for run in seen.runs:
        python = f'python: "{run.python}"' + (f', fixed_python: "{run.fixed_python}"' if run.fixed_python else "")
        yield f"  - {{{python}, affected: {_flow(run.affected)}, fixed: {_flow(run.fixed)}}}"
    if seen.edges:
        yield f"edges: {{{', '.join(f'{json.dumps(release)}: {what}' for release, what in seen.edges.items())}}}"
    if seen.edges_open:
        yield f"edges_open: {json.dumps(seen.edges_open)}"


def _flow(versions: dict[str, str]) -> str:
    return "{" + ", ".join(f'{name}: "{version}"' for name, version in versions.items()) + "}"


def _with_block(text: str, key: str, block: str) -> str:
    """The file with this top-level block in place of the one it has, else before the block that follows in `ORDER`."""
    found = re.search(rf"^{key}:.*\n(?:[ \t]+.*\n|[ \t]*\n(?=[ \t]))*", text, re.MULTILINE)
    if found:
        return text[: found.start()] + block + text[found.end() :]
    for following in ORDER[ORDER.index(key) + 1 :]:
        place = re.search(rf"^{following}:", text, re.MULTILINE)
        if place:
            return text[: place.start()] + block + text[place.start() :]
    return text.rstrip("\n") + "\n" + block


def _with_example(text: str, slug: str, source: str) -> str:
    """The file with this line under `examples:`."""
    line = f"  {slug}: {source}\n"
    text, count = re.subn(rf"^  {re.escape(slug)}:.*\n(?:   .*\n)*", lambda _: line, text, flags=re.MULTILINE)
    if count:
        return text
    found = re.search(r"^examples:[ \t]*\n", text, re.MULTILINE)
    if found is None:
        return _with_block(text, "examples", f"examples:\n{line}")
    return text[: found.end()] + line + text[found.end() :]
