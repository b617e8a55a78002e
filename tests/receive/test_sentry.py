"""Sentry's envelope and store, as its SDKs for Python and Node.js send them."""

import base64
import json
import traceback
import zlib
from types import TracebackType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Unreadable
from app.receive.model import Asked, Batch, Record
from app.receive.sentry import FORMAT, STORE

ASKED = Asked("POST", "/api/1/envelope/", {}, {})
ID = "9ec79c33ec9942ab8353589fcb2e04dc"
FRAME = {
    "filename": "worker.py", "abs_path": "/srv/app/worker.py", "function": "load", "module": "worker", "lineno": 3,
    "pre_context": [], "context_line": '    return cfg["dsn"]', "post_context": [], "vars": {"cfg": {"password": "'hunter2'"}},
    "in_app": True,
}  # fmt: skip
KEY_ERROR = {
    "mechanism": {"type": "logging", "handled": True}, "module": None, "type": "KeyError", "value": "'dsn'",
    "stacktrace": {"frames": [FRAME]},
}  # fmt: skip
CRASH = 'Traceback (most recent call last):\n  File "/srv/app/worker.py", line 3, in load\n    return cfg["dsn"]\nKeyError: \'dsn\''
EVENT = {
    "level": "error", "exception": {"values": [KEY_ERROR]}, "logger": "worker", "logentry": {"message": "worker failed", "params": []},
    "extra": {"sys.argv": ["worker.py"]}, "event_id": ID, "timestamp": "2026-11-22T10:00:01.000000Z", "breadcrumbs": {"values": []},
    "contexts": {"trace": {}, "runtime": {"name": "CPython", "version": "3.11.2", "build": "3.11.2 (main)"}, "os": {"name": "Linux", "version": "6.1"}},
    "modules": {"urllib3": "2.5.0", "certifi": "2026.1.1", "odd": None}, "release": "checkout@4.2.1", "environment": "production",
    "server_name": "web-1", "sdk": {"name": "sentry.python", "version": "2.75.0"}, "platform": "python",
}  # fmt: skip
RECORD = Record(
    CRASH, stream="web-1/worker", service="checkout", release="4.2.1", environment="production", time=1795341601.0,
    whole=True, key=ID, python="3.11.2", os="Linux 6.1", packages={"urllib3": "2.5.0", "certifi": "2026.1.1"},
)  # fmt: skip


def item(kind: str, payload: object, **more: object) -> bytes:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return json.dumps({"type": kind, "length": len(body), **more}).encode() + b"\n" + body + b"\n"


def envelope(*items: bytes, **header: object) -> bytes:
    return json.dumps({"event_id": ID, **header}).encode() + b"\n" + b"".join(items)


def read(body: bytes) -> Batch:
    return FORMAT.decode(body, ASKED)


def text(*values: object, platform: str = "python") -> str:
    (record,) = STORE.decode(
        json.dumps({"exception": {"values": values}, "platform": platform}).encode(), ASKED
    ).records
    return record.text


def test_the_python_sdk_sends_frames_release_and_packages() -> None:
    body = envelope(item("event", EVENT, content_type="application/json"), sent_at="2026-11-22T10:00:01Z")
    assert read(body) == Batch((RECORD,))
    assert "hunter2" not in RECORD.text
    answer = FORMAT.accepted(read(body), body, ASKED)
    assert (answer.status, answer.media_type, json.loads(answer.body)) == (200, "application/json", {"id": ID})


def test_the_node_sdk_sends_a_session_first_and_no_lengths() -> None:
    session = b'{"sent_at":"2026-11-22T10:00:00Z"}\n{"type":"session"}\n{"sid":"a","init":true,"status":"ok"}'
    assert read(session) == Batch()
    assert FORMAT.accepted(Batch(), session, ASKED).body == b"{}"
    frames = [
        {"filename": "/a.js", "function": "main", "lineno": 9, "colno": 3},
        {"filename": "/b.js", "function": "load", "lineno": 2},
    ]
    event = {
        "platform": "node",
        "exception": {
            "values": [
                {"type": "Error", "value": "inner"},
                {"type": "TypeError", "value": "boom", "stacktrace": {"frames": frames}},
            ]
        },
    }
    body = b'{"event_id":"a"}\n{"type":"event"}\n' + json.dumps(event).encode()
    assert [record.text for record in read(body).records] == [
        "TypeError: boom\n    at load (/b.js:2)\n    at main (/a.js:9:3)\nCaused by: Error: inner"
    ]


@pytest.mark.parametrize("message", [{"message": "out of stock"}, {}])
def test_a_message_of_the_node_sdk_has_the_stack_of_its_writer_which_is_no_crash(message: dict[str, str]) -> None:
    said = {"value": "out of stock", "stacktrace": {"frames": [{"filename": "/a.js", "function": "main", "lineno": 9}]}}
    event = {"platform": "node", "level": "error", "exception": {"values": [said]}, **message}
    (record,) = read(envelope(item("event", event))).records
    assert (record.text, record.whole) == ("out of stock", False)


def test_logs_come_in_batches() -> None:
    log = {
        "timestamp": 1795341601.5, "trace_id": "0", "level": "error", "severity_number": 17, "body": "worker failed",
        "attributes": {
            "sentry.release": {"value": "checkout@4.2.1", "type": "string"}, "sentry.environment": {"value": "prod", "type": "string"},
            "server.address": {"value": "web-1", "type": "string"}, "logger.name": {"value": "root", "type": "string"},
        },
    }  # fmt: skip
    body = envelope(
        item("log", {"items": [log, 5, {}]}, item_count=3, content_type="application/vnd.sentry.items.log+json")
    )
    taken = read(body)
    assert taken.records == (
        Record(
            "worker failed",
            stream="web-1/root",
            service="checkout",
            release="4.2.1",
            environment="prod",
            time=1795341601.5,
        ),
    )
    assert len(taken.refused) == 2


def test_items_of_other_types_are_passed_over() -> None:
    others = [item(kind, {}) for kind in ("transaction", "client_report", "check_in", "profile", "new_kind")]
    attachment = item("attachment", b'line\n{"type":"event"}\nline', filename="a.txt")
    assert read(envelope(*others, attachment, item("event", EVENT))) == Batch((RECORD,))
    assert read(envelope()) == read(b"{}") == Batch()


def test_an_event_beside_broken_items_is_kept() -> None:
    for broken in (
        b'{"type":"event"}\n{oops\n',
        b"oops\n",
        b'{"type":"event","length":99999}\n{}\n',
        item("event", b"[1]"),
        b'{"length":2}\n',
    ):
        taken = read(envelope(broken, item("event", EVENT)))
        assert taken.records == (RECORD,)
        assert taken.refused


def test_a_wrong_length_is_not_believed() -> None:
    payload = json.dumps(EVENT).encode()
    for length in (0, 3, -1, 10**30, "5", None, True):
        assert read(envelope(item("event", payload, length=length))).records == (RECORD,)


def test_the_store_takes_one_event_packed_or_not() -> None:
    plain = json.dumps(EVENT, indent=1).encode()
    for body in (plain, base64.b64encode(zlib.compress(plain)), base64.b64encode(zlib.compress(plain)) + b"\n"):
        assert STORE.decode(body, ASKED) == read(body) == Batch((RECORD,))
    assert STORE.decode(b'{"type":"transaction","spans":[]}', ASKED) == Batch()


def test_messages_are_texts() -> None:
    for event in (
        {"message": "hi\n"},
        {"logentry": {"formatted": "hi", "message": "%s"}},
        {"message": {"message": "hi"}},
    ):
        assert STORE.decode(json.dumps(event).encode(), ASKED).records == (Record("hi"),)
    assert STORE.decode(json.dumps({"message": CRASH}).encode(), ASKED).records == (Record(CRASH, whole=True),)


def caught(code: str) -> BaseException:
    try:
        exec(compile(code, "/srv/app/a.py", "exec"), {"__name__": "__main__"})
    except BaseException as wrong:  # noqa: BLE001 - whatever the code raises is wanted
        return wrong.with_traceback(wrong.__traceback__ and wrong.__traceback__.tb_next)
    raise AssertionError


def as_sentry(
    wrong: BaseException, values: list[dict[str, object]], parent: int | None = None, source: str | None = None
) -> None:
    """What the Python SDK makes of an exception, newest first."""
    name = len(values)
    kind = type(wrong)
    values.append(
        {
            "mechanism": {"type": "chained" if name else "generic", "exception_id": name, "parent_id": parent, "source": source},
            "module": kind.__module__, "type": kind.__name__, "value": str(wrong), "stacktrace": {"frames": frames(wrong.__traceback__)},
        }
    )  # fmt: skip
    if wrong.__cause__ is not None:
        as_sentry(wrong.__cause__, values, name, "__cause__")
    elif wrong.__context__ is not None and not wrong.__suppress_context__:
        as_sentry(wrong.__context__, values, name, "__context__")
    if isinstance(wrong, BaseExceptionGroup):
        for at, member in enumerate(wrong.exceptions):
            as_sentry(member, values, name, f"exceptions[{at}]")


def frames(tb: TracebackType | None) -> list[object]:
    found: list[object] = [
        {
            "abs_path": frame.filename,
            "filename": "a.py",
            "lineno": frame.lineno,
            "function": frame.name,
            "context_line": None,
        }
        for frame in traceback.extract_tb(tb)
        if frame.filename.startswith("/srv")
    ]
    return found


CHAIN = """
def load():
    {}['dsn']
try:
    try:
        load()
    except KeyError as wrong:
        raise ValueError('no dsn') from wrong
except ValueError:
    import json
    json.loads('x')
"""
GROUP = """
def member(kind, text):
    try:
        try:
            1 / 0
        except ZeroDivisionError as wrong:
            raise kind(text) from wrong
    except kind as wrong:
        return wrong
raise ExceptionGroup('many', [member(ValueError, 'a'), ExceptionGroup('inner', [TypeError('b'), member(OSError, 'c')]), KeyError('d')])
"""


@pytest.mark.parametrize("code", [CHAIN.replace("json.loads('x')", "raise json.JSONDecodeError('no', 'x', 0)"), GROUP])
def test_chains_and_groups_are_printed_as_python_does(code: str) -> None:
    wrong = caught(code)
    values: list[dict[str, object]] = []
    as_sentry(wrong, values)
    assert text(*reversed(values)) == "".join(traceback.format_exception(wrong)).rstrip("\n")


def test_without_ids_each_is_the_cause_of_the_next() -> None:
    assert text(
        {"type": "KeyError", "value": "'a'"}, {"type": "ValueError", "value": "b", "module": "shop.errors"}
    ) == (
        "KeyError: 'a'\n\nThe above exception was the direct cause of the following exception:\n\nshop.errors.ValueError: b"
    )
    before = {"type": "A", "mechanism": {"source": "__context__"}}
    assert (
        text(before, {"type": "B"}) == "A\n\nDuring handling of the above exception, another exception occurred:\n\nB"
    )


@pytest.mark.parametrize("ids", [(0, 0), (1, 1), ("a", {}), (True, None), (0, 7)])
def test_ids_that_make_no_tree_are_not_believed(ids: tuple[object, object]) -> None:
    first = {"type": "A", "mechanism": {"exception_id": ids[0], "parent_id": ids[1]}}
    second = {"type": "B", "mechanism": {"exception_id": 0}}
    found = text(first, second)
    assert found.count("A") + found.count("B") >= 2


def test_a_refusal_is_said_in_the_header_too() -> None:
    for status in (400, 401, 403, 413, 503):
        answer = FORMAT.refused(status, "no key\r\n\u00e9", ASKED)
        assert answer.headers["X-Sentry-Error"] == "no key???"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert json.loads(answer.body)["detail"] == "no key\r\n\u00e9"
        assert "X-Sentry-Rate-Limits" not in answer.headers
    assert FORMAT.refused(429, "slow", ASKED).headers["X-Sentry-Rate-Limits"] == "60:error:key"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"oops",
        b"[]",
        b"[" * 10_000,
        b"\x00\xff",
        b'{"a":' * 10_000,
        envelope(b"{oops"),
        b'{"exception":5}',
        base64.b64encode(b"\x78\x9coops"),
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable) as raised:
        read(body)
    assert raised.value.status == 400


def test_odd_numbers_and_texts_are_taken() -> None:
    body = envelope(
        b'{"type":"event"}\n{"message":"a\\ud800","timestamp":NaN,"release":5,"x":1'
        + b"0" * 5_000
        + b',"message":"b\\ud800\xff"}'
    )
    assert read(body).records == (Record("b\ufffd\ufffd", release="5"),)


def test_very_many_frames_lose_their_middle() -> None:
    frames = [{"filename": "a.py", "lineno": at, "function": "f"} for at in range(1, 3_001)]
    found = text({"type": "RecursionError", "value": "deep", "stacktrace": {"frames": frames}})
    assert found.count("File") == 1_000
    assert "line 1," in found
    assert "line 3000," in found


NAMES = st.sampled_from(
    ["exception", "values", "type", "value", "module", "mechanism", "exception_id", "parent_id", "source", "stacktrace", "frames",
     "lineno", "filename", "function", "context_line", "logentry", "message", "release", "modules", "contexts", "runtime", "items", "attributes"]
)  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["exceptions[0]", "event", "__cause__"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.sampled_from(["event", "log"]), st.binary(max_size=60))
def test_any_body_is_read_or_refused(value: object, kind: str, raw: bytes) -> None:
    inside = {"exception": {"values": [value]}, "items": [value], "modules": value}
    for body in (
        raw,
        envelope(raw),
        envelope(item(kind, value)),
        envelope(item(kind, inside)),
        json.dumps(value).encode(),
    ):
        try:
            taken = read(body)
        except Unreadable:
            continue
        assert FORMAT.accepted(taken, body, ASKED).status == 200
