"""Cutting a text never makes the answer surer than the whole text did, by more than rounding."""

from random import Random

import pytest

from app.crash.text import read
from app.diagnosis.candidates import Index, build_index
from app.diagnosis.diagnose import diagnose
from app.evaluation.damage import CUTS
from app.settings import shipped
from app.signature.book import make_book
from app.store.shelf import Example, read_shelf

ROUNDING = 0.011
SHELVED, _ = read_shelf(shipped("signatures"))
EXAMPLES = [(one.signature.id, example) for one in SHELVED for example in one.examples if example.verdict == "match"][
    ::4
]


@pytest.fixture(scope="module")
def index() -> Index:
    return build_index(make_book(one.signature for one in SHELVED))


def sure(text: bytes, signature: str, index: Index) -> float:
    matches = (match for crash in diagnose(read(text), index).crashes for match in crash.matches)
    return max((match.confidence for match in matches if match.signature == signature), default=0.0)


@pytest.mark.parametrize(("signature", "example"), EXAMPLES, ids=lambda value: getattr(value, "slug", value))
def test_a_cut_text_is_never_surer_than_the_whole(signature: str, example: Example, index: Index) -> None:
    text = example.read().decode()
    whole = sure(text.encode(), signature, index)
    for name, cut in CUTS.items():
        for seed in range(2):
            assert sure(cut(text, Random(seed)).encode(), signature, index) <= whole + ROUNDING, name
