"""What the proof says of an example that does not do what its name promises."""

import pytest

from app.diagnosis.candidates import Index, build_index
from app.diagnosis.model import Verdict
from app.diagnosis.proof import prove_example, prove_ordinary
from app.signature.book import make_book
from app.signature.model import Signature

CRASH = b"""\
Traceback (most recent call last):
  File "/srv/app/main.py", line 3, in <module>
    widget.turn()
  File "/srv/app/.venv/lib/python3.12/site-packages/widget/core.py", line 7, in turn
    raise ValueError("cannot turn on Monday")
ValueError: cannot turn on Monday
"""


def signature(id_: str = "widget-42", message: str = "cannot turn", status: str = "proven") -> Signature:
    return Signature.model_validate(
        {
            "id": id_,
            "package": "widget",
            "title": "Turning a widget fails on Mondays",
            "status": status,
            "match": {"all": [{"exception": "ValueError"}, {"message": message}, {"frame": "widget.core:turn"}]},
            "affected": [{"introduced": "1.0", "fixed": "1.4"}],
            "cause": "Mondays were forgotten.",
            "remedy": "Mondays are known.",
            "references": [{"kind": "fix", "url": "https://example.org/widget/pull/43"}],
            "verified": {"on": "2026-11-22", "how": "read"},
        }
    )


def index(*signatures: Signature) -> Index:
    return build_index(make_book(signatures))


def test_an_example_that_does_what_it_promises_needs_no_word() -> None:
    assert list(prove_example("widget-42", "match", CRASH, index(signature()))) == []


@pytest.mark.parametrize(
    ("one", "raw", "told"),
    [
        (signature(message="cannot turns"), CRASH, "should be match but is none: no message cannot turns, seen: "),
        (signature(message="on Tuesday"), CRASH, "should be match but is none: "),
        (signature(status="draft"), CRASH, "should be match but is maybe: a draft is never more; set 'status: proven'"),
    ],
    ids=["nearly", "another", "draft"],
)
def test_another_verdict_is_told_with_its_reason(one: Signature, raw: bytes, told: str) -> None:
    [(code, text)] = prove_example("widget-42", "match", raw, index(one))
    assert code == "TL402"
    assert text.startswith(told)


def test_a_counter_example_that_matches_is_told() -> None:
    [(code, text)] = prove_example("widget-42", "none", CRASH, index(signature()))
    assert (code, text[:31]) == ("TL402", "should be none but is match: co")


@pytest.mark.parametrize("verdict", ["match", "maybe", "none"])
@pytest.mark.parametrize("raw", [b"", b"10:00 all is well\n"])
def test_an_example_without_a_crash_is_told(raw: bytes, verdict: Verdict) -> None:
    """It would keep the promise `none` and prove nothing."""
    assert list(prove_example("widget-42", verdict, raw, index(signature()))) == [
        ("TL407", "holds no crash that can be read: it proves nothing")
    ]


def test_another_signature_that_matches_too_is_told() -> None:
    """Two signatures for one crash share its probability: neither is sure then."""
    found = list(prove_example("widget-42", "maybe", CRASH, index(signature(), signature("widget-43"))))
    assert {code for code, _ in found} <= {"TL402", "TL403"}
    alone = list(prove_example("widget-42", "maybe", CRASH, index(signature("widget-43"))))
    assert ("TL403", "is a match for widget-43 too: the two can't be told apart") in alone


def test_what_is_ordinary_may_not_be_claimed() -> None:
    [(code, text)] = prove_ordinary(CRASH, index(signature()))
    assert code == "TL404"
    assert text.startswith("is ordinary, but widget-42 calls it match (0.")
    assert list(prove_ordinary(b"all is well", index(signature()))) == []


def test_personal_data_is_told_by_kind_and_never_by_value() -> None:
    raw = CRASH.replace(b"/srv/app", b"/home/mallory/app") + b"mail to mallory.doe@mail.corp\n"
    found = [text for code, text in prove_example("widget-42", "match", raw, index(signature())) if code == "TL405"]
    assert len(found) >= 2
    assert "mallory" not in " ".join(found)
