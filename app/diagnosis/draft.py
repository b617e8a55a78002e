"""A first draft of a signature from a pasted crash: what a person would write down before thinking.

The clues are taken from the crash and made general; ranges, cause and remedy are left to be filled in.
"""

from __future__ import annotations

import re

from app.crash.model import Crash, Frame
from app.signature.lint import TO_FILL
from app.signature.model import INTERPRETER

MAX_WORDS = 12  # of a message; what tells a bug apart stands at its start
PACKAGE_FRAMES = 3  # frames of the package offered for `any`
# `[WinError 87] ...`, `[Errno 2] ...`: Windows and libc translate what follows the number
NUMBERED = re.compile(r"\[(?:WinError|Errno) -?\d+\]")
# what differs from one report to the next: numbers, addresses, paths
VARIABLE = re.compile(r"0x[0-9a-fA-F]+|(?:[A-Za-z]:)?[\\/][\w.\\/ -]*[\w]|\d+(?:\.\d+)*")
SPECIAL = re.compile(r"([\\.^$*+?{}\[\]|()])")


def draft(signature_id: str, package: str, issue: str, crash: Crash) -> str:
    """The YAML text of a draft. It is valid but for the places that say `FILL IN`."""
    clues = _all_clues(package, crash)
    ties = _ties(package, crash, clues)
    system = crash.environment.os
    lines = [
        "# yaml-language-server: $schema=../schema.json",
        f"id: {signature_id}",
        f"package: {package}",
        f'title: "{TO_FILL}: what the user sees, with the error"',
        "status: draft                           # 'proven' once the sources are read or the crash is reproduced",
        "",
        "match:",
        "  all:                                  # none of these may fail",
        *(f"    - {kind}: {value}" for kind, value in clues),
        *(["  any:                                  # one of these makes it sure"] if ties else []),
        *(f"    - {kind}: {value}" for kind, value in ties),
        "",
        *([f"environment: {{os: {system.value}}}"] if system and system.value == "windows" else []),
        "affected:",
        '  - introduced: "0"                     # the first version that has the bug',
        f'    # fixed: "{_version(package, crash)}"                    # the first version that does not',
        "",
        *(f"{name}: |\n  {TO_FILL}: {what}." for name, what in _TEXTS),
        f'question: "{TO_FILL}: what to ask when the report alone does not decide?"',
        "",
        "references:",
        f'  - {{kind: report, url: "{_report_url(issue)}"}}',
        "examples:",
        f"  first: {TO_FILL} where this text comes from",
    ]
    return "\n".join(lines) + "\n"


_TEXTS = (
    ("cause", "why it happens, in two or three sentences"),
    ("remedy", "what the fix changes"),
    ("workaround", "what helps until the upgrade"),
)


def _all_clues(package: str, crash: Crash) -> list[tuple[str, str]]:
    raised = crash.raised
    clues = [("exception", raised.type.rpartition(".")[2])] if raised.type else []
    if raised.message:
        clues.append(("message", _quoted(general(raised.message))))
    place = _place(package, raised.frames)
    if place is not None:
        clues.append(("frame", f"{place.module}:{place.function}"))
    return clues or [("message", _quoted(TO_FILL))]


def general(message: str) -> str:
    """A pattern for the first line of a message: numbers, paths and addresses open, translated words left out."""
    first = message.partition("\n")[0]
    if numbered := NUMBERED.match(first):
        return _escaped(numbered.group())
    words = " ".join(first.split()[:MAX_WORDS])
    return r"\S+".join(_escaped(part) for part in VARIABLE.split(words))


def _escaped(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text)


def _quoted(pattern: str) -> str:
    return "'" + pattern.replace("'", "''") + "'"


def _place(package: str, frames: tuple[Frame, ...]) -> Frame | None:
    """The innermost frame of the package, else the innermost that is nobody's own code."""
    named = [one for one in frames if one.module and one.function and re.fullmatch(r"[\w<>]+", one.function)]
    own = [one for one in named if _of(package, one)]
    others = [one for one in named if one.owner != "user" and not (one.file or "").startswith("<")]
    return (own or others or [None])[-1]  # type: ignore[list-item]


def _of(package: str, frame: Frame) -> bool:
    top = (frame.module or "").partition(".")[0]
    return frame.owner == "stdlib" if package == INTERPRETER else top.casefold() == package.replace("-", "_")


def _ties(package: str, crash: Crash, clues: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What would tie the crash to the package when the clues of `all` do not."""
    top = package.replace("-", "_")
    if package == INTERPRETER or any(kind == "frame" and value.startswith(top) for kind, value in clues):
        return []
    found: list[tuple[str, str]] = [("frame", top)]
    for line in crash.logs:
        if re.search(rf"\b{re.escape(package)}\b", line.raw, re.IGNORECASE) and len(found) < PACKAGE_FRAMES:
            found.append(("log", _quoted(general(line.text.strip()))))
    return [*found, ("installed", package)]


def _version(package: str, crash: Crash) -> str:
    fact = crash.environment.packages.get(package)
    return f"after {fact.value}" if fact else "1.2.3"


def _report_url(issue: str) -> str:
    return issue if issue.startswith("https://") else f"https://{TO_FILL.replace(' ', '-').lower()}/issues/{issue}"
