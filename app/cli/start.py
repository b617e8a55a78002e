"""Where `tracelore` begins. The commands that scripts run by the hour load only what they need."""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Callable
from importlib import import_module

import typer
from pydantic import ValidationError

from app.errors import BrokenSignature, TraceloreError, in_our_words

WRONG = 2
INTERRUPTED = 130
ALONE = ("diagnose", "scan")


def start() -> None:
    """Run the command that was typed; Ctrl-C ends it without a word, while it is being imported too."""
    try:
        _start()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _start() -> None:
    gc.disable()  # of what is imported nothing goes away again, and looking for it takes a tenth of a start
    name = next(iter(sys.argv[1:]), "")
    # by name: what the other commands stand on takes seconds to import
    if name in ALONE:
        command = import_module(f"app.cli.{name}").commands
        _collect_again()
        answered(lambda: command(args=sys.argv[2:], prog_name=f"tracelore {name}"))
    else:
        main = import_module("app.cli.main").main
        _collect_again()
        main()


def _collect_again() -> None:
    """Look for garbage from now on, but not in what is here to stay."""
    gc.freeze()
    gc.enable()


def answered(command: Callable[[], object]) -> None:
    """Run a command; our errors and the system's become one line on standard error and exit code 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a report may hold letters that the terminal lacks
    try:
        command()
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        where, why = ".".join(str(part) for part in first["loc"]), in_our_words(first["msg"])
        typer.echo(f"tracelore: {where} {why}", err=True)
        sys.exit(WRONG)
    except BrokenSignature as wrong:
        typer.echo(str(wrong), err=True)
        sys.exit(WRONG)
    except OSError as wrong:  # a full disk, a folder that may not be written
        where = f"{wrong.filename}: " if wrong.filename else ""
        typer.echo(f"tracelore: {where}{wrong.strerror or wrong}", err=True)
        sys.exit(WRONG)
    except TraceloreError as wrong:
        typer.echo(f"tracelore: {wrong.detail}", err=True)
        sys.exit(WRONG)
