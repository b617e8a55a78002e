"""`tracelore scan` as it is typed: what it prints where, its exit codes, and what may come in."""

from __future__ import annotations

import csv
import fcntl
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import termios
import time
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import cli
from app.folders import cache_folder, signature_folder
from app.scan import show
from app.scan.cluster import by_cluster
from app.scan.files import listed
from app.scan.part import COMPLETE
from app.scan.spread import added_up, here, tasks_of
from app.scan.work import Work
from app.settings import Settings, shipped

ROOT = Path(__file__).parents[2]
FOUNDING = (ROOT / "signatures/uvicorn/uvicorn-1317.match.cli-two-workers.txt").read_bytes()
CRASH = b'Traceback (most recent call last):\n  File "/srv/a<b>.py", line 1, in f\n    g()\nValueError: =1+1\n'
ENTRY = (
    b"__CURSOR=s=1;i=%d\n__REALTIME_TIMESTAMP=17953416%02d000000\n_SYSTEMD_UNIT=shop.service\n_PID=7\nMESSAGE=%b\n\n"
)


class Tags(HTMLParser):
    """The names of a page's elements."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.seen.add(tag)


def run(*arguments: str, sent: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["scan", *arguments], input=sent)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "a.log").write_bytes(
        b"2026-11-22 10:00:00 ERROR no\n" + CRASH + b"2026-11-22 10:00:01 INFO x\n" + CRASH
    )
    (tmp_path / "b.log").write_bytes(FOUNDING)
    return tmp_path


def test_the_table_names_the_bug_its_fix_and_the_unknown(logs: Path) -> None:
    ran = run(str(logs), "--verbose")
    assert ran.exit_code == 0
    assert "3 crashes in 2 files, 2 different; 1 is a known bug." in ran.stdout
    assert "uvicorn-1317" in ran.stdout
    assert "Fix: Upgrade uvicorn to 0.18.0 or later." in ran.stdout
    assert "2026-11-22 10:00:00  2026-11-22 10:00:01  Unknown: v1:" in ran.stdout
    assert "for the traceback's header" in ran.stderr


def test_json_has_all_that_the_readme_says(logs: Path) -> None:
    found = json.loads(run(str(logs), "--json").stdout)
    readme = (ROOT / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in {*found, *found["groups"][0]} - {"groups"})
    known, unknown = found["groups"]
    assert known["signature"] == "uvicorn-1317"
    assert "Traceback (most recent call last):" in known["example"]
    assert unknown["count"] == 2
    assert unknown["files"] == [{"name": str(logs / "a.log"), "count": 2}]


def test_csv_holds_no_formula(logs: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(str(logs), "--csv").stdout)))
    assert [row["count"] for row in rows] == ["1", "2"]
    assert rows[0]["title"].startswith("Several workers on Windows")
    assert rows[1]["message"] == "'=1+1"


def test_the_page_is_one_file_without_what_a_log_could_put_in(logs: Path) -> None:
    page = logs / "out.html"
    assert run(str(logs / "a.log"), "--html", str(page)).exit_code == 0
    text = page.read_text()
    reader = Tags()
    reader.feed(text)
    assert "main" in reader.seen
    assert {"b", "link", "script", "img"}.isdisjoint(reader.seen)
    assert "/srv/a&lt;b&gt;.py" in text
    assert "prefers-color-scheme: dark" in text


def test_what_could_not_be_read_is_said_and_told_by_the_exit_code(logs: Path) -> None:
    ran = run(str(logs), "/no/such\x1b[2J")
    assert ran.exit_code == 1
    assert "there is no such file" in ran.stderr
    assert "\x1b" not in ran.stderr
    assert "3 crashes" in ran.stdout


def test_an_empty_folder_is_wrong_input(tmp_path: Path) -> None:
    ran = run(str(tmp_path))
    assert ran.exit_code != 0
    assert getattr(ran.exception, "word", None) == "no-file"


@pytest.mark.parametrize("sent", [CRASH, CRASH.decode().encode("utf-16")], ids=["as it is", "as PowerShell writes it"])
def test_standard_input_is_scanned(sent: bytes) -> None:
    ran = run("-", "--json", sent=sent)
    assert ran.exit_code == 0
    assert json.loads(ran.stdout)["crashes"] == 1


def test_a_journal_is_joined_by_its_streams(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    lines = [b"Started.", *CRASH.rstrip(b"\n").split(b"\n"), b"Stopped."]
    file.write_bytes(b"".join(ENTRY % (at, at, line) for at, line in enumerate(lines)))
    (group,) = json.loads(run(str(file), "--json").stdout)["groups"]
    assert (group["exception"], group["count"]) == ("ValueError", 1)
    assert group["first_seen"] == "2026-11-22 10:00:01"


def test_a_damaged_journal_is_said(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    file.write_bytes(ENTRY % (1, 1, b"fine") + b"MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\x7fno")
    assert run(str(file)).exit_code == 1


def test_a_dask_cluster_finds_what_one_process_finds(logs: Path) -> None:
    distributed = pytest.importorskip("distributed")
    sources, _ = listed([str(logs)])
    work = Work(shipped("signatures"), None, COMPLETE)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp://", dashboard_address=None
    ) as cluster:
        there = added_up(by_cluster(cluster.scheduler_address)(tasks_of(sources), work), [], lambda _: None)
    alone = added_up(here(tasks_of(sources), work), [], lambda _: None)
    assert show.as_csv(there) == show.as_csv(alone)
    assert there.tally.crashes == 3


SERVICE = {"fastapi", "starlette", "uvicorn", "alembic", "jinja2", "rich", "pydantic_settings"}


@pytest.mark.parametrize(
    ("command", "needed", "unneeded"),
    [("scan", "app.scan.read", SERVICE | {"sqlalchemy"}), ("diagnose", "app.diagnosis.plain", SERVICE)],
)
def test_what_scripts_run_loads_nothing_of_the_service(
    command: str, needed: str, unneeded: set[str], logs: Path
) -> None:
    told = f"import sys; sys.argv = ['tracelore', {command!r}, {str(logs / 'b.log')!r}]\n"
    told += "from app.cli.start import start\ntry:\n    start()\nexcept SystemExit as end:\n    assert not end.code\n"
    told += "print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, cwd=ROOT, text=True)
    loaded = set(ran.stdout.splitlines()[-1].split())
    assert needed in loaded
    assert not loaded & unneeded


def test_the_folders_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (signature_folder(), cache_folder()) == (Settings().signatures, Settings().cache)
    monkeypatch.setenv("TRACELORE_SIGNATURES", "/srv/signatures")
    monkeypatch.delenv("TRACELORE_CACHE", raising=False)
    monkeypatch.setenv("tracelore_cache", "/srv/cache")
    assert (signature_folder(), cache_folder()) == (Settings().signatures, Settings().cache)
    assert cache_folder() == Path("/srv/cache")
    monkeypatch.setenv("tracelore_cache", "")
    assert cache_folder() is Settings().cache is None


def test_two_forms_at_once_are_refused(logs: Path) -> None:
    ran = run(str(logs), "--json", "--csv")
    assert (ran.stdout, getattr(ran.exception, "word", None)) == ("", "one-form")


@pytest.mark.parametrize(("page", "said"), [("", "is a folder"), ("none/out.html", "There is no folder")])
def test_a_page_that_cant_be_written_is_refused_before_the_scan(page: str, said: str, logs: Path) -> None:
    ran = run(str(logs), "--html", str(logs / page))
    assert ran.stdout == ""
    assert said in str(ran.exception)


def test_the_page_of_the_last_scan_is_not_scanned(logs: Path) -> None:
    first, second = (run(str(logs), "--html", str(logs / "out.html")) for _ in range(2))
    assert "3 crashes in 2 files" in first.stdout
    assert second.stdout == first.stdout


def test_a_full_disk_is_said_in_one_line(logs: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with full.open("wb") as out:
        ran = subprocess.run(
            [sys.executable, "-m", "app.cli", "scan", str(logs)],
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
            cwd=ROOT,
        )
    assert ran.returncode == 2
    assert ran.stderr.decode().startswith("tracelore: No space left")
    assert ran.stderr.count(b"\n") == 1


SCANS_FIFOS = """
import sys
from app.scan.files import Source
from app.scan.spread import by_processes, tasks_of
from app.scan.work import Work
from app.settings import shipped

sources = [Source(number, name, "packed") for number, name in enumerate(sys.argv[1:])]
list(by_processes(len(sources))(tasks_of(sources), Work(shipped("signatures"), None, (b"Traceback",))))
"""


def test_a_scan_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    """Its processes hold its standard output open as long as there is any."""
    fifos = [tmp_path / name for name in ("a", "b")]
    for fifo in fifos:
        os.mkfifo(fifo)
    scanning = subprocess.Popen([sys.executable, "-c", SCANS_FIFOS, *map(str, fifos)], stdout=subprocess.PIPE, cwd=ROOT)
    with ExitStack() as open_files:
        for fifo in fifos:
            open_files.enter_context(fifo.open("wb"))  # as soon as a process reads it
        scanning.kill()
        scanning.communicate(timeout=60)
    assert scanning.returncode == -signal.SIGKILL


def test_a_damaged_journal_is_scanned_up_to_the_damage(tmp_path: Path) -> None:
    entries = b"".join(ENTRY % (number, number, line) for number, line in enumerate(CRASH.splitlines()))
    (tmp_path / "journal.gz").write_bytes(gzip.compress(entries)[:-9])
    ran = run(str(tmp_path / "journal.gz"))
    assert ran.exit_code == 1
    assert "1 crash in 1 file" in ran.stdout
    assert "can't be read any further" in ran.stderr


@contextmanager
def scanning(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A scan with processes of its own, all of which hear Ctrl-C as in a terminal."""
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "scan", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_what_comes_in_and_tells_what_was_found(jobs: str, tmp_path: Path) -> None:
    """As with `journalctl -f | tracelore scan -`, which has no end of its own. All processes hear it."""
    with scanning("-", "--jobs", jobs, "--html", str(tmp_path / "page.html")) as process:
        assert process.stdin
        for sent in (CRASH, FOUNDING):
            process.stdin.write(sent)
            process.stdin.flush()
            taken_from(process)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out.startswith(b"2 crashes in 1 file")
    assert b"the scan was stopped" in err
    assert b"Traceback" not in err
    assert "uvicorn-1317" in (tmp_path / "page.html").read_text()


def taken_from(process: subprocess.Popen[bytes]) -> None:
    """Wait until it has read all that was sent, and waits for more."""
    assert process.stdin
    waiting = array("i", [1])
    while waiting[0]:
        fcntl.ioctl(process.stdin, termios.FIONREAD, waiting)
        time.sleep(0.01)


def test_utf_16_without_its_mark_is_read(tmp_path: Path) -> None:
    """So the files begin that a rotation cuts out of a log, and what some programs for Windows write."""
    for encoding in ("utf-16-le", "utf-16-be"):
        (tmp_path / encoding).write_bytes((b"2026-11-22 10:00:00 ERROR no\r\n" + CRASH).decode().encode(encoding))
    ran = run(str(tmp_path))
    assert ran.stdout.startswith("2 crashes in 2 files")
    assert not ran.stderr
