"""Throw-away environments, built by uv: this is the only step of a proof that may use the network.

uv keeps what it downloaded, so that a second proof of the same signature needs no network (`offline`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from packaging.version import Version

from app.errors import Misconfigured

INSTALL_SECONDS = 600  # a package without a wheel is built here
SHOWN = 400  # characters of an installer's complaint that are passed on


class NotBuilt(Exception):
    """The environment can't be had: no such Python, or the packages do not install; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Built:
    """An environment that is there."""

    python: Path
    base: Path
    """Where its Python is installed: what tracebacks show as the path of the standard library."""
    version: str
    packages: dict[str, str]


@dataclass(frozen=True, slots=True)
class Installer:
    """How uv is called."""

    offline: bool = False
    as_of: date | None = None
    against_limits: bool = False
    """Whether the requirements hold although a package forbids one of them."""

    def options(self) -> list[str]:
        """The options of `uv pip install` that follow from it."""
        chosen = ["--offline"] if self.offline else []
        if self.as_of is not None:
            chosen += ["--exclude-newer", (self.as_of + timedelta(days=1)).isoformat()]  # that day included
        return chosen


def build(folder: Path, python: str, requirements: Sequence[str], installer: Installer) -> Built:
    """Build `folder/.venv` with this Python and these packages. Raises `NotBuilt`, and `Misconfigured` without uv."""
    found = interpreter(python, offline=installer.offline)
    environment = folder / ".venv"
    _uv("venv", "--no-project", "--python", found, environment)
    inside = environment / "bin" / "python"
    if requirements:
        options = installer.options()
        if installer.against_limits:
            overrides = folder / ".overrides"
            overrides.write_text("".join(f"{one}\n" for one in requirements), encoding="utf-8")
            options += ["--override", str(overrides)]
        _uv("pip", "install", "--python", inside, *options, *requirements)
    listed = json.loads(_uv("pip", "list", "--format", "json", "--python", inside))
    asked = "import sys; print(sys.base_prefix); print('.'.join(map(str, sys.version_info[:3])))"
    base, version = _output(inside, "-c", asked).split("\n")[:2]
    return Built(inside, Path(base), version, {one["name"]: one["version"] for one in listed})


@lru_cache
def interpreter(python: str, *, offline: bool = False) -> Path:
    """The interpreter of this version: one of the machine's, else one that uv can fetch. Raises `NotBuilt`."""
    find = ("python", "find", "--no-project", "--no-python-downloads", python)
    try:
        return Path(_uv(*find).strip())
    except NotBuilt:
        if offline:
            raise
    try:
        _uv("python", "install", "--no-progress", python)
    except NotBuilt:
        raise NotBuilt(f"there is no Python {python} here, and none could be fetched") from None
    return Path(_uv(*find).strip())


def releases(package: str, python: str) -> list[str]:
    """The final releases of a package that this Python can use and nobody withdrew, oldest first. Raises `NotBuilt`."""
    listed = _uv("tool", "run", "--python", interpreter(python), "pip", "index", "versions", "--pre", package)
    found = next((line for line in listed.splitlines() if line.startswith("Available versions:")), None)
    if found is None:
        raise NotBuilt(f"the registry lists no releases of {package}")
    return final(one.strip() for one in found.partition(":")[2].split(","))


def index_page(package: str) -> str:
    """Address of the package's page in the package index that pip is set up with. Raises `NotBuilt`."""
    told = _uv("tool", "run", "pip", "index", "versions", "--pre", "-vv", package)
    found = next((line.removeprefix("* ") for line in told.splitlines() if line.startswith("* http")), None)
    if found is None or "****" in found:  # pip tells no passwords
        raise NotBuilt("pip names no index that can be asked: it needs an address (http) without a password")
    return found


def final(versions: Iterable[str]) -> list[str]:
    """The versions that are no pre-releases, oldest first; where all are, as some projects have it, all of them."""
    in_order = sorted(versions, key=Version)
    return [one for one in in_order if not Version(one).is_prerelease] or in_order


@lru_cache(maxsize=1)
def _program() -> str:
    beside = str(Path(sys.executable).parent)
    found = shutil.which("uv", path=os.pathsep.join([beside, os.environ.get("PATH", "")]))
    if found is None:
        raise Misconfigured("no-uv", "Proving a signature needs uv: pip install 'tracelore[verify]'.")
    return found


def _environ() -> dict[str, str]:
    """Ours, with pyenv's Pythons within uv's reach and nothing that points at the environment we run in."""
    pythons = sorted((Path.home() / ".pyenv" / "versions").glob("*/bin"), reverse=True)
    path = os.pathsep.join([*map(str, pythons), os.environ.get("PATH", "")])
    kept = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    return kept | {"PATH": path, "NO_COLOR": "1"}


def _uv(*words: str | Path) -> str:
    return _output(_program(), *words)


def _output(program: str | Path, *words: str | Path) -> str:
    """What the program prints. Raises `NotBuilt` with its complaint."""
    command = [str(one) for one in (program, *words)]
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours and the signature's, and no shell reads them
            command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS, env=_environ()
        )
    except subprocess.TimeoutExpired:
        raise NotBuilt(f"{' '.join(command[1:4])} took over {INSTALL_SECONDS} s") from None
    if done.returncode != 0:
        raise NotBuilt(_complaint(done.stderr))
    return done.stdout


def _complaint(text: str) -> str:
    """An installer's complaint in one line, without its warnings."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    start = next((at for at, line in enumerate(lines) if line.startswith(("error", "\N{MULTIPLICATION SIGN}"))), 0)
    return " ".join(line.removeprefix("error: ") for line in lines[start:] if line)[:SHOWN]
