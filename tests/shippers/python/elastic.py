"""Elasticsearch's client: `elastic.py INDEX|CREATE URL KEY CRASH`; index as it is, create with compressed bodies."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from elasticsearch import Elasticsearch, helpers


def price(order: dict[str, int]) -> int:
    """Fail as programs do."""
    return order["dsn"]


def documents(crash: str) -> Iterator[dict[str, object]]:
    """A crash that came as a text, and an exception of this program in the fields of the common schema."""
    where = {"service": {"name": "shop", "version": "7", "environment": "production"}}
    yield {"@timestamp": "2026-11-22T10:00:00Z", "message": Path(crash).read_text(), **where}
    try:
        price({})
    except KeyError as wrong:
        error = {"type": "KeyError", "message": str(wrong), "stack_trace": traceback.format_exc()}
        yield {"@timestamp": "2026-11-22T10:00:01Z", "message": "payment failed", "error": error, **where}


def main(mode: str, url: str, key: str, crash: str) -> None:
    """Send both in one request, and see that each was taken."""
    with Elasticsearch(f"{url}/elastic", basic_auth=("elastic", key), http_compress=mode == "CREATE") as client:
        actions = [{"_op_type": mode.lower(), "_index": "logs-shop", **one} for one in documents(crash)]
        taken, failed = helpers.bulk(client, actions)
        assert (taken, failed) == (len(actions), [])


if __name__ == "__main__":
    main(*sys.argv[1:])
