"""What tests take from npm, exactly as a lock names it; installed once, and kept for later runs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tracelore"
FILES = ("package.json", "package-lock.json")


def missing(why: str) -> None:
    """Where CI is set, what can't be had is a failure; elsewhere the tests say what they lack."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def modules(locked: Path) -> Path:
    """The `node_modules` of the lock in this folder; several processes may ask at once."""
    digest = hashlib.sha256((locked / "package-lock.json").read_bytes()).hexdigest()
    folder = CACHE / f"{locked.name}-{digest[:16]}"
    if not folder.is_dir():
        _install(locked, folder)
    return folder / "node_modules"


def _install(locked: Path, folder: Path) -> None:
    """A folder that is there is whole: it is made under another name."""
    if shutil.which("npm") is None:
        missing("There is no npm: apt-get install nodejs npm")
    half = folder.with_suffix(f".{os.getpid()}")
    half.mkdir(parents=True)
    for name in FILES:
        shutil.copy(locked / name, half)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=half, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        shutil.rmtree(half)
        missing(f"npm ci fails: {done.stderr.strip()}")
    try:
        half.rename(folder)
    except OSError:  # another process was first
        shutil.rmtree(half)
