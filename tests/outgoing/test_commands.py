"""Webhooks from the command line, as an operator makes, tries and replays them."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from app.cli.main import main
from app.outgoing.courier import deliver
from app.outgoing.send import Office
from app.store.database import connect, session_factory
from app.store.deliveries import claim
from tests.outgoing.receiving import LOOPBACK, Receiver
from tests.outgoing.test_courier import write


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'file.db')}"


@pytest.fixture
def run(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TRACELORE_DATABASE_URL", url)
    monkeypatch.setenv("TRACELORE_BASE_URL", "https://tracelore.example.org")
    monkeypatch.setenv("TRACELORE_HOOK_NETWORKS", "127.0.0.0/8")

    def run(*args: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["tracelore", "hook", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


def test_a_webhook_is_made_and_its_secret_shown_once(run: Run, receiver: Receiver) -> None:
    made = run("add", receiver.url, "--on", "crash.regression", "--service", "web", "--rate", "20/5")
    assert made.code == 0
    secret = made.out.strip()
    assert secret.startswith("whsec_")
    listed = run("list").out
    assert f"1  standard  {receiver.url}" in listed
    assert "crash.regression; rate 20/5; service web" in listed
    assert secret not in listed
    assert run("test", 1).out.strip() == "answered 204"
    (came,) = receiver.came
    assert Webhook(secret).verify(came.body, dict(came.headers))["type"] == "hook.test"
    assert run("remove", 1).code == 0
    nothing = run("list")
    assert (nothing.out, "There is no webhook yet" in nothing.err) == ("", True)


@pytest.mark.parametrize("kind", ["standard", "slack", "github", "gitlab"])
def test_a_test_may_be_looked_at_before_it_is_sent(run: Run, receiver: Receiver, kind: str) -> None:
    run("add", receiver.url, "--kind", kind)
    printed = json.loads(run("test", 1, "--print").out)
    assert receiver.came == []
    assert run("test", 1).code == 0
    assert json.loads(receiver.came[0].body) == printed


def test_a_test_that_is_not_taken_says_why(run: Run, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    run("add", receiver.url)
    receiver.answers = [(404, {})]
    failed = run("test", 1)
    assert (failed.code, failed.err.strip()) == (1, "answered 404")
    monkeypatch.delenv("TRACELORE_HOOK_NETWORKS")
    assert "TRACELORE_HOOK_NETWORKS" in run("test", 1).err


def test_what_was_given_up_is_listed_and_replayed(run: Run, receiver: Receiver, url: str) -> None:
    run("add", receiver.url)
    engine = connect(url)
    sessions = session_factory(engine)
    name = write(sessions, 1, at=datetime.now(UTC))
    receiver.answers = [(410, {})]
    with sessions.begin() as session:
        mine = claim(session, datetime.now(UTC))
    assert mine is not None
    deliver(sessions, Office(LOOPBACK), mine, lambda: datetime.now(UTC), 0.5)
    dead = run("deliveries", 1, "--state", "dead").out
    assert f"{name}  webhook 1  crash.known.first  uvicorn-1317" in dead
    assert "1 tries: answered 410" in dead
    assert "disabled since" in run("list").out
    assert "no delivery 'msg_none'" in run("replay", 1, "--delivery", "msg_none").err
    assert run("replay", 1).out == "1 will be sent again\n"
    assert name in run("deliveries", "--state", "waiting").out
    assert "disabled" not in run("list").out
    engine.dispose()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("add", "ftp://example.org/"), "must be http"),
        (("add", "http://example.org/", "--on", "crash.all"), "There are these events"),
        (("add", "http://example.org/", "--rate", "often"), "10/10"),
        (("add", "http://example.org/", "--header", "X-A"), "'Name: value'"),
        (("test", 7), "no webhook 7"),
        (("remove", 7), "no webhook 7"),
    ],
)
def test_what_is_wrong_is_said(run: Run, args: tuple[object, ...], told: str) -> None:
    ran = run(*args)
    assert ran.code == 2
    assert told in ran.err
