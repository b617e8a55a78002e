"""The commands of the service: serve it, bring its database up to date, measure how right its answers are."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from app import settings as app_settings
from app.cli.allocator import return_large_blocks
from app.cli.book import Signatures, signatures_in
from app.cli.given import existing
from app.cli.logs import log_with_times
from app.cli.revisions import commit_of, result_of
from app.diagnosis.candidates import build_index
from app.evaluation.compare import changes, outcomes_in
from app.evaluation.evaluate import evaluate as run_evaluation
from app.evaluation.show import as_json, as_page, as_text
from app.main import create_app
from app.settings import shipped
from app.signature.book import make_book
from app.store.corpus import from_examples, from_ordinary, load_corpus
from app.store.database import connect
from app.store.migrations import migrate as migrate_database
from app.store.shelf import read_shelf

STOP_SECONDS = 5  # that requests may go on after a signal: a journal's never ends, and Docker kills after ten

commands = typer.Typer()


@commands.command()
def serve() -> None:
    """Serve the API and the pages.

    Settings come from TRACELORE_* variables (see README).
    """
    return_large_blocks()
    log_with_times()
    settings = app_settings.load()
    app = create_app(settings)
    # what was built stays to the end: to look through it for what can go would keep all who ask waiting for 0.2 s
    gc.collect()
    gc.freeze()
    # no access log: some senders can put their key only into the address
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="info",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


@commands.command()
def migrate() -> None:
    """Bring the database to the latest migration.

    `serve` does so by itself.
    """
    settings = app_settings.load()
    engine = connect(settings.database_url)
    migrate_database(engine, shipped("migrations"))
    typer.echo(f"{engine.url.render_as_string()} is at the latest migration")


@commands.command()
def evaluate(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    corpus: Annotated[Path, typer.Option(help="Folder of labelled reports (JSON lines).")] = Path("tests/corpus"),
    ordinary: Annotated[Path, typer.Option(help="Folder of ordinary crashes.")] = Path("tests/ordinary"),
    seed: Annotated[int, typer.Option(help="Seed of the damage done to the reports.")] = 1,
    json_: Annotated[Path | None, typer.Option("--json", help="Write all outcomes to this file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with the figures to this file.")] = None,
    compare: Annotated[
        str | None,
        typer.Option(help="List every changed answer: since a file that --json wrote, or since a Git revision."),
    ] = None,
    signatures: Signatures = None,
) -> None:
    """Measure on labelled reports how right the answers are.

    And how honest their confidence is.
    """
    shelved, _ = read_shelf(signatures_in(signatures))
    index = build_index(make_book(one.signature for one in shelved))
    far = list(from_ordinary(existing(ordinary)))
    labelled = [*load_corpus(corpus, frozenset(index.book.signatures)), *from_examples(shelved), *far]
    before = None if compare is None else outcomes_in(_earlier(compare, corpus, ordinary, seed))
    result = run_evaluation(labelled, [one.text for one in far], index, seed=seed)
    typer.echo("\n".join(as_text(result)))
    for file, text in ((json_, as_json), (html, as_page)):
        if file is not None:
            file.write_text(text(result), encoding="utf-8")
    if before is not None:
        typer.echo("\n".join(["", *changes(before, result.outcomes)]))


def _earlier(compare: str, corpus: Path, ordinary: Path, seed: int) -> bytes:
    """The result to compare with: the file's, or what that revision makes of the same reports."""
    file = Path(compare)
    return file.read_bytes() if file.is_file() else result_of(commit_of(compare), corpus, ordinary, seed)
