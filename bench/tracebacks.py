"""Some thousands of real tracebacks: what Python itself prints when real code fails, on every Python found here.

They come from `bench/failing.py`, from the ordinary crashes of the tests, and from the examples of the signatures.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.settings import shipped

FAILING = Path(__file__).parent / "failing.py"
TESTS = Path(__file__).parent.parent / "tests"
OLDEST = (3, 8)
FAILURES = 80  # of each program on each Python
SECONDS = 60.0  # for one Python
MARK = "Traceback (most recent call last):"
# what differs between two runs of the same thing
VARYING = re.compile(r"0x[0-9a-f]+|\d")


def pythons() -> list[str]:
    """This Python, and the others that are installed by pyenv, one of each version."""
    found = {f"{sys.version_info[0]}.{sys.version_info[1]}": sys.executable}
    for python in sorted((Path.home() / ".pyenv" / "versions").glob("*/bin/python")):
        version = re.match(r"(\d+)\.(\d+)\.", python.parent.parent.name)
        if version and (int(version[1]), int(version[2])) >= OLDEST:
            found.setdefault(f"{version[1]}.{version[2]}", str(python))
    return list(found.values())


def tracebacks(folder: Path) -> list[str]:
    """Distinct real tracebacks, in an order that does not change; kept in this folder once they are made."""
    kept = folder / "tracebacks.jsonl"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        distinct = {VARYING.sub("", text): text for text in _made()}
        kept.write_text("".join(f"{json.dumps(text)}\n" for text in distinct.values()))
    with kept.open() as lines:
        return [json.loads(line) for line in lines]


def _made() -> Iterator[str]:
    for file in sorted([*TESTS.glob("ordinary/crashes/*.txt"), *shipped("signatures").glob("*/*.match.*.txt")]):
        text = file.read_text(errors="replace")
        if MARK in text:
            yield text
    for python in pythons():
        yield from failures(python)


def failures(python: str) -> Iterator[str]:
    """What the programs print on this Python."""
    with tempfile.TemporaryFile("w+") as printed:
        command = [python, str(FAILING), str(FAILURES)]
        try:
            subprocess.run(command, check=False, stdout=printed, stderr=subprocess.DEVNULL, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            print(f"{python} was stopped after {SECONDS:.0f} seconds", file=sys.stderr)
        printed.seek(0)
        whole = [line for line in printed if line.endswith("\n")]
    yield from (text for text in map(json.loads, whole) if MARK in text)
