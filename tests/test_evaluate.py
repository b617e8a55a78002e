"""From a corpus to its figures: repeatable, comparable, and shown in three forms.

It asks the whole engine hundreds of questions: seconds, too long for the tests of a pure room.
"""

import json
from random import Random

import pytest

from app.diagnosis.candidates import Index
from app.evaluation.corpus import Labelled
from app.evaluation.damage import BREAKS, CUTS, variations
from app.evaluation.evaluate import evaluate
from app.evaluation.show import Result, as_json, as_page, as_text
from app.store.corpus import from_examples
from app.store.shelf import Shelved


@pytest.fixture(scope="module")
def corpus(shelved: tuple[Shelved, ...]) -> list[Labelled]:
    return [one for one in from_examples(shelved) if one.id.startswith("uvicorn-1317.")]


@pytest.fixture(scope="module")
def result(index: Index, corpus: list[Labelled]) -> Result:
    return evaluate(corpus, ["Traceback (most recent call last):\nKeyError: 1\n"], index, seed=1)


def test_the_founding_example_is_right_in_every_wrapping(result: Result) -> None:
    wrapped = [one for one in result.outcomes if one.kind == "positive" and one.damage == "wrapped"]
    assert len(wrapped) > 50
    assert all(one.top is not None and one.top.signature == "uvicorn-1317" for one in wrapped)


def test_the_founding_example_is_right_however_its_lines_were_broken(result: Result, corpus: list[Labelled]) -> None:
    in_lines = {one.id for one in corpus if r"\n" not in one.text}
    broken = [one for one in result.outcomes if one.kind == "positive" and one.damage == "broken"]
    broken = [one for one in broken if one.report in in_lines]
    assert len(broken) == len(in_lines & {one.report for one in broken}) * len(BREAKS) > len(BREAKS)
    assert all(one.top is not None and one.top.signature == "uvicorn-1317" for one in broken)


def test_the_same_seed_gives_the_same_answers_and_another_one_other_cuts(
    index: Index, corpus: list[Labelled], result: Result
) -> None:
    again = evaluate(corpus, ["Traceback (most recent call last):\nKeyError: 1\n"], index, seed=1)
    assert as_json(again) == as_json(result)
    text = corpus[0].text
    assert variations(text, [], Random(1)) == variations(text, [], Random(1))
    assert [CUTS["head cut"](text, Random(seed)) for seed in range(8)].count(CUTS["head cut"](text, Random(1))) < 8


def test_the_figures_are_shown_as_text_json_and_a_page_that_loads_nothing(result: Result) -> None:
    text = "\n".join(as_text(result))
    assert "by damage" in text
    assert "confidence and what came of it" in text
    assert json.loads(as_json(result))["whole"]["asked"] == len(result.outcomes)
    page = as_page(result)
    assert "<svg" in page
    assert "http" not in page.replace("https://github.com", "")
