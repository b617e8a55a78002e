"""A worker that is told to stop does so, whatever it is doing at that moment."""

import signal
import threading
from collections.abc import Iterator

import pytest

from app.cli.pipeline import end_at_signals

PATIENCE = 60.0  # seconds for what takes none


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Puts back what signals did before."""
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


def test_a_signal_is_heard_while_a_lock_is_held_that_stopping_needs() -> None:
    """As in the moments in which the thread that waits for work has its bell's."""
    lock, ended = threading.Lock(), threading.Event()

    def end() -> None:
        if lock.acquire(timeout=1.0):  # an event's own lock is waited for without an end
            lock.release()
            ended.set()

    end_at_signals(end)
    with lock:
        signal.raise_signal(signal.SIGTERM)
    assert ended.wait(PATIENCE)
