"""Debian's daemons with their ordinary configuration, against a real server: the crashes they carry come out diagnosed."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from app.web.shippers import FOLDER, address_of, filled
from tests.shippers.debian import PATIENCE, append, free_port, listens, program, rsyslog_modules, running

if TYPE_CHECKING:
    from tests.shippers.conftest import Counted, Server, Shop

pytestmark = pytest.mark.shippers

KNOWN = ("uvicorn-1317", "OSError: [WinError 87] The parameter is incorrect")
UNKNOWN = (None, "KeyError: 'dsn'")
Logs = dict[str, Path]


def failures(counted: list[Counted]) -> list[tuple[tuple[str | None, str], str | None, int]]:
    """What failed in which service, and how often."""
    return [((one.signature, one.error), one.service, one.count) for one in counted]


@pytest.fixture
def logs(tmp_path: Path, known: Path, unknown: Path) -> Logs:
    """The log files of two services, each with its crash and a calm line after it."""
    files = {"web": tmp_path / "web.log", "shop": tmp_path / "shop.log"}
    for file, crash in zip(files.values(), (known, unknown), strict=True):
        append(file, crash.read_text().rstrip("\n") + "\nINFO:     all is well\n")
    return files


def told(file: str, shop: Shop) -> str:
    """The configuration that the source's page shows for it."""
    return filled((FOLDER / file).read_text(), address_of(shop.url), shop.key)


# What stands in syslog-ng's configuration for each way to send, and the path that it sends to.
SYSLOG_NG: dict[str, Callable[[Shop], str]] = {
    "a line a request": lambda shop: f'http(url("{shop.url}/ingest?token={shop.key}"))',
    "a JSON array": lambda shop: (
        f"""http(
        url("{shop.url}/ingest") headers("Authorization: Bearer {shop.key}", "Content-Type: application/json")
        batch-lines(100) batch-timeout(200) body-prefix("[") delimiter(",") body-suffix("]")
        body("$(format-json --scope rfc5424 --key ISODATE)"))"""
    ),
    # One worker: the four that it has by itself deal the lines of a crash out among them, and send them in no order.
    "elasticsearch-http": lambda shop: (
        f"""elasticsearch-http(
        url("{shop.url}/elastic/_bulk") index("logs") type("") workers(1)
        headers("Authorization: Bearer {shop.key}", "Content-Type: application/x-ndjson"))"""
    ),
}


@pytest.mark.parametrize("destination", SYSLOG_NG.values(), ids=SYSLOG_NG)
def syslog_ng(tmp_path: Path, logs: Logs, rest: str) -> list[str | Path]:
    """The command of a syslog-ng that follows these files as `s_src`."""
    command = program("syslog-ng")
    sources = "\n".join(
        f'file("{file}" flags(no-parse) program-override("{name}") follow-freq(0.1));' for name, file in logs.items()
    )
    config = tmp_path / "syslog-ng.conf"
    config.write_text(f'@version: 3.38\n@include "scl.conf"\nsource s_src {{ {sources} }};\n{rest}\n')
    files = [f"--{name}={tmp_path / name}" for name in ("persist-file", "control", "pidfile")]
    return [command, "--foreground", "--stderr", "--no-caps", f"--cfgfile={config}", *files]


@pytest.mark.parametrize("destination", SYSLOG_NG.values(), ids=SYSLOG_NG)
def test_syslog_ng(shop: Shop, tmp_path: Path, logs: Logs, destination: Callable[[Shop], str]) -> None:
    """Lines of two files through one destination: the programs keep them apart, and are the services."""
    rest = f"destination d_tracelore {{ {destination(shop)}; }};\nlog {{ source(s_src); destination(d_tracelore); }};"
    with running(syslog_ng(tmp_path, logs, rest), tmp_path / "syslog-ng.log", ready=lambda: True):
        assert failures(shop.counted(2)) == [(UNKNOWN, "shop", 1), (KNOWN, "web", 1)]


def test_syslog_ng_as_the_page_of_the_source_says(shop: Shop, tmp_path: Path, logs: Logs) -> None:
    with running(syslog_ng(tmp_path, logs, told("syslog-ng.conf", shop)), tmp_path / "log", ready=lambda: True):
        assert failures(shop.counted(2)) == [(UNKNOWN, "shop", 1), (KNOWN, "web", 1)]


def rsyslog(tmp_path: Path, rest: str) -> list[str | Path]:
    """The command of an rsyslog that follows files and listens, as the rest of its configuration says."""
    command = program("rsyslogd")
    config = tmp_path / "rsyslog.conf"
    loaded = "\n".join(f'module(load="{name}")' for name in ("imfile", "imtcp"))
    config.write_text(f'global(workDirectory="{tmp_path}")\n{loaded}\n{rest}\n')
    return [command, "-n", "-f", config, "-i", tmp_path / "rsyslog.pid", "-M", rsyslog_modules()]


def rulesets(shops: dict[str, Shop]) -> str:
    """What sends to Elasticsearch's API of these sources, with the template that rsyslog has by itself."""
    each = (
        f"""ruleset(name="{name}") {{ action(type="omelasticsearch" server="127.0.0.1" serverport="{shop.port}"
        uid="tracelore" pwd="{shop.key}" searchIndex="logs" searchType="" bulkmode="on") }}"""
        for name, shop in shops.items()
    )
    return "\n".join(['module(load="omelasticsearch")', *each])


def test_rsyslog_follows_files(server: Server, tmp_path: Path, logs: Logs) -> None:
    r"""Line by line, and a crash in one message, whose newlines it writes as `\n`; its template names no program."""
    shops = {name: server.shop(f"rsyslog-{name}") for name in logs}
    begins = {"web": "", "shop": r'startmsg.regex="^(20[0-9][0-9]-|INFO)" readTimeout="1"'}
    inputs = "\n".join(
        f'input(type="imfile" file="{file}" tag="{name}:" ruleset="{name}" {begins[name]})'
        for name, file in logs.items()
    )
    command = rsyslog(tmp_path, f"{rulesets(shops)}\n{inputs}")
    with running(command, tmp_path / "rsyslog.log", ready=lambda: True):
        assert failures(shops["web"].counted()) == [(KNOWN, None, 1)]
        assert failures(shops["shop"].counted()) == [(UNKNOWN, None, 1)]


def test_rsyslog_as_the_page_of_the_source_says(shop: Shop, tmp_path: Path, logs: Logs) -> None:
    """Its template names the program, which is the service."""
    inputs = "\n".join(f'input(type="imfile" file="{file}" tag="{name}:")' for name, file in logs.items())
    command = rsyslog(tmp_path, f"{told('rsyslog-omelasticsearch.conf', shop)}\n{inputs}")
    with running(command, tmp_path / "rsyslog.log", ready=lambda: True):
        assert failures(shop.counted(2)) == [(UNKNOWN, "shop", 1), (KNOWN, "web", 1)]


def test_rsyslog_takes_from_the_network(shop: Shop, tmp_path: Path, known: Path, unknown: Path) -> None:
    """Control characters come as `#012`, which is its default."""
    port = free_port()
    inputs = f'input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="all")'
    command = rsyslog(tmp_path, f"{rulesets({'all': shop})}\n{inputs}")
    with running(command, tmp_path / "rsyslog.log", ready=lambda: listens(port)):
        for host, crash in (("web", known), ("shop", unknown)):
            message = f"<11>Nov 22 10:00:00 {host} app[7]: {crash.read_text()}".encode()
            with socket.create_connection(("127.0.0.1", port)) as sender:
                sender.sendall(b"%d %b" % (len(message), message))  # its length first: it has newlines
        assert failures(shop.counted(2)) == [(UNKNOWN, None, 1), (KNOWN, None, 1)]


def test_alertmanager(shop: Shop, tmp_path: Path, known: Path, unknown: Path) -> None:
    """The tracebacks stand in annotations of alerts, whose labels name the service."""
    port = free_port()
    config = tmp_path / "alertmanager.yml"
    config.write_text(
        "route: {receiver: desk, group_by: ['...'], group_wait: 0s}\n"
        "receivers:\n  - name: desk\n    webhook_configs:\n"
        f"      - url: {shop.url}/hooks/alertmanager\n"
        f"        http_config: {{authorization: {{type: Bearer, credentials: {shop.key}}}}}\n"
    )
    command = [
        program("prometheus-alertmanager"), f"--config.file={config}", f"--storage.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    alerts = [
        {
            "labels": {"alertname": "WorkersDie", "service": service},
            "annotations": {"summary": "A worker died.", "traceback": crash.read_text()},
        }
        for service, crash in (("web", known), ("shop", unknown))
    ]
    with running(command, tmp_path / "alertmanager.log", ready=lambda: listens(port)):
        url, headers = f"http://127.0.0.1:{port}/api/v2/alerts", {"Content-Type": "application/json"}
        with urlopen(Request(url, json.dumps(alerts).encode(), headers), timeout=PATIENCE) as answer:
            assert answer.status == 200
        assert failures(shop.counted(2)) == [(UNKNOWN, "shop", 1), (KNOWN, "web", 1)]


def test_the_journals_upload(shop: Shop, tmp_path: Path, logs: Logs) -> None:
    """A journal of two units, an entry a line, in one chunked request; what is taken is not sent again."""
    exported, journal = tmp_path / "two.export", tmp_path / "two.journal"
    exported.write_text("\n".join(entries(logs)))
    run(program("systemd-journal-remote"), f"--output={journal}", exported)
    state = tmp_path / "state"
    url = f"--url={shop.url}/journal/{shop.key}"  # it adds /upload
    for _ in range(2):
        run(program("systemd-journal-upload"), url, f"--file={journal}", f"--save-state={state}", "--follow=no")
        assert failures(shop.counted(2)) == [(UNKNOWN, "shop", 1), (KNOWN, "web", 1)]
    lines = sum(len(file.read_text().splitlines()) for file in logs.values())
    assert shop.received(lines).records == lines


def entries(logs: Logs) -> list[str]:
    """The lines of both logs as `journalctl -o export` would print them."""
    lines = [(name, line) for name, file in logs.items() for line in file.read_text().splitlines()]
    return [
        f"__REALTIME_TIMESTAMP={1_795_364_504_000_000 + at}\n__MONOTONIC_TIMESTAMP={at}\n_BOOT_ID={1:032x}\n"
        f"_HOSTNAME=desk\n_SYSTEMD_UNIT={name}.service\n_PID={len(name)}\nPRIORITY=3\nMESSAGE={line}\n"
        for at, (name, line) in enumerate(lines, start=1)
    ]


def run(*command: str | Path) -> None:
    """A program that comes to its end by itself, without an error."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
