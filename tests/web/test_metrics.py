"""What Prometheus is told: what this process did, and what the database says of all."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from starlette.testclient import TestClient

from app.settings import shipped
from app.store.database import Sessions
from app.store.hook_tables import DeliveryRow
from app.store.sources import add_key
from app.store.subscriptions import Wish, add_hook
from tests.outgoing.receiving import until
from tests.outgoing.test_render import NEWS

KNOWN = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()


def metrics(client: TestClient) -> dict[tuple[str, ...], float]:
    """Each sample's value by its name and the values of its labels, in the order of their names."""
    read = text_string_to_metric_families(client.get("/metrics").text)
    return {(one.name, *one.labels.values()): one.value for family in read for one in family.samples}


def key_of(client: TestClient, name: str) -> str:
    sessions: Sessions = client.app.state.sessions  # type: ignore[attr-defined]  # Starlette's app is any ASGI app
    with sessions.begin() as session:
        return add_key(session, name)


def shows(client: TestClient, wanted: dict[tuple[str, ...], float]) -> Callable[[], bool]:
    return lambda: wanted.items() <= metrics(client).items()


def test_what_a_source_sent_is_counted_by_source(client: TestClient) -> None:
    key = key_of(client, "shop")
    sent = [{"log": line, "pod": "a"} for line in KNOWN.splitlines()]
    assert client.post("/ingest", json=sent, headers={"X-Api-Key": key}).status_code == 200
    until(
        shows(
            client,
            {
                ("tracelore_source_records_total", "shop"): len(sent),
                ("tracelore_source_crashes_total", "true", "shop"): 1,
                ("tracelore_source_crashes_total", "false", "shop"): 0,
                ("tracelore_inbox_rows", "crashes"): 0,
                ("tracelore_inbox_characters",): 0,
                ("tracelore_database_up",): 1,
            },
        )
    )


def test_what_is_not_taken_is_counted_by_door_and_reason(local_client: TestClient) -> None:
    local_client.post("/ingest/", content=b"x")
    local_client.post("/v1/input/not-a-key", content=b"x")
    local_client.post("/hooks/github", content=b"x")
    found = metrics(local_client)
    name = "tracelore_requests_refused_total"
    assert found[name, "/ingest", "no_key"] == 1
    assert found[name, "/v1/input/{key}", "wrong_key"] == 1
    assert found[name, "/hooks/github", "bad_signature"] == 1
    assert not [one for one in found if "not-a-key" in repr(one)]


def test_deliveries_are_counted_by_outcome(client: TestClient) -> None:
    """To an address that nothing is sent to, so that the first try fails."""
    sessions: Sessions = client.app.state.sessions  # type: ignore[attr-defined]  # as above
    with sessions.begin() as session:
        hook = add_hook(session, Wish("http://127.0.0.1:9/", kind="slack")).id
        now = datetime.now(UTC)
        news, state = NEWS.as_record(), "waiting"
        session.add(DeliveryRow(id="msg_1", hook=hook, event="x", news=news, state=state, made=now, due=now, tries=0))
    name = ("tracelore_deliveries_total", "slack", "failed")
    until(shows(client, {name: 1, ("tracelore_deliveries_standing", "waiting"): 1}))


def test_numbers_are_told_although_the_database_is_not_as_it_should_be(local_client: TestClient) -> None:
    with local_client.app.state.engine.begin() as connection:  # type: ignore[attr-defined]  # as above
        connection.execute(text("ALTER TABLE hook_deliveries RENAME TO elsewhere"))
    found = metrics(local_client)
    assert found["tracelore_database_up",] == 0
    assert ("tracelore_signatures",) in found
    assert not [one for one in found if one[0].startswith("tracelore_source")]


def test_each_family_says_what_it_is(local_client: TestClient) -> None:
    told = local_client.get("/metrics").text
    families = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE tracelore_")}
    assert families
    assert families <= {line.split()[2] for line in told.splitlines() if re.match(r"# HELP \S+ \S", line)}
