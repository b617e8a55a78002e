"""The commands for what log pipelines sent: work it off, look at what could not be read."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Annotated

import typer

from app import settings as app_settings
from app.cli.allocator import return_large_blocks
from app.cli.given import HIGHEST
from app.cli.logs import log_with_times
from app.cli.source import sessions_of
from app.inbox.drain import Drain
from app.inbox.replay import replay
from app.open_book import open_book
from app.outgoing.courier import Courier
from app.outgoing.send import Office
from app.settings import shipped
from app.store.database import connect, session_factory
from app.store.migrations import migrate
from app.store.parked import drop, get, parked
from app.store.wake import Bell

parking = typer.Typer(no_args_is_help=True, help="Look at what could not be read or counted.")
commands = typer.Typer()
commands.add_typer(parking, name="parked")

Ids = Annotated[list[int], typer.Argument(max=HIGHEST, help="Numbers, as 'tracelore parked list' shows them.")]
Source = Annotated[str | None, typer.Option(help="Of this source only.")]
WIDTH = 100  # characters of a text in the list


@commands.command()
def worker() -> None:
    """Diagnose what log pipelines sent to the servers.

    To those of the same database, and tell others of it, until stopped by a signal.
    """
    return_large_blocks()
    log_with_times()
    settings = app_settings.load()
    engine = connect(settings.database_url)
    migrate(engine, shipped("migrations"))
    index = open_book(settings.signatures, settings.cache)
    sessions = session_factory(engine)
    drain = Drain(sessions, index, Bell(engine))
    courier = Courier(sessions, Office(settings.hook_networks, settings.base_url))
    end_at_signals(drain.end)
    typer.echo(f"Working off the inbox with {len(index.book.signatures)} signatures", err=True)
    courier.start()
    drain.run()
    courier.stop()
    engine.dispose()


def end_at_signals(end: Callable[[], None]) -> None:
    """Have a signal to stop call this, in a thread: here it may need a lock that what it interrupts is holding."""
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: threading.Thread(target=end).start())


@parking.command("list")
def list_(source: Source = None) -> None:
    """List what is parked, from where and why.

    With its number, and the beginning of its text.
    """
    with sessions_of()() as session:
        found = parked(session, source)
        if not found:
            typer.echo("Nothing is parked.", err=True)
        for one in found:
            typer.echo(f"{one.id}  {one.at:%Y-%m-%d %H:%M}  {one.source}: {one.reason}")
            typer.echo(f"    {' '.join(one.text[: 2 * WIDTH].split())[:WIDTH]}")


@parking.command()
def show(number: Annotated[int, typer.Argument(max=HIGHEST, help="As 'tracelore parked list' shows it.")]) -> None:
    """Print the text of one, as it was sent but without secrets."""
    with sessions_of()() as session:
        typer.echo(get(session, number).text)


@parking.command("replay")
def replay_(numbers: Ids) -> None:
    """Send these the way again.

    What still can't be read is parked anew, with the reason of today.
    """
    with sessions_of().begin() as session:
        done = replay(session, numbers)
    typer.echo(f"{done.replayed} sent the way again" + (f", {done.unread} still can't be read" if done.unread else ""))


@parking.command("drop")
def drop_(numbers: Ids) -> None:
    """Forget these."""
    with sessions_of().begin() as session:
        gone = drop(session, numbers)
    typer.echo(f"{len(gone)} forgotten")
