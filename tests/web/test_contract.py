"""Thousands of ways to use the API, made up from its own description: none breaks it, each answer is as described."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.main import create_app
from app.settings import Settings

pytest_plugins = ("schemathesis.pytest.plugin",)  # it ends after each test what the test started

SOME = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
OPERATIONS = [
    "POST /api/v1/diagnoses",
    "GET /api/v1/diagnoses/{id}",
    "GET /api/v1/signatures",
    "GET /api/v1/signatures/{id}",
    "POST /api/v1/feedback",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /api/v1/unknown",
    "GET /api/v1/coverage",
]
WITH_PARAMETERS = [*OPERATIONS[:3], "POST /api/v1/feedback"]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, APIOperation[Any, Any, Any, Any]]]:
    folder: Path = tmp_path_factory.mktemp("contract")
    app = create_app(Settings(database_url=f"sqlite:///{folder}/x.db"))
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    operations = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    yield {one.label: one for one in operations}
    app.state.engine.dispose()


def test_every_operation_is_tried(described: dict[str, APIOperation[Any, Any, Any, Any]]) -> None:
    assert sorted(described) == sorted(OPERATIONS)


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_proper_use_is_answered_as_described(
    described: dict[str, APIOperation[Any, Any, Any, Any]], label: str
) -> None:
    @SOME
    @given(case=described[label].as_strategy(generation_mode=GenerationMode.POSITIVE))
    def use(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(excluded_checks=[positive_data_acceptance])  # no schema can say what PEP 440 says

    use()


@pytest.mark.parametrize("label", WITH_PARAMETERS)
def test_every_wrong_use_is_refused_as_described(
    described: dict[str, APIOperation[Any, Any, Any, Any]], label: str
) -> None:
    @SOME
    @given(case=described[label].as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def use(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate()

    use()
