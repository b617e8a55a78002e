"""A receiver of webhooks, and leave to send to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.outgoing.send import Office
from tests.outgoing.receiving import LOOPBACK, Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def office() -> Office:
    """May send to loopback, where the receiver is."""
    return Office(LOOPBACK, "https://tracelore.example.org")
