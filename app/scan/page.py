"""What a scan found, as one HTML file: nothing is loaded from elsewhere, and it prints, folds and darkens by itself."""

from __future__ import annotations

from html import escape

from app.diagnosis.model import VERDICTS, Verdict
from app.scan.files import Note
from app.scan.show import in_short, printable
from app.scan.spread import Scan
from app.scan.tally import Group
from app.scan.when import written

TITLE = "Crashes in these logs"
HEADINGS: dict[Verdict, str] = {"match": "Known bugs", "maybe": "Perhaps known bugs", "none": "Unknown crashes"}
SHOWN_FILES = 100
STYLE = """
:root { color-scheme: light dark; --text: #1c1c1c; --soft: #595959; --line: #d8d4cc; --back: #fdfcfa; --deep: #f2efe9;
  --match: #14663f; --maybe: #8a5200; --none: #595959 }
@media (prefers-color-scheme: dark) { :root { --text: #ececec; --soft: #b0b0b0; --line: #444; --back: #191919;
  --deep: #242424; --match: #6fd3a0; --maybe: #f0b45b; --none: #b0b0b0 } }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--text);
  background: var(--back) }
h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; margin-top: 2rem } h3 { font-size: 1rem; margin: 0; flex: 1 1 20rem }
article { border-top: 1px solid var(--line); padding: .8rem 0 }
header { display: flex; flex-wrap: wrap; gap: .2rem 1rem }
.count { font-variant-numeric: tabular-nums; font-weight: 600 } .soft { color: var(--soft); font-size: .9rem }
.match { color: var(--match) } .maybe { color: var(--maybe) } .none { color: var(--none) }
h3, p, dd, li { overflow-wrap: anywhere } p { margin: .3rem 0 }
pre { overflow-x: auto; padding: .8rem; background: var(--deep); border: 1px solid var(--line); font-size: .85rem }
summary { cursor: pointer; padding: .3rem 0 }
summary:focus-visible, pre:focus-visible { outline: 3px solid var(--maybe) }
ul { padding-left: 1.2rem; margin: .3rem 0 }
@media print { body { max-width: none } pre { white-space: pre-wrap } }
"""


def as_page(scan: Scan, *, files: int) -> str:
    """The whole result as a page."""
    groups = scan.tally.ranked()
    parts = "".join(_section(verdict, [one for one in groups if one.answer.verdict == verdict]) for verdict in VERDICTS)
    told = _notes("Not scanned, or not all of it", [note for note in scan.notes if note.lost])
    told += _notes("Other remarks", [note for note in scan.notes if not note.lost])
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{TITLE}</title><style>{STYLE}</style></head><body><main><h1>{TITLE}</h1><p>{in_short(scan, files)}</p>"
        f"{parts}{told}</main></body></html>\n"
    )


def _notes(heading: str, notes: list[Note]) -> str:
    if not notes:
        return ""
    listed = "".join(f"<li>{escape(printable(note.name))}: {escape(note.text)}" for note in notes)
    return f"<section><h2>{heading}</h2><ul>{listed}</ul></section>"


def _section(verdict: Verdict, groups: list[Group]) -> str:
    if not groups:
        return ""
    return f"<section><h2>{HEADINGS[verdict]}</h2>{''.join(map(_article, groups))}</section>"


def _article(group: Group) -> str:
    one = group.answer
    what = f"{one.exception or 'A traceback without its last line'}: {one.message}".rstrip(": ")
    sure = f", {round(one.confidence * 100)} % sure" if one.signature else ""
    count = "once" if group.count == 1 else f"{group.count:,} times"
    name = escape(one.signature or one.fingerprint)
    return (
        f'<article><header><h3>{escape(one.title or what)}</h3><span class="count">{count}</span></header>'
        f'<p class="{one.verdict}">{name}{sure}</p>'
        + (f"<p>{escape(what)}</p>" if one.title else "")
        + (f"<p><strong>Fix:</strong> {escape(one.advice)}</p>" if one.advice else "")
        + f'<p class="soft">{escape(_seen(group))}</p>{_files(group)}{_example(one.example, name)}</article>'
    )


def _seen(group: Group) -> str:
    said = []
    if group.first is not None:
        same = written(group.first) == written(group.last)
        said.append(f"Seen {written(group.first)}" + ("" if same else f" to {written(group.last)}"))
    if group.versions:
        said.append(f"{group.answer.package} {', '.join(sorted(group.versions))}")
    said.append("1 file" if len(group.files) == 1 else f"{len(group.files):,} files")
    return " \N{MIDDLE DOT} ".join(said)


def _files(group: Group) -> str:
    shown = sorted(group.files.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN_FILES]
    rows = "".join(f"<li>{escape(printable(name))}: {count:,}" for name, count in shown)
    more = f"<li>and {len(group.files) - SHOWN_FILES:,} more" if len(group.files) > SHOWN_FILES else ""
    return f"<details><summary>Files</summary><ul>{rows}{more}</ul></details>"


def _example(text: str, name: str) -> str:
    if not text:
        return ""
    label = f'tabindex="0" role="region" aria-label="Example of {name}"'
    return f"<details><summary>Example</summary><pre {label}>{escape(text)}</pre></details>"
