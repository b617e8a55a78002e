"""Makes the healthy logs of tests/ordinary/logs: real programs that are well, run for a moment on this machine alone.

    python -m bench.healthy ~/venv-3.12/bin/python [--only word] [--folder folder]

A server gets its requests from here and is then asked to stop, as by Ctrl+C; the rest end by themselves. A program that
prints a traceback is not well, and its log is not kept.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from app.crash.text import read
from app.crash.traceback import parse
from bench.ordinary import Interpreter, Snippet, environment, lay, neutral, probe, snippets

PROGRAMS = Path(__file__).parent / "healthy_programs"
FOLDER = Path(__file__).parent.parent / "tests" / "ordinary" / "logs"
PATIENCE = 60.0  # seconds until a server must listen, and until it must have stopped
PAGES = ("/", "/orders", "/orders/{}", "/orders/{}/items?sort=price", "/fruit/{}.html", "/health", "/search?q=plum+{}")
AGENTS = ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "curl/8.5.0", "kube-probe/1.31")


def ask(port: int, requests: int) -> None:
    """Send a server its requests, over a few connections, one after another."""
    _wait_for(port)
    number = count(1)
    while block := list(islice(number, min(100, requests))):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        for one in block:
            page = PAGES[one * 31 % len(PAGES)].format(one * 7919 % 10_007)
            method = "POST" if one % 13 == 0 else "GET"
            connection.request(method, page, headers={"User-Agent": AGENTS[one * 17 % len(AGENTS)]})
            connection.getresponse().read()
        connection.close()
        if block[-1] >= requests:
            return


def _wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.2)
    raise SystemExit(f"nothing listens on port {port}")


def run(program: Snippet, interpreter: Interpreter) -> str:
    """All that a program prints until it ends, with neutral paths."""
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryFile() as log:
        folder = Path(made).resolve()
        process = subprocess.Popen(
            lay(program, interpreter, folder), cwd=folder, env=environment(interpreter, folder),
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            if program.asks:
                ask(*map(int, program.asks.split()))
                process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        log.seek(0)
        return neutral(log.read().decode(errors="replace"), interpreter, folder)


def make(program: Snippet, interpreter: Interpreter, folder: Path) -> Iterator[str]:
    """Keep the log of a program that was well; what is said here is why it is not kept."""
    text = run(program, interpreter)
    if parse(read(text.encode())):
        yield f"{program.name}: is not well:\n{text[-2000:]}"
    else:
        (folder / f"{program.name}.log.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
        print(f"{program.name}: {text.count(chr(10))} lines", file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Run all programs; 1 when one was not well."""
    parser = argparse.ArgumentParser(prog="python -m bench.healthy", description=__doc__.splitlines()[0])
    parser.add_argument("interpreter", help="a Python that has every package the programs need")
    parser.add_argument("--only", default="", help="a word of the names of the programs to run")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the logs go")
    told = parser.parse_args(arguments)
    interpreter = probe(told.interpreter)
    told.folder.mkdir(parents=True, exist_ok=True)
    programs = [one for one in snippets(PROGRAMS) if told.only in one.name]
    lacking = {name for one in programs for name in one.needs} - interpreter.packages
    if lacking:
        raise SystemExit(f"{told.interpreter} lacks {' '.join(sorted(lacking))}")
    complaints = [complaint for one in programs for complaint in make(one, interpreter, told.folder)]
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
