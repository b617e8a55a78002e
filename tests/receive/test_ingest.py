"""The generic address, as each shipper without a format of its own sends there."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Unreadable
from app.receive.ingest import FORMAT
from app.receive.model import Asked, Batch, Record

CRASH = 'worker failed\nTraceback (most recent call last):\n  File "/srv/app/worker.py", line 3, in load\n    return cfg["dsn"]\nKeyError: \'dsn\''


def ask(headers: dict[str, str] | None = None, query: dict[str, str] | None = None) -> Asked:
    return Asked("POST", "/ingest", query or {}, headers or {})


def read(body: bytes, headers: dict[str, str] | None = None, query: dict[str, str] | None = None) -> Batch:
    return FORMAT.decode(body, ask(headers, query))


def texts(body: bytes, headers: dict[str, str] | None = None) -> list[str]:
    return [record.text for record in read(body, headers).records]


FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON_CRASH = json.dumps(CRASH + "\n").encode()


@pytest.mark.parametrize(
    "body",
    [
        b'[{"date":1795364453.147245,"log":"INFO starting\\n"},{"date":1795364453.147285,"log":' + JSON_CRASH + b"}]",
        b'{"timestamp":"2026-11-22T16:21:01.664414Z","log":"INFO starting\\n"}\n{"timestamp":"x","log":'
        + JSON_CRASH
        + b"}\n",
        b'{"date":1795364480.98265,"log":"INFO starting\\n"}{"date":1795364480.982708,"log":' + JSON_CRASH + b"}",
        b'{"version":"1.1", "short_message":"INFO starting\\n", "timestamp":1795364488.806}\n'
        b'{"version":"1.1", "short_message":' + JSON_CRASH + b', "timestamp":1795364488.806}\n\n',
        b"\x92\x92\xd7\x00k\x03\x16u(\xc5\xcb]\xdf\x00\x00\x00\x00\x81\xa3log\xaeINFO starting\n"
        b"\x92\x92\xd7\x00k\x03\x16u(\xc6n9\xdf\x00\x00\x00\x00\x81\xa3log\xd9" + bytes([len(CRASH)]) + CRASH.encode(),
    ],
    ids=["json", "json_lines", "json_stream", "gelf", "msgpack"],
)
def test_fluent_bit_in_all_its_formats(body: bytes) -> None:
    assert texts(body, {"user-agent": "Fluent-Bit", "content-type": "application/json"}) == ["INFO starting", CRASH]


def test_fluent_bit_reading_cri_lines() -> None:
    body = (
        b'[{"date":1795341600.123457,"time":"2026-11-22T10:00:00.123456789Z","stream":"stderr","logtag":"P","message":"xxx"},'
        b'{"date":1795341601.123457,"time":"2026-11-22T10:00:01.123456789Z","stream":"stderr","logtag":"F","message":"  File"}]'
    )
    assert read(body, {"x-tag": "kube.app"}).records == (
        Record("xxx", stream="kube.app/stderr", time=1795341600.123457, partial=True),
        Record("  File", stream="kube.app/stderr", time=1795341601.123457),
    )


def test_fluentd_with_commas_after_newlines_and_with_binary_strings() -> None:
    array = b'[{"ts":"2026-11-22 10:00:00","level":"INFO","message":"starting"}\n,{"message":"next"}\n]'
    assert texts(array) == ["starting", "next"]
    packed = b"\x83\xa2ts\xc4\x132026-11-22 10:00:00\xa5level\xc4\x04INFO\xa7message\xc4\x08starting"
    assert read(packed).records == (Record("starting", time=1795341600.0),)


def test_vector_and_logstash() -> None:
    vector = (
        b'{"file":"/var/log/a.log","host":"h","message":"x","source_type":"file","timestamp":"2026-11-22T10:00:00Z"}\n'
    )
    assert read(vector).records == (Record("x", stream="h//var/log/a.log", time=1795341600.0),)
    logstash = b'[{"@timestamp":"2026-11-22T10:00:00Z","@version":"1","event":{"original":"x"},"host":{"name":"h"}}]'
    assert read(logstash).records == (Record("x", stream="h", time=1795341600.0),)
    assert texts(urlencode({"message": CRASH, "@timestamp": "2026-11-22T10:00:00Z"}).encode(), FORM) == [CRASH]


def test_rsyslog_over_kafkas_rest_proxy() -> None:
    assert texts(b'{"records":[{"value":{"message":"a"}},{"value":"b"},{"value":"{\\"msg\\":\\"c\\"}"}]}') == [
        "a",
        "b",
        "c",
    ]


def test_syslog_ng_sends_text_as_a_form() -> None:
    headers = {**FORM, "x-syslog-host": "web-1", "x-syslog-facility": "user", "x-syslog-level": "err"}
    record = Record("2026-11-22T10:00:00 web-1 app[7]: KeyError='dsn'", stream="web-1")
    assert read(record.text.encode() + b"\n", headers).records == (record,)
    assert texts(b'[{"PROGRAM":"app","MESSAGE":"a"},{"PROGRAM":"app","MESSAGE":"b"}]', FORM) == ["a", "b"]


def test_syslogs_program_is_the_service_unless_something_better_is_said() -> None:
    headers = {**FORM, "x-syslog-host": "web-1", "x-syslog-program": "shop"}
    assert read(b"a", headers).records == (Record("a", stream="web-1/shop", service="shop"),)
    assert read(b"a", headers, {"service": "till"}).records[0].service == "till"
    (record,) = read(b'{"PROGRAM":"shop","MESSAGE":"a","ISODATE":"2026-11-22T10:00:00+00:00","HOST":"web-1"}').records
    assert (record.service, record.stream, record.time) == ("shop", "web-1/shop", 1795341600.0)


def test_winston_and_pino() -> None:
    assert texts(b'{"level":"error","message":"boom","stack":"Error: boom\\n    at main (/a.js:1:2)"}') == [
        "Error: boom\n    at main (/a.js:1:2)"
    ]
    assert texts(b'{"method":"collect","params":{"level":"error","message":"old winston"}}') == ["old winston"]
    pino = b'{"level":50,"time":1795364453147,"pid":1,"hostname":"h","msg":"boom"}'
    assert texts(b'{"logs":[' + pino + b"]}") == texts(pino + b"\n") == ["boom"]


def test_pythons_http_handler_sends_a_form() -> None:
    form = {"name": "root", "msg": "worker failed", "levelname": "ERROR", "exc_info": "(<class 'KeyError'>, KeyError('dsn'), <traceback object at 0x7f>)", "exc_text": "None", "created": "1795341600.5", "lineno": "3"}  # fmt: skip
    assert read(urlencode(form).encode(), FORM).records == (Record("worker failed", time=1795341600.5),)


def test_curl_with_and_without_its_newlines() -> None:
    assert texts(CRASH.encode() + b"\n", FORM) == CRASH.split("\n")
    squeezed = CRASH.replace("\n", "")
    assert texts(squeezed.encode(), FORM) == [squeezed]
    assert texts(b'{"message": "x"}', FORM) == ["x"]


def test_the_address_says_what_the_records_do_not() -> None:
    query = {"service": "checkout", "release": "4.2.1", "environment": "prod", "stream": "a"}
    assert read(b'{"log":"x","stream":"stderr","env":"dev"}', {"x-tag": "t"}, query).records == (
        Record("x", stream="a/t/stderr", service="checkout", release="4.2.1", environment="prod"),
    )


def test_good_records_beside_bad_ones_are_kept_and_counted() -> None:
    body = b'{"log":"a"}\n{"cpu":5}\n{"log": oops}\n[[1]]\n{"log":"b"}'
    taken = read(body)
    assert [record.text for record in taken.records] == ["a", "b"]
    answer = FORMAT.accepted(taken, body, ask())
    said = json.loads(answer.body)
    assert (answer.status, answer.media_type, said["accepted"], len(said["refused"])) == (200, "application/json", 2, 3)


def test_refusals_say_why() -> None:
    for status in (401, 403, 413, 503):
        answer = FORMAT.refused(status, "no", ask())
        assert (answer.status, json.loads(answer.body)) == (status, {"detail": "no"})


def test_nothing_to_do_is_no_error() -> None:
    assert read(b"[]") == read(b"[ ]\n") == Batch()


@pytest.mark.parametrize("body", [b"", b"\n", b"{}", b"[1,2]", b'{"log":', b"[" * 10_000, b"\x00\x01", b"\xc1\xc1\x00"])
def test_what_holds_no_record_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable) as raised:
        read(body)
    assert raised.value.status == 400


NAMES = st.sampled_from(["log", "message", "records", "value", "logs", "events", "stack", "params", "date"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@given(st.binary(max_size=100) | VALUES.map(json.dumps).map(str.encode), st.booleans())
def test_any_body_is_read_or_refused(body: bytes, form: bool) -> None:  # noqa: FBT001
    try:
        taken = read(body, FORM if form else {})
    except Unreadable:
        return
    assert json.loads(FORMAT.accepted(taken, body, ask()).body)["accepted"] == len(taken.records)


@pytest.mark.parametrize(
    "about", [{"message": CRASH, "service": "shop"}, [{"message": CRASH, "service": "shop"}]], ids=["object", "list"]
)
def test_what_a_standard_webhook_is_about_is_the_record(about: object) -> None:
    body = json.dumps({"type": "crash.reported", "timestamp": "2026-11-22T10:00:00Z", "data": about}).encode()
    assert read(body).records == (Record(CRASH, service="shop"),)


def test_an_object_with_a_text_of_its_own_is_the_record_whatever_its_data() -> None:
    assert texts(b'{"message": "order paid", "data": {"message": "42"}}') == ["order paid"]
