"""What a labelled report says: a text, and what it really is. `tests/corpus/README.md` explains each field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from app.crash.model import Environment, stated
from app.errors import BrokenCorpus
from app.signature.model import Os

Kind = Literal["positive", "near_miss", "unrelated"]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]


class Stated(BaseModel):
    """The environment the report came from, as its sender could state it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    os: Os | None = None
    python: str | None = None
    packages: dict[str, str] = Field(default_factory=dict)

    def facts(self) -> Environment:
        """The same as the core knows it."""
        return stated(self.os, self.python, self.packages)


class Labelled(BaseModel):
    """A report with its label."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Words
    kind: Kind
    bug: str | None = None
    """The signature a positive is of."""
    looks_like: str | None = None
    """The signature a near miss must not be taken for."""
    environment: Stated = Stated()
    source: Words
    why: Words
    text: Annotated[str, Field(min_length=1)]
    others_may_fit: bool = False
    """A near miss of one signature that may well be another one's positive, as the `none` examples are."""

    @model_validator(mode="after")
    def _labels_fit(self) -> Self:
        if (self.kind == "positive") != (self.bug is not None):
            raise ValueError("a positive names its 'bug', and nothing else does")
        if (self.kind == "near_miss") != (self.looks_like is not None):
            raise ValueError("a near miss says what it 'looks_like', and nothing else does")
        return self

    def forbids(self, signature: str) -> bool:
        """Whether naming this signature is wrong."""
        return signature != self.bug if not self.others_may_fit else signature == self.looks_like


def read_corpus(lines: Iterable[str], file: str, known: frozenset[str]) -> Iterator[Labelled]:
    """The labelled reports of a JSON lines file. Raises `BrokenCorpus` with file and line; nothing is skipped."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            one = Labelled.model_validate_json(line)
        except ValidationError as wrong:
            first = wrong.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BrokenCorpus(file, number, f"{where} {first['msg']}".strip()) from None
        for name in (one.bug, one.looks_like):
            if name is not None and name not in known:
                raise BrokenCorpus(file, number, f"{one.id} names '{name}', and there is no such signature")
        yield one
