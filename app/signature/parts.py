"""What every part of a signature file is made of: immutable, nothing unnamed in it, versions as quoted text."""

from __future__ import annotations

from typing import Annotated, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

READ_BEFORE = "read before"  # context of a signature whose texts were checked when its file was read


def quoted(value: Any) -> Any:
    """Refuse a version that YAML has already read as a number: `0.18` and `0.180` would be the same."""
    if isinstance(value, int | float):
        raise PydanticCustomError("TL103", 'a version is text: quote it, as in "{value}"', {"value": str(value)})
    return value


def pep440(value: str, info: ValidationInfo) -> str:
    """Refuse what is no version."""
    if info.context == READ_BEFORE:
        return value
    try:
        Version(value)
    except InvalidVersion:
        raise PydanticCustomError("TL103", "'{value}' is not a PEP 440 version", {"value": value}) from None
    return value


def specifier(value: str, info: ValidationInfo) -> str:
    """Refuse what is no specifier, such as `>=3.8,<3.12`."""
    if info.context == READ_BEFORE:
        return value
    try:
        SpecifierSet(value)
    except InvalidSpecifier:
        raise PydanticCustomError("TL103", "'{value}' is not a PEP 440 specifier", {"value": value}) from None
    return value


def requirement(value: str, info: ValidationInfo) -> str:
    """Refuse what is no PEP 508 requirement."""
    if info.context == READ_BEFORE:
        return value
    try:
        Requirement(value)
    except InvalidRequirement:
        wrong = "'{value}' is not 'package' or 'package>=1.0'"
        raise PydanticCustomError("TL103", wrong, {"value": value}) from None
    return value


VersionText = Annotated[str, BeforeValidator(quoted), AfterValidator(pep440), Field(max_length=60)]
SpecifierText = Annotated[str, BeforeValidator(quoted), AfterValidator(specifier)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Url = Annotated[str, StringConstraints(pattern=r"^https://[^\s\"<>]+$", max_length=500)]
PackageName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
SignatureId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([._-][a-z0-9_]+)*$", max_length=120)]


class Part(BaseModel):
    """A part of a signature: immutable, and nothing in it that is not named here."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
