"""Run a signature's script: no network, bounded memory, a short time, a folder that is thrown away.

The script is code that somebody wrote to make a program crash. The kernel's namespaces keep it from the network and
from our processes; they do not keep it from reading files, so read a script before you run it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.errors import Misconfigured
from app.verify import cage
from app.verify.environments import Built

MEMORY = 8 * 2**30  # bytes of address space; numerical libraries map much more than they use
OUTPUT = 64 * 2**20  # bytes any one file may have
MAX_READ = 2**20  # bytes of output that are looked at; the longest crash of the book has 40 KiB
HOME = "/srv/app"  # what the folder is called in the text that is kept
UNSHARE = ("--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a script printed, errors included, with the throw-away folder's name replaced; and how it ended."""

    text: str
    code: int
    """Its exit code; negative for the signal that ended it."""
    stopped: bool
    """Whether the time limit ended it."""


def run(folder: Path, script: Path, built: Built, *, seconds: int, open_network: bool = False) -> Ran:
    """Run a copy of the script in the folder. Raises `Misconfigured` where the network can't be closed."""
    copy = folder / "app.py"
    shutil.copyfile(script, copy)
    words = [sys.executable, "-I", cage.__file__, seconds, MEMORY, OUTPUT, built.python, copy.name]
    fence = () if open_network else _fence()
    printed = folder / ".printed"
    with printed.open("wb") as out:
        try:
            done = subprocess.run(  # noqa: S603 - running it is what was asked for
                [*fence, *map(str, words)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                cwd=folder,
                env=_environ(folder),
                timeout=seconds,
            )
            code, stopped = done.returncode, False
        except subprocess.TimeoutExpired:
            code, stopped = -9, True
    with printed.open("rb") as out:
        text = out.read(MAX_READ).decode(errors="replace")
    return Ran(_neutral(text, folder, built), code, stopped)


@lru_cache(maxsize=1)
def _fence() -> tuple[str, ...]:
    """The words before a command that take the network from it. Raises `Misconfigured` where that can't be."""
    program = shutil.which("unshare")
    words = (program or "unshare", *UNSHARE, "--")
    if program is None or subprocess.run([*words, "true"], check=False, capture_output=True).returncode != 0:  # noqa: S603
        raise Misconfigured(
            "no-fence",
            "The script's network can't be closed here (it takes Linux, unshare and user namespaces):"
            " read the script, then say --open-network.",
        )
    return words


def _environ(folder: Path) -> dict[str, str]:
    """Nothing of ours: no keys, no home, no settings."""
    return {
        "PATH": f"{folder / '.venv' / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",  # standard output and errors in the order they were written
    }


def _neutral(text: str, folder: Path, built: Built) -> str:
    """The text as any machine would have it."""
    for ours, anybodys in ((folder.resolve(), HOME), (folder, HOME), (built.base, "/usr/local")):
        text = text.replace(str(ours), anybodys)
    return text
