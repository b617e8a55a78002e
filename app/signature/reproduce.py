"""How a signature is proven by running it, and what was seen when it was."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.signature.parts import PackageName, Part, Sentence, VersionText, quoted, requirement

RequirementText = Annotated[str, Field(max_length=200), AfterValidator(requirement)]
PythonText = Annotated[str, BeforeValidator(quoted), StringConstraints(pattern=r"^\d+\.\d+(\.\d+)?$")]
Installed = dict[PackageName, VersionText]


class Reproduce(Part):
    """How to make it happen: `<id>.reproduce.py`, run with these packages on these Pythons; or why it can't be."""

    python: tuple[PythonText, ...] = Field(default=(), max_length=6)
    """Pythons to run on, such as `"3.8"`."""
    affected: tuple[RequirementText, ...] = ()
    """What to install to see it crash; PEP 508, so a marker may tell Pythons apart."""
    fixed: tuple[RequirementText, ...] = ()
    """What to install to see that it does not."""
    fixed_python: tuple[PythonText, ...] = ()
    """For a bug in Python itself: the Pythons that have the fix, each beside one of `python`."""
    as_of: date | None = None
    """Packages released later are not taken: what else gets installed is then the same in years to come."""
    against_limits: bool = False
    """The packages are installed although one of them forbids another's version, as pip does one after the other."""
    seconds: int = Field(default=60, ge=1, le=600)
    """Time limit of one run."""
    cannot: Sentence | None = None
    """Why it can't be run: another system, a graphics card, a package that no longer installs."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        runs = bool(self.python and (self.fixed or self.fixed_python))
        if (self.cannot is None) != runs or (self.cannot is not None and self.python):
            wrong = "either says 'python' and 'fixed' (or 'fixed_python'), or 'cannot' with the reason"
            raise PydanticCustomError("TL101", wrong)
        if self.fixed_python and len(self.fixed_python) != len(self.python):
            raise PydanticCustomError("TL101", "'fixed_python' has one Python for each of 'python'")
        return self

    def sides(self) -> tuple[tuple[str, str], ...]:
        """For each run the Python that crashes and the one with the fix: the same one, but for bugs in Python."""
        return tuple(zip(self.python, self.fixed_python or self.python, strict=True))

    def with_version(self, package: str, version: str) -> tuple[str, ...]:
        """The affected packages with another version of one of them."""
        others = [one for one in self.affected if canonicalize_name(Requirement(one).name) != package]
        return (f"{package}=={version}", *others)


class Run(Part):
    """What one Python showed: with which versions it crashed, and with which it ran."""

    python: VersionText
    affected: Installed = Field(default_factory=dict)
    fixed: Installed = Field(default_factory=dict)
    fixed_python: VersionText | None = None


class Verified(Part):
    """When and how the signature was last checked: `read` (sources agree) or `reproduced` (crashed, then did not)."""

    on: date
    how: Literal["read", "reproduced"]
    runs: tuple[Run, ...] = ()
    """What `tracelore verify` saw."""
    edges: dict[VersionText, Literal["crashed", "ran", "differs"]] = Field(default_factory=dict)
    """What `tracelore bisect` saw at the ends of the affected range; `differs`: it failed in another way."""
    edges_open: Sentence | None = None
    """Why an end of the range could not be run."""
