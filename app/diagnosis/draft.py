"""A first draft of a signature from a pasted crash: what a person would write down before thinking.

The clues are taken from the crash and made general; ranges, cause and remedy are left to be filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.crash.model import Crash, Frame, Raised, chain
from app.signature.lint import TO_FILL
from app.signature.model import INTERPRETER

MAX_WORDS = 12  # of a message; what tells a bug apart stands at its start
MAX_LETTERS = 120  # of a message; escaped, this stays well below what a pattern may have
MAX_LOGS = 2  # log lines offered for `any`
WINDOWS = re.compile(r"\[WinError|asyncio\.windows_|\bmsvcrt\b|\bwinreg\b|\bwin32\w+")
# `[WinError 87] ...`, `[Errno 2] ...`: Windows and libc translate what follows the number
NUMBERED = re.compile(r"\[(?:WinError|Errno) -?\d+\]")
# `... from 'werkzeug.urls' (/srv/app/werkzeug/urls.py)` · `. Did you mean: 'getargs'?`: not every Python says it
ADDED = re.compile(r" \((?:[^()]*[\\/][^()]*|unknown location)\)$|\.? Did you (?:mean|forget)\b.*$")
WORDS = re.compile(rf"(?:\S+\s+){{0,{MAX_WORDS - 1}}}\S+")
# what differs from one report to the next: addresses, URLs, paths, numbers; not the 2 of `jinja2` or `float_2`
VARIABLE = re.compile(
    r"(0x[0-9a-fA-F]+|https?://[^\s'\"]+"
    r"|(?<=')(?:[A-Za-z]:)?\.{0,2}[\\/][^']*(?=')|(?<=\")(?:[A-Za-z]:)?\.{0,2}[\\/][^\"]*(?=\")"
    r"|(?<!\w)(?:[A-Za-z]:[\\/]|\.{0,2}/)[\w.\\/-]*\w|(?<![\w.])\d+(?:\.\d+)*(?!\w))"
)
# a frame that a clue can name; the import machinery is in every stack
NAMED = re.compile(r"(?!importlib\b|runpy\b)[A-Za-z_][\w.]*:[\w<>]+")
SAME_WORDS = frozenset({"IndexError", "ZeroDivisionError"})  # what they say is the same wherever they come from
SPECIAL = re.compile(r"([\\.^$*+?{}\[\]|()])")
# Packages that are imported by another name than PyPI's.
IMPORTED_AS = {
    "beautifulsoup4": ("bs4",),
    "opencv-python": ("cv2",),
    "pillow": ("PIL",),
    "protobuf": ("google.protobuf",),
    "pyjwt": ("jwt",),
    "pyopenssl": ("OpenSSL",),
    "pytest": ("_pytest", "pytest"),
    "pyyaml": ("yaml",),
    "scikit-learn": ("sklearn",),
    "setuptools": ("setuptools", "pkg_resources"),
}

Clues = list[tuple[str, str]]


def draft(signature_id: str, package: str, issue: str, crash: Crash) -> str:
    """The YAML text of a draft. It is valid but for the places that say `FILL IN`."""
    place = _place(package, crash.raised)
    clues = _all_clues(crash.raised, place)
    ties = [] if place is not None and _of(package, place) else _ties(package, crash)
    fixed = _version(package, crash)
    lines = [
        "# yaml-language-server: $schema=../schema.json",
        f"id: {signature_id}",
        f"package: {package}",
        f'title: "{TO_FILL}: what the user sees, with the error"',
        "status: draft                           # never more than a maybe; 'proven' when the clues stand",
        "",
        "match:",
        "  all:                                  # none of these may fail",
        *(f"    - {kind}: {value}" for kind, value in clues),
        *(["  any:                                  # one of these makes it sure"] if ties else []),
        *(f"    - {kind}: {value}" for kind, value in ties),
        "",
        *_system(crash),
        "affected:",
        '  - introduced: "0"                     # the first version that has the bug',
        f'    # fixed: "{fixed}"{" " * max(26 - len(fixed), 2)}# the first version that does not',
        "",
        *(f"{name}: |\n  {TO_FILL}: {what}." for name, what in _TEXTS),
        f'question: "{TO_FILL}: what to ask when the report alone does not decide?"',
        "",
        "references:",
        f'  - {{kind: report, url: "{_report_url(issue)}"}}',
        '  # - {kind: fix, url: ""}              # or commit, or release: what shows the fixed version',
        *_reproduce(signature_id, package, crash),
        "examples:",
        f"  first: {TO_FILL} where this text comes from",
    ]
    return "\n".join(lines) + "\n"


_TEXTS = (
    ("cause", "why it happens, in two or three sentences"),
    ("remedy", "what the fix changes"),
    ("workaround", "what helps until the upgrade"),
)


def about(package: str, crashes: Sequence[Crash]) -> Crash:
    """The crash to draft from: the last in which the package's own code runs, else the last."""
    own = [crash for crash in crashes if any(_of(package, frame) for frame in _frames(crash.raised))]
    return (own or list(crashes))[-1]


def general(message: str) -> str:
    """A pattern for the first words of a message: what differs between reports open, translations left out.

    Empty when nothing is left that tells.
    """
    first = next((line.strip() for line in message.splitlines() if re.search(r"\w", line)), "")
    if numbered := NUMBERED.match(first):
        return _escaped(numbered.group())
    said = ADDED.sub("", first)
    if len(said) > MAX_LETTERS:
        said = said[:MAX_LETTERS].rpartition(" ")[0] or said[:MAX_LETTERS]
    words = WORDS.match(said)
    fixed, *rest = VARIABLE.split(words.group() if words else "")
    if not re.search(r"[^\W\d]", fixed + "".join(rest[1::2])):
        return ""
    parts = [_escaped(fixed)]
    for variable, following in zip(rest[::2], rest[1::2], strict=True):
        parts += [r"[^'\"]+" if " " in variable else r"\S+", _escaped(following)]
    return "".join(parts)


def _all_clues(raised: Raised, place: Frame | None) -> Clues:
    clues: Clues = []
    for one in _telling(raised):
        if one.type:
            clues.append(("exception", one.type.rpartition(".")[2]))
        if pattern := general(one.message):
            clues.append(("message", _quoted(pattern)))
    if place is not None:
        clues.append(("frame", f"{place.module}:{place.function}"))
    silent = all(kind == "exception" for kind, _ in clues)
    root = raised if silent else _telling(raised)[-1]
    at = root.frames[-1] if root.frames else None
    if at is not None and at.code and (silent or (root.type in SAME_WORDS and at == place)):
        clues.append(("code", _quoted(_escaped(at.code.partition("\n")[0].strip()[:MAX_LETTERS]))))
    return list(dict.fromkeys(clues)) or [("message", _quoted(TO_FILL))]


def _telling(raised: Raised) -> list[Raised]:
    """The exception and the one it was raised from in the first place; of a group, its first member."""
    root = raised
    while root.exceptions or root.cause:
        root = root.exceptions[0] if root.exceptions else root.cause or root
    return [root] if raised.exceptions or root is raised else [raised, root]


def _place(package: str, raised: Raised) -> Frame | None:
    """The innermost frame of the package that no user's code interrupts, else of anybody but the user."""
    every = [*reversed(_telling(raised)), *chain(raised)]
    inner = [frame for one in every for frame in reversed(list(_after_user(package, one.frames)))]
    return next((one for one in inner if _of(package, one)), None) or next(iter(inner), None)


def _after_user(package: str, frames: tuple[Frame, ...]) -> Iterator[Frame]:
    """The frames below the last one of the user's own code that can be named in a clue and say something."""
    users = (number for number, one in enumerate(frames, 1) if one.owner == "user" and not _of(package, one))
    for one in frames[max(users, default=0) :]:
        if one.module and one.function and NAMED.fullmatch(f"{one.module}:{one.function}"):
            yield one


def _frames(raised: Raised) -> Iterator[Frame]:
    return (frame for one in chain(raised) for frame in one.frames)


def _of(package: str, frame: Frame) -> bool:
    if package == INTERPRETER:
        return frame.owner == "stdlib"
    return any(f"{frame.module}.".startswith(f"{name}.") for name in _import_names(package))


def _import_names(package: str) -> tuple[str, ...]:
    names = (package, package.removeprefix("python-"))  # `python-pptx` is imported as `pptx`
    return IMPORTED_AS.get(package, tuple(dict.fromkeys(name.replace("-", "_") for name in names)))


def _ties(package: str, crash: Crash) -> Clues:
    """What would tie the crash to the package when the clues of `all` do not."""
    if package == INTERPRETER:
        return []
    frames = [("frame", name) for name in _import_names(package)]
    named = [line for line in crash.logs if re.search(rf"\b{re.escape(package)}\b", line.raw, re.IGNORECASE)]
    patterns = dict.fromkeys(pattern for line in named if (pattern := general(line.text)))
    logs = [("log", _quoted(pattern)) for pattern in list(patterns)[:MAX_LOGS]]
    return [*frames, *logs, ("installed", package)]


def _system(crash: Crash) -> list[str]:
    """Windows, when the crash can happen nowhere else; a proposal when it merely happened there."""
    if crash.environment.os is None or crash.environment.os.value != "windows":
        return []
    text = "\n".join(
        [*(one.message for one in chain(crash.raised)), *(str(one.module) for one in _frames(crash.raised))]
    )
    needed = WINDOWS.search(text) is not None
    return [
        "environment: {os: windows}" if needed else "# environment: {os: windows}          # if it happens only there"
    ]


def _escaped(text: str) -> str:
    return "".join(SPECIAL.sub(r"\\\1", letter) if letter.isprintable() else "." for letter in text)


def _quoted(pattern: str) -> str:
    return "'" + pattern.replace("'", "''") + "'"


def _version(package: str, crash: Crash) -> str:
    fact = crash.environment.packages.get(package)
    return f"after {fact.value}" if fact else "1.2.3"


def _reproduce(signature_id: str, package: str, crash: Crash) -> list[str]:
    """What to install to see it happen, for a person to complete."""
    fact = crash.environment.packages.get(package)
    python = crash.environment.python
    known = ".".join(python.value.split(".")[:2]) if python else "3.12"
    return [
        f"# reproduce:                            # what 'tracelore verify' runs: {signature_id}.reproduce.py",
        f'#   python: ["{known}"]',
        f'#   affected: ["{package}=={fact.value if fact else "1.2.2"}"]',
        f'#   fixed: ["{package}==1.2.3"]',
    ]


def _report_url(issue: str) -> str:
    if issue.startswith("https://") and not re.search(r"[\s\"<>\\]", issue):
        return issue
    return f"https://{TO_FILL.replace(' ', '-')}/"
