"""The commands for outgoing webhooks: who is told what, and how it went."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from ulid import ULID

from app import settings as app_settings
from app.cli.given import HIGHEST
from app.cli.source import sessions_of
from app.outgoing.sample import SAMPLE, SAMPLE_REPORT
from app.outgoing.send import Office, body, dispatch
from app.store.deliveries import deliveries, replay
from app.store.news import EVENTS
from app.store.subscriptions import KINDS, RATE_COUNT, RATE_MINUTES, Wish, add_hook, find_hook, hooks, remove_hook

hook = typer.Typer(no_args_is_help=True, help="Tell others of crashes: make, list, test and remove webhooks.")
commands = typer.Typer()
commands.add_typer(hook, name="hook")

Number = Annotated[int, typer.Argument(max=HIGHEST, help="Number of the webhook, as 'tracelore hook list' shows it.")]
MINUTE = "%Y-%m-%d %H:%M"


@hook.command()
def add(  # noqa: PLR0913 - one for each option
    url: Annotated[str, typer.Argument(help="Where to send: http:// or https://.")],
    *,
    on: Annotated[
        list[str] | None,
        typer.Option(metavar="EVENT", help=f"Again for each: {', '.join(EVENTS)}; all by default."),
    ] = None,
    kind: Annotated[str, typer.Option(help=f"Form of the body: {', '.join(KINDS)}.")] = KINDS[0],
    service: Annotated[str | None, typer.Option(help="Crashes of this service only.")] = None,
    source: Annotated[str | None, typer.Option(help="Crashes of this source only.")] = None,
    rate: Annotated[
        str, typer.Option(help="How many unknown crashes of a kind are news, in how many minutes.")
    ] = f"{RATE_COUNT}/{RATE_MINUTES}",
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEADER", help="'Name: value', sent along; the value 'env:NAME' is read from that variable."
        ),
    ] = None,
) -> None:
    """Make a webhook, and print its number and its secret.

    Its bodies are signed with the secret, which is printed this once.
    """
    count, minutes = _rate(rate)
    wish = Wish(url, tuple(on or EVENTS), kind, source, service, count, minutes, dict(map(_header, header or ())))
    with sessions_of().begin() as session:
        made = add_hook(session, wish)
    typer.echo(made.secret)
    typer.echo(f"Webhook {made.id} is made. Keep its secret: it is not shown again.", err=True)


@hook.command("list")
def list_() -> None:
    """List all webhooks: where they go, and whether they fail."""
    with sessions_of()() as session:
        found = hooks(session)
    if not found:
        typer.echo("There is no webhook yet: 'tracelore hook add URL' makes one.", err=True)
    for one in found:
        wish = one.wish
        only = [f"{name} {value}" for name, value in (("service", wish.service), ("source", wish.source)) if value]
        state = f"disabled since {one.disabled:{MINUTE}}" if one.disabled else f"{one.failures} failures in a row"
        typer.echo(f"{one.id}  {wish.kind}  {wish.url}  ({state})")
        typer.echo(
            f"    {', '.join(wish.events)}; rate {wish.rate_count}/{wish.rate_minutes}"
            + "".join(f"; {it}" for it in only)
        )


@hook.command("remove")
def remove_(number: Number) -> None:
    """Forget a webhook and all that was to be sent to it."""
    with sessions_of().begin() as session:
        remove_hook(session, number)
    typer.echo(f"Webhook {number} is forgotten")


@hook.command("test")
def try_(
    number: Number,
    print_: Annotated[bool, typer.Option("--print", help="Print what would be sent, and send nothing.")] = False,
) -> None:
    """Send made-up news now, once, and say what was answered.

    Exit code 1 when they were not taken.
    """
    settings = app_settings.load()
    office = Office(settings.hook_networks, settings.base_url)
    with sessions_of()() as session:
        found = find_hook(session, number)
    content = body(found, SAMPLE, SAMPLE_REPORT, office)
    if print_:
        typer.echo(json.dumps(json.loads(content), indent=2, ensure_ascii=False))
        return
    posted = dispatch(office, found, f"msg_{ULID()}", content, datetime.now(UTC))
    if posted.error is not None:
        typer.echo(posted.error, err=True)
        raise typer.Exit(1)
    typer.echo(f"answered {posted.status}")


@hook.command("deliveries")
def deliveries_(
    number: Annotated[int | None, typer.Argument(max=HIGHEST, help="Number of a webhook; all by default.")] = None,
    state: Annotated[str | None, typer.Option(help="waiting, sent or dead.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.")] = 50,
) -> None:
    """List the latest news with what became of them."""
    with sessions_of()() as session:
        for one in deliveries(session, hook=number, state=state, limit=limit):
            when = {"waiting": "next try", "sent": "sent", "dead": "given up"}[one.state]
            typer.echo(f"{one.id}  webhook {one.hook}  {one.news.event}  {one.news.signature or one.news.fingerprint}")
            last = f": {one.error}" if one.error else ""
            typer.echo(f"    {when} {one.due:{MINUTE}}, {one.tries} tries{last}")


@hook.command("replay")
def replay_(
    number: Number,
    delivery: Annotated[str | None, typer.Option(help="Only this one, also when it was sent: msg_...")] = None,
) -> None:
    """Send again what was given up.

    Under the same ids; a webhook that was disabled is enabled.
    """
    with sessions_of().begin() as session:
        count = replay(session, number, datetime.now(UTC), only=delivery)
    typer.echo(f"{count} will be sent again")


def _rate(said: str) -> tuple[int, int]:
    count, _, minutes = said.partition("/")
    if not (count.isdecimal() and minutes.isdecimal()):
        raise typer.BadParameter("a rate is crashes/minutes, such as 10/10")
    return int(count), int(minutes)


def _header(said: str) -> tuple[str, str]:
    name, colon, value = said.partition(":")
    if not colon:
        raise typer.BadParameter("a header is 'Name: value'")
    return name.strip(), value.strip()
