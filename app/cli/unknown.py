"""The commands for crashes that no signature explains: list them, and judge them again by today's book."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.book import Signatures, index_in
from app.cli.source import sessions_of
from app.errors import Unknown
from app.unknown.clusters import Cluster, listed
from app.unknown.rejudge import Outcome
from app.unknown.rejudge import rejudge as judge_again
from app.web.typeset import brief
from app.web.unknown_schemas import MOST, Asking, UnknownCrashes
from app.web.words import counted as many

commands = typer.Typer()

FRAMES = 3  # innermost ones of each


@commands.command()
def unknown(
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="List no more than these, the most frequent first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as the API does.")] = False,
    signatures: Signatures = None,
) -> None:
    """List the crashes that no signature explains.

    Those that come most often first.
    """
    index = index_in(signatures)
    asked = Asking(limit=limit)
    with sessions_of()() as session:
        found = listed(session, index, asked.wanted(), limit + 1)
    if as_json:
        typer.echo(UnknownCrashes.of(found, asked, index.book.revision).model_dump_json(indent=2))
        return
    for one in found[:limit]:
        typer.echo(_line(one))
    if not found:
        typer.echo("Nothing is unknown", err=True)


@commands.command()
def rejudge(
    fingerprint: Annotated[str | None, typer.Option(help="Only the crashes with this fingerprint.")] = None,
    signatures: Signatures = None,
) -> None:
    """Diagnose unknown crashes again with today's book.

    What it explains is counted with the signature.
    """
    index = index_in(signatures)
    done = []
    for outcome in judge_again(sessions_of(), index, fingerprint):
        done.append(outcome)
        if outcome.explained:
            typer.echo(_told(outcome))
    if fingerprint is not None and not done:
        raise Unknown("unknown-cluster", f"There is no unknown crash '{fingerprint[:80]}': see 'tracelore unknown'.")
    known = sum(bool(one.explained) for one in done)
    typer.echo(f"{len(done)} judged again, {known} explained; book {index.book.revision[:19]}", err=True)


def _line(one: Cluster) -> str:
    counted = one.counted
    last = f"{counted.last_seen:%Y-%m-%d %H:%M}"
    named = ": ".join(part for part in (one.exception, one.says) if part) or "a crash whose last line is missing"
    said = brief(named).replace("\n", " ")
    where = " < ".join(brief(place) for place in one.alike.common[::-1][:FRAMES])
    since = f"\n    explained by today's book: {one.explained}" if one.explained else ""
    came = f"{many(counted.count, 'time')}, {many(counted.spread, 'source')}, last {last}"
    return f"{counted.fingerprint}  {came}\n    {said}" + (f"\n    in {where}" if where else "") + since


def _told(outcome: Outcome) -> str:
    by = ", ".join(f"{name} ({count} of {outcome.judged} examples)" for name, count in outcome.explained.items())
    where = many(outcome.places, "place")
    moved = f"{many(outcome.moved, 'crash')} moved, counted in {where}" if outcome.places else "none to move"
    left = f"; still unknown in {many(outcome.left, 'place')}" if outcome.left else ""
    return f"{outcome.fingerprint}  {by}: {moved}{left}"
