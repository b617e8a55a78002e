"""Labelled reports are read strictly: what does not fit is named with file and line, and nothing is skipped."""

import json
from pathlib import Path

import pytest

from app.errors import BrokenCorpus, Misconfigured
from app.evaluation.corpus import Labelled, read_corpus
from app.store.corpus import from_examples, load_corpus
from app.store.shelf import Shelved

CORPUS = Path(__file__).parent.parent / "corpus"
KNOWN = frozenset({"uvicorn-1317"})
GOOD = {"id": "a", "kind": "positive", "bug": "uvicorn-1317", "source": "s", "why": "w", "text": "t"}


def lines(**changes: object) -> list[str]:
    return ["", json.dumps({key: value for key, value in (GOOD | changes).items() if value is not None})]


def test_a_line_that_fits_is_read() -> None:
    (one,) = read_corpus(lines(), "x.jsonl", KNOWN)
    assert one.bug == "uvicorn-1317"
    assert one.forbids("other")
    assert not one.forbids("uvicorn-1317")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"bug": "nobody-1"}, "nobody-1"),
        ({"bug": None}, "positive"),
        ({"looks_like": "uvicorn-1317"}, "looks_like"),
        ({"kind": "near_miss", "bug": None}, "near miss"),
        ({"kind": "sure"}, "kind"),
        ({"colour": "red"}, "colour"),
        ({"text": ""}, "text"),
        ({"environment": {"os": "beos"}}, "environment"),
    ],
)
def test_what_does_not_fit_is_named_with_file_and_line(changes: dict[str, object], word: str) -> None:
    with pytest.raises(BrokenCorpus) as wrong:
        list(read_corpus(lines(**changes), "x.jsonl", KNOWN))
    assert wrong.value.detail.startswith("x.jsonl:2: ")
    assert word in wrong.value.detail


def test_a_line_that_is_no_json_is_named() -> None:
    with pytest.raises(BrokenCorpus, match=r"x\.jsonl:1: "):
        list(read_corpus(["{"], "x.jsonl", KNOWN))


def test_a_folder_without_reports_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        load_corpus(tmp_path, KNOWN)


def test_the_shipped_reports_fit_and_have_their_own_ids(shelved: tuple[Shelved, ...]) -> None:
    reports = load_corpus(CORPUS, frozenset(one.signature.id for one in shelved))
    examples = list(from_examples(shelved))
    ids = [one.id for one in (*reports, *examples)]
    assert len(set(ids)) == len(ids)
    assert {one.kind for one in reports} == {"positive", "near_miss", "unrelated"}


def test_a_near_miss_of_one_signature_may_be_anothers_positive() -> None:
    one = Labelled(id="a", kind="near_miss", looks_like="x-1", source="s", why="w", text="t", others_may_fit=True)
    assert one.forbids("x-1")
    assert not one.forbids("y-1")
