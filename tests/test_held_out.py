"""Held out is held out: what answers a report was learned from everything but its group.

It asks the whole engine about whole reports: a second, too long for the tests of a pure room.
"""

from collections.abc import Mapping

import pytest

from app.diagnosis.candidates import Index
from app.diagnosis.weights import WEIGHTS
from app.evaluation.corpus import Labelled
from app.evaluation.held_out import FOLDS, ask_held_out, group_of
from app.evaluation.outcome import ask
from app.store.corpus import from_examples
from app.store.shelf import Shelved

BLIND = dict.fromkeys(WEIGHTS, 0.0) | {"start": -9.0}  # sure of nothing


@pytest.fixture(scope="module")
def corpus(shelved: tuple[Shelved, ...]) -> list[Labelled]:
    """A positive and a near miss of each of two signatures."""
    two = [one for one in from_examples(shelved) if one.id.startswith(("uvicorn-1317.", "uvicorn-514."))]
    return [next(one for one in two if group_of(one) == bug and one.kind == kind) for bug in
            ("uvicorn-1317", "uvicorn-514") for kind in ("positive", "near_miss")]  # fmt: skip


def test_every_report_is_answered_by_what_its_own_group_did_not_teach(index: Index, corpus: list[Labelled]) -> None:
    asked_for: list[str] = []

    def learn(group: str) -> Mapping[str, float]:
        asked_for.append(group)
        return BLIND if group == "uvicorn-1317" else WEIGHTS

    before = dict(WEIGHTS)
    outcomes = list(ask_held_out(corpus, [], index, 1, learn))
    assert asked_for == ["uvicorn-1317", "uvicorn-514"]
    assert not [one for one in outcomes if one.report.startswith("uvicorn-1317.") and one.named]
    seen = [one for one in outcomes if one.report.startswith("uvicorn-514.")]
    assert seen == list(ask(corpus[2:], [], index, 1))
    assert any(one.named for one in seen)
    assert before == WEIGHTS


def test_a_report_about_no_signature_has_one_of_a_few_groups() -> None:
    reports = [
        Labelled(id=f"ordinary/{number}", kind="unrelated", source="s", why="w", text="t") for number in range(200)
    ]
    groups = [group_of(one) for one in reports]
    assert len(set(groups)) == FOLDS
    assert groups == [group_of(one) for one in reports]
