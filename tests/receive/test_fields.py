"""What a record says, and that it is never taken for what the next one says, however alike they look."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.receive.fields import record_of
from app.receive.ingest import FORMAT
from app.receive.model import Asked

GOLDEN = Path(__file__).parent.parent / "golden"
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
WHOLE = st.fixed_dictionaries(dict.fromkeys(KEYS, SMALL))
CHANGES = st.lists(st.tuples(st.sampled_from(KEYS), SMALL), min_size=3, max_size=10)


@settings(deadline=None)  # a busy machine is no failure
@given(one=WHOLE, changes=CHANGES, keys=st.sets(st.sampled_from(KEYS)))
def test_records_are_read_together_as_they_are_read_alone(
    one: dict[str, object], changes: list[tuple[str, object]], keys: set[str]
) -> None:
    items = [{"message": "x", **one}]
    for key, value in changes:
        items += [{"message": "x", **one, key: value}, {"message": "x", **one}]
    items += [{name: value for name, value in item.items() if name in {"message", *keys}} for item in items]
    together = FORMAT.decode(json.dumps(items).encode(), ASKED).records
    alone = [record for one in items for record in FORMAT.decode(json.dumps([one]).encode(), ASKED).records]
    assert list(together) == alone


def test_what_python_takes_for_equal_is_told_apart() -> None:
    items = [{"message": "x", "host": value} for value in (1, True, 1.0, "1")]
    streams = [record.stream for record in FORMAT.decode(json.dumps(items).encode(), ASKED).records]
    assert streams == ["1", "", "", "1"]


def test_an_error_of_aws_lambda_is_a_traceback_with_its_end() -> None:
    record = json.loads((GOLDEN / "lambda-record.txt").read_text())
    told = record_of(record, 1)
    assert told is not None
    assert told.whole
    assert told.text.startswith("Traceback (most recent call last):\n  File ")
    assert told.text.endswith("\nKeyError: 'name'")


def test_an_error_without_a_stack_is_told_by_its_type_and_message() -> None:
    """So AWS Lambda says that a function can't be imported."""
    message = "Unable to import module 'app': No module named 'requests'"
    said = {"errorType": "Runtime.ImportModuleError", "errorMessage": message, "requestId": "", "stackTrace": []}
    record = record_of(said)
    assert record is not None
    assert record.text == f"Runtime.ImportModuleError: {message}"
    named = record_of({"error": {"type": "ValueError", "message": "no price"}, "service.name": "shop"})
    assert named is not None
    assert (named.text, named.service) == ("ValueError: no price", "shop")
