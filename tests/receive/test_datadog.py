"""Datadog's log intake, as its own client, its agent and Fluent Bit use it."""

import json

import pytest

from app.errors import Unreadable
from app.receive.datadog import FORMAT
from app.receive.model import Asked, Record

ASKED = Asked("POST", "/api/v2/logs", {}, {"dd-api-key": "k", "content-type": "application/json"})
CRASH = "Traceback (most recent call last):\n  File \"/srv/app/worker.py\", line 3, in load\nKeyError: 'dsn'"


def read(body: bytes) -> tuple[Record, ...]:
    return FORMAT.decode(body, ASKED).records


def test_fluent_bit_sends_an_array() -> None:
    first, second = read(
        b'[{"timestamp":1795364544179,"ddsource":"python","service":"checkout","message":"INFO starting\\n"},'
        b'{"timestamp":1795364544179,"ddsource":"python","service":"checkout","message":"ERROR worker failed\\n'
        b'Traceback (most recent call last):\\n  File \\"/srv/app/worker.py\\", line 3, in load\\nKeyError: \'dsn\'\\n"}]'
    )
    assert first == Record(text="INFO starting", service="checkout", time=1795364544.179)
    assert second.text.endswith(CRASH)


def test_its_own_client_says_more_in_tags() -> None:
    value = {
        "ddsource": "python", "hostname": "web-1", "message": CRASH, "service": "checkout",
        "ddtags": "env:prod,version:4.2.1,kube_namespace:shop,pod_name:web-0,container_name:app",
    }  # fmt: skip
    (record,) = read(json.dumps([value]).encode())
    assert (record.text, record.service, record.release, record.environment) == (CRASH, "checkout", "4.2.1", "prod")
    assert record.stream == "shop/web-0/app/web-1"


@pytest.mark.parametrize(
    "value", [{"error": {"stack": CRASH, "kind": "KeyError"}}, {"error.stack": CRASH}], ids=["nested", "dotted"]
)
def test_an_error_s_stack_is_a_crash(value: dict[str, object]) -> None:
    (record,) = read(json.dumps({"message": "failed", **value}).encode())
    assert (record.text, record.whole) == (f"failed\n{CRASH}", True)


def test_text_has_its_tags_in_the_query() -> None:
    asked = Asked(
        "POST", "/v1/input", {"ddtags": "env:prod,pod_name:web-0", "service": "checkout", "hostname": "h"}, {}
    )
    records = FORMAT.decode(b"one\ntwo\n", asked).records
    assert [record.text for record in records] == ["one", "two"]
    assert (records[0].environment, records[0].service, records[0].stream) == ("prod", "checkout", "web-0/h")


def test_an_agent_s_probe_is_welcome() -> None:
    assert read(b"{}") == read(b"[]") == read(b"[{}]") == ()


def test_good_logs_beside_bad_ones_are_kept() -> None:
    taken = FORMAT.decode(b'[{"message":"a"},{"message":5},5,{"message":"b","ddtags":5,"service":[]}]', ASKED)
    assert [record.text for record in taken.records] == ["a", "b"]
    assert len(taken.refused) == 2


@pytest.mark.parametrize("body", [b"", b"\n", b"[5]", b'{"message":5}', b"\xff\x00\x01\x02"])
def test_what_is_no_log_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        FORMAT.decode(body, ASKED)


def test_the_answers() -> None:
    taken = FORMAT.accepted(FORMAT.decode(b"{}", ASKED), b"{}", ASKED)
    assert (taken.status, taken.body, taken.media_type) == (202, b"{}", "application/json")
    for status in (400, 401, 403, 413, 503, 599):
        (error,) = json.loads(FORMAT.refused(status, "why", ASKED).body)["errors"]
        assert (error["status"], error["detail"]) == (str(status), "why")
    old = Asked("POST", "/v1/input/key", {}, {})
    assert json.loads(FORMAT.refused(400, "why", old).body) == {"code": 400, "message": "why"}
