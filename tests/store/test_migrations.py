"""The database is brought to what the program needs, by one process or by many at once, and back."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event, inspect

from app.errors import Misconfigured
from app.settings import shipped
from app.store.database import check, connect
from app.store.migrations import migrate
from app.store.schema import METADATA, compared

SCRIPTS = shipped("migrations")


def test_up_down_and_up_again(empty_url: str) -> None:
    engine = connect(empty_url)
    for _ in range(2):
        migrate(engine, SCRIPTS)
        assert set(METADATA.tables) <= set(inspect(engine).get_table_names())
        migrate(engine, SCRIPTS, to="base")
        assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    engine.dispose()


def test_the_migrations_make_exactly_the_models(empty_url: str) -> None:
    engine = connect(empty_url)
    migrate(engine, SCRIPTS)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": compared})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    def start(_: int) -> None:
        engine = connect(empty_url)
        migrate(engine, SCRIPTS)
        check(engine)
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))


def test_a_database_at_its_head_is_left_alone(database_url: str) -> None:
    engine = connect(database_url)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    migrate(engine, SCRIPTS)
    engine.dispose()
    assert statements
    assert not [one for one in statements if not one.lstrip().upper().startswith(("SELECT", "PRAGMA"))]


def test_the_alembic_command_takes_the_database_from_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'folder' / 'file.db'}"
    monkeypatch.setenv("TRACELORE_DATABASE_URL", url)
    root = SCRIPTS.parent
    subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], cwd=root, check=True, capture_output=True)
    engine = connect(url)
    check(engine)
    engine.dispose()


def test_a_database_without_our_tables_is_not_ready(empty_url: str) -> None:
    engine = connect(empty_url)
    with pytest.raises(Misconfigured) as refused:
        check(engine)
    assert refused.value.status == 503
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "said"),
    [("postgresql://me:hidden@127.0.0.1:1/x", "refused"), ("sqlite:///{folder}/notes.txt", "not a database")],
)
def test_a_database_that_cant_be_used_is_said_in_one_line(url: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("This is no database. " * 100)
    with pytest.raises(Misconfigured, match="TRACELORE_DATABASE_URL") as refused:
        migrate(connect(url.format(folder=tmp_path)), SCRIPTS)
    assert said in refused.value.detail
    assert "hidden" not in refused.value.detail
    assert "\n" not in refused.value.detail
