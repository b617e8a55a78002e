"""A book is indexed without looking for garbage, and everything is afterwards as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from app.diagnosis.garbage import uncollected


@pytest.fixture(params=[gc.enable, gc.disable], ids=["looked for", "not looked for"])
def looked_for(request: pytest.FixtureRequest) -> Iterator[object]:
    before = gc.isenabled()
    request.param()
    yield gc.isenabled()
    (gc.enable if before else gc.disable)()


def test_garbage_is_looked_for_afterwards_if_it_was_before(looked_for: object) -> None:
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled() is looked_for


def test_what_fails_leaves_it_as_it_was_too(looked_for: object) -> None:
    with pytest.raises(ZeroDivisionError), uncollected():
        _ = 1 / 0
    assert gc.isenabled() is looked_for
