"""A known bug for other programs: Markdown for tickets, and OSV for whatever reads advisories."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from app.signature.model import INTERPRETER, Range, Signature
from app.web import words
from app.web.told import checked, versions

SCHEMA = "1.7.5"
DATABASE = "x_TRACELORE"  # OSV keeps `x_` for databases that are not registered with it
PRE_RELEASE = re.compile(r"(a|b|rc)(\d+)\Z")
# what a source is -> what OSV calls it
KINDS = {"report": "REPORT", "fix": "FIX", "commit": "FIX", "release": "ARTICLE", "docs": "ARTICLE"}
TEXTS = (
    ("When it happens", "trigger"),
    ("Why it happens", "cause"),
    ("What the fix does", "remedy"),
    ("Until then", "workaround"),
    ("When not to use this fix", "not_when"),
    ("What happens if you leave it", "if_left"),
    ("Check that the fix holds", "verify"),
    ("Keep it from coming back", "prevent"),
)


def markdown(one: Signature, url: str) -> str:
    """All that is known of it as Markdown, to be pasted into a ticket; `url` is where its page stands."""
    texts = [(heading, getattr(one, field)) for heading, field in TEXTS]
    blocks = [
        f"# {one.title}",
        f"**{one.advice(one.fixed_in)}**",
        "\n".join(f"- {name}: {value}" for name, value in _facts(one, url)),
        *(f"## {heading}\n\n{text.strip()}" for heading, text in texts if text),
        "## Sources\n\n" + "\n".join(f"- {words.SOURCES[at.kind]}: <{at.url}>" for at in one.references),
    ]
    return "\n\n".join(blocks) + "\n"


def _facts(one: Signature, url: str) -> Iterator[tuple[str, str]]:
    yield "Bug", f"[{one.id}]({url})"
    yield "Package", one.product
    yield "Affected", ", ".join(f"`{versions(span)}`" for span in one.affected)
    if one.environment.os:
        yield "System", words.SYSTEMS[one.environment.os]
    if one.verified is not None:
        yield "Checked", f"{one.verified.how} on {words.day(one.verified.on)}"


def osv(one: Signature, url: str) -> dict[str, object]:
    """It in the form of the Open Source Vulnerability schema, though it is no vulnerability: ranges are ranges."""
    told: dict[str, object] = {
        "schema_version": SCHEMA,
        "id": f"{DATABASE}-{one.id}",
        "modified": _moment(checked(one)),
        "summary": one.title,
        "details": f"{one.cause.strip()}\n\n{one.remedy.strip()}",
        "affected": [_affected(one.package, one.affected), *(_affected(it.package, it.affected) for it in one.with_)],
        "references": [{"type": KINDS.get(at.kind, "WEB"), "url": at.url} for at in one.references],
        "database_specific": {"tracelore": {"id": one.id, "url": url, "status": one.status, "kind": "bug"}},
    }
    if one.related:
        told["related"] = [f"{DATABASE}-{it.id}" for it in one.related]
    return told


def _affected(package: str, ranges: tuple[Range, ...]) -> dict[str, object]:
    """A package's ranges. Python itself is in none of OSV's ecosystems: its ranges stand alone."""
    if package == INTERPRETER:
        spans = [{"type": "SEMVER", "events": list(map(_semantic, _events(span)))} for span in ranges]
        return {"ranges": spans}
    spans = [{"type": "ECOSYSTEM", "events": list(_events(span))} for span in ranges]
    return {"package": {"ecosystem": "PyPI", "name": package, "purl": f"pkg:pypi/{package}"}, "ranges": spans}


def _events(span: Range) -> Iterator[dict[str, str]]:
    yield {"introduced": span.introduced}
    if span.fixed:
        yield {"fixed": span.fixed}
    elif span.last_affected:
        yield {"last_affected": span.last_affected}


def _semantic(event: dict[str, str]) -> dict[str, str]:
    """With a version as Semantic Versioning writes and sorts it: 3.8.0b2 is 3.8.0-b.2."""
    return {name: PRE_RELEASE.sub(r"-\1.\2", version) for name, version in event.items()}


def _moment(day: date) -> str:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat().replace("+00:00", "Z")
