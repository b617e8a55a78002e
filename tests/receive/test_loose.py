"""Bodies of any kind as their values, and objects of any shipper as records."""

import json
import time

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.receive.fields import record_of
from app.receive.loose import mapping, values
from app.receive.model import Record
from app.receive.moment import moment
from app.receive.written import complete

A, B = {"log": "a"}, {"log": "b"}
CRASH = 'Traceback (most recent call last):\n  File "/srv/app/worker.py", line 3, in load\n    return cfg["dsn"]\nKeyError: \'dsn\''
STACK = CRASH.split("\n", 1)[1].rsplit("\n", 1)[0]  # what `traceback.format_tb` gives


@pytest.mark.parametrize(
    "body",
    [
        b'[{"log":"a"},{"log":"b"}]',
        b'[{"log":"a"}\n,{"log":"b"}\n]',  # Fluentd's json_array
        b'{"log":"a"}\n{"log":"b"}\n',
        b'{"log":"a"}\r\n\r\n{"log":"b"}\r\n',
        b'{"log":"a"}{"log":"b"}',
        b'{"log":"a"}, {"log":"b"},',
        b'\xef\xbb\xbf{"log":"a"} {"log":"b"}',
        b'{\n  "log": "a"\n}\n{\n  "log": "b"\n}\n',
        b'\x1e{"log":"a"}\n\x1e{"log":"b"}\n',
        b'[{"log":"a"}]\n[{"log":"b"}]\n',
        b"\x81\xa3log\xa1a\x81\xa3log\xc4\x01b",
        b"\x92\x81\xa3log\xa1a\x81\xa3log\xa1b",
        b"\xdf\x00\x00\x00\x01\xa3log\xa1a\xde\x00\x01\xa3log\xa1b",
    ],
)
def test_records_stand_in_any_order_of_separators(body: bytes) -> None:
    assert values(body) == ([A, B], [])


@pytest.mark.parametrize(
    "body",
    [
        b'{"log":"a"}\n{"log": oops}\n{"log":"b"}',
        b'{"log":"a"}{"log": oops}{"log":"b"}',
        b'[{"log":"a"},{"log": oops},{"log":"b"}]',
        b'[\n{"log":"a"},\n{"log": oops},\n{"log":"b"}\n]',
        b'{\n "log": "a"\n}\n{\n "log": oops\n}\n{\n "log": "b"\n}',
        b'{"log":"a"}\n' + b"[" * 10_000 + b'\n{"log":"b"}',
        b'{"log":"a"}\n' + b'{"x":' * 10_000 + b"1" + b"}" * 10_000 + b'\n{"log":"b"}',
        b'{"log":"a"}\n{"log":"unfinished\n{"log":"b"}',
        b'{"log":"a"}\n{"log":\n{"log":"b"}',
    ],
)
def test_a_broken_record_costs_only_itself(body: bytes) -> None:
    found, refused = values(body)
    assert found == [A, B]
    assert len(refused) == 1


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"log": oops}', "At character 8: Expecting value."),
        (b'{"log":"a"}\n{"log": oops}', "At character 20: Expecting value."),
        (b'{"log":"a"}\n{"log":"b\tc", oops}', "At character 26: Expecting property name enclosed in double quotes."),
        (b'{"log":"a"}\n{"log":"unfinished\n', "At character 30: Invalid control character."),
        (b'{"log":"a\tb', "At character 7: Unterminated string."),
        (b'{"x":' * 10_000 + b"1" + b"}" * 10_000, "At character 0: it is nested too deeply."),
    ],
)
def test_what_is_broken_is_told_with_one_place(body: bytes, told: str) -> None:
    assert values(body)[1] == [told]


def test_what_orjson_is_too_strict_for_is_read_all_the_same() -> None:
    body = (
        b'{"log":"a","n":NaN,"x":1' + b"0" * 5_000 + b'}\n{"log":"\\ud800b\tc"}\n{"log":"\xff"}\n{"log":"d","log":"e"}'
    )
    found, refused = values(body)
    assert [value["log"] for value in found if isinstance(value, dict)] == ["a", "\ufffdb\tc", "\ufffd", "e"]
    assert refused == []


def test_text_is_lines_as_they_stand() -> None:
    assert values(b"[2026-11-22] ERROR\r\n  File \"x\", line 1\n\nKeyError: 'a'\n") == (
        ["[2026-11-22] ERROR", '  File "x", line 1', "", "KeyError: 'a'"],
        [],
    )
    assert values("ERROR é".encode("utf-16"))[0] == ["ERROR é"]
    assert values(b"{'a': 1}")[0] == ["{'a': 1}"]
    assert values(b"123") == (["123"], [])


def test_lines_of_text_between_json_keep_their_indentation() -> None:
    assert values(b'{"log":"a"}\nTraceback\n  File "x"\n{"log":"b"}')[0] == [A, "Traceback", '  File "x"', B]
    assert values(b'starting\n{"log":"a"}\n')[0] == ["starting", A]


def test_fluent_bits_msgpack_has_its_time_beside_the_record() -> None:
    body = (
        b'\x92\x92\xd7\x00k\x03\x16u(\xc5\xcb]\xdf\x00\x00\x00\x00\x81\xa3log\xd9"2026-11-22 10:00:00 INFO starting\n'
    )
    (value,), refused = values(body)
    assert value == {"date": pytest.approx(1795364469.684051), "log": "2026-11-22 10:00:00 INFO starting\n"}
    assert refused == []


def test_broken_msgpack_keeps_what_came_before() -> None:
    good = msgpack.packb(A)
    for bad in (b"\xc1", b"\x91" * 10_000, b"\xdd\x00\x00\xff\xff" * 5_000, b"\x81\x90\xa1x", good[:-1]):
        found, refused = values(good + bad)
        assert found == [A]
        assert len(refused) == 1


def test_what_is_nothing_is_said_to_be_nothing() -> None:
    assert values(b"") == ([], [])
    assert values(b" \n\r\n") == ([], [])
    for body in (b"\x00\x01\x02", bytes(range(256)), b"[" * 10_000, b'{"broken', b"\x91" * 100):
        found, refused = values(body)
        assert found == []
        assert len(refused) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"log":"a"}{"x' * 100_000,
        b'{"log":"aaaaaaaaa"}' * 50_000,
        b"[\n" * 500_000,
        b'{"a":\n' * 200_000,
        b"[\n" * 400 + b"1,\n" * 100_000,
        b'{"a":[1,\n2],\n' * 100_000,
        b"{" + b"\n" * 400_000,
        b'{"a":"' + b"\\" * 1_000_000,
        b"\x81\xa3log\xa1x" + b"\xdd\x00\x00\xff\xff" * 100_000,
    ],
    ids=range(9),
)
def test_hostile_bodies_take_no_longer_than_others(body: bytes) -> None:
    start = time.perf_counter()
    values(body)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("text", ["\n", " ", " \n", " at", "File", '"', "Traceback "])
def test_hostile_stacks_take_no_longer_than_others(text: str) -> None:
    start = time.perf_counter()
    record_of({"stack": text * 200_000 + "x", "error.type": "E", "message": text * 100_000})
    assert time.perf_counter() - start < 2


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\ \nab1\x81', max_size=80).map(str.encode))
def test_no_body_breaks_the_reading(body: bytes) -> None:
    found, refused = values(body)
    assert isinstance(found, list)
    assert all(isinstance(reason, str) for reason in refused)


NAMES = st.sampled_from(
    [
        "log",
        "message",
        "stack_trace",
        "error",
        "stack",
        "exception",
        "timestamp",
        "kubernetes",
        "labels",
        "service",
        "name",
        "ddtags",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.binary(max_size=9)


@given(
    st.dictionaries(
        NAMES | st.integers(),
        st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)),
    )
)
def test_no_object_breaks_the_reading(value: dict[str, object]) -> None:
    record = record_of(value)
    assert record is None or isinstance(record.text, str)


@pytest.mark.parametrize(
    "name", ["log", "message", "msg", "MESSAGE", "body", "event.original", "short_message", "line", "@message", "textPayload", "jsonPayload.message"],
)  # fmt: skip
def test_text_is_found_under_any_shippers_name(name: str) -> None:
    *outer, last = name.split(".")
    nested: dict[str, object] = {last: "hello\n"}
    for part in reversed(outer):
        nested = {part: nested}
    assert record_of({name: "hello\n"}) == record_of(nested) == Record("hello")


@pytest.mark.parametrize(
    "name", ["stack", "stack_trace", "error.stack_trace", "exception", "exc_info", "traceback", "err.stack", "error.stack", "full_message", "exc_text"],
)  # fmt: skip
def test_a_crash_is_found_beside_its_message(name: str) -> None:
    record = record_of({"message": "worker failed", name: CRASH})
    assert record == Record(f"worker failed\n{CRASH}", whole=True)
    assert record_of({name: CRASH}) == Record(CRASH, whole=True)


def test_what_is_written_twice_is_kept_once() -> None:
    assert record_of({"message": CRASH, "stack_trace": CRASH}) == Record(CRASH, whole=True)
    assert record_of({"message": "KeyError: 'dsn'", "stack_trace": CRASH}) == Record(CRASH, whole=True)


def test_a_name_under_a_crashs_key_is_no_crash() -> None:
    assert record_of({"message": "failed", "exc_info": "True", "exception": "KeyError"}) == Record("failed")


def test_ecs_leaves_out_the_head_and_the_last_line() -> None:
    value = {
        "@timestamp": "2026-11-22T10:00:01.000Z", "message": "worker failed", "log.level": "error",
        "error": {"type": "KeyError", "message": "'dsn'", "stack_trace": STACK},
        "service": {"name": "checkout", "version": "4.2.1", "environment": "prod"}, "host": {"name": "web-1"},
    }  # fmt: skip
    assert record_of(value) == Record(
        f"worker failed\n{CRASH}", stream="web-1", service="checkout", release="4.2.1", environment="prod",
        time=1795341601.0, whole=True,
    )  # fmt: skip


def test_a_stack_is_completed_only_where_something_lacks() -> None:
    assert complete(STACK, "KeyError", "'dsn'") == CRASH
    assert complete(CRASH + "\n", "KeyError", "'dsn'") == CRASH
    assert complete(STACK, None, None) == CRASH.rsplit("\n", 1)[0]
    assert complete("Error: x\n    at main (a.js:1:2)", "Error", "x") == "Error: x\n    at main (a.js:1:2)"


def test_kubernetes_says_where_a_line_comes_from() -> None:
    value = {
        "log": "x\n", "stream": "stderr", "time": "2026-11-22T10:00:01.123456789Z", "logtag": "P",
        "kubernetes": {
            "namespace_name": "shop", "pod_name": "checkout-1", "container_name": "app",
            "labels": {"app.kubernetes.io/name": "checkout", "app.kubernetes.io/version": "4.2.1"},
        },
    }  # fmt: skip
    assert record_of(value) == Record(
        "x", stream="shop/checkout-1/app/stderr", service="checkout", release="4.2.1", time=1795341601.123456,
        partial=True,
    )  # fmt: skip


def test_a_line_that_fluent_bit_has_joined_is_whole_though_its_first_part_was_none() -> None:
    joined = record_of({"log": "first part, second part", "stream": "stderr", "_p": "P"})
    assert joined == Record("first part, second part", stream="stderr")


def test_datadog_pino_and_journald_name_their_service() -> None:
    tags = record_of({"message": "x", "ddtags": "env:prod,version:4.2.1,:,", "service": "checkout", "hostname": "h"})
    assert tags == Record("x", stream="h", service="checkout", release="4.2.1", environment="prod")
    pino = record_of({"level": 50, "time": 1795364453147, "pid": 7, "hostname": "h", "name": "shop", "msg": "x"})
    assert pino == Record("x", stream="h/7", service="shop", time=1795364453.147)
    journal = record_of({"MESSAGE": "x", "_PID": "7", "_SYSTEMD_UNIT": "shop.service", "__CURSOR": "s=1"})
    assert journal == Record("x", stream="7", service="shop.service", key="s=1")


def test_gelfs_version_is_no_release() -> None:
    assert record_of({"version": "1.1", "short_message": "x"}) == Record("x")


def test_json_in_a_line_is_read_two_levels_deep() -> None:
    inner = json.dumps({"message": "failed", "stack_trace": CRASH, "service": "checkout"})
    assert record_of({"log": inner + "\n", "stream": "stderr"}) == Record(
        f"failed\n{CRASH}", stream="stderr", service="checkout", whole=True
    )
    twice = json.dumps({"log": inner})
    assert record_of({"log": twice}) == Record(f"failed\n{CRASH}", service="checkout", whole=True)
    thrice = record_of({"log": json.dumps({"log": twice})})
    assert thrice == Record(inner)


def test_docker_cuts_long_lines() -> None:
    part = record_of({"log": "x" * 16_384, "stream": "stderr"})
    assert part is not None
    assert part.partial
    whole = record_of({"log": "x" * 16_383 + "\n", "stream": "stderr"})
    assert whole is not None
    assert not whole.partial


def test_a_crash_under_an_unknown_key_is_found() -> None:
    assert record_of({"data": CRASH}) == Record(CRASH)
    assert record_of({"data": "x"}) is None
    assert record_of({"log": "\n"}) == Record("")


def test_text_is_an_object_only_as_a_whole() -> None:
    assert mapping('{"a": 1}') == {"a": 1}
    assert mapping('{"a": 1} and more') is None
    assert mapping("{" * 20_000 + "}") is None
    assert mapping('{"a":' * 20_000 + "1" + "}" * 20_000) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1795364453.5, 1795364453.5), (1795364453147, 1795364453.147), (1795364453147000, 1795364453.147),
        ("1795364453147000000", 1795364453.147), ("2026-11-22T10:00:00Z", 1795341600.0),
        ("2026-11-22 10:00:00", 1795341600.0), ("2026-11-22T11:00:00+01:00", 1795341600.0), (True, None),
        (float("nan"), None), (-1, None), ("yesterday", None), (10**40, None), ("9" * 70, None), ("0001-01-01T00:00:00+23:59", None), (None, None),
    ],
)  # fmt: skip
def test_times_are_read_in_any_unit(value: object, seconds: float | None) -> None:
    found = moment(value)
    assert found == pytest.approx(seconds) if seconds is not None else found is None or found < 0
