"""How Alembic reaches the database: by the connection it is handed, else by TRACELORE_DATABASE_URL."""

from typing import Literal

from alembic import context
from sqlalchemy import Connection, TypeDecorator

from app.settings import load
from app.store.database import connect
from app.store.schema import METADATA, compared


def plain(kind: str, item: object, _: object) -> str | Literal[False]:
    """Write our own column types as the plain ones they stand on: a migration must not change with the program."""
    return f"sa.{item.impl_instance!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


def run(connection: Connection) -> None:
    """Run the migrations on this connection, in one transaction on every database."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=connection.dialect.name == "sqlite",  # SQLite can't alter most of a table in place
        transactional_ddl=True,
        render_item=plain,
        include_name=compared,
    )
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    engine = connect(load().database_url)
    with engine.connect() as own:
        run(own)
        own.commit()
    engine.dispose()
