"""A signature held against a crash: clues, environment and version, down to a standing or the one thing that failed."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from app.crash.model import Fact
from app.diagnosis.clues import MAX_SHOWN, Case, Seen, TooSlow, in_module, last_name, look_for
from app.diagnosis.confidence import Standing, is_particular
from app.diagnosis.echo import echo
from app.diagnosis.model import Evidence, Failed, Rule, State
from app.diagnosis.versions import Verdict, version_verdict, within
from app.signature.model import Clue, Signature


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one signature. `failed` is the one thing that ruled it out; None when nothing did."""

    signature: Signature
    standing: Standing
    version: Verdict
    failed: Failed | None = None

    @property
    def looks_alike(self) -> bool:
        """Whether something particular of it holds, more than a name."""
        return any(is_particular(one) for one in self.standing.evidence)


def judge(signature: Signature, case: Case) -> Judged:
    """Hold a signature against a case. A pattern that does not end in time rules its signature out."""
    version = version_verdict(signature, case.environment)
    evidence: list[Evidence] = []
    try:
        for rule, clues in (("all", signature.match.all), ("any", signature.match.any), ("none", signature.match.none)):
            evidence += [_evidence(clue, rule, _seen(clue, case)) for clue in clues]  # type: ignore[arg-type]
    except TooSlow as slow:
        failed = Failed("pattern", "all", str(slow), "took too long on this text")
        return Judged(signature, _standing(signature, evidence, version, case), version, failed)
    evidence += _system(signature, case)
    evidence += _versions(signature, version)
    evidence += _answer(signature, case)
    standing = _standing(signature, evidence, version, case)
    return Judged(signature, standing, version, _failure(evidence))


def _seen(clue: Clue, case: Case) -> Seen:
    seen = look_for(clue, case)
    return echo(clue.value, case) if clue.kind == "message" and seen.state == "unseen" else seen


def _evidence(clue: Clue, rule: Rule, seen: Seen) -> Evidence:
    return Evidence(clue.kind, rule, seen.state, clue.value, seen.line, seen.text)


def _system(signature: Signature, case: Case) -> list[Evidence]:
    """OS and Python as evidence, where the signature needs one."""
    found: list[Evidence] = []
    needs, environment = signature.environment, case.environment
    if needs.os is not None:
        fits = None if environment.os is None else environment.os.value == needs.os
        found.append(_needed("os", needs.os, environment.os, fits=fits))
    if needs.python is not None:
        python = environment.python
        fits = None if python is None else within(SpecifierSet(needs.python), _released(python))
        found.append(_needed("python", needs.python, python, fits=fits))
    return found


def _released(python: Fact) -> Fact:
    """A candidate of a Python has what the Python has: `3.11.0rc1` is no 3.10."""
    return python._replace(value=Version(python.value).base_version)


def _needed(clue: str, wanted: str, fact: Fact | None, *, fits: bool | None) -> Evidence:
    state: State = "unseen" if fits is None else "holds" if fits else "fails"
    return Evidence(clue, "environment", state, wanted, fact.line if fact else None, fact.value if fact else None)


def _versions(signature: Signature, version: Verdict) -> list[Evidence]:
    """The version verdict as evidence, once a version is known. Only 'older than the bug' rules a signature out."""
    if version.fact is None:
        return []
    states: dict[str, State] = {"affected": "holds", "other-branch": "holds", "unknown": "unseen"}
    state = states.get(version.verdict, "fails")
    expected = " or ".join(_range_words(one.introduced, one.fixed, one.last_affected) for one in signature.affected)
    text = f"{version.package} {version.fact.value}: {version.verdict}"
    return [Evidence("version", "version", state, f"{signature.package} {expected}", version.fact.line, text)]


def _answer(signature: Signature, case: Case) -> list[Evidence]:
    """What the sender answered to the question, which is asked so that a yes speaks for this bug."""
    said = case.answers.get(signature.id)
    if said is None or signature.question is None:
        return []
    state: State = "holds" if said else "fails"
    return [Evidence("question", "answer", state, signature.question, None, "yes" if said else "no")]


def _range_words(introduced: str, fixed: str | None, last: str | None) -> str:
    begin = "" if introduced == "0" else f">={introduced}"
    end = f"<{fixed}" if fixed else f"<={last}" if last else ""
    return ",".join(part for part in (begin, end) if part) or "every version"


def _standing(signature: Signature, evidence: list[Evidence], version: Verdict, case: Case) -> Standing:
    return Standing(tuple(evidence), version.verdict, _at_the_spot(signature, case), signature.status == "proven")


def _at_the_spot(signature: Signature, case: Case) -> bool:
    """Whether the innermost frame shown is one that an `all` clue names by its function or its source."""
    last = case.crash.raised.frames[-1:]
    if not last:
        return False
    for clue in signature.match.all:
        if clue.kind == "frame" and ":" in clue.value:
            module, _, function = clue.value.partition(":")
            if in_module(last[0], module) and last_name(last[0].function) == function:
                return True
        if (
            clue.kind == "code"
            and last[0].code is not None
            and look_for(clue, case).line in range(last[0].first_line, last[0].last_line + 1)
        ):
            return True
    return False


def _failure(evidence: list[Evidence]) -> Failed | None:
    """The first thing that rules the signature out: a clue of `none` that holds, or one it needs that fails."""
    for one in evidence:
        if one.rule == "none" and one.state == "holds":
            return Failed(one.clue, one.rule, one.expected, one.text, one.line)
    for one in evidence:
        too_old = one.rule == "version" and (one.text or "").endswith("not-yet")
        needed = one.rule in {"all", "environment", "answer"} or too_old
        if needed and one.state == "fails":
            return Failed(one.clue, one.rule, one.expected, one.text and one.text[:MAX_SHOWN], one.line)
    return None
