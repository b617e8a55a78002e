"""Numbers of rows that no database can hold are refused as any other wrong word."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import cli

HIGHEST = 2**63 - 1


@pytest.mark.parametrize(
    "words", [["parked", "show"], ["parked", "drop"], ["parked", "replay"], ["hook", "remove"], ["hook", "deliveries"]]
)
def test_a_number_that_is_too_high_is_wrong_input(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACELORE_DATABASE_URL", f"sqlite:///{tmp_path / 'numbers.db'}")
    refused = CliRunner().invoke(cli, [*words, str(HIGHEST + 1)])
    assert (refused.exit_code, str(HIGHEST) in refused.output) == (2, True)
