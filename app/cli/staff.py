"""The commands for staff: who may see the pages of sources."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.cli.source import sessions_of
from app.store.staff import add, members, revoke

staff = typer.Typer(no_args_is_help=True, help="Let people sign in: make, list and revoke their keys.")
commands = typer.Typer()
commands.add_typer(staff, name="staff")

Name = Annotated[str, typer.Argument(help="Name of the person, as the others will see it.")]


@staff.command("add")
def add_(name: Name) -> None:
    """Make a key for somebody, and print it this once.

    It is what they type at /sign-in.
    """
    with sessions_of().begin() as session:
        key = add(session, name, datetime.now(UTC))
    typer.echo(key)
    typer.echo("Keep it now: it is stored as a digest and can't be shown again.", err=True)


@staff.command("list")
def list_() -> None:
    """List everybody with a key, and when they last signed in."""
    with sessions_of()() as session:
        found = members(session)
    for one in found:
        last = one.last_seen.strftime("%Y-%m-%d %H:%M") if one.last_seen else "never"
        revoked = f"; revoked {one.revoked:%Y-%m-%d %H:%M}" if one.revoked else ""
        typer.echo(f"{one.name}: key ...{one.hint}, made {one.made:%Y-%m-%d %H:%M}, signed in {last}{revoked}")


@staff.command("revoke")
def revoke_(name: Name) -> None:
    """Make somebody's key invalid, and sign them out everywhere."""
    with sessions_of().begin() as session:
        revoke(session, name, datetime.now(UTC))
    typer.echo(f"{name} is signed out, and the key opens nothing any more")
