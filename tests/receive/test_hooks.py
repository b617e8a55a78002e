"""Webhooks of services that people write in, or that watch: as their documents show them."""

import json
from urllib.parse import quote_plus

import pytest

from app.errors import Unreadable
from app.receive.hooks import HOOKS
from app.receive.model import Asked, Batch

GITHUB = HOOKS["github"]
ALERTS = HOOKS["alertmanager"]
PLAIN = Asked("POST", "/hooks/x", {}, {"content-type": "application/json"})
DELIVERY = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
CRASH = "Traceback (most recent call last):\n  File \"/srv/app/worker.py\", line 3, in load\nKeyError: 'dsn'"
BODY = f"It fails:\r\n\r\n```python\r\n{CRASH}\r\n```\r\n"


def github(event: str, value: object) -> Batch:
    asked = Asked("POST", "/hooks/github", {}, {"x-github-event": event, "x-github-delivery": DELIVERY})
    return GITHUB.decode(json.dumps(value).encode(), asked)


ISSUE = {
    "action": "opened",
    "issue": {
        "number": 1347,
        "title": "It fails",
        "body": BODY,
        "updated_at": "2026-11-22T10:00:00Z",
        "node_id": "I_1",
    },
    "repository": {"full_name": "octocat/Hello-World"},
}
COMMENT = ISSUE | {"action": "created", "comment": {"body": "me too\n\n" + CRASH, "node_id": "IC_1"}}


def test_the_text_of_an_issue_is_read_as_it_stands() -> None:
    (record,) = github("issues", ISSUE).records
    assert record.text == BODY.rstrip("\r\n")
    assert (record.whole, record.stream, record.key, record.time) == (
        True,
        "octocat/Hello-World/1347",
        DELIVERY,
        1795341600.0,
    )


def test_the_text_of_a_comment_is_read_and_not_its_issue_s() -> None:
    (record,) = github("issue_comment", COMMENT).records
    assert record.text == "me too\n\n" + CRASH


def test_a_form_holds_the_same() -> None:
    body = b"payload=" + quote_plus(json.dumps(COMMENT)).encode() + b"&more=1"
    (record,) = GITHUB.decode(body, PLAIN).records
    assert (record.text, record.key) == ("me too\n\n" + CRASH, "IC_1")


@pytest.mark.parametrize(
    ("event", "value"),
    [
        ("ping", {"zen": "Design for failure.", "hook_id": 1}), ("push", {"commits": []}), ("issues", ISSUE | {"action": "labeled"}),
        ("issues", ISSUE | {"issue": {"body": None}}), ("issues", ISSUE | {"action": ["opened"]}), ("issues", {}),
        ("issue_comment", COMMENT | {"action": "deleted"}), ("issues", ISSUE | {"issue": "x"}),
    ],
)  # fmt: skip
def test_other_events_are_fine_and_say_nothing(event: str, value: object) -> None:
    taken = github(event, value)
    assert taken == Batch()
    assert GITHUB.accepted(taken, b"", PLAIN).status == 202


@pytest.mark.parametrize(
    ("event", "value", "text"),
    [
        ("discussion", {"action": "created", "discussion": {"number": 3, "body": BODY}}, BODY),
        ("discussion_comment", {"action": "created", "comment": {"body": CRASH}, "discussion": {"number": 3, "body": "x"}}, CRASH),
        ("commit_comment", {"action": "created", "comment": {"body": CRASH, "commit_id": "99ead36"}}, CRASH),
        ("pull_request_review_comment", {"action": "created", "comment": {"body": CRASH}, "pull_request": {"number": 3}}, CRASH),
        ("check_run", {"action": "completed", "check_run": {"name": "tests", "output": {"summary": "1 failed", "text": CRASH}}}, f"{CRASH}\n\n1 failed"),
        ("check_run", {"action": "completed", "check_run": {"name": "tests", "output": {"summary": CRASH, "text": None}}}, CRASH),
    ],
)  # fmt: skip
def test_every_event_with_a_text_is_read(event: str, value: object, text: str) -> None:
    (record,) = github(event, value).records
    assert (record.text, record.whole) == (text.rstrip("\r\n"), True)
    assert record.stream in ("3", "99ead36", "tests")


@pytest.mark.parametrize(
    ("before", "counts"), [("It fails.", True), ("", True), (f"It fails:\n{CRASH}", False), (None, False)]
)
def test_an_edit_counts_when_it_adds_the_crash(before: str | None, counts: bool) -> None:  # noqa: FBT001
    """A word mended in the text around, or a new title, is no second crash."""
    changes = {"title": {"from": "x"}} if before is None else {"body": {"from": before}}
    edited = {"action": "edited", "changes": changes}
    assert bool(github("issues", ISSUE | edited).records) is counts
    assert bool(github("issue_comment", COMMENT | edited).records) is counts


STANDARD = Asked("POST", "/hooks/standard", {}, {"webhook-id": "msg_1"})


def test_a_standard_webhook_bears_its_own_id() -> None:
    sent = {
        "type": "order.failed",
        "timestamp": "2026-11-22T10:00:00Z",
        "data": {"message": "failed", "stack_trace": CRASH},
    }
    (record,) = HOOKS["standard"].decode(json.dumps(sent).encode(), STANDARD).records
    assert (record.text, record.whole, record.key) == (f"failed\n{CRASH}", True, "msg_1")
    (record,) = HOOKS["standard"].decode(json.dumps({"message": CRASH, "event_id": "mine"}).encode(), STANDARD).records
    assert (record.text, record.whole, record.key) == (CRASH, True, "msg_1")
    several = HOOKS["standard"].decode(json.dumps([{"message": "a"}, {"message": "b"}, 5]).encode(), STANDARD)
    assert [(record.key, record.whole) for record in several.records] == [("msg_1/0", False), ("msg_1/1", False)]
    assert len(several.refused) == 1


EVENT = {
    "event_id": "e4874d664c3540c1a32eab185f12c5ab", "platform": "python", "timestamp": 1795341600.5, "project": 1,
    "release": "checkout@4.2.1", "environment": None, "tags": [["environment", "prod"], ["server_name", "web-1"], 5, ["a"]],
    "modules": {"requests": "2.34.2"}, "contexts": {"runtime": {"name": "CPython", "version": "3.11.7"}},
    "exception": {"values": [{
        "type": "KeyError", "value": "'dsn'",
        "stacktrace": {"frames": [{
            "filename": "worker.py", "abs_path": "/srv/app/worker.py", "function": "load", "lineno": 3,
            "context_line": '    return cfg["dsn"]', "vars": {"cfg": "secret"},
        }]},
    }]},
}  # fmt: skip


def sentry(data: object) -> Batch:
    return HOOKS["sentry"].decode(json.dumps({"action": "triggered", "data": data, "actor": {}}).encode(), PLAIN)


@pytest.mark.parametrize("name", ["event", "error"])
def test_the_event_of_a_sentry_alert_is_a_traceback(name: str) -> None:
    (record,) = sentry({name: EVENT, "triggered_rule": "r"}).records
    assert record.text.rstrip("\n").split("\n") == [
        "Traceback (most recent call last):",
        '  File "/srv/app/worker.py", line 3, in load',
        '    return cfg["dsn"]',
        "KeyError: 'dsn'",
    ]
    assert (record.whole, record.key, record.packages) == (True, EVENT["event_id"], {"requests": "2.34.2"})
    assert (record.service, record.release, record.environment, record.python) == (
        "checkout",
        "4.2.1",
        "prod",
        "3.11.7",
    )


def test_a_release_may_be_an_object() -> None:
    (record,) = sentry({"event": EVENT | {"release": {"version": "shop@5"}}}).records
    assert (record.service, record.release) == ("shop", "5")


def test_a_sentry_issue_is_its_first_line() -> None:
    (record,) = sentry(
        {"issue": {"id": "9", "metadata": {"type": "KeyError", "value": "'dsn'"}, "lastSeen": "2026-11-22T10:00:00Z"}}
    ).records
    assert (record.text, record.whole, record.key, record.time) == ("KeyError: 'dsn'", True, "9", 1795341600.0)


@pytest.mark.parametrize(
    "data", [None, [], {}, {"issue": {}}, {"event": []}, {"installation": {"uuid": "x"}}, {"event": {"title": 5}}]
)
def test_whatever_else_sentry_says_is_fine(data: object) -> None:
    assert sentry(data).records == ()


ALERT = {
    "status": "firing",
    "labels": {"alertname": "WorkerCrashed", "namespace": "shop", "pod": "web-0", "service": "checkout", "severity": "page"},
    "annotations": {"summary": "A worker crashed", "description": CRASH + "\n", "runbook_url": "https://x"},
    "startsAt": "2026-11-22T10:00:00.5Z", "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "02cb1eb62e8f8a1c",
}  # fmt: skip


def alerts(*sent: object) -> Batch:
    value = {
        "version": "4",
        "groupKey": "{}",
        "status": "firing",
        "receiver": "tracelore",
        "alerts": sent,
        "truncatedAlerts": 0,
    }
    return ALERTS.decode(json.dumps(value).encode(), PLAIN)


def test_each_annotation_of_an_alert_is_read() -> None:
    summary, description = alerts(ALERT).records
    assert (summary.text, description.text) == ("A worker crashed", CRASH)
    assert (description.service, description.time, description.whole) == ("checkout", 1795341600.5, True)
    assert description.stream.startswith("shop/web-0")
    assert description.key == "02cb1eb62e8f8a1c/2026-11-22T10:00:00.5Z/description"


def test_alerts_that_are_over_are_not_read_again() -> None:
    assert alerts(ALERT | {"status": "resolved"}).records == ()
    assert alerts().records == ()


def test_good_alerts_beside_bad_ones_are_kept() -> None:
    taken = alerts(5, ALERT | {"annotations": [], "labels": 5}, ALERT | {"annotations": {"a": 1, "b": "x"}}, None)
    assert [record.text for record in taken.records] == ["x"]
    assert len(taken.refused) == 2


@pytest.mark.parametrize("body", [b"", b"hello", b"[1]", b"\xff\x00", b"[" * 10_000, b"payload=%", b"payload="])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    for format_ in (GITHUB, ALERTS, HOOKS["sentry"]):
        with pytest.raises(Unreadable):
            format_.decode(body, PLAIN)
    with pytest.raises(Unreadable):
        ALERTS.decode(b'{"alerts":5}', PLAIN)


def test_the_answers_say_how_many_were_taken() -> None:
    reply = ALERTS.accepted(alerts(ALERT), b"", PLAIN)
    assert (reply.status, json.loads(reply.body)) == (202, {"accepted": 2, "refused": []})
    for status in (400, 401, 403, 413, 503):
        assert ALERTS.refused(status, "why", PLAIN).body == b'{"detail":"why"}'
