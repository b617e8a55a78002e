"""Debian's daemons as processes of a test's own: where they are, how they start, and what to install where they lack."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 60.0  # seconds for what takes one
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tracelore" / "debian"
SYSTEMD = Path("/lib/systemd")
# rsyslog can't be installed beside syslog-ng: its packages are unpacked, and found here as if they were.
UNPACKED = ("rsyslog", "rsyslog-elasticsearch")
SBIN = ("/usr/sbin", "/usr/bin", "/sbin", str(CACHE / "usr/sbin"), str(SYSTEMD))

# program -> what `apt-get install` needs to have it
PACKAGES = {
    "syslog-ng": "syslog-ng-core syslog-ng-mod-http syslog-ng-scl",
    "rsyslogd": "libestr0 libfastjson4 libcurl4, and unpacked as .ci/run does: rsyslog rsyslog-elasticsearch",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "systemd-journal-upload": "systemd-journal-remote",
    "systemd-journal-remote": "systemd-journal-remote",
}


def program(name: str) -> str:
    """The path of a daemon. Where it is missing the test is skipped, and with CI=true it fails, saying what to install."""
    found = shutil.which(name, path=os.pathsep.join(SBIN))
    if found is None:
        missing = f"{name} is missing: apt-get install {PACKAGES[name]}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def rsyslog_modules() -> Path:
    """The folder of rsyslog's modules, of the unpacked packages or of the installed ones."""
    folders = [*CACHE.glob("usr/lib/*/rsyslog"), *Path("/usr/lib").glob("*/rsyslog")]
    return next(folder for folder in folders if (folder / "omelasticsearch.so").exists())


@contextmanager
def running(command: Sequence[str | Path], log: Path, ready: Callable[[], bool]) -> Iterator[None]:
    """A daemon in the foreground from the moment it is ready until the block ends."""
    with log.open("wb") as written, subprocess.Popen(command, stdout=written, stderr=written) as process:
        try:
            until = time.monotonic() + PATIENCE
            while not ready():
                assert process.poll() is None, log.read_text(errors="replace")
                assert time.monotonic() < until, f"{command[0]} is not ready: {log.read_text(errors='replace')}"
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE / 6)
            except subprocess.TimeoutExpired:
                process.kill()


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that nobody has right now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def append(file: Path, text: str) -> None:
    """Write to the end of a log, as the program does whose log it is."""
    with file.open("a") as log:
        log.write(text)
