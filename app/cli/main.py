"""The command line: thin over the functions the service uses. Exit codes: 0 match, 3 maybe, 4 none, 2 wrong input."""

from __future__ import annotations

import io
import sys

import typer
from pydantic import ValidationError

from app.cli import answer, author, corrections, hook, pipeline, prove, releases, scan, source, staff, stream, unknown
from app.errors import BrokenSignature, TraceloreError

WRONG = 2

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Here is a crash: is it a known bug, what causes it, which version fixes it, and how sure are you?",
)
cli.add_typer(answer.commands)
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
    """Run the command line; our errors become one line on standard error and exit code 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a report may hold letters that the terminal lacks
    try:
        cli(prog_name="tracelore")
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        typer.echo(f"tracelore: {'.'.join(str(part) for part in first['loc'])} {first['msg']}", err=True)
        sys.exit(WRONG)
    except BrokenSignature as wrong:
        typer.echo(str(wrong), err=True)
        sys.exit(WRONG)
    except TraceloreError as wrong:
        typer.echo(f"tracelore: {wrong.detail}", err=True)
        sys.exit(WRONG)
