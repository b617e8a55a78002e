"""The database's tables brought to what this version needs, also when several processes start at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

LOCK = 0x7472_6163_656C  # "tracel": the advisory lock that all processes of one PostgreSQL database agree on


def migrate(engine: Engine, scripts: Path, *, to: str = "head") -> None:
    """Run the migrations that are missing, all or none. A database already at its head costs one query."""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection:
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
