"""The two files that begin a signature: its draft, and the report it was drafted from as the first example."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from app.crash.fingerprint import fingerprint
from app.crash.model import Crash, chain
from app.crash.text import read
from app.crash.traceback import parse
from app.diagnosis.draft import IMPORTED_AS, about, draft
from app.errors import Unreadable
from app.signature.model import INTERPRETER

EXAMPLE = "match.first.txt"
PUBLISHED_AS = {module: package for package, modules in IMPORTED_AS.items() for module in modules}


@dataclass(frozen=True, slots=True)
class Name:
    """What a signature will be called."""

    package: str
    id: str

    @property
    def file(self) -> str:
        """Path of its file in the folder of signatures."""
        return f"{self.package}/{self.id}.yaml"

    @property
    def example(self) -> str:
        """Path of its first example."""
        return f"{self.package}/{self.id}.{EXAMPLE}"


def name_of(package: str, issue: str) -> Name:
    """The name for a bug of this package, by its issue. Raises `Unreadable` when the two make none."""
    name = canonicalize_name(package)
    word = re.sub(r"[^a-z0-9_]+", "-", issue.rstrip("/").rpartition("/")[2].lower()).strip("-")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) or not word:
        raise Unreadable("bad-name", f"'{package}' and '{issue}' make no name: try 'tracelore new flask 4242'.")
    return Name(name, f"{name}-{word}")


def drafted(name: Name, issue: str, text: str, only: str | None = None) -> str:
    """The draft from a report without secrets, or from its crashes of one fingerprint. Raises `Unreadable`."""
    crashes = parse(read(text.encode(errors="replace")))
    if only is not None:
        crashes = tuple(one for one in crashes if fingerprint(one) == only)
    if not crashes:
        raise Unreadable("no-crash", "There is no crash in this text: paste the whole traceback.")
    return draft(name.id, name.package, issue, about(name.package, crashes))


def package_of(crash: Crash) -> str:
    """The package a crash is probably about: the innermost that its stack goes through, else Python itself."""
    for raised in chain(crash.raised):
        for frame in reversed(raised.frames):
            if frame.owner == "package" and frame.module:
                top = frame.module.partition(".")[0]
                return PUBLISHED_AS.get(top, canonicalize_name(top))
    return INTERPRETER
