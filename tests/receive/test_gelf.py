"""GELF over HTTP, as pygelf and Fluent Bit send it."""

import json

import pytest

from app.errors import Unreadable
from app.receive.gelf import FORMAT
from app.receive.model import Asked, Record

ASKED = Asked("POST", "/gelf", {}, {})
CRASH = "Traceback (most recent call last):\n  File \"/srv/app/worker.py\", line 3, in load\nKeyError: 'dsn'"


def read(body: bytes) -> tuple[Record, ...]:
    return FORMAT.decode(body, ASKED).records


def test_pygelf_sends_the_traceback_as_the_full_message() -> None:
    value = {
        "version": "1.1", "short_message": "worker failed", "full_message": CRASH, "timestamp": 1795364488.806,
        "level": 3, "host": "web-1", "_app": "checkout", "_logger_name": "root", "_file": "worker.py", "_line": 3,
        "_environment": "prod",
    }  # fmt: skip
    assert read(json.dumps(value).encode()) == (
        Record(
            text=f"worker failed\n{CRASH}", stream="web-1/root", service="checkout", environment="prod",
            time=1795364488.806, whole=True,
        ),
    )  # fmt: skip


def test_fluent_bit_sends_one_a_line_without_a_host() -> None:
    records = read(
        b'{"version":"1.1", "short_message":"2026-11-22 10:00:00 INFO starting\\n", "timestamp":1795364488.806}\n'
        b'{"version":"1.1", "short_message":"2026-11-22 10:00:02 INFO next\\n", "timestamp":1795364488.806}\n'
    )
    assert [record.text for record in records] == ["2026-11-22 10:00:00 INFO starting", "2026-11-22 10:00:02 INFO next"]
    assert records[0].release is None


def test_a_full_message_that_is_no_crash_says_more_too() -> None:
    (record,) = read(b'{"version":"1.1","host":"a","short_message":"failed","full_message":"failed at noon"}')
    assert (record.text, record.whole) == ("failed at noon", False)
    assert read(b'{"full_message":"only this"}')[0].text == "only this"


def test_good_messages_beside_bad_ones_are_kept() -> None:
    taken = FORMAT.decode(
        b'{"short_message":"a"}\n{"short_message":5}\n[1]\n{"short_message":"b","timestamp":NaN}', ASKED
    )
    assert [record.text for record in taken.records] == ["a", "b"]
    assert len(taken.refused) == 2


@pytest.mark.parametrize("body", [b"", b"hello", b"{}", b"[]x", b'{"short_message":{}}', b"[" * 10_000])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        FORMAT.decode(body, ASKED)


def test_the_answers() -> None:
    taken = FORMAT.accepted(FORMAT.decode(b'{"short_message":"a"}', ASKED), b"", ASKED)
    assert (taken.status, taken.body) == (202, b"")
    for status in (400, 401, 403, 413, 503):
        assert FORMAT.refused(status, "why", ASKED).body == b'{"detail":"why"}'
