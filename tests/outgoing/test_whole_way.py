"""From a shipper's lines to a signed webhook and back in again, through the whole application."""

from __future__ import annotations

import json

from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings, shipped
from app.store.database import Sessions
from app.store.sources import add_key
from app.store.subscriptions import Wish, add_hook
from tests.outgoing.receiving import LOOPBACK, Receiver

KNOWN = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()


def test_a_known_bug_in_a_shippers_lines_is_told_once(database_url: str, receiver: Receiver) -> None:
    base = "https://tracelore.example.org"
    app = create_app(Settings(database_url=database_url, hook_networks=LOOPBACK, base_url=base))
    sessions: Sessions = app.state.sessions
    with sessions.begin() as session:
        key = add_key(session, "shop")
        hook, slack = (add_hook(session, Wish(receiver.url + kind, kind=kind)) for kind in ("standard", "slack"))
    with TestClient(app) as client:
        for pod in ("a", "b"):
            lines = [{"log": line, "pod": pod, "service": "web"} for line in KNOWN.splitlines()]
            assert client.post("/ingest", json=lines, headers={"X-Api-Key": key}).status_code == 200
        by_path = {one.path: one for one in receiver.wait_for(2)}
        came = by_path["/hookstandard"]
        told = Webhook(hook.secret).verify(came.body, dict(came.headers))
        path = told["data"]["links"]["diagnosis"].removeprefix(base)
        assert client.get(f"/api/v1{path}").json()["verdict"] == "match"
        assert client.get(told["data"]["links"]["signature"].removeprefix(base)).status_code == 200
    assert (told["type"], told["data"]["signature"], told["data"]["service"]) == (
        "crash.known.first",
        "uvicorn-1317",
        "web",
    )
    assert len(receiver.came) == 2
    message = by_path["/hookslack"]
    Webhook(slack.secret).verify(message.body, dict(message.headers))
    shown = json.loads(message.body)["blocks"][-1]["elements"][0]["elements"][0]["text"]
    assert "Traceback (most recent call last):" in shown
    assert "WinError 87" in shown


def test_what_we_send_we_could_take_ourselves(database_url: str, receiver: Receiver) -> None:
    """Our own door for Standard Webhooks judges the signature as right."""
    with_key = Settings(database_url=database_url, hook_networks=LOOPBACK)
    app = create_app(with_key)
    sessions: Sessions = app.state.sessions
    with sessions.begin() as session:
        key = add_key(session, "shop")
        hook = add_hook(session, Wish(receiver.url))
    with TestClient(app) as client:
        client.post("/ingest", content=KNOWN, headers={"X-Api-Key": key})
        (came,) = receiver.wait_for(1)
    app.state.settings = with_key.model_copy(update={"hook_secrets": {"standard": SecretStr(hook.secret)}})
    with TestClient(app) as client:
        assert client.post("/hooks/standard", content=came.body, headers=dict(came.headers)).status_code == 200
        wrong = client.post("/hooks/standard", content=came.body + b" ", headers=dict(came.headers))
        assert wrong.status_code == 401
