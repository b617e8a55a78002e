"""The number is monotone: more that holds never lowers it, what contradicts never raises it."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.diagnosis.confidence import (
    ALL_OPEN,
    DRAFT,
    HAS_FIX,
    LOWEST,
    MATCH,
    MAYBE,
    Standing,
    confidence,
    shared,
    verdict,
    weigh,
)
from app.diagnosis.model import Evidence, State, VersionVerdict
from app.signature.model import CLUE_KINDS

ORDER: dict[State, int] = {"fails": 0, "unseen": 1, "holds": 2}
STATES: st.SearchStrategy[State] = st.sampled_from(["fails", "unseen", "holds"])
EVIDENCE = st.builds(
    Evidence,
    clue=st.sampled_from(CLUE_KINDS),
    rule=st.sampled_from(["all", "any"]),
    state=STATES,
    expected=st.sampled_from(["asyncio", "asyncio.events:run"]),
)
VERSIONS = st.sampled_from(["affected", "fixed", "other-branch", "unknown"])
STANDINGS = st.builds(
    Standing, st.lists(EVIDENCE, min_size=1, max_size=8).map(tuple), VERSIONS, st.booleans(), st.booleans()
)


@given(standing=STANDINGS, data=st.data())
def test_a_clue_that_comes_to_hold_never_lowers_it(standing: Standing, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(standing.evidence) - 1))
    better = data.draw(STATES)
    if ORDER[better] < ORDER[standing.evidence[at].state]:
        return
    evidence = list(standing.evidence)
    evidence[at] = replace(evidence[at], state=better)
    assert confidence(standing._replace(evidence=tuple(evidence))) >= confidence(standing)


@pytest.mark.parametrize(("worse", "better"), [("fixed", "unknown"), ("unknown", "affected"), ("fixed", "affected")])
@given(standing=STANDINGS)
def test_an_affected_version_never_lowers_it_and_a_fixed_one_never_raises_it(
    worse: VersionVerdict, better: VersionVerdict, standing: Standing
) -> None:
    assert confidence(standing._replace(version=worse)) <= confidence(standing._replace(version=better))


@given(standing=STANDINGS)
def test_it_is_a_probability_and_never_certain(standing: Standing) -> None:
    assert 0 < confidence(standing) < 1


@given(standing=STANDINGS)
def test_a_version_with_the_fix_is_at_most_a_maybe(standing: Standing) -> None:
    assert confidence(standing._replace(version="fixed")) <= HAS_FIX.at_most < MATCH


@given(standing=STANDINGS)
def test_a_draft_is_never_more_than_a_maybe(standing: Standing) -> None:
    assert verdict(confidence(standing._replace(proven=False))) != "match"


def test_what_is_cut_off_keeps_it_a_maybe() -> None:
    evidence = (Evidence("message", "all", "unseen", "x"), Evidence("frame", "all", "holds", "a:b"))
    assert confidence(Standing(evidence, "unknown", at_the_spot=True)) <= ALL_OPEN.at_most
    assert confidence(Standing(evidence, "affected", at_the_spot=False)) <= ALL_OPEN.at_most
    assert confidence(Standing(evidence, "affected", at_the_spot=True)) >= MATCH


@given(standing=STANDINGS)
def test_the_number_is_the_sum_of_its_contributions_unless_a_ceiling_is_named(standing: Standing) -> None:
    weighed = weigh(standing)
    likely = 1 / (1 + math.exp(-sum(weighed.contributions.values())))
    if weighed.ceiling is None:
        assert weighed.probability == pytest.approx(max(LOWEST, likely))
    else:
        assert weighed.probability == weighed.ceiling.at_most < likely
    assert all(weighed.contributions.values())


def test_a_ceiling_says_what_holds_the_number_down() -> None:
    holds = tuple(Evidence(kind, "all", "holds", "a:b") for kind in ("exception", "message", "frame", "code"))
    assert weigh(Standing(holds, "fixed", at_the_spot=True)).ceiling == HAS_FIX
    assert weigh(Standing(holds, "unknown", at_the_spot=True, proven=False)).ceiling == DRAFT
    cut = (*holds, Evidence("message", "all", "unseen", "x"))
    assert weigh(Standing(cut, "unknown", at_the_spot=True)).ceiling == ALL_OPEN


PROBABILITIES = st.lists(st.floats(0.01, 0.98), min_size=1, max_size=6)


@given(PROBABILITIES)
def test_a_crash_has_one_cause(alone: list[float]) -> None:
    together = shared(alone)
    assert sum(together) <= 1 + 1e-9 or len(alone) == 1
    assert all(less <= more + 1e-9 for less, more in zip(together, alone, strict=True))
    assert sorted(range(len(alone)), key=lambda at: alone[at]) == sorted(
        range(len(alone)), key=lambda at: (together[at], alone[at])
    )


def test_two_that_fit_equally_share_and_a_weak_one_hardly_weighs() -> None:
    assert shared([0.95, 0.95]) == pytest.approx([0.5, 0.5])
    assert shared([0.98, 0.40])[0] > MATCH
    assert shared([0.40, MAYBE]) == [0.40, MAYBE]
