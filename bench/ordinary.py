"""Makes the ordinary crashes of tests/ordinary/crashes: snippets that use real code wrongly, run on real Pythons.

    python -m bench.ordinary ~/venv-3.8/bin/python ~/venv-3.13/bin/python [--only word] [--folder folder]

A snippet runs on the interpreters that its `on:` names, or on one of those that have the packages it needs; what it
prints on standard error is kept, with neutral paths. A text that another Python already gave for the snippet, or that
is too long, is not kept. Nothing outside this machine is asked for anything.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from app.crash.text import read
from app.crash.traceback import parse

SNIPPETS = Path(__file__).parent / "ordinary_snippets"
FOLDER = Path(__file__).parent.parent / "tests" / "ordinary" / "crashes"
MAX_TEXT = 6_500  # characters; a longer one says nothing more
TIMEOUT = 30.0  # seconds of one run
HEADER = re.compile(r"^#%% (?P<head>.+)$", re.MULTILINE)
# what differs between two runs of the same thing
VARYING = re.compile(r"line \d+|python3\.\d+|0x[0-9a-f]+|^[ ~^]+$|\d", re.MULTILINE)
PROBE = (
    "import importlib.metadata as m, json, sys;"
    "print(json.dumps([list(sys.version_info[:2]), sys.prefix, sys.base_prefix,"
    " sorted({d.metadata['Name'].lower().replace('_', '-') for d in m.distributions()})]))"
)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python, where it lives and what it has."""

    file: str
    short: str  # 38, 313
    prefix: str
    base: str
    packages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A few wrong lines: the files, the arguments of the interpreter, and where it may run."""

    name: str
    needs: tuple[str, ...] = ()
    run: str = "main.py"
    on: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    asks: str = ""  # of a healthy server: its port, and how many requests it gets


def probe(file: str) -> Interpreter:
    """What an interpreter says of itself."""
    said = subprocess.run([file, "-c", PROBE], check=True, capture_output=True, text=True).stdout
    version, prefix, base, packages = json.loads(said)
    return Interpreter(file, f"{version[0]}{version[1]}", prefix, base, frozenset(packages))


def snippets(folder: Path) -> Iterator[Snippet]:
    """Every snippet of the data files; `#%% name | key: value` begins one, `#%% file: name` another file of it."""
    for file in sorted(folder.glob("*.txt")):
        pieces = HEADER.split(file.read_text())[1:]
        snippet = Snippet("")
        for head, body in zip(pieces[::2], pieces[1::2], strict=True):
            if head.startswith("file: "):
                snippet.files[head.removeprefix("file: ")] = body.lstrip("\n")
                continue
            if snippet.name:
                yield snippet
            snippet = _snippet(head, body.lstrip("\n"))
        yield snippet


def _snippet(head: str, body: str) -> Snippet:
    name, *options = (part.strip() for part in head.split("|"))
    said = dict(option.split(": ", 1) for option in options)
    unknown = said.keys() - {"needs", "run", "on", "asks"}
    if unknown:
        raise SystemExit(f"{name}: there is no option {sorted(unknown)}")
    files = {"main.py": body} if body.strip() else {}
    needs, on = tuple(said.get("needs", "").split()), tuple(said.get("on", "").split())
    return Snippet(name, needs, said.get("run", "main.py"), on, files, said.get("asks", ""))


def choose(snippet: Snippet, interpreters: list[Interpreter]) -> list[Interpreter]:
    """Those that its `on:` names, else one that its own name decides; each has what the snippet needs."""
    able = [one for one in interpreters if one.packages.issuperset(snippet.needs)]
    if snippet.on:
        return [one for one in able if one.short in snippet.on]
    first = zlib.crc32(snippet.name.encode()) % max(len(able), 1)
    return able[first : first + 1]


def run(snippet: Snippet, interpreter: Interpreter) -> str:
    """What a run of the snippet prints on standard error (pytest: on standard output), with neutral paths."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made).resolve()
        command = lay(snippet, interpreter, folder)
        try:
            done = subprocess.run(
                command, check=False, cwd=folder, env=environment(interpreter, folder), timeout=TIMEOUT,
                stdin=subprocess.DEVNULL, capture_output=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return ""
        said = done.stderr + (done.stdout if "pytest" in snippet.needs else b"")
    return neutral(said.decode(errors="replace"), interpreter, folder)


def lay(snippet: Snippet, interpreter: Interpreter, folder: Path) -> list[str]:
    """Write the files of a snippet; the command that runs it."""
    for name, text in snippet.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    words = (str(folder / word) if word == "main.py" else word for word in shlex.split(snippet.run))
    return [interpreter.file, *words]


def environment(interpreter: Interpreter, folder: Path) -> dict[str, str]:
    """What a run may know of this machine: next to nothing."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    own = {"HOME": str(folder), "LANG": "C.UTF-8", "TERM": "dumb", "NO_COLOR": "1", "AWS_EC2_METADATA_DISABLED": "true"}
    python = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "VIRTUAL_ENV": interpreter.prefix}
    return kept | own | python


def neutral(text: str, interpreter: Interpreter, folder: Path) -> str:
    """The text as if it had been made in /srv/app."""
    for place, neutral in (
        (str(folder), "/srv/app"), (interpreter.prefix, "/srv/app/.venv"), (interpreter.base, "/usr/local"),
        (str(Path.home()), "/home/app"), (tempfile.gettempdir(), "/tmp"), (socket.gethostname(), "web-1"),
    ):  # fmt: skip
        text = text.replace(place, neutral)
    return text.replace("\r\n", "\n").strip("\n") + "\n"


def make(snippet: Snippet, chosen: list[Interpreter], folder: Path) -> Iterator[str]:
    """Write what each run prints, once; what is said here is why one is not kept."""
    if not chosen:
        yield f"{snippet.name}: no interpreter has {' '.join(snippet.needs)}"
    seen: set[str] = set()
    for interpreter in chosen:
        text, name = run(snippet, interpreter), f"{snippet.name}-{interpreter.short}"
        if VARYING.sub("", text) in seen:
            continue
        seen.add(VARYING.sub("", text))
        if not parse(read(text.encode())):
            yield f"{name}: no crash is read in {text[-200:]!r}"
        elif len(text) > MAX_TEXT:
            yield f"{name}: too long ({len(text)})"
        else:
            (folder / f"{name}.txt").write_text(text)


def main(arguments: list[str]) -> int:
    """Run all snippets; 1 when one gave nothing that could be kept."""
    parser = argparse.ArgumentParser(prog="python -m bench.ordinary", description=__doc__.splitlines()[0])
    parser.add_argument("interpreters", nargs="+", help="Pythons, each with the packages it shall crash in")
    parser.add_argument("--only", default="", help="a word of the names of the snippets to run")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the texts go")
    told = parser.parse_args(arguments)
    interpreters = [probe(file) for file in told.interpreters]
    told.folder.mkdir(parents=True, exist_ok=True)
    wanted = [one for one in snippets(SNIPPETS) if told.only in one.name]
    with ThreadPoolExecutor(max_workers=4) as pool:
        jobs = [
            pool.submit(lambda one: list(make(one, choose(one, interpreters), told.folder)), snippet)
            for snippet in wanted
        ]
        complaints = [complaint for job in jobs for complaint in job.result()]
    print("\n".join(complaints))
    print(f"{len(wanted)} snippets, {len(list(told.folder.glob('*.txt')))} texts", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
