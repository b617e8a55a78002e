"""What a URL leads to, and what each connection is told."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.errors import Misconfigured
from app.store.database import connect


def test_an_sqlite_file_gets_its_folder_and_keeps_what_it_was_told(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'a' / 'b' / 'file.db'}")
    with engine.connect() as connection:
        told = {
            pragma: connection.execute(text(f"PRAGMA {pragma}")).scalar_one()
            for pragma in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_postgresql_url_is_served_by_psycopg_3(scheme: str) -> None:
    assert connect(f"{scheme}://me:hunter2@db/name").driver == "psycopg"


@pytest.mark.parametrize(
    "url",
    ["nonsense hunter2", "mysql://me:hunter2@db/name", "sqlite://", "sqlite:///:memory:", "sqlite:////dev/null/x.db"],
)
def test_a_url_that_leads_nowhere_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        connect(url)
    assert refused.value.detail
    assert "hunter2" not in str(refused.value)


def test_a_broken_promise_between_tables_is_refused(engine: Engine) -> None:
    orphan = "INSERT INTO crashes (diagnosis, position, fingerprint, verdict) VALUES ('x', 0, 'v1:1', 'none')"
    with pytest.raises(Exception, match=r"(?i)foreign key"), engine.begin() as connection:
        connection.execute(text(orphan))
