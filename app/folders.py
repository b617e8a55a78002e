"""The folders that every command needs, as the environment names them; found without reading all other settings.

`app/settings.py` takes a quarter of what `tracelore scan` takes to start, and a scan needs no more than these.
"""

from __future__ import annotations

import os
from pathlib import Path

PREFIX = "TRACELORE_"
APP = Path(__file__).parent


def shipped(name: str) -> Path:
    """The folder `name` (`signatures`, `migrations`) beside the package in a checkout, inside it in a wheel."""
    beside = APP.parent / name
    return beside if beside.is_dir() else APP / "_shipped" / name


def user_cache() -> Path | None:
    """Where programs keep what they can make again, on this system; None for a user without a home."""
    named = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    if named:
        return Path(named) / "tracelore"
    try:
        return Path.home() / ".cache" / "tracelore"
    except RuntimeError:
        return None


def signature_folder() -> Path:
    """The setting `signatures`."""
    named = _stated("SIGNATURES")
    return shipped("signatures") if named is None else Path(named)


def cache_folder() -> Path | None:
    """The setting `cache`."""
    named = _stated("CACHE")
    return user_cache() if named is None else Path(named) if named else None


def _stated(setting: str) -> str | None:
    """What the environment says of a setting, in letters of any case."""
    return next((value for name, value in os.environ.items() if name.upper() == PREFIX + setting), None)
