"""When a delivery is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta

import pytest

from app.outgoing.post import Posted
from app.outgoing.schedule import BACKOFF, outcome

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HOURS = 3600
FAILED = Posted(500, "answered 500")


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [
        (0, 5), (1, 300), (2, 1800), (3, 2 * HOURS), (4, 5 * HOURS), (5, 10 * HOURS), (6, 14 * HOURS), (7, 20 * HOURS),
        (8, 24 * HOURS),
    ],
)  # fmt: skip
def test_each_wait_is_longer_than_the_one_before(tries: int, seconds: int) -> None:
    came = outcome(FAILED, tries, 0, NOW, 0.5)
    assert (came.state, came.due) == ("waiting", NOW + timedelta(seconds=seconds))


def test_after_the_last_try_it_is_dead() -> None:
    came = outcome(FAILED, len(BACKOFF), 9, NOW, 0.5)
    assert (came.state, came.gone, came.error) == ("dead", False, "answered 500")


def test_what_failed_together_does_not_come_again_together() -> None:
    soon, late = (outcome(FAILED, 1, 0, NOW, chance).due - NOW for chance in (0.0, 1.0))
    assert timedelta(minutes=3) < soon < timedelta(minutes=5) < late < timedelta(minutes=7)


def test_a_receiver_that_is_gone_is_asked_no_more() -> None:
    came = outcome(Posted(410, "answered 410"), 0, 0, NOW, 0.5)
    assert (came.state, came.gone) == ("dead", True)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_receiver_with_too_much_to_do_is_left_in_peace(status: int) -> None:
    assert outcome(Posted(status, "busy"), 0, 0, NOW, 0.5).ready == NOW + timedelta(minutes=1)
    told = outcome(Posted(status, "busy", 900.0), 0, 0, NOW, 0.5)
    assert told.ready == told.due == NOW + timedelta(minutes=15)


def test_a_wait_that_is_asked_for_shortens_none() -> None:
    assert outcome(Posted(503, "busy", 1.0), 3, 0, NOW, 0.5).due == NOW + timedelta(hours=2)


def test_a_receiver_that_keeps_failing_is_tried_less_often() -> None:
    pauses = [outcome(FAILED, 0, failures, NOW, 0.5).ready - NOW for failures in (0, 1, 500)]
    assert pauses == [timedelta(seconds=5), timedelta(seconds=10), timedelta(minutes=1)]


def test_what_was_taken_is_done() -> None:
    came = outcome(Posted(204, None), 3, 3, NOW, 0.5)
    assert (came.state, came.ready, came.error) == ("sent", NOW, None)
