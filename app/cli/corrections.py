"""The commands for curators: what people say is wrong with answers."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.source import sessions_of
from app.feedback import STATES, State, labelled, queue

corrections = typer.Typer(no_args_is_help=True, help="See what people say is wrong with answers, and learn from it.")
commands = typer.Typer()
commands.add_typer(corrections, name="corrections")

Chosen = Annotated[str, typer.Option("--state", help=f"One of {', '.join(STATES)}.")]
MINUTE = "%Y-%m-%d %H:%M"


@corrections.command("list")
def list_(state: Chosen = "open") -> None:
    """List the newest corrections in a state.

    Those that wait are settled at /curate.
    """
    with sessions_of()() as session:
        found, more = queue(session, _state(state))
    for one in found:
        typer.echo(
            f"{one.id}  {one.at:{MINUTE}}  {one.said or 'none'} -> {one.right or 'none'}  /diagnoses/{one.diagnosis}"
        )
        if one.words:
            typer.echo(f"    {' '.join(one.words.split())}")
    if not found:
        typer.echo(f"No correction is {state}.", err=True)
    if more:
        typer.echo("There are more, filed earlier.", err=True)


@corrections.command("export")
def export(state: Chosen = "done") -> None:
    """Print corrections as labelled reports, a line of JSON each.

    `tracelore evaluate` reads such files.
    """
    with sessions_of()() as session:
        for one in labelled(session, _state(state)):
            typer.echo(one.model_dump_json(exclude_defaults=True))


def _state(said: str) -> State:
    if said not in STATES:
        raise typer.BadParameter(f"a state is one of {', '.join(STATES)}")
    return said
