"""Who may import whom. Each arrow is read from the source with `ast`, so that no test run can hide one."""

import ast
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

APP = Path(__file__).parent.parent / "app"
STDLIB = set(sys.stdlib_module_names)
PURE = {"crash", "signature", "diagnosis"}

# room -> what it may import beside itself and `app.errors`
MAY = {
    "crash": {"stdlib", "regex", "ahocorasick_rs"},
    "signature": {"stdlib", "pydantic", "pydantic_core", "packaging", "regex"},
    "diagnosis": {"stdlib", "app.crash", "app.signature", "packaging", "regex"},
    "receive": {
        "stdlib", "ahocorasick_rs", "orjson", "msgpack", "cramjam", "zstandard", "brotli", "cryptography",
    },
    "store": {
        "stdlib", "app.crash.model", "app.signature", "app.diagnosis.model", "app.evaluation.corpus",
        "sqlalchemy", "psycopg", "alembic", "yaml", "pydantic", "ulid",
    },
    "scan": {
        "stdlib", "ahocorasick_rs", "app.crash", "app.diagnosis", "app.signature.model", "app.receive", "app.open_book", "packaging",
        "zstandard", "distributed",
    },
    "verify": {"stdlib", "packaging", "app.crash", "app.diagnosis", "app.signature"},
    "published": {"stdlib", "packaging", "httpx2", "app.signature.releases", "app.verify.environments"},
    "evaluation": {"stdlib", "pydantic", "app.crash", "app.signature.model", "app.diagnosis"},
    "intake": {"stdlib", "app.crash", "app.diagnosis", "app.store", "app.signature"},
    "open_book": {
        "stdlib", "app.diagnosis", "app.signature.packed", "app.store.compiled", "app.store.releases", "app.store.shelf",
        "app.store.stamps",
    },
    "staff": {"stdlib", "app.store"},
    "again": {"stdlib", "app.crash", "app.diagnosis", "app.intake", "app.store"},
    "feedback": {"stdlib", "app.diagnosis.model", "app.evaluation.corpus", "app.intake", "app.store"},
    "search": {"stdlib", "app.intake", "app.signature", "app.store.database", "app.store.search"},
    "unknown": {
        "stdlib", "app.crash", "app.diagnosis", "app.store.clusters", "app.store.coverage", "app.store.database",
        "app.store.moves", "app.store.samples", "app.store.trends",
    },
    "inbox": {
        "stdlib", "app.receive", "app.intake", "app.crash.model", "packaging", "app.store.database", "app.store.sources",
        "app.store.group_commit", "app.store.inbox", "app.store.leases", "app.store.occurrences", "app.store.parked", "app.store.wake",
    },
    "stream": {
        "stdlib", "app.receive", "app.intake", "app.inbox.about", "app.settings", "app.crash.text", "orjson",
        "app.store.database", "app.store.diagnoses", "app.store.occurrences", "app.store.parked", "app.store.sources",
        "faststream", "nats", "confluent_kafka",
    },
    "outgoing": {
        "stdlib", "app.crash.text", "app.store.database", "app.store.deliveries", "app.store.news", "app.store.subscriptions",
        "httpx2", "standardwebhooks",
    },
    "web": {
        "stdlib", "app.inbox", "app.staff", "app.again", "app.feedback", "app.search", "app.unknown", "app.receive", "app.intake", "app.settings", "app.crash.model", "app.signature.model", "app.signature.book",
        "app.signature.releases", "app.signature.phrase", "markdown_it", "app.diagnosis.model", "app.store.database", "fastapi", "starlette", "pydantic", "jinja2", "sqlalchemy.orm",
        "prometheus_client", "fastapi_offline", "packaging", "python_multipart", "markupsafe", "httpx2",
    },
    "folders": {"stdlib"},
    "settings": {"stdlib", "pydantic", "pydantic_settings", "app.folders"},
    "errors": {"stdlib"},
}  # fmt: skip
# `cli` and `main` put everything together and may import everything.

# The pure rooms touch nothing outside: no clock, no file, no chance, no log.
IMPURE_MODULES = {"os", "random", "logging", "time", "pathlib", "socket", "subprocess", "sqlite3", "io"}
IMPURE_CALLS = {"open", "print", "input", "exec", "eval"}


def room_of(file: Path) -> str:
    return file.relative_to(APP).parts[0].removesuffix(".py")


@dataclass(frozen=True)
class Source:
    """What one file imports, the lines of it where a function does, and the names it calls."""

    imports: list[str] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)


@cache
def source(file: Path) -> Source:
    """The file read once, for all questions."""
    found = Source()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found.imports.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that each arrow can be read"
            found.imports.extend(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.hidden.extend(
                inner.lineno for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)
            )
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.calls.add(node.func.id)
    return found


def allowed(name: str, room: str) -> bool:
    if name.split(".", maxsplit=1)[0] in STDLIB:
        return "stdlib" in MAY[room]
    return any(
        name == may or name.startswith(may + ".")
        for may in {*MAY[room], f"app.{room}", "app.errors", "app.__version__"}
    )


FILES = sorted(APP.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(APP)))
def test_a_room_imports_only_what_it_may_know(file: Path) -> None:
    room = room_of(file)
    if room in {"cli", "main", "__init__"}:
        return
    assert room in MAY, f"app/{room} is a new room: say here what it may import"
    wrong = [name for name in source(file).imports if not allowed(name, room)]
    assert not wrong, f"{file.relative_to(APP)} must not know {wrong}"


@pytest.mark.parametrize(
    "file", [file for file in FILES if room_of(file) in PURE], ids=lambda file: str(file.relative_to(APP))
)
def test_pure_rooms_touch_nothing_outside(file: Path) -> None:
    modules = {name.split(".")[0] for name in source(file).imports} & IMPURE_MODULES
    assert not modules | (source(file).calls & IMPURE_CALLS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(APP)))
def test_nothing_is_imported_inside_a_function(file: Path) -> None:
    assert not source(file).hidden


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(APP)))
def test_sql_is_written_in_the_store_only(file: Path) -> None:
    if room_of(file) == "store":
        return
    sql = [name for name in source(file).imports if name.startswith("sqlalchemy")]
    assert all(name.startswith("sqlalchemy.orm.") for name in sql), "a session may be passed on, not asked"


def test_the_check_itself_can_fail() -> None:
    """A forbidden arrow is seen: the rule is not true of everything."""
    assert not allowed("app.diagnosis.model", "crash")
    assert not allowed("pydantic", "crash")
    assert not allowed("app.store.tables", "web")
    assert allowed("app.crash.model", "diagnosis")
