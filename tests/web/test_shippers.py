"""The configurations that are shown for each sender: whole, and with addresses that this server answers."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from sentry_sdk.utils import Dsn
from starlette.testclient import TestClient

from app.web.shipper_table import SHIPPERS, Asked
from app.web.shippers import FOLDER, MARK, address_of, filled, setup

KEY = "tl_" + "Kk0" * 14 + "x"
BASE = "https://tracelore.example.org"
FILES = [one for shipper in SHIPPERS for one in shipper.files]
POSTED = [one for one in FILES if one.to is not None]


def shell(text: str) -> None:
    subprocess.run(["bash", "-n"], input=text, text=True, check=True, capture_output=True)


def balanced(text: str) -> None:
    """Every bracket and quote is closed: what can be said of a language that nothing here reads."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    assert bare.count('"') % 2 == 0
    waiting: list[str] = []
    for char in bare:
        if char in "([{":
            waiting.append({"(": ")", "[": "]", "{": "}"}[char])
        elif char in ")]}":
            assert waiting.pop() == char
    assert not waiting


def tags(text: str) -> None:
    opened: list[str] = []
    for end, name in re.findall(r"^\s*<(/?)(\w+)[^>]*>$", text, re.MULTILINE):
        if end:
            assert opened.pop() == name
        else:
            opened.append(name)
    assert not opened


PARSERS: dict[str, Callable[[str], object]] = {
    ".yaml": yaml.safe_load,
    ".yml": yaml.safe_load,
    ".json": json.loads,
    ".toml": tomllib.loads,
    ".sh": shell,
    ".txt": lambda text: compile(text, "snippet", "exec"),
    ".alloy": balanced,
    ".conf": balanced,
}
OWN: dict[str, Callable[[str], object]] = {
    "journal-upload.conf": lambda text: configparser.ConfigParser().read_string(text),
    "fluentd.conf": tags,
}


def written(one: Asked, base: str = BASE) -> str:
    return filled((FOLDER / one.file).read_text(), address_of(base), KEY)


@pytest.mark.parametrize("one", FILES, ids=lambda one: one.file)
@pytest.mark.parametrize("base", [BASE, "http://127.0.0.1:8000", "http://[2001:db8::1]:8000"])
def test_a_configuration_parses(one: Asked, base: str) -> None:
    text = written(one, base)
    OWN.get(one.file, PARSERS[Path(one.file).suffix])(text)
    assert not MARK.search(text)


def test_every_file_belongs_to_a_sender_and_every_sender_is_told_once() -> None:
    assert sorted(one.file for one in FILES) == sorted(file.name for file in FOLDER.iterdir())
    assert len({one.id for one in SHIPPERS}) == len(SHIPPERS)
    shown = setup(address_of(BASE)).senders
    assert [one.chosen for one in shown].count(True) == 1
    ids = [snippet.id for one in shown for snippet in one.snippets]
    assert len(ids) == len(set(ids))


def test_every_configuration_sends_where_this_server_takes_it(local_client: TestClient) -> None:
    """Each path is a door that asks for a key; beside it, no door is."""
    for one in POSTED:
        path = str(one.to).replace("@KEY@", "no-key-at-all")
        assert local_client.post(path, content=b"x").status_code in {401, 403}, one.file
        assert local_client.post(f"{path}-nowhere", content=b"x").status_code in {404, 405}, one.file


@pytest.mark.parametrize("one", POSTED, ids=lambda one: one.file)
@pytest.mark.parametrize("base", [BASE, f"{BASE}:8443"])
def test_the_address_in_it_is_the_one_it_sends_to(one: Asked, base: str) -> None:
    text = written(one, base)
    path = str(one.to).replace("@KEY@", KEY).removesuffix(one.adds)
    urls = re.findall(r"https://[^\s\"'?]+", text)
    if one.file.startswith("sentry"):
        dsn = Dsn(urls[0])
        assert (dsn.to_auth().get_api_url(), dsn.public_key) == (f"{base}/api/1/envelope/", KEY)
    elif urls:
        assert base + path in [re.sub(r"tracelore:\w+@", "", url).replace(":443/", "/") for url in urls]
    else:
        port = base.removeprefix(BASE).removeprefix(":") or "443"
        assert re.search(r"[ \"]tracelore\.example\.org\b", text)
        assert re.search(rf"(?i)port\"?\s*[:=]?\s*\"?{port}\b", text)
        assert path.removeprefix("/") in text


@pytest.mark.parametrize("one", POSTED, ids=lambda one: one.file)
def test_the_key_is_in_it_unless_it_is_signed(one: Asked) -> None:
    assert (KEY in written(one)) != (one.file == "github.sh")


@pytest.mark.skipif(
    shutil.which("amtool") is None, reason="there is no amtool: apt-get install prometheus-alertmanager"
)
def test_alertmanager_itself_takes_its_configuration(tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text((FOLDER / "alertmanager.yml").read_text().replace("@BASE@", BASE).replace("@KEY@", KEY))
    subprocess.run(["amtool", "check-config", str(file)], check=True, capture_output=True)


@pytest.mark.skipif(
    shutil.which("syslog-ng") is None, reason="there is no syslog-ng: apt-get install syslog-ng-core syslog-ng-mod-http"
)
def test_syslog_ng_itself_takes_its_configuration(tmp_path: Path) -> None:
    file = tmp_path / "syslog-ng.conf"
    own = filled((FOLDER / "syslog-ng.conf").read_text(), address_of(BASE), KEY)
    file.write_text(f"@version: 3.38\nsource s_src {{ internal(); }};\n{own}\n")
    subprocess.run(["syslog-ng", "--syntax-only", f"--cfgfile={file}"], check=True, capture_output=True)
