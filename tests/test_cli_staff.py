"""The commands for staff: a key is printed once, and opens the pages until it is revoked."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import cli
from app.errors import Misconfigured, Unknown
from app.staff import enter
from app.store.database import connect, session_factory


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    made = f"sqlite:///{tmp_path / 'staff.db'}"
    monkeypatch.setenv("TRACELORE_DATABASE_URL", made)
    return made


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["staff", *words])


def opens(url: str, key: str) -> bool:
    engine = connect(url)
    with session_factory(engine).begin() as session:
        opened = enter(session, key) is not None
    engine.dispose()
    return opened


def test_a_key_is_printed_once_listed_by_its_end_and_revoked(url: str) -> None:
    made = run("add", "night desk")
    key = made.stdout.strip()
    assert (made.exit_code, key[:4], "can't be shown again" in made.stderr) == (0, "tls_", True)
    assert opens(url, key)
    listed = run("list").stdout
    assert listed.startswith(f"night desk: key ...{key[-4:]}, made ")
    assert key not in listed
    assert "revoked" not in listed
    assert run("revoke", "night desk").exit_code == 0
    assert not opens(url, key)
    assert "; revoked " in run("list").stdout


def test_what_can_not_be_done_is_said(url: str) -> None:
    assert url
    assert isinstance(run("revoke", "Nobody").exception, Unknown)
    assert isinstance(run("add", "<b>").exception, Misconfigured)
    run("add", "desk")
    assert isinstance(run("add", "desk").exception, Misconfigured)


def test_a_database_that_was_not_there_is_said_once(url: str, tmp_path: Path) -> None:
    """A key that is made in another folder than the server's opens nothing there."""
    assert url
    first, second = (CliRunner().invoke(cli, ["source", "list"]) for _ in range(2))
    assert f"Made a new database, {tmp_path / 'staff.db'}" in first.stderr
    assert second.stderr == "There is no source yet: 'tracelore source add NAME' makes one.\n"
    assert CliRunner().invoke(cli, ["parked", "list"]).stderr == "Nothing is parked.\n"
