"""A signature and its examples: each must get the verdict in its name, and no other signature may match it.

Used by `tracelore lint`, by the tests and by CI; the same words everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.crash.redact import redact
from app.crash.text import decode, read
from app.diagnosis.candidates import Index
from app.diagnosis.diagnose import diagnose
from app.diagnosis.model import Diagnosis, Match, Verdict
from app.diagnosis.replies import why_not

Finding = tuple[str, str]  # code and text


def prove_example(signature_id: str, expected: Verdict, raw: bytes, index: Index) -> Iterator[Finding]:
    """TL402, TL403, TL405 and TL407 for one example of a signature."""
    diagnosis = diagnose(read(raw), index)
    verdict = verdict_for(signature_id, diagnosis)
    if not diagnosis.crashes:
        yield "TL407", "holds no crash that can be read: it proves nothing"
    elif verdict != expected:
        yield "TL402", f"should be {expected} but is {verdict}: {why_verdict(signature_id, diagnosis, index)}"
    if expected != "none":
        for other in sorted(matched(diagnosis) - {signature_id}):
            yield "TL403", f"is a match for {other} too: the two can't be told apart"
    for removed in redact(decode(raw)[0]).removed:
        yield "TL405", f"line {removed.line} holds personal data ({removed.kind}): replace it"


def prove_ordinary(raw: bytes, index: Index) -> Iterator[Finding]:
    """TL404: nothing in an ordinary text is named a bug, not even perhaps."""
    for match in _matches(diagnose(read(raw), index)):
        yield "TL404", f"is ordinary, but {match.signature} calls it {match.verdict} ({match.confidence:.2f})"


def verdict_for(signature_id: str, diagnosis: Diagnosis) -> Verdict:
    """What the diagnosis says of this signature: its best verdict over all crashes, `none` when it is not named."""
    own = [one for one in _matches(diagnosis) if one.signature == signature_id]
    return max(own, key=lambda one: one.confidence).verdict if own else "none"


def matched(diagnosis: Diagnosis) -> set[str]:
    """The ids of all signatures that match one of its crashes."""
    return {one.signature for one in _matches(diagnosis) if one.verdict == "match"}


def _matches(diagnosis: Diagnosis) -> Iterator[Match]:
    return (match for crash in diagnosis.crashes for match in crash.matches)


def why_verdict(signature_id: str, diagnosis: Diagnosis, index: Index) -> str:
    """Why the verdict is what it is: what failed, else what was not seen, else what held."""
    if verdict_for(signature_id, diagnosis) == "maybe" and index.book.get(signature_id).status == "draft":
        return "a draft is never more; set 'status: proven'"
    for crash in diagnosis.crashes:
        for miss in crash.near_misses:
            if miss.signature == signature_id:
                return why_not(miss)
    for match in _matches(diagnosis):
        if match.signature == signature_id:
            states = [f"{one.rule} {one.clue} '{one.expected}' {one.state}" for one in match.evidence]
            return f"confidence {match.confidence:.2f}; " + ", ".join(states)
    others = sorted(matched(diagnosis) - {signature_id})
    return f"{', '.join(others)} matches it instead" if others else "too little of it holds to name it"
