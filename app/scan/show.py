"""What a scan found, as a table for people and as JSON and CSV for programs."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict

from app.scan.spread import Scan
from app.scan.tally import Cost, Group
from app.scan.when import written

WORDS = {"match": "Known bug", "maybe": "Perhaps", "none": "Unknown"}
WIDTH = 110
SHOWN = 30  # groups in the table; JSON, CSV and HTML have all of them
SHOWN_FILES = 3
MIB = 1024 * 1024
COLUMNS = (
    "verdict", "confidence", "signature", "fingerprint", "package", "title", "exception", "message", "count",
    "first_seen", "last_seen", "files", "versions", "fixed_in", "advice",
)  # fmt: skip


def printable(text: str) -> str:
    """The text without what a terminal would take for an order; a file's name may hold anything."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def in_short(scan: Scan, files: int) -> str:
    """The result in a sentence."""
    tally = scan.tally
    known = sum(one.count for one in tally.groups.values() if one.answer.verdict == "match")
    crashes = "1 crash" if tally.crashes == 1 else f"{tally.crashes:,} crashes"
    of_them = "1 is a known bug" if known == 1 else f"{known:,} are known bugs"
    return f"{crashes} in {_files(files)}, {len(tally.groups):,} different; {of_them}."


def as_text(scan: Scan, files: int) -> Iterator[str]:
    """The lines of the summary and of the table."""
    tally = scan.tally
    groups = tally.ranked()
    yield in_short(scan, files)
    if groups:
        yield ""
        yield f"{'COUNT':>9}  {'FIRST SEEN':<19}  {'LAST SEEN':<19}  WHAT"
    for group in groups[:SHOWN]:
        yield from _rows(group)
    if len(groups) > SHOWN:
        yield f"... and {len(groups) - SHOWN:,} more: --json, --csv and --html have all of them."
    if tally.untold:
        yield f"{tally.untold:,} crashes more are of so many kinds that they were not told apart."


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _rows(group: Group) -> Iterator[str]:
    one = group.answer
    sure = f", {round(one.confidence * 100)} % sure" if one.signature else ""
    what = f"{WORDS[one.verdict]}{sure}: {one.signature or one.fingerprint}"
    yield f"{group.count:>9,}  {written(group.first):<19}  {written(group.last):<19}  {what}"
    where = ", ".join(printable(name) for name in list(group.files)[:SHOWN_FILES])
    more = len(group.files) - SHOWN_FILES
    yield from _below(f"{one.exception or 'Traceback without its last line'}: {one.message}".rstrip(": "))
    if one.advice:
        yield from _below(f"Fix: {one.advice}")
    if group.versions:
        yield from _below(f"Versions of {one.package}: {', '.join(sorted(group.versions))}")
    yield from _below(f"In {where}" + (f" and {_files(more)} more" if more > 0 else ""))


def _below(text: str) -> list[str]:
    indent = " " * 11
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", max_lines=3)


def as_costs(cost: Cost, seconds: float) -> Iterator[str]:
    """What each stage took; of all processes together, so it may be more than the time that passed."""
    mib = cost.bytes / MIB
    yield f"searched {mib:,.0f} MiB in {seconds:.2f} s: {_rate(mib, seconds)} MiB/s; {cost.cpu_seconds:.2f} s of CPU"
    yield f"  for the traceback's header: {cost.header_seconds:.2f} s, {_rate(mib, cost.header_seconds)} MiB/s"
    yield f"  for all else that a crash shows: {cost.others_seconds:.2f} s, {_rate(mib, cost.others_seconds)} MiB/s"
    new = cost.blocks - cost.remembered
    yield (
        f"  reading and judging {new:,} places: {cost.read_seconds:.2f} s, {_rate(new, cost.read_seconds)} a second; "
        f"{cost.remembered:,} more were known from before"
    )


def _rate(amount: float, seconds: float) -> str:
    return f"{amount / seconds:,.0f}" if seconds > 0 else "-"


def as_json(scan: Scan, *, files: int, seconds: float, book: str) -> str:
    """The whole result."""
    tally = scan.tally
    groups = tally.ranked()
    result = {
        "files": files,
        "bytes": tally.cost.bytes,
        "crashes": tally.crashes,
        "known": sum(one.count for one in groups if one.answer.verdict == "match"),
        "untold": tally.untold,
        "groups": [_group(one) for one in groups],
        "notes": [asdict(note) for note in scan.notes],
        "cost": {"seconds": seconds} | asdict(tally.cost) | {"processes": list(scan.processes.values())},
        "book": book,
    }
    return json.dumps(result, indent=1)


def _group(group: Group) -> dict[str, object]:
    return asdict(group.answer) | {
        "count": group.count,
        "first_seen": written(group.first) or None,
        "last_seen": written(group.last) or None,
        "files": [{"name": name, "count": count} for name, count in sorted(group.files.items())],
        "versions": dict(sorted(group.versions.items())),
    }


def as_csv(scan: Scan) -> str:
    """A row for each group."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    rows.writeheader()
    for group in scan.tally.ranked():
        row = _group(group) | {"files": len(group.files), "versions": " ".join(sorted(group.versions))}
        rows.writerow({name: _inert(value) for name, value in row.items()})
    return text.getvalue()


def _inert(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
