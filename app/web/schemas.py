"""What the API takes and gives. What comes in is checked here, once; afterwards it is trusted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Any, Self

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from app.crash.model import Environment, stated
from app.diagnosis.model import CrashDiagnosis, Diagnosis, Replies, Verdict
from app.intake import Received
from app.signature.model import Os, Signature

MAX_PACKAGES = 2000  # a large `pip freeze` has some six hundred
MAX_NAME = 100
MAX_VERSION = 60

OS_NAMES: dict[str, Os] = {
    "windows": "windows", "win32": "windows", "win": "windows", "nt": "windows",
    "linux": "linux", "linux2": "linux",
    "macos": "macos", "darwin": "macos", "mac": "macos", "osx": "macos",
}  # fmt: skip
PACKAGE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
# `uvicorn==0.17.6`, `uvicorn 0.17.6`
PINNED = re.compile(r"([A-Za-z0-9._-]{1,100})(?:\[[^\]]{0,200}\])?(?:\s*={2,3}\s*|\s+)([^\s;#]{1,60})")


def _os(value: Any) -> Any:
    if isinstance(value, str) and value.strip().lower() in OS_NAMES:
        return OS_NAMES[value.strip().lower()]
    raise ValueError("must be one of windows, linux and macos")


def _version(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError('must be a version as text, in quotes, such as "0.17.6"')  # noqa: TRY004 - Pydantic takes it
    try:
        Version(value[: MAX_VERSION + 1])
    except InvalidVersion:
        raise ValueError("must be a PEP 440 version such as 0.17.6") from None
    return value.strip()


def _not_a_crowd(value: Any) -> Any:
    """Refuse too many before looking at each."""
    if isinstance(value, dict) and len(value) > MAX_PACKAGES:
        raise ValueError(f"must be {MAX_PACKAGES} packages at most")
    return value


def clean_text(value: Any) -> Any:
    """Join pairs of half characters and replace single halves, as a paste cut in an emoji has them."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


VersionText = Annotated[str, BeforeValidator(_version), Field(max_length=MAX_VERSION, examples=["0.17.6"])]
OsName = Annotated[Os, BeforeValidator(_os)]


class Door(BaseModel):
    """What comes in: nothing in it that is not named here."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class StatedEnvironment(Door):
    """What the sender knows of where it crashed; it outweighs what the report betrays."""

    os: OsName | None = None
    """`windows`, `linux` or `macos`; `win32` and `darwin` are understood."""
    python: VersionText | None = None
    """Python version: `3.11.4`, or the release line `3.11`."""
    packages: Annotated[dict[str, VersionText], BeforeValidator(_not_a_crowd)] = Field(
        default={}, json_schema_extra={"maxProperties": MAX_PACKAGES}
    )
    """Installed packages and their versions."""

    @field_validator("packages")
    @classmethod
    def _normalised(cls, given: dict[str, str]) -> dict[str, str]:
        packages: dict[str, str] = {}
        for name, version in given.items():
            if len(name) > MAX_NAME or not PACKAGE_NAME.fullmatch(name):
                raise ValueError(f"{name[:MAX_NAME]!r} is not a package name")
            if packages.setdefault(canonicalize_name(name), version) != version:
                raise ValueError(f"{name!r} is given twice, differently")
        return packages

    def as_facts(self) -> Environment:
        """The same as the core knows it."""
        return stated(self.os, self.python, self.packages)


class Context(Door):
    """What may come with a report."""

    environment: StatedEnvironment = StatedEnvironment()
    source: Annotated[str, BeforeValidator(clean_text), Field(max_length=200)] | None = None
    """Where the report comes from, in your words: a ticket number, a host."""


class DiagnosisRequest(Context):
    """A report as JSON."""

    text: Annotated[str, BeforeValidator(clean_text)]
    """The crash as you have it: a traceback, or a log with one in it."""


class Asking(Door):
    """How an answer is wanted."""

    top: Annotated[int, Field(ge=1, le=20)] = 5
    """How many signatures to name for each crash, at most."""


class Sending(Asking):
    """How a report is to be treated."""

    store: bool = True
    """Whether to remember the report, without its secrets, and its answer."""


class Searching(Door):
    """Which signatures are wanted."""

    q: Annotated[str, Field(max_length=200)] = ""
    """Words to look for."""
    package: Annotated[str, Field(max_length=MAX_NAME)] | None = None
    """Only signatures of this package."""


class Removed(BaseModel):
    """Something that was taken out before anything else was done: its kind and line, never the value."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    kind: str
    line: int | None = None
    count: int = 1


class Answer(BaseModel):
    """The diagnosis of a report. `verdict` and `confidence` are its best crash's."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str | None
    """Name under which it is kept; null when it is not."""
    url: str | None
    """Path of its page."""
    seen: int
    """How often this report has come, this time included; 0 when it is not kept."""
    verdict: Verdict
    confidence: float
    """Between 0 and 1."""
    summary: str
    crashes: tuple[CrashDiagnosis, ...]
    replies: Replies
    redacted: tuple[Removed, ...]
    """What was taken out of the report before it was read."""
    book: str
    """Revision of the signatures that gave this answer."""
    engine: str
    """Revision of the program's judgement that gave this answer."""

    @classmethod
    def of(cls, received: Received, top: int) -> Self:
        """The answer with at most `top` signatures for each crash."""
        told = named(received.diagnosis, top)
        kept = received.kept
        return cls(
            id=kept.id if kept else None,
            url=f"/diagnoses/{kept.id}" if kept else None,
            seen=kept.seen if kept else 0,
            verdict=told.verdict,
            confidence=told.confidence,
            summary=told.summary,
            crashes=told.crashes,
            replies=told.replies,
            redacted=tuple(Removed(**one) for one in received.removed),
            book=told.book,
            engine=told.engine,
        )


def named(told: Diagnosis, top: int) -> Diagnosis:
    """The diagnosis with at most `top` signatures named for each crash; itself where there are no more."""
    if all(len(crash.matches) <= top for crash in told.crashes):
        return told
    return replace(told, crashes=tuple(replace(crash, matches=crash.matches[:top]) for crash in told.crashes))


class Listed(BaseModel):
    """A signature, in a list."""

    id: str
    package: str
    title: str
    status: str
    fixed_in: str | None
    url: str

    @classmethod
    def of(cls, signature: Signature) -> Self:
        """What a list shows of it."""
        return cls(
            id=signature.id,
            package=signature.package,
            title=signature.title,
            status=signature.status,
            fixed_in=signature.fixed_in,
            url=signature.page,
        )


class Listing(BaseModel):
    """The signatures that were asked for, and the revision of the book they stand in."""

    signatures: tuple[Listed, ...]
    book: str


def packages_of(text: str) -> dict[str, str]:
    """Packages out of `pip freeze` or `pip list` lines, or `name==version` with commas between; others are refused."""
    packages: dict[str, str] = {}
    for part in re.split(r"[\r\n,]+", text):
        line = part.strip()
        if not line or line.startswith(("#", "-", "Package ")) or " @ " in line:
            continue  # comments, options, table heads, and installs from a path: they state no version
        pinned = PINNED.match(line)
        if pinned is None:
            raise ValueError(f"{line[:80]!r} is not name==version")
        packages[pinned[1]] = pinned[2]
    return packages
