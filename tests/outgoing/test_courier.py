"""News arrive at least once under one id, one at a time for each receiver, whoever sends and whatever is answered."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.outgoing.courier import Courier, deliver
from app.outgoing.schedule import BACKOFF
from app.outgoing.send import Office
from app.store.database import Sessions, session_factory
from app.store.deliveries import (
    DEAD_KEPT,
    LEASE,
    SENT_KEPT,
    Delivery,
    Outcome,
    any_due,
    claim,
    deliveries,
    forget_old,
    replay,
    standing,
)
from app.store.hook_tables import DeliveryRow
from app.store.subscriptions import Wish, add_hook, find_hook, remove_hook
from tests.outgoing.receiving import Receiver, receiving, until
from tests.outgoing.test_render import NEWS

NOW = datetime.now(UTC).replace(microsecond=0)  # of the tests: it stands still
SECOND = timedelta(seconds=1)


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    return session_factory(engine)


def subscribe(sessions: Sessions, receiver: Receiver, **more: object) -> int:
    with sessions.begin() as session:
        return add_hook(session, replace(Wish(receiver.url), **more), now=NOW).id  # type: ignore[arg-type]  # by name


def write(sessions: Sessions, hook: int, number: int = 1, at: datetime = NOW) -> str:
    """Put news into the outbox; gives their id."""
    name = f"msg_{hook}_{number}"
    with sessions.begin() as session:
        session.add(
            DeliveryRow(
                id=name,
                hook=hook,
                event=NEWS.event,
                news=replace(NEWS, count=number).as_record(),
                state="waiting",
                made=at,
                due=at,
                tries=0,
            )
        )
    return name


def step(sessions: Sessions, office: Office, now: datetime) -> Outcome | None:
    """One try of what is due, as a courier would make it at that time."""
    with sessions.begin() as session:
        mine = claim(session, now)
    return None if mine is None else deliver(sessions, office, mine, lambda: now, 0.5)


def one(sessions: Sessions, name: str) -> Delivery:
    with sessions() as session:
        return next(found for found in deliveries(session) if found.id == name)


def test_news_arrive_signed(sessions: Sessions, receiver: Receiver, office: Office) -> None:
    hook = subscribe(sessions, receiver, headers={"X-Room": "42"})
    name = write(sessions, hook)
    assert step(sessions, office, datetime.now(UTC)) is not None  # a signature is good for five minutes
    (came,) = receiver.came
    with sessions() as session:
        secret = find_hook(session, hook).secret
    body = Webhook(secret).verify(came.body, dict(came.headers))
    assert (body["type"], body["data"]["signature"]) == ("crash.known.first", "uvicorn-1317")
    assert body["data"]["links"]["diagnosis"].startswith("https://tracelore.example.org/diagnoses/")
    assert (came.headers["webhook-id"], came.headers["x-room"]) == (name, "42")
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 44).verify(came.body, dict(came.headers))
    assert (one(sessions, name).state, one(sessions, name).tries, one(sessions, name).status) == ("sent", 1, 204)
    assert step(sessions, office, NOW + timedelta(days=9)) is None


def test_a_retry_has_the_same_id_and_a_signature_of_its_own(
    sessions: Sessions, receiver: Receiver, office: Office
) -> None:
    receiver.answers = [(500, {}), (200, {})]
    name = write(sessions, subscribe(sessions, receiver))
    step(sessions, office, NOW)
    assert step(sessions, office, NOW + 4 * SECOND) is None
    step(sessions, office, NOW + 6 * SECOND)
    first, second = receiver.came
    assert {first.headers["webhook-id"], second.headers["webhook-id"]} == {name}
    assert first.body == second.body
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert (one(sessions, name).state, one(sessions, name).error) == ("sent", None)


def test_what_nobody_takes_is_given_up_and_can_be_replayed(
    sessions: Sessions, receiver: Receiver, office: Office
) -> None:
    receiver.answers = [(500, {})]
    hook = subscribe(sessions, receiver)
    name = write(sessions, hook)
    now, came = NOW, None
    while came is None or came.state == "waiting":
        came = step(sessions, office, now)
        assert came is not None
        now = came.due
    assert len(receiver.came) == len(BACKOFF) + 1
    assert timedelta(days=3) < now - NOW < timedelta(days=4)
    assert (one(sessions, name).state, one(sessions, name).error) == ("dead", "answered 500")
    assert step(sessions, office, now + timedelta(days=9)) is None
    receiver.answers = [(200, {})]
    with sessions.begin() as session:
        assert standing(session) == {"waiting": 0, "dead": 1}
        assert replay(session, hook, now) == 1
    assert step(sessions, office, now + timedelta(minutes=2)) is not None
    assert (one(sessions, name).state, receiver.came[-1].headers["webhook-id"]) == ("sent", name)


def test_a_receiver_that_is_gone_is_disabled_until_somebody_replays(
    sessions: Sessions, receiver: Receiver, office: Office
) -> None:
    receiver.answers = [(410, {})]
    hook = subscribe(sessions, receiver)
    write(sessions, hook, 1)
    write(sessions, hook, 2)
    step(sessions, office, NOW)
    later = NOW + timedelta(days=1)
    assert step(sessions, office, later) is None
    with sessions.begin() as session:
        assert find_hook(session, hook).disabled is not None
        replay(session, hook, later)
        assert find_hook(session, hook).disabled is None
    receiver.answers = [(200, {})]
    while step(sessions, office, later + timedelta(minutes=2)) is not None:
        pass
    assert sorted(json.loads(came.body)["data"]["count"] for came in receiver.came) == [1, 1, 2]


def test_a_receiver_that_asks_for_a_pause_gets_one_for_all_its_news(
    sessions: Sessions, receiver: Receiver, office: Office
) -> None:
    receiver.answers = [(429, {"Retry-After": "600"}), (200, {})]
    hook = subscribe(sessions, receiver)
    write(sessions, hook, 1)
    write(sessions, hook, 2)
    step(sessions, office, NOW)
    assert step(sessions, office, NOW + 599 * SECOND) is None
    assert step(sessions, office, NOW + 601 * SECOND) is not None
    assert step(sessions, office, NOW + 601 * SECOND) is not None
    assert len(receiver.came) == 3


def test_a_receiver_is_sent_one_thing_at_a_time(sessions: Sessions, receiver: Receiver) -> None:
    hook, other = subscribe(sessions, receiver), subscribe(sessions, receiver)
    for number in (1, 2):
        write(sessions, hook, number)
    write(sessions, other, 1)
    with sessions.begin() as session:
        first = claim(session, NOW)
    with sessions.begin() as session:
        second = claim(session, NOW)
    with sessions.begin() as session:
        assert claim(session, NOW) is None
        assert not any_due(session, NOW)
    assert first is not None
    assert second is not None
    assert {first.hook.id, second.hook.id} == {hook, other}


def test_two_that_claim_at_the_same_time_do_not_get_the_same(sessions: Sessions, receiver: Receiver) -> None:
    hooks = [subscribe(sessions, receiver) for _ in range(2)]
    for hook in hooks:
        write(sessions, hook)
    with sessions() as session:
        if session.get_bind().dialect.name == "sqlite":
            pytest.skip("SQLite has one writer at a time")
        first = claim(session, NOW)  # not committed: its row is locked
        with sessions.begin() as other:
            second = claim(other, NOW)
        with sessions.begin() as third:
            assert claim(third, NOW) is None
        session.commit()
    assert first is not None
    assert second is not None
    assert {first.hook.id, second.hook.id} == set(hooks)


def test_a_claim_runs_out_and_the_late_sender_spoils_nothing(
    sessions: Sessions, receiver: Receiver, office: Office
) -> None:
    name = write(sessions, subscribe(sessions, receiver))
    with sessions.begin() as session:
        lost = claim(session, NOW)
    assert lost is not None
    assert step(sessions, office, NOW + LEASE - SECOND) is None
    after = NOW + LEASE + SECOND
    assert step(sessions, office, after) is not None
    receiver.answers = [(500, {})]
    deliver(sessions, office, lost, lambda: after, 0.5)
    assert one(sessions, name).state == "sent"
    assert {came.headers["webhook-id"] for came in receiver.came} == {name}


def test_a_subscription_removed_on_the_way_is_no_error(sessions: Sessions, receiver: Receiver, office: Office) -> None:
    hook = subscribe(sessions, receiver)
    write(sessions, hook)
    with sessions.begin() as session:
        mine = claim(session, NOW)
        remove_hook(session, hook)
    assert mine is not None
    deliver(sessions, office, mine, lambda: NOW, 0.5)
    with sessions() as session:
        assert deliveries(session) == []


def test_a_header_may_name_a_variable(
    sessions: Sessions, receiver: Receiver, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = write(sessions, subscribe(sessions, receiver, kind="gitlab", headers={"PRIVATE-TOKEN": "env:A_TOKEN"}))
    step(sessions, office, NOW)
    assert receiver.came == []
    assert "PRIVATE-TOKEN is not set" in str(one(sessions, name).error)
    monkeypatch.setenv("A_TOKEN", "glpat-1")
    step(sessions, office, NOW + 9 * SECOND)
    assert receiver.came[0].headers["private-token"] == "glpat-1"
    assert set(json.loads(receiver.came[0].body)) == {"title", "description"}


def test_a_private_address_is_tried_and_refused_like_any_failure(sessions: Sessions, receiver: Receiver) -> None:
    name = write(sessions, subscribe(sessions, receiver))
    step(sessions, Office(), NOW)
    assert receiver.came == []
    assert (one(sessions, name).state, one(sessions, name).tries) == ("waiting", 1)
    assert "not public" in str(one(sessions, name).error)


def test_what_is_old_is_forgotten(sessions: Sessions, receiver: Receiver, office: Office) -> None:
    hook = subscribe(sessions, receiver)
    write(sessions, hook, 1)
    step(sessions, office, NOW)
    write(sessions, hook, 2, NOW + DEAD_KEPT)
    with sessions.begin() as session:
        forget_old(session, NOW + SENT_KEPT)
        assert len(deliveries(session)) == 2
        forget_old(session, NOW + SENT_KEPT + SECOND)
        assert [found.news.count for found in deliveries(session)] == [2]


def test_a_silent_receiver_holds_up_nobody_else(sessions: Sessions, receiver: Receiver, office: Office) -> None:
    receiver.silent = True
    counts: list[tuple[str, str]] = []
    with receiving() as quick:
        for hook in (subscribe(sessions, receiver), subscribe(sessions, quick)):
            for number in range(3):
                write(sessions, hook, number)
        courier = Courier(sessions, office, clock=lambda: NOW, counted=lambda *told: counts.append(told))
        courier.start()
        quick.wait_for(3)
        receiver.wait_for(1)
        until(lambda: len(counts) >= 3)
        receiver.closing.set()
        courier.stop()
    assert len(receiver.came) == 1
    assert counts[:3] == [("standard", "sent")] * 3


def test_a_courier_begins_again_after_a_stop(sessions: Sessions, receiver: Receiver, office: Office) -> None:
    hook = subscribe(sessions, receiver)
    courier = Courier(sessions, office, clock=lambda: NOW)
    for number in (1, 2):
        write(sessions, hook, number)
        courier.start()
        receiver.wait_for(number)
        courier.stop()
    with sessions() as session:
        assert standing(session) == {"waiting": 0, "dead": 0}


KILLED = """
import sys, time
from app.outgoing.courier import Courier
from app.outgoing.send import Office
from app.store.database import connect, session_factory
from tests.outgoing.receiving import LOOPBACK
courier = Courier(session_factory(connect(sys.argv[1])), Office(LOOPBACK))
courier.start()
time.sleep(600)
"""


def test_what_a_killed_courier_was_sending_is_sent_by_another(
    sessions: Sessions, database_url: str, receiver: Receiver, office: Office
) -> None:
    receiver.silent = True
    name = write(sessions, subscribe(sessions, receiver))
    root = Path(__file__).parents[2]
    victim = subprocess.Popen([sys.executable, "-c", KILLED, database_url], cwd=root)
    try:
        receiver.wait_for(1)
    finally:
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    receiver.silent = False
    later = datetime.now(UTC) + LEASE
    assert step(sessions, office, later) is not None
    assert [came.headers["webhook-id"] for came in receiver.came] == [name, name]
    assert one(sessions, name).state == "sent"
