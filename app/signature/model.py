"""A signature file as Pydantic: the one place that says what may stand in it, and the source of its JSON Schema.

Every complaint is a `PydanticCustomError` whose type is a lint code, so that `app/store/shelf.py` can say where.
"""

from __future__ import annotations

import difflib
import re
from math import prod
from typing import Annotated, Any, Literal, Self

import regex
from packaging.utils import canonicalize_name
from packaging.version import Version
from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from app.signature.parts import (
    READ_BEFORE,
    PackageName,
    Part,
    Prose,
    Sentence,
    SignatureId,
    SpecifierText,
    Url,
    VersionText,
    requirement,
)
from app.signature.reproduce import Reproduce
from app.signature.reproduce import Run as Run
from app.signature.reproduce import Verified as Verified

MAX_PATTERN = 400  # the longest pattern in use is under 120; a longer one is a paste, not a clue
MAX_COUNT = 100_000  # of steps that `{n}` repeats write out; each takes some 250 bytes, and nested ones multiply
INTERPRETER = "cpython"  # the package name of bugs in Python itself: its version is the Python version

ClueKind = Literal["exception", "message", "frame", "code", "log", "installed"]
CLUE_KINDS: tuple[ClueKind, ...] = ("exception", "message", "frame", "code", "log", "installed")
PATTERN_KINDS = frozenset({"message", "code", "log"})
COUNTS = re.compile(r"(\d+)\}")  # `{3}` · `{2,3}` · `{,3}`
Os = Literal["windows", "linux", "macos"]


class Clue(Part):
    """One thing a signature looks for. Exactly one of the keys is set."""

    exception: str | None = Field(default=None, pattern=r"^[A-Za-z_][\w.]*$", max_length=120)
    """Name of an exception anywhere in the chain: its last part (`OSError`) or dotted (`pydantic.ValidationError`)."""
    message: str | None = None
    """Regex on the text of an exception in the chain, without its name."""
    frame: str | None = Field(default=None, pattern=r"^[A-Za-z_][\w.]*(:[\w<>]+)?$", max_length=200)
    """`package`, `package.module` or `package.module:function` of a frame."""
    code: str | None = None
    """Regex on a source line that the traceback shows."""
    log: str | None = None
    """Regex on the lines around the traceback."""
    installed: str | None = None
    """A package that is installed, optionally with a specifier: `eventlet>=0.30.3`."""

    @model_validator(mode="before")
    @classmethod
    def _one_known_key(cls, value: Any, info: ValidationInfo) -> Any:
        if info.context == READ_BEFORE:
            return value
        if not isinstance(value, dict):
            raise PydanticCustomError("TL101", "a clue is one key and its value, such as 'exception: OSError'")
        for key in value:
            if key not in CLUE_KINDS:
                near = difflib.get_close_matches(str(key), CLUE_KINDS, 1)
                hint = f"; did you mean '{near[0]}'?" if near else f"; the kinds are {', '.join(CLUE_KINDS)}"
                raise PydanticCustomError("TL101", "'{key}' is not a kind of clue{hint}", {"key": key, "hint": hint})
        if len(value) != 1 or None in value.values():
            raise PydanticCustomError("TL101", "a clue says exactly one thing, this one has {n}", {"n": len(value)})
        return value

    @field_validator("message", "code", "log")
    @classmethod
    def _compiles(cls, value: str, info: ValidationInfo) -> str:
        if info.context == READ_BEFORE:
            return value
        if not value or len(value) > MAX_PATTERN:
            raise PydanticCustomError("TL104", "a pattern has 1 to {most} characters", {"most": MAX_PATTERN})
        if prod(max(int(count), 1) for count in COUNTS.findall(value)) > MAX_COUNT:
            raise PydanticCustomError("TL104", "its counts multiply to over {most}", {"most": MAX_COUNT})
        try:
            regex.compile(value)
        except (regex.error, ValueError, RecursionError) as wrong:
            raise PydanticCustomError("TL104", "pattern does not compile: {why}", {"why": str(wrong)}) from None
        return value

    @field_validator("installed")
    @classmethod
    def _requirement(cls, value: str, info: ValidationInfo) -> str:
        return requirement(value, info)

    @property
    def told(self) -> tuple[ClueKind, str]:
        """Which of the keys is set, and what it says."""
        for kind in CLUE_KINDS:
            value: str | None = getattr(self, kind)
            if value is not None:
                return kind, value
        raise LookupError("a clue says one thing, this one says nothing")

    @property
    def kind(self) -> ClueKind:
        """Which of the keys is set."""
        return self.told[0]

    @property
    def value(self) -> str:
        """What that key says."""
        return self.told[1]


class Rules(Part):
    """How clues decide: none of `all` may fail, one of `any` makes it sure, one of `none` makes it something else."""

    all: tuple[Clue, ...] = Field(min_length=1, max_length=20)
    any: tuple[Clue, ...] = Field(default=(), max_length=40)
    none: tuple[Clue, ...] = Field(default=(), max_length=40)


class Range(Part):
    """Affected versions as OSV events: from `introduced` on, up to but not including `fixed`."""

    introduced: VersionText = "0"
    fixed: VersionText | None = None
    last_affected: VersionText | None = None
    """Where no fix was released on this branch: the last version known to have the bug."""

    @model_validator(mode="after")
    def _ordered(self, info: ValidationInfo) -> Self:
        if info.context == READ_BEFORE:
            return self
        if self.fixed is not None and self.last_affected is not None:
            raise PydanticCustomError("TL301", "a range ends with 'fixed' or with 'last_affected', not with both")
        end = self.fixed or self.last_affected
        if end is not None and Version(self.introduced) > Version(end):
            raise PydanticCustomError("TL301", "the range ends before it begins")
        return self


class OtherSide(Part):
    """The other package of a dependency break, and its versions with which the bug shows."""

    package: PackageName
    affected: tuple[Range, ...] = Field(min_length=1)


class Needs(Part):
    """Where the bug can happen at all."""

    os: Os | None = None
    python: SpecifierText | None = None
    """A PEP 440 specifier, such as `>=3.8,<3.12`."""


class Reference(Part):
    """A public source, and what it is."""

    kind: Literal["report", "fix", "commit", "release", "docs", "look-alike", "discussion"]
    url: Url


class Related(Part):
    """Another signature, and how to tell the two apart."""

    id: SignatureId
    difference: Sentence


class Signature(Part):
    """What is known of one bug."""

    id: SignatureId
    """`<package>-<issue number or short word>`, the same as the file's name."""
    package: PackageName
    """The package to change, by its normalised PyPI name; `cpython` for Python itself."""
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=160)]
    """What the user sees, in one line."""
    status: Literal["draft", "proven", "retired"] = "draft"
    """A draft is never more than a maybe; a retired one names its successor."""
    replaced_by: SignatureId | None = None
    match: Rules
    environment: Needs = Needs()
    affected: tuple[Range, ...] = Field(min_length=1)
    with_: tuple[OtherSide, ...] = Field(default=(), alias="with")
    """The other side of a dependency break: both must be affected."""
    cause: Prose
    """Why it happens."""
    remedy: Prose
    """What the fix does."""
    trigger: Prose | None = None
    """What must be true for it to happen."""
    workaround: Prose | None = None
    """What helps until the upgrade."""
    not_when: Prose | None = None
    """When not to use the fix."""
    if_left: Prose | None = None
    """What happens if nobody acts."""
    verify: Prose | None = None
    """How to see that the fix holds."""
    prevent: Prose | None = None
    """How to keep it from coming back."""
    question: Sentence | None = None
    """The question whose answer decides when the report alone can't."""
    related: tuple[Related, ...] = ()
    references: tuple[Reference, ...] = Field(min_length=1)
    reproduce: Reproduce | None = None
    """How `tracelore verify` makes it happen, or why it can't."""
    verified: Verified | None = None
    """When and how it was last checked, and what was seen."""
    examples: dict[str, Sentence] = Field(default_factory=dict)
    """For each example file's slug: where its text comes from."""

    @field_validator("package")
    @classmethod
    def _normalised(cls, value: str) -> str:
        name = canonicalize_name(value)
        if name != value:
            raise PydanticCustomError("TL202", "write the normalised name, '{name}'", {"name": name})
        return value

    @model_validator(mode="after")
    def _successor(self) -> Self:
        if (self.status == "retired") != (self.replaced_by is not None):
            raise PydanticCustomError("TL205", "'replaced_by' goes with 'status: retired', and both are needed")
        return self

    def __hash__(self) -> int:
        """By its id, so that what is made of a signature can be remembered."""
        return hash(self.id)

    @property
    def page(self) -> str:
        """Path of its page in the knowledge base."""
        return f"/kb/{self.package}/{self.id}"

    @property
    def product(self) -> str:
        """The package's name for people."""
        return "Python" if self.package == INTERPRETER else self.package

    @property
    def fixed_in(self) -> str | None:
        """The newest release line's first fixed version; None when there is no fix."""
        fixes = [one.fixed for one in self.affected if one.fixed is not None]
        return max(fixes, key=Version, default=None)

    def advice(self, fixed_in: str | None) -> str:
        """What to do, in one sentence, derived from the ranges; `fixed_in` is the fix in the reader's release line."""
        introduced = self.affected[0].introduced
        if fixed_in is None:
            keep = f"keep it below {introduced}, or " if introduced != "0" else ""
            return f"No release of {self.product} fixes this: {keep}change the code that runs into it."
        sides = [(side.package, side.affected[0].introduced) for side in self.with_]
        kept = [f"keep {package} below {version}" for package, version in sides if version != "0"]
        return f"Upgrade {self.product} to {fixed_in} or later{', or ' if kept else ''}{' and '.join(kept)}."
