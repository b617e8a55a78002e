"""The command for sites with a message broker: it reads crashes from one subject and publishes answers to another."""

from __future__ import annotations

import asyncio
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer

from app import settings as app_settings
from app.cli.logs import log_with_times
from app.errors import Misconfigured
from app.intake import Received
from app.open_book import open_book
from app.settings import shipped
from app.store.database import connect, session_factory
from app.store.migrations import migrate
from app.web.schemas import Answer

TOP = 5  # signatures named for a crash, as in the API

commands = typer.Typer()


@commands.command()
def stream() -> None:
    """Answer crashes that come by NATS JetStream or Kafka.

    Settings come from TRACELORE_STREAM_* (see README).

    Any number of such workers share the work; a stop by signal finishes what is begun.
    """
    if find_spec("faststream") is None:
        raise Misconfigured("no-stream", "This needs what reads brokers: pip install 'tracelore[stream]'.")
    # by name: it takes half a second to import, and no other command needs it
    count, run = import_module("app.stream.count").count, import_module("app.stream.run").run
    log_with_times()
    settings = app_settings.load()
    index = open_book(settings.signatures, settings.cache)
    engine = connect(settings.database_url)
    migrate(engine, shipped("migrations"))
    counted = partial(
        count, sessions=session_factory(engine), index=index, render=_answer, usual=settings.stream_source
    )
    asyncio.run(run(settings, counted))
    engine.dispose()


def _answer(received: Received) -> dict[str, Any]:
    return Answer.of(received, TOP).model_dump(mode="json")
