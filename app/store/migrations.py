"""The database's tables brought to what this version needs, also when several processes start at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from app.errors import Misconfigured

LOCK = 0x7472_6163_656C  # "tracel": the advisory lock that all processes of one PostgreSQL database agree on


def migrate(engine: Engine, scripts: Path, *, to: str = "head") -> None:
    """Run the migrations that are missing, all or none. A database already at its head costs one query.

    Raises `Misconfigured` where there is no database that answers.
    """
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with _connected(engine) as connection:
        if to == "head" and _at_head(connection, config):
            return
        connection.rollback()
        _lock(connection)
        config.attributes["connection"] = connection
        if to == "head":
            command.upgrade(config, to)  # looks again, now that nobody else can be at it
        else:
            command.downgrade(config, to)
        connection.commit()
        connection.invalidate()  # this connection does not check foreign keys, see `_lock`


def _connected(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except DatabaseError as wrong:
        said = str(wrong.orig).partition("\n")[0]
        where = engine.url.render_as_string(hide_password=True)
        detail = f"The database at {where} can't be used: {said}. TRACELORE_DATABASE_URL says which it is."
        raise Misconfigured("database_unreachable", detail) from None


def _at_head(connection: Connection, config: Config) -> bool:
    heads = ScriptDirectory.from_config(config).get_heads()
    return set(MigrationContext.configure(connection).get_current_heads()) == set(heads)


def _lock(connection: Connection) -> None:
    """Keep other processes out until the transaction ends."""
    if connection.dialect.name == "sqlite":
        # Alembic changes an SQLite table by making it anew, and dropping the old one would drop what refers to it
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
