"""One delivery: written for its receiver, signed, and sent. Whoever calls holds the claim."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from standardwebhooks.webhooks import Webhook

from app.outgoing.guard import Networks
from app.outgoing.post import Letter, Posted, post
from app.outgoing.render import RENDER, Telling, traceback_of
from app.store.database import Sessions
from app.store.deliveries import Delivery, excerpt_source
from app.store.news import News
from app.store.subscriptions import Hook

FROM_ENVIRONMENT = "env:"


@dataclass(frozen=True, slots=True)
class Office:
    """What letters are sent with: where they may go, and where we are reached."""

    networks: Networks = ()
    base_url: str | None = None


def send(sessions: Sessions, office: Office, hook: Hook, delivery: Delivery, now: datetime) -> Posted:
    """Write a delivery as its subscription wants it, sign it and post it."""
    with sessions() as session:
        text = excerpt_source(session, delivery.news.diagnosis)
    return dispatch(office, hook, delivery.id, body(hook, delivery.news, text, office), now)


def dispatch(office: Office, hook: Hook, id: str, content: str, now: datetime) -> Posted:  # noqa: A002 - the standard's word
    """Sign what is written, and post it."""
    missing = [name for name, value in hook.wish.headers.items() if _value(value) is None]
    if missing:
        return Posted(None, f"The environment variable for the header {missing[0]} is not set.")
    return post(letter(hook, id, content, now), office.networks, now)


def body(hook: Hook, news: News, text: str | None, office: Office) -> str:
    """The news for this subscription, as JSON; `text` is the report they come from."""
    traceback = None if text is None else traceback_of(text, news)
    return json.dumps(RENDER[hook.wish.kind](Telling(news, traceback, office.base_url)))


def letter(hook: Hook, id: str, content: str, now: datetime) -> Letter:  # noqa: A002
    """The content with its signature: the same id for every try, the time of this one."""
    signature = Webhook(hook.secret).sign(id, now, content)
    own = {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    return Letter(hook.wish.url, {**_given(hook.wish.headers), **own}, content.encode())


def _given(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: _value(value) or "" for name, value in headers.items()}


def _value(said: str) -> str | None:
    """A header's value, or that of the environment variable it names; None when that is not set."""
    if said.startswith(FROM_ENVIRONMENT):
        return os.environ.get(said.removeprefix(FROM_ENVIRONMENT))
    return said
