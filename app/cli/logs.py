"""What commands that run for weeks tell their operator."""

from __future__ import annotations

import logging


def log_with_times() -> None:
    """Write our own messages to standard error, each with its time and level; of libraries, warnings and errors."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("tracelore").setLevel(logging.INFO)
