"""Webhooks by their libraries: `webhooks.py MODE URL KEY CRASH`, signed (STANDARD) or as CloudEvents.

A binary event is sent for each crash, or a structured one, or one batch of both. STANDARD takes its secret as the key.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.request import Request, urlopen

from cloudevents.core.bindings.http import HTTPMessage, to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from standardwebhooks import Webhook


def price(order: dict[str, int]) -> int:
    """Fail as programs do."""
    return order["dsn"]


def crashes(crash: str) -> tuple[str, str]:
    """A crash that came as a text, and an exception of this program."""
    try:
        price({})
    except KeyError:
        failed = traceback.format_exc()
    return Path(crash).read_text(), failed


def standard(secret: str, crash: str) -> Iterator[HTTPMessage]:
    """Signed messages as the specification recommends them: type, time and data."""
    for number, text in enumerate(crashes(crash)):
        now, name = datetime.now(UTC), f"msg_{number}"
        data = {"message": text, "service": "shop", "release": "7"}
        body = json.dumps({"type": "crash.reported", "timestamp": now.isoformat(), "data": data})
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(name, now, body),
        }
        yield HTTPMessage(headers, body.encode())


def events(crash: str) -> Iterator[CloudEvent]:
    """An event for each crash."""
    numbers = count(1)
    for text in crashes(crash):
        about = {"type": "example.crash", "source": "/shop/web", "id": f"crash-{next(numbers)}"}
        yield CloudEvent(about, {"message": text, "service": "shop", "release": "7"})


def batch(crash: str) -> Iterator[HTTPMessage]:
    """One message with both events."""
    written = b",".join(bytes(JSONFormat().write(event)) for event in events(crash))
    yield HTTPMessage({"content-type": "application/cloudevents-batch+json"}, b"[" + written + b"]")


def main(mode: str, url: str, key: str, crash: str) -> None:
    """Send all messages; an answer that is no success is an error."""
    path, headers = "/hooks/cloudevents", {"Authorization": f"Bearer {key}"}
    if mode == "STANDARD":
        path, headers, messages = "/hooks/standard", {}, standard(key, crash)
    elif mode == "BATCH":
        messages = batch(crash)
    else:
        write = to_binary_event if mode == "BINARY" else to_structured_event
        messages = (write(event) for event in events(crash))
    for message in messages:
        with urlopen(Request(url + path, message.body, {**message.headers, **headers}, method="POST")):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
