"""The command for one crash: say what it is. Exit code 0 for a known bug, 3 for perhaps, 4 for not known."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.book import Signatures, index_in
from app.cli.given import read_file, stated_environment
from app.diagnosis.plain import plain
from app.intake import receive
from app.web.schemas import Answer

EXIT = {"match": 0, "maybe": 3, "none": 4}

commands = typer.Typer(add_completion=False, rich_markup_mode=None)


@commands.command()
def diagnose(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    file: Annotated[str, typer.Argument(help="File with the crash (gzip is unpacked), or - for standard input.")] = "-",
    json_: Annotated[bool, typer.Option("--json", help="Print the answer in the shape of the HTTP API.")] = False,
    top: Annotated[int, typer.Option(min=1, max=20, help="Signatures to name for each crash, at most.")] = 5,
    os: Annotated[str | None, typer.Option(help="Where it crashed: windows, linux or macos.")] = None,
    python: Annotated[str | None, typer.Option(help="Python version there.")] = None,
    package: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME==VERSION", help="A package there, with its version; again for each."),
    ] = None,
    signatures: Signatures = None,
) -> None:
    """Say what a crash is.

    Exit code 0 for a known bug, 3 for perhaps, 4 for not known, 2 for wrong input.
    """
    stated = stated_environment(os, python, package or [])
    index = index_in(signatures)
    received = receive(read_file(file), index=index, stated=stated)
    answer = Answer.of(received, top)
    typer.echo(answer.model_dump_json(indent=2) if json_ else "\n".join(plain(received.diagnosis)))
    raise typer.Exit(EXIT[answer.verdict])
