"""Where the search for a range's ends begins, and when the stated range says what it found."""

import pytest

from app.signature.model import Range
from app.verify.bisect import Edges
from app.verify.environments import final
from app.verify.search import fits, hints_for

RELEASES = ["1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "3.0"]
SEEN = Edges("1.1", "2.0", "2.1", "3.0", ("1.2", "2.2"), ())
"""1.2 and 2.2 could not be run."""


def test_only_the_ends_of_the_known_releases_range_are_hints() -> None:
    affected = (Range(introduced="1.1", fixed="1.2"), Range(introduced="2.1", fixed="3.0"))
    assert hints_for(affected, RELEASES, "2.2") == ["2.1", "2.0", "3.0", "2.2"]
    assert hints_for(affected, RELEASES, "1.1") == ["1.1", "1.0", "1.2", "1.1"]
    assert hints_for(affected, RELEASES, "2.0") == []


def test_a_line_that_never_got_the_fix_holds_its_last_release() -> None:
    assert hints_for([Range(introduced="1.1", last_affected="2.0")], RELEASES, "2.0") == ["1.1", "1.0"]
    assert hints_for([Range(introduced="1.1", last_affected="2.0")], RELEASES, "2.1") == []


@pytest.mark.parametrize(
    ("stated", "agrees"),
    [
        (Range(introduced="2.0", fixed="3.0"), True),
        (Range(introduced="1.2", fixed="2.2"), True),  # nobody could see otherwise
        (Range(introduced="1.5.1", fixed="2.5"), True),  # withdrawn from the registry
        (Range(introduced="2.0", last_affected="2.1"), True),
        (Range(introduced="2.0", last_affected="3.0"), False),
        (Range(introduced="1.1", fixed="3.0"), False),
        (Range(introduced="2.1", fixed="3.0"), False),
        (Range(introduced="2.0", fixed="2.1"), False),
        (Range(introduced="2.0", fixed="3.1"), False),
        (Range(introduced="2.0"), False),
        (Range(fixed="3.0"), False),
    ],
)
def test_an_end_may_lie_between_the_releases_that_differ(stated: Range, *, agrees: bool) -> None:
    assert fits(stated, SEEN) is agrees


def test_an_end_beyond_all_releases_is_open() -> None:
    whole = Edges(None, "1.0", "3.0", None, (), ())
    assert fits(Range(), whole)
    assert fits(Range(introduced="0.9", fixed="3.1"), whole)
    assert not fits(Range(introduced="1.1"), whole)


def test_pre_releases_count_where_there_is_nothing_else() -> None:
    assert final(["1.0", "1.1rc1", "1.1"]) == ["1.0", "1.1"]
    assert final(["0.10b0", "0.9b0"]) == ["0.9b0", "0.10b0"]
