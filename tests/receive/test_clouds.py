"""What the clouds push. CloudEvents as its own Python package writes it, the others as their documents show them."""

import base64
import gzip
import json

import pytest

from app.errors import Unreadable
from app.receive.clouds import CLOUDEVENTS, EVENTGRID, FIREHOSE, PUBSUB, greet
from app.receive.model import Asked, Record

PLAIN = Asked("POST", "/hooks/x", {}, {})
CRASH = "Traceback (most recent call last):\n  File \"/srv/app/worker.py\", line 3, in load\nKeyError: 'dsn'"
EVENT = {"specversion": "1.0", "id": "A234-1234", "source": "/checkout", "type": "com.example.crash",
         "time": "2026-11-22T10:00:00Z"}  # fmt: skip


def packed(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def body_of(value: object) -> bytes:
    return json.dumps(value).encode()


# CloudEvents


@pytest.mark.parametrize(
    "data",
    [
        {"data": {"message": CRASH}},
        {"data": CRASH},
        {"data_base64": packed(CRASH)},
        {"data_base64": packed(body_of({"log": CRASH}))},
    ],
    ids=["object", "text", "base64", "base64 of an object"],
)
def test_an_event_in_the_body_is_read(data: dict[str, object]) -> None:
    (record,) = CLOUDEVENTS.decode(body_of(EVENT | data), PLAIN).records
    assert (record.text, record.stream, record.time, record.key) == (
        CRASH,
        "/checkout",
        1795341600.0,
        "/checkout/A234-1234",
    )


@pytest.mark.parametrize("body", [CRASH.encode(), body_of({"message": CRASH})], ids=["text", "object"])
def test_an_event_around_the_body_is_read(body: bytes) -> None:
    headers = {f"ce-{name}": told for name, told in EVENT.items()}
    (record,) = CLOUDEVENTS.decode(body, Asked("POST", "/hooks/cloudevents", {}, headers)).records
    assert (record.text, record.key) == (CRASH, "/checkout/A234-1234")


def test_a_batch_of_events_is_read() -> None:
    taken = CLOUDEVENTS.decode(
        body_of([EVENT | {"data": "a"}, EVENT | {"data_base64": "#"}, EVENT, EVENT | {"data": ["b", "c"]}]), PLAIN
    )
    assert [record.text for record in taken.records] == ["a", "b", "c"]
    assert taken.records[-1].key == "/checkout/A234-1234/1"
    assert len(taken.refused) == 1
    assert CLOUDEVENTS.decode(b"[]", PLAIN).records == ()


def test_a_handshake_lets_its_origin_send() -> None:
    reply = greet(Asked("OPTIONS", "/hooks/cloudevents", {}, {"webhook-request-origin": "eventemitter.example.com"}))
    assert reply is not None
    assert (reply.status, reply.headers["WebHook-Allowed-Origin"]) == (200, "eventemitter.example.com")
    assert greet(PLAIN) is None
    assert CLOUDEVENTS.accepted(CLOUDEVENTS.decode(b"[]", PLAIN), b"", PLAIN).status == 204


# Pub/Sub


def pushed(data: object) -> bytes:
    message = {"data": data, "attributes": {}, "messageId": "136969346945", "publishTime": "2026-11-22T10:00:00.5Z"}
    return body_of({"message": message, "subscription": "projects/p/subscriptions/s"})


def test_a_log_sink_pushes_entries() -> None:
    entry = {
        "insertId": "42", "logName": "projects/p/logs/stderr", "severity": "ERROR", "timestamp": "2026-11-22T10:00:00Z",
        "resource": {"type": "k8s_container", "labels": {"namespace_name": "shop", "pod_name": "web-0", "container_name": "app"}},
    }  # fmt: skip
    (record,) = PUBSUB.decode(pushed(packed(body_of(entry | {"textPayload": "KeyError: 'dsn'\n"}))), PLAIN).records
    assert record == Record(
        text="KeyError: 'dsn'", stream="shop/web-0/app/stderr", service="app", time=1795341600.0, key="42"
    )
    about = {"service": "checkout", "version": "4.2.1"}
    payload = {"message": "failed", "stack_trace": CRASH, "serviceContext": about}
    (record,) = PUBSUB.decode(pushed(packed(body_of(entry | {"jsonPayload": payload}))), PLAIN).records
    assert (record.text, record.whole, record.service, record.release) == (
        f"failed\n{CRASH}",
        True,
        "checkout",
        "4.2.1",
    )
    assert PUBSUB.decode(pushed(packed(body_of(entry | {"protoPayload": {}}))), PLAIN).records == ()


@pytest.mark.parametrize(
    "data", [packed(CRASH), packed(body_of({"message": CRASH})), packed(CRASH).replace("+", "-").rstrip("=")]
)
def test_any_other_message_is_read(data: str) -> None:
    (record,) = PUBSUB.decode(pushed(data), PLAIN).records
    assert (record.text, record.key, record.time) == (CRASH, "136969346945", 1795341600.5)


def test_a_message_may_come_unwrapped() -> None:
    asked = Asked("POST", "/hooks/pubsub", {}, {"x-goog-pubsub-message-id": "7"})
    (record,) = PUBSUB.decode(CRASH.encode(), asked).records
    assert (record.text, record.whole, record.key) == (CRASH, True, "7")


@pytest.mark.parametrize("data", ["#", 5, None, "YQ=a", ""])
def test_a_message_that_will_never_be_better_is_taken(data: object) -> None:
    taken = PUBSUB.decode(pushed(data), PLAIN)
    assert taken.records == ()
    assert PUBSUB.accepted(taken, b"", PLAIN).status == 204


# Event Grid


def grid(kind: str, data: object) -> bytes:
    return body_of(
        [
            {
                "id": "1",
                "topic": "/t",
                "subject": "s",
                "eventType": kind,
                "eventTime": "2026-11-22T10:00:00Z",
                "data": data,
            }
        ]
    )


def test_the_validation_code_is_answered() -> None:
    body = grid(
        "Microsoft.EventGrid.SubscriptionValidationEvent", {"validationCode": "512d38b6", "validationUrl": "https://x"}
    )
    taken = EVENTGRID.decode(body, PLAIN)
    reply = EVENTGRID.accepted(taken, body, PLAIN)
    assert taken.records == ()
    assert (reply.status, json.loads(reply.body)) == (200, {"validationResponse": "512d38b6"})


def test_notifications_are_read_in_both_schemas() -> None:
    body = grid("crash", {"message": CRASH})
    (record,) = EVENTGRID.decode(body, PLAIN).records
    assert (record.text, record.stream, record.key) == (CRASH, "/t/s", "1")
    assert EVENTGRID.accepted(EVENTGRID.decode(body, PLAIN), body, PLAIN).body == b"{}"
    (record,) = EVENTGRID.decode(body_of(EVENT | {"data": CRASH}), PLAIN).records
    assert record.text == CRASH


# Firehose

REQUEST = "ed4acda5-034f-9f42-bba1-f29aea6d7d8f"
HOSE = Asked(
    "POST", "/hooks/firehose", {},
    {"x-amz-firehose-request-id": REQUEST, "x-amz-firehose-source-arn": "arn:aws:firehose:eu-west-1:1:deliverystream/s"},
)  # fmt: skip
WATCH = {
    "messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/aws/lambda/checkout", "logStream": "2026/11/22/[1]a",
    "subscriptionFilters": ["f"],
    "logEvents": [{"id": str(n), "timestamp": 1795341600500, "message": line + "\n"} for n, line in enumerate(CRASH.split("\n"))],
}  # fmt: skip


def hose(*data: object) -> bytes:
    return body_of({"requestId": REQUEST, "timestamp": 1578090901599, "records": [{"data": one} for one in data]})


def test_cloudwatch_s_lines_come_packed_in_firehose_s_records() -> None:
    control = body_of(WATCH | {"messageType": "CONTROL_MESSAGE"})
    body = hose(
        packed(gzip.compress(control + body_of(WATCH))), packed(body_of(WATCH | {"logEvents": [{"message": 5}, 5]}))
    )
    taken = FIREHOSE.decode(body, HOSE)
    assert "\n".join(record.text for record in taken.records) == CRASH
    assert {record.stream for record in taken.records} == {"/aws/lambda/checkout/2026/11/22/[1]a"}
    assert (taken.records[1].time, taken.records[1].key) == (1795341600.5, "1")
    assert len(taken.refused) == 2


def test_other_records_are_read_as_they_are() -> None:
    first, second = FIREHOSE.decode(hose(packed(CRASH), packed('{"log":"hello"}\n')), HOSE).records
    assert (first.text, first.key, second.text, second.key) == (CRASH, f"{REQUEST}/0", "hello", f"{REQUEST}/1")
    assert first.stream == "arn:aws:firehose:eu-west-1:1:deliverystream/s"


def test_a_function_s_subscription_is_read() -> None:
    body = body_of({"awslogs": {"data": packed(gzip.compress(body_of(WATCH)))}})
    assert len(FIREHOSE.decode(body, PLAIN).records) == 3


def test_broken_records_are_never_sent_again() -> None:
    broken = packed(gzip.compress(b"x" * 1000)[:-9])
    taken = FIREHOSE.decode(hose("#", None, broken, packed("good")), HOSE)
    assert [record.text for record in taken.records] == ["good"]
    assert len(taken.refused) == 3
    assert FIREHOSE.decode(hose("#"), HOSE).records == ()


def test_firehose_wants_its_request_s_name_back() -> None:
    body = hose()
    said = json.loads(FIREHOSE.accepted(FIREHOSE.decode(body, HOSE), body, HOSE).body)
    assert said == {"requestId": REQUEST, "timestamp": 1578090901599}
    assert json.loads(FIREHOSE.accepted(FIREHOSE.decode(body, PLAIN), body, PLAIN).body) == said
    for status in (400, 401, 403, 413, 503):
        reply = FIREHOSE.refused(status, "why", HOSE)
        assert (reply.status, json.loads(reply.body)["requestId"], json.loads(reply.body)["errorMessage"]) == (
            status,
            REQUEST,
            "why",
        )


@pytest.mark.parametrize("format_", [CLOUDEVENTS, EVENTGRID, FIREHOSE], ids=["cloudevents", "eventgrid", "firehose"])
@pytest.mark.parametrize("body", [b"hello", b"[1]", b"\xff\x00", b"[" * 10_000, b'"a"'])
def test_what_is_no_envelope_is_refused(format_: object, body: bytes) -> None:
    with pytest.raises(Unreadable):
        format_.decode(body, PLAIN)  # type: ignore[attr-defined]


def test_an_empty_body_is_refused() -> None:
    for format_ in (PUBSUB, EVENTGRID, FIREHOSE):
        with pytest.raises(Unreadable):
            format_.decode(b"", PLAIN)
