"""The commands for sources: who may send records, and how it goes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import settings as app_settings
from app.settings import shipped
from app.store.database import Sessions, connect, session_factory
from app.store.migrations import migrate
from app.store.sources import add_key, remove, revoke, sources

source = typer.Typer(no_args_is_help=True, help="Let log pipelines send records: make, list, revoke keys.")
commands = typer.Typer()
commands.add_typer(source, name="source")

Name = Annotated[str, typer.Argument(help="Name of the source: small letters, digits, '-', '.', '_'.")]


@source.command()
def add(name: Name) -> None:
    """Make a key for a source, and print it this once.

    The source is made too, if there is none of this name.
    """
    with sessions_of().begin() as session:
        key = add_key(session, name)
    typer.echo(key)
    typer.echo("Keep it now: it is stored as a digest and can't be shown again.", err=True)


@source.command("list")
def list_() -> None:
    """List all sources: what they sent, and their last error."""
    with sessions_of()() as session:
        found = sources(session)
    if not found:
        typer.echo("There is no source yet: 'tracelore source add NAME' makes one.", err=True)
    for one in found:
        last = one.last_seen.strftime("%Y-%m-%d %H:%M") if one.last_seen else "never"
        keys = ", ".join(f"...{hint}" for hint in one.keys) or "none valid"
        typer.echo(f"{one.name}: {one.records} records, {one.crashes} crashes, {one.explained} explained; last {last}")
        typer.echo(f"    keys: {keys}" + (f"\n    last error: {one.last_error}" if one.last_error else ""))


@source.command("revoke")
def revoke_(
    name: Name,
    hint: Annotated[str | None, typer.Option("--key", help="Last four letters of the key to revoke.")] = None,
) -> None:
    """Revoke a source's keys, all or one.

    Within seconds nothing is taken from them any more.
    """
    with sessions_of().begin() as session:
        count = revoke(session, name, hint)
    typer.echo(f"{count} revoked")


@source.command("remove")
def remove_(name: Name) -> None:
    """Forget a source with its keys and counts; the diagnoses stay."""
    with sessions_of().begin() as session:
        remove(session, name)
    typer.echo(f"{name} is forgotten")


def sessions_of() -> Sessions:
    """Sessions with the database of the settings, at its latest migration."""
    engine = connect(app_settings.load().database_url)
    file = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None
    new = file if file is not None and not file.exists() else None
    migrate(engine, shipped("migrations"))
    if new is not None:  # a key in it is of no use to a server that was started in another folder
        typer.echo(f"Made a new database, {new.absolute()}: TRACELORE_DATABASE_URL names another one.", err=True)
    return session_factory(engine)
