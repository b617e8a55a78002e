"""The command for logs on disk: find each crash in them, say what it is, and count. Exit code 1: not all was read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from app.cli.book import Signatures, signatures_in
from app.errors import Misconfigured, Unreadable
from app.folders import cache_folder
from app.scan.files import Note, Source, listed
from app.scan.page import as_page
from app.scan.part import COMPLETE, ONLY_HEADER
from app.scan.show import as_costs, as_csv, as_json, as_text, printable
from app.scan.spread import Scan, Spread, Tick, added_up, by_processes, here, tasks_of
from app.scan.stop import heard
from app.scan.work import Far, Work, engine, nobody

NOT_ALL = 1
MOST_NOTES = 20

commands = typer.Typer(add_completion=False, rich_markup_mode=None)


class LookFor(StrEnum):
    """What shows that there may be a crash."""

    everything = "everything"
    headers = "headers"


@commands.command()
def scan(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    paths: Annotated[list[str], typer.Argument(help="Files, folders, patterns, or - for standard input.")],
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes to use; several share a big file, too.")] = 1,
    look_for: Annotated[
        LookFor, typer.Option(help="Every form of a crash, or only 'Traceback (most recent call last)': faster.")
    ] = LookFor.everything,
    json_: Annotated[bool, typer.Option("--json", help="Print all of the result as JSON.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print a row for each group as CSV.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page with all of the result to this file.")] = None,
    dask: Annotated[str | None, typer.Option(help="Scan on the Dask cluster of the scheduler at this address.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say what each stage took.")] = False,
    signatures: Signatures = None,
) -> None:
    """Find, diagnose and count every crash in logs.

    Exit code 0 when all was read, 1 when some of it could not be, 2 for wrong input.
    """
    start = perf_counter()
    words = COMPLETE if look_for is LookFor.everything else ONLY_HEADER
    work = Work(signatures_in(signatures).absolute(), cache_folder(), words)
    if json_ and csv:
        raise Unreadable("one-form", "The result is printed as JSON or as CSV: leave out --json or --csv.")
    if html is not None:
        _check(html)
    sources, notes = listed(paths, but=html)
    if not sources and not notes:
        raise Unreadable("no-file", "There is no file in what was named.")
    tasks = tasks_of(sources)
    spread = _by_cluster(dask) if dask else by_processes(jobs) if jobs > 1 and len(tasks) > 1 else None
    with heard(), _bar(sources) as (tick, far):
        found = added_up(spread(tasks, work) if spread else here(tasks, work, far), notes, tick)
    if found.tasks < len(tasks):
        found.notes.append(Note("the scan", f"was stopped: {found.tasks:,} of {len(tasks):,} parts were scanned"))
    seconds = perf_counter() - start
    if json_:
        book = engine(work.signatures, work.cache)[0].book.revision
        typer.echo(as_json(found, files=len(sources), seconds=seconds, book=book))
    elif csv:
        typer.echo(as_csv(found), nl=False)
    else:
        typer.echo("\n".join(as_text(found, len(sources))))
    if html is not None:
        html.write_text(as_page(found, files=len(sources)), encoding="utf-8")
    _say(found, seconds, verbose=verbose)
    raise typer.Exit(NOT_ALL if any(note.lost for note in found.notes) else 0)


def _check(html: Path) -> None:
    """Say before the scan, which may take an hour, that its page can't be written. Raises `Unreadable`."""
    if html.is_dir():
        raise Unreadable("no-page", f"{html} is a folder: name a file in it for the page.")
    if not html.parent.is_dir():
        raise Unreadable("no-page", f"There is no folder {html.parent} for the page: make it, or name another.")
    if not os.access(html if html.exists() else html.parent, os.W_OK):
        raise Unreadable("no-page", f"{html} may not be written: name another file for the page.")


def _by_cluster(address: str) -> Spread:
    if find_spec("distributed") is None:
        raise Misconfigured("no-dask", "This needs what talks to a Dask cluster: pip install 'tracelore[dask]'.")
    # by name: it takes a second to import, and few need it
    by_cluster: Callable[[str], Spread] = import_module("app.scan.cluster").by_cluster
    return by_cluster(address)


@contextmanager
def _bar(sources: Sequence[Source]) -> Iterator[tuple[Tick, Far]]:
    """Who hears how far the scan is: a bar, where somebody watches."""
    if sys.stderr.isatty():
        # by name: to import what draws it takes as long as to scan a few hundred megabytes
        with import_module("app.cli.bar").Bar(sources) as bar:
            yield bar.tick, bar.far
    else:
        yield (lambda _: None), nobody


def _say(found: Scan, seconds: float, *, verbose: bool) -> None:
    """What else there is to say, on standard error."""
    for note in sorted(found.notes, key=lambda note: not note.lost)[:MOST_NOTES]:
        typer.echo(f"{printable(note.name)}: {note.text}", err=True)
    if len(found.notes) > MOST_NOTES:
        typer.echo(f"... and {len(found.notes) - MOST_NOTES:,} notes more: --json has all of them", err=True)
    if verbose:
        typer.echo("\n".join(as_costs(found.tally.cost, seconds)), err=True)
