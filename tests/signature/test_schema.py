"""The schema that editors use says the same as the model, in the words of Draft 7."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from app.folders import shipped
from app.signature.model import CLUE_KINDS
from app.signature.schema import json_schema
from app.store.shelf import _load

FOLDER = shipped("signatures")
FILES = sorted(FOLDER.glob("*/*.yaml"))


@pytest.fixture
def files() -> Sequence[Path]:
    """Every eighth of them; `tests/test_sweeps.py` holds all to the same."""
    return FILES[::8]


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    return Draft7Validator(json_schema())


def test_the_file_is_what_the_command_prints() -> None:
    """Stale? `tracelore schema > signatures/schema.json`."""
    assert (FOLDER / "schema.json").read_text() == json.dumps(json_schema(), indent=2) + "\n"


def test_it_is_a_schema_of_draft_7() -> None:
    Draft7Validator.check_schema(json_schema())
    assert "$defs" not in json.dumps(json_schema())


def test_it_accepts_what_is_shipped(validator: Draft7Validator, files: Sequence[Path]) -> None:
    for file in files:
        assert [error.message for error in validator.iter_errors(_load(file)[0])] == [], file.name


@pytest.mark.parametrize(
    "change",
    [
        {"severity": "high"},
        {"match": {"all": [{"exception": "OSError", "message": "x"}]}},
        {"match": {"all": [{"fram": "uvicorn"}]}},
        {"match": {"all": [{}]}},
        {"match": {"all": []}},
        {"match": {"all": [{"message": "x"}], "some": []}},
        {"affected": [{"introduced": 0.18}]},
        {"status": "done"},
        {"references": [{"kind": "fix", "url": "http://example.org"}]},
    ],
    ids=str,
)
def test_it_refuses_what_the_model_refuses(
    validator: Draft7Validator, good: dict[str, Any], change: dict[str, Any]
) -> None:
    assert validator.is_valid(good)
    assert not validator.is_valid(good | change)


def test_it_tells_an_editor_what_each_kind_of_clue_is() -> None:
    keys = json_schema()["definitions"]["Clue"]["properties"]
    assert [name for name in CLUE_KINDS if "description" not in keys[name]] == []
