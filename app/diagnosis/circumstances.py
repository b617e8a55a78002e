"""What is known around a crash, as evidence: the system, the versions, and what its sender answered."""

from __future__ import annotations

from app.crash.model import Fact
from app.diagnosis.case import Case
from app.diagnosis.model import Evidence, State
from app.diagnosis.versions import Verdict, base, within
from app.signature.model import Range, Signature

# What each verdict on the installed version is to the signature; every other one speaks against it.
SPEAKS: dict[str, State] = {"affected": "holds", "other-branch": "holds", "unknown": "unseen"}


def circumstances(signature: Signature, version: Verdict, case: Case) -> list[Evidence]:
    """What is known of the surroundings that the signature asks for; what it does not ask for is left out."""
    found: list[Evidence] = []
    needs, environment = signature.environment, case.environment
    if needs.os is not None:
        fits = None if environment.os is None else environment.os.value == needs.os
        found.append(_needed("os", needs.os, environment.os, fits=fits))
    if needs.python is not None:
        python = environment.python  # a candidate of it has what it has: `3.11.0rc1` is no 3.10
        fits = None if python is None else within(needs.python, base(python))
        found.append(_needed("python", needs.python, python, fits=fits))
    if version.fact is not None:
        found.append(_version(signature, version, version.fact))
    said = case.answers.get(signature.id)
    if said is not None and signature.question is not None:
        found.append(_answer(signature.question, said=said))
    return found


def _needed(clue: str, wanted: str, fact: Fact | None, *, fits: bool | None) -> Evidence:
    state: State = "unseen" if fits is None else "holds" if fits else "fails"
    return Evidence(clue, "environment", state, wanted, fact.line if fact else None, fact.value if fact else None)


def _version(signature: Signature, version: Verdict, fact: Fact) -> Evidence:
    """The version verdict, once a version is known. Only 'older than the bug' rules a signature out."""
    expected = f"{signature.package} {' or '.join(_words(one) for one in signature.affected)}"
    text = f"{version.package} {fact.value}: {version.verdict}"
    return Evidence("version", "version", SPEAKS.get(version.verdict, "fails"), expected, fact.line, text)


def _words(one: Range) -> str:
    begin = "" if one.introduced == "0" else f">={one.introduced}"
    end = f"<{one.fixed}" if one.fixed else f"<={one.last_affected}" if one.last_affected else ""
    return ",".join(part for part in (begin, end) if part) or "every version"


def _answer(question: str, *, said: bool) -> Evidence:
    """What the sender answered to the question, which is asked so that a yes speaks for this bug."""
    return Evidence("question", "answer", "holds" if said else "fails", question, None, "yes" if said else "no")
