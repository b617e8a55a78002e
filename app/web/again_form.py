"""The form that says more of a report, so that it is judged again: an answer to the question, versions, the system."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from packaging.utils import canonicalize_name
from pydantic import ValidationError

from app.crash.model import Environment
from app.diagnosis.model import Match
from app.errors import in_our_words
from app.intake import Received
from app.signature.book import Book
from app.web import words
from app.web.answer_view import Refused, View
from app.web.paste import SYSTEMS, Option
from app.web.person import Fields, field
from app.web.schemas import StatedEnvironment, packages_of

ANSWER, VERSION = "answer:", "version:"  # what names of fields begin with; a signature's id or a package follows
MOST_ANSWERED = 10  # questions of one report: a crash has three candidates at most in practice
MOST_VERSIONS = 4  # packages with a field of their own; the others are lines
YES_NO = re.compile(r"(?:Do|Does|Did|Is|Are|Was|Were|Has|Have|Can)\b(?!.*, or\b)", re.DOTALL)
FIRST_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
TOLD = (("yes", "Yes"), ("no", "No"), ("", "Don't know"))
NAMES = {"os": "System", "python": "Python version", "packages": "Packages"}


@dataclass(frozen=True, slots=True)
class Said:
    """What the form said: for judging."""

    stated: Environment
    answers: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that yes or no answers."""

    id: str
    name: str
    question: str
    options: tuple[tuple[str, str, bool], ...]
    """Value, name, and whether it is chosen."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package whose version is asked for."""

    id: str
    name: str
    product: str
    value: str


@dataclass(frozen=True, slots=True)
class More:
    """What may be said more, with what is said already."""

    template: ClassVar[str] = "answer/more.html"
    heading: str
    lead: str | None
    """The question, when one answer would decide."""
    open: bool
    action: str
    crash: int
    questions: tuple[Asked, ...]
    versions: tuple[Package, ...]
    systems: tuple[Option, ...]
    os: str
    python: str
    packages: str
    refused: Refused | None

    @property
    def wrong(self) -> str:
        """The field that is complained of; empty without a complaint."""
        return self.refused.field if self.refused else ""


def form(view: View) -> More | None:
    """The form for the crash that is shown, as it was typed or as it stands; None where nothing asked would tell."""
    told, crash, book, typed = view.told, view.crash, view.book, view.more
    if crash is None or view.place is None or crash.language != "python":
        return None
    best = crash.matches[0] if crash.matches else None
    stated = _stated_of(typed.fields) if typed else dict(told.stated)
    packages: dict[str, str] = dict(stated.get("packages", {}))
    questions = tuple(_asked(one, book, stated.get("answers", {})) for one in _askable(best, told, book))
    named = _wanted(best, book)[:MOST_VERSIONS]
    versions = tuple(
        Package(f"version-{number}", VERSION + name, words.product(name), packages.pop(name, ""))
        for number, name in enumerate(named)
    )
    own = best is not None and best.verdict != "match" and best.question is not None
    lead = (
        best.question
        if best is not None and own and not any(one.question == best.question for one in questions)
        else None
    )
    return More(
        heading="One answer would decide" if own else "Know more? Judge again",
        lead=lead,
        open=typed is not None or crash.verdict != "match",
        action=f"{view.link}/again",
        crash=view.place + 1,
        questions=questions,
        versions=versions,
        systems=SYSTEMS,
        os=str(stated.get("os", "")),
        python=str(stated.get("python", "")),
        packages=str(stated.get("lines", "")) if typed else "\n".join(f"{name}=={it}" for name, it in packages.items()),
        refused=typed.refused if typed else None,
    )


def read(fields: Fields, book: Book) -> Said | Refused:
    """What the form says, or why that can't be used."""
    given: dict[str, Any] = {name: field(fields, name).strip() for name in ("os", "python")}
    try:
        packages = {canonicalize_name(name): it for name, it in packages_of(field(fields, "packages")).items()}
    except ValueError as wrong:
        return Refused("packages", f"{wrong}.")
    packages |= {canonicalize_name(name): it for name, it in _beginning(fields, VERSION) if it}
    facts: dict[str, Any] = {name: value for name, value in given.items() if value}
    try:
        stated = StatedEnvironment.model_validate(facts | {"packages": packages})
    except ValidationError as wrong:
        return _refused(wrong, fields)
    told = [(name, it) for name, it in _beginning(fields, ANSWER) if it in {"yes", "no"}]
    answers = {name: it == "yes" for name, it in told[:MOST_ANSWERED] if _has_question(book, name)}
    return Said(stated.as_facts(), answers)


def _refused(wrong: ValidationError, fields: Fields) -> Refused:
    fault = wrong.errors(include_url=False, include_input=False, include_context=False)[0]
    why = in_our_words(fault["msg"])
    name, *way = (str(part) for part in fault["loc"])
    if way and field(fields, VERSION + way[0]):
        return Refused(VERSION + way[0], f"The version of {way[0][:80]} {why}.")
    about = f"The version of {way[0][:80]}" if way else NAMES.get(name, name)
    return Refused(name if name in NAMES else "packages", f"{about} {why}.")


def _beginning(fields: Fields, prefix: str) -> Iterator[tuple[str, str]]:
    for name, values in fields.items():
        if name.startswith(prefix):
            yield name.removeprefix(prefix), values[-1].strip()


def _stated_of(fields: Fields) -> dict[str, Any]:
    """What was typed, in the form in which it would be kept."""
    return {
        "os": field(fields, "os"),
        "python": field(fields, "python"),
        "packages": dict(_beginning(fields, VERSION)),
        "lines": field(fields, "packages").replace("\r\n", "\n"),
        "answers": {name: it == "yes" for name, it in _beginning(fields, ANSWER) if it in {"yes", "no"}},
    }


def _askable(best: Match | None, told: Received, book: Book) -> list[str]:
    """Signatures whose question can be answered with yes or no: the best one's, and those answered already."""
    answered = [name for name in told.stated.get("answers", {}) if _has_question(book, name)]
    own = (
        [best.signature] if best is not None and best.verdict != "match" and _has_question(book, best.signature) else []
    )
    return list(dict.fromkeys(own + answered))[:MOST_ANSWERED]


def _has_question(book: Book, name: str) -> bool:
    known = book.signatures.get(name)
    return known is not None and known.question is not None and YES_NO.match(known.question) is not None


def _asked(name: str, book: Book, answers: Mapping[str, bool]) -> Asked:
    said = {True: "yes", False: "no", None: ""}[answers.get(name)]
    options = tuple((value, shown, value == said) for value, shown in TOLD)
    return Asked(f"question-{name}", ANSWER + name, book.signatures[name].question or "", options)


def _wanted(best: Match | None, book: Book) -> list[str]:
    """The packages whose versions tell: the bug's own, the other side of a break, and those that clues look for."""
    if best is None:
        return []
    known = book.signatures.get(best.signature)
    sides = [side.package for side in known.with_] if known else []
    looked_for = (FIRST_NAME.match(one.expected) for one in best.evidence if one.clue == "installed")
    every = [best.package, *sides, *(found[0] for found in looked_for if found)]
    return [
        name for name in dict.fromkeys(canonicalize_name(one) for one in every) if name not in {"cpython", "python"}
    ]
