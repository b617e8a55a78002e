"""The search for the ends of a range: it agrees with asking about every release, and asks about few."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.verify.bisect import Edges, edges

RELEASES = [f"1.{number}" for number in range(64)]


@given(st.data())
def test_the_ends_are_those_that_asking_about_every_release_finds(data: st.DataObject) -> None:
    first = data.draw(st.integers(0, 63))
    last = data.draw(st.integers(first, 63))
    known = data.draw(st.integers(first, last))
    hints = data.draw(st.lists(st.sampled_from(RELEASES), max_size=4))
    asked: list[str] = []

    def crashes(release: str) -> bool:
        asked.append(release)
        return RELEASES[first] in RELEASES[: RELEASES.index(release) + 1] and RELEASES.index(release) <= last

    found = edges(RELEASES, RELEASES[known], crashes, hints)
    before = RELEASES[first - 1] if first else None
    after = RELEASES[last + 1] if last < 63 else None
    assert found == Edges(before, RELEASES[first], RELEASES[last], after, (), ())
    assert len(asked) == len(set(asked)) <= 2 * 6 + 4 + len(hints)


def test_a_right_guess_costs_the_ends_and_their_neighbours_only() -> None:
    asked: list[str] = []

    def crashes(release: str) -> bool:
        asked.append(release)
        return 20 <= RELEASES.index(release) < 40

    found = edges(RELEASES, "1.30", crashes, ["1.20", "1.19", "1.40", "1.39"])
    assert (found.before, found.first, found.last, found.after) == ("1.19", "1.20", "1.39", "1.40")
    assert sorted(asked) == ["1.18", "1.19", "1.20", "1.21", "1.38", "1.39", "1.40", "1.41"]


@pytest.mark.parametrize("silent", [{"1.10"}, {"1.8", "1.9", "1.10", "1.11"}, set(RELEASES[:20])])
def test_releases_that_can_not_be_run_leave_the_end_open_between_their_neighbours(silent: set[str]) -> None:
    def crashes(release: str) -> bool | None:
        return None if release in silent else RELEASES.index(release) >= 10

    found = edges(RELEASES, "1.63", crashes)
    older = [one for one in RELEASES[:10] if one not in silent]
    newer = [one for one in RELEASES[10:] if one not in silent]
    assert (found.before, found.first) == (older[-1] if older else None, newer[0])
    assert set(found.skipped) == {
        one
        for one in silent
        if (found.before is None or RELEASES.index(one) > RELEASES.index(found.before))
        and RELEASES.index(one) < RELEASES.index(found.first)
    }


def test_a_neighbour_that_does_otherwise_is_told() -> None:
    """A release in the middle of the gap between two ranges would be taken for the end of one."""
    found = edges(RELEASES[:12], "1.4", lambda release: release in {"1.4", "1.5", "1.7"})
    assert (found.first, found.last, found.after, found.odd) == ("1.4", "1.5", "1.6", ("1.7",))
