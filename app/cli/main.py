"""The command line: thin over the functions the service uses. Exit codes: 0 match, 3 maybe, 4 none, 2 wrong input."""

from __future__ import annotations

import typer

from app.cli import (
    author,
    corrections,
    diagnose,
    hook,
    pipeline,
    prove,
    releases,
    scan,
    service,
    source,
    staff,
    stream,
    unknown,
)
from app.cli.start import answered

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Here is a crash: is it a known bug, what causes it, which version fixes it, and how sure are you?",
)
cli.add_typer(diagnose.commands)
cli.add_typer(service.commands)
cli.add_typer(scan.commands)
cli.add_typer(author.commands)
cli.add_typer(prove.commands)
cli.add_typer(releases.commands)
cli.add_typer(source.commands)
cli.add_typer(stream.commands)
cli.add_typer(pipeline.commands)
cli.add_typer(staff.commands)
cli.add_typer(hook.commands)
cli.add_typer(corrections.commands)
cli.add_typer(unknown.commands)


def main() -> None:
    """Run the command line, whatever the command."""
    answered(lambda: cli(prog_name="tracelore"))
