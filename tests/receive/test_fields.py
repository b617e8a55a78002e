"""What one record says is never taken for what the next one says, however alike they look."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from app.receive.ingest import FORMAT
from app.receive.model import Asked

ASKED = Asked("POST", "/ingest", {}, {})
SMALL = st.sampled_from(
    [None, 1, True, 1.0, "1", "a", "b", {"name": "a"}, {"path": "b"}, {"file": {"path": "a"}}, ["a"]]
)
KEYS = (
    "service",
    "kubernetes.labels",
    "log",
    "log.file",
    "host",
    "pid",
    "name",
    "level",
    "hostname",
    "ddtags",
    "version",
)
RECORDS = st.lists(st.fixed_dictionaries({"message": st.just("x")}, optional=dict.fromkeys(KEYS, SMALL)), max_size=6)


@settings(deadline=None)  # a busy machine is no failure
@given(first=RECORDS, values=st.lists(st.tuples(*[SMALL] * len(KEYS)), min_size=2, max_size=6))
def test_records_are_read_together_as_they_are_read_alone(
    first: list[dict[str, object]], values: list[tuple[object, ...]]
) -> None:
    alike = [{"message": "x", **dict(zip(KEYS, one, strict=True))} for one in values]
    items = [*first, *alike]
    together = FORMAT.decode(json.dumps(items).encode(), ASKED).records
    alone = [record for one in items for record in FORMAT.decode(json.dumps([one]).encode(), ASKED).records]
    assert list(together) == alone
