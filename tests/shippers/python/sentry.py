"""Sentry's client: `sentry.py PLAIN|LOGS URL KEY CRASH`; with `LOGS` log records are sent as well as events."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import sentry_sdk


def price(order: dict[str, int]) -> int:
    """Fail as programs do."""
    return order["dsn"]


def main(mode: str, url: str, key: str, crash: str) -> None:
    """Log a crash that the program has as a text, and report an exception of its own."""
    dsn = f"{url.replace('://', f'://{key}@')}/1"
    sentry_sdk.init(dsn, release="shop@7", environment="production", enable_logs=mode == "LOGS")
    logging.getLogger("shop").error(Path(crash).read_text())
    try:
        price({})
    except KeyError as wrong:
        sentry_sdk.capture_exception(wrong)
    sentry_sdk.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
