"""One JSON object of any shipper -> a record: which keys hold the text, the crash, and where they come from.

A dotted name is found nested, written with dots, and half and half (`kubernetes.labels` with the key
`app.kubernetes.io/name`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import orjson

from app.receive import loose
from app.receive.model import Record
from app.receive.moment import moment
from app.receive.written import complete, is_crash, last_line

TEXT = (
    "log", "message", "msg", "MESSAGE", "@message", "body", "short_message", "line", "textPayload",
    "jsonPayload.message", "jsonPayload.msg", "jsonPayload.log", "jsonPayload.event", "params.message",
    "event", "text", "event.original",
)  # fmt: skip
CRASH = (
    "stack_trace", "error.stack_trace", "error.stack", "err.stack", "stack", "traceback", "exc_info", "exc_text",
    "exception.stacktrace", "exception_stacktrace", "exception.stack_trace", "exception", "full_message", "stacktrace",
    "params.stack", "jsonPayload.stack_trace", "jsonPayload.exception", "jsonPayload.traceback", "jsonPayload.stack",
    "jsonPayload.exc_info", "jsonPayload.error.stack_trace", "stackTrace",
    "error_detail",
)  # fmt: skip
CRASH_TYPE = ("error.type", "error.kind", "err.type", "exception.type", "errorType")
CRASH_MESSAGE = ("error.message", "err.message", "exception.message", "errorMessage")

SERVICE = (
    "service.name", "service", "service_name", "dd.service", "kubernetes.labels.app.kubernetes.io/name",
    "kubernetes.labels.app_kubernetes_io/name", "kubernetes.labels.app", "kubernetes.labels.k8s-app",
    "kubernetes.pod_labels.app", "labels.app", "application", "app_name", "appname", "app", "_SYSTEMD_UNIT",
    "SYSLOG_IDENTIFIER", "PROGRAM", "programname", "app-name",
)  # fmt: skip
RELEASE = (
    "service.version", "service_version", "release", "dd.version", "app_version", "app.version",
    "kubernetes.labels.app.kubernetes.io/version", "kubernetes.labels.app_kubernetes_io/version",
    "kubernetes.labels.version", "version",
)  # fmt: skip
ENVIRONMENT = (
    "service.environment", "environment", "deployment.environment.name", "deployment.environment",
    "deployment_environment", "dd.env", "env", "kubernetes.labels.environment", "kubernetes.labels.env",
)  # fmt: skip
TIME = (
    "@timestamp", "timestamp", "date", "time", "ts", "jsonPayload.timestamp", "__REALTIME_TIMESTAMP", "datetime",
    "created", "timereported", "timegenerated", "ISODATE",
)  # fmt: skip
KEY = ("event_id", "event.id", "insertId", "__CURSOR")
PYTHON = ("python_version", "python.version")
OS = ("host.os.full", "host.os.name")

# One name of each row: which lines follow each other.
STREAM = (
    ("kubernetes.namespace_name", "kubernetes.namespace", "kubernetes.pod_namespace"),
    ("kubernetes.pod_name", "kubernetes.pod.name"),
    ("kubernetes.container_name", "kubernetes.container.name", "container_name", "container.name"),
    ("container_id", "container.id"),
    ("tag", "fluentd_tag", "_tag"),
    ("hostname", "host.name", "host.hostname", "host", "_HOSTNAME", "HOST", "fromhost"),
    ("source",),
    ("file", "filename", "log.file.path", "path", "file_path"),
    ("process.name", "process", "_COMM", "PROGRAM", "programname", "app-name"),
    ("pid", "process.pid", "_PID", "PID"),
    ("logger", "log.logger", "logger_name"),
    ("stream",),
)
TABLES: dict[str, tuple[str, ...]] = {
    "text": TEXT, "crash": CRASH, "crash type": CRASH_TYPE, "crash message": CRASH_MESSAGE, "service": SERVICE,
    "release": RELEASE, "environment": ENVIRONMENT, "time": TIME, "key": KEY, "python": PYTHON, "os": OS,
    **{f"stream {at}": names for at, names in enumerate(STREAM)},
}  # fmt: skip
HEADS = {name.partition(".")[0] for names in TABLES.values() for name in names}
# Not `_p`, which is P where Fluent Bit's own parser of CRI lines has joined the parts already.
PARTIAL = {("logtag", "P"), ("_partial", True), ("partial_message", "true"), ("partial_message", True)}
LAST_PART = {"true", True}
DOCKER_LINE = 16_384  # bytes: Docker cuts longer lines, and their parts have no newline
WIDEST = 4  # bytes of a character
LEVELS = 2  # of JSON inside a JSON string
LONGEST_NAME = 256


Plan = Mapping[str, tuple[str, ...]]
"""Table -> the names of it that an object can have."""
Look = Callable[[Mapping[str, object]], tuple[Plan, Record]]
"""From an object to its plan, and to a record without text that says where it comes from."""


def look_at(value: Mapping[str, object]) -> tuple[Plan, Record]:
    """Its plan and its place, as if it were the only one."""
    plan = plan_of(value)
    return plan, place_of(value, plan)


def record_of(value: Mapping[str, object], levels: int = LEVELS, look: Look = look_at) -> Record | None:
    """What an object says as a record, or None when it holds no text."""
    plan, where = look(value)
    said = _first(value, plan["text"])
    crash = _crash(value, plan)
    if said is None and crash is None:
        said = _rescued(value, plan)
        if said is None:
            return None
    inner = loose.mapping(said) if levels and said is not None and "{" in said else None
    nested = record_of(inner, levels - 1) if inner is not None else None
    outer = Record(
        text=both(said, crash),
        stream=where.stream,
        service=where.service,
        release=where.release,
        environment=where.environment,
        time=_time(value, plan["time"]),
        partial=_is_partial(value, said),
        whole=crash is not None,
        key=_word(value, plan["key"]),
        python=where.python,
        os=where.os,
    )
    return outer if nested is None else _joined(outer, nested, crash)


def crash_of(value: Mapping[str, object]) -> str | None:
    """The crash that stands beside a record's text, under one of the names for it; None where there is none."""
    return _crash(value, plan_of(value))


def _crash(value: Mapping[str, object], plan: Plan) -> str | None:
    if not plan["crash"]:
        return None
    found = next((text for name in plan["crash"] if is_crash(text := text_of(find(value, name)))), None)
    if found is None:
        return None
    return complete(found, _word(value, plan["crash type"]), _first(value, plan["crash message"]))


def plan_of(value: Mapping[str, object]) -> Plan:
    """The names that are worth looking up in an object with these keys."""
    return _plan(frozenset(head for key in value if isinstance(key, str) and (head := key.partition(".")[0]) in HEADS))


@lru_cache(maxsize=256)
def _plan(heads: frozenset[str]) -> Plan:
    """A shipper's objects have the same keys again and again, and few of those that we know."""
    return {table: tuple(name for name in names if name.partition(".")[0] in heads) for table, names in TABLES.items()}


def find(value: Mapping[str, object], name: str) -> object | None:
    """What stands under a dotted name, however the dots are spelled."""
    if name in value:
        return value[name]
    head, dot, rest = name.partition(".")
    while dot:
        inner = value.get(head)
        if isinstance(inner, dict) and (found := find(inner, rest)) is not None:
            return found
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None


def text_of(value: object) -> str | None:
    """A string as it stands but for newlines at its end; a list of strings as lines, of exceptions as JSON."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        value = "\n".join(line.rstrip("\r\n") for line in value)
    elif isinstance(value, list) and value and all(isinstance(one, dict) and "exc_type" in one for one in value):
        value = orjson.dumps({"exception": value}).decode()  # whoever reads texts knows these
    return value.rstrip("\r\n") if isinstance(value, str) else None


def word_of(value: object) -> str | None:
    """A name, or a number as one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int) or (isinstance(value, int) and abs(value) >> 64):
        return None
    return str(value).strip()[:LONGEST_NAME] or None


def both(said: str | None, crash: str | None) -> str:
    """A message and its crash as one text, neither of them twice."""
    if not said or not crash:
        return said or crash or ""
    if crash in said:
        return said
    return crash if said in crash else f"{said}\n{crash}"


def joined(parts: Iterable[str | None]) -> str:
    """The parts of a stream's name that are there, each once."""
    return "/".join(dict.fromkeys(part for part in parts if part))


def tags(text: object) -> dict[str, str]:
    """Datadog's `env:prod,version:4.2.1`."""
    pairs = (pair.partition(":") for pair in text.split(",")) if isinstance(text, str) else ()
    return {name.strip(): told.strip() for name, _, told in pairs if told.strip()}


def _first(value: Mapping[str, object], names: Iterable[str]) -> str | None:
    """The first text that says something, or an empty one where there is no other."""
    empty = None
    for name in names:
        found = text_of(find(value, name))
        if found:
            return found
        empty = found if empty is None else empty
    return empty


def _word(value: Mapping[str, object], names: Iterable[str]) -> str | None:
    return next((found for name in names if (found := word_of(find(value, name)))), None)


def _time(value: Mapping[str, object], names: Iterable[str]) -> float | None:
    for name in names:
        if (found := moment(find(value, name))) is not None:
            return found
    return None


def _rescued(value: Mapping[str, object], plan: Plan) -> str | None:
    """A crash under a key that nobody knows; else an error that has no stack, or any text under a crash's key.

    AWS Lambda sends an empty stack when a function can't be imported.
    """
    known = (text_of(inner) for inner in value.values())
    crash = next((text for text in known if is_crash(text)), None)
    if crash is not None:
        return crash
    kind, message = _word(value, plan["crash type"]), _first(value, plan["crash message"])
    return last_line(kind, message) if kind and message else _first(value, plan["crash"])


def place_of(value: Mapping[str, object], plan: Plan) -> Record:
    """What an object says of where it comes from."""
    dd = tags(value.get("ddtags"))
    of_gelf = "short_message" in value  # whose own version stands there
    return Record(
        text="",
        stream=joined(_word(value, plan[f"stream {at}"]) for at in range(len(STREAM))),
        service=_word(value, plan["service"]) or dd.get("service") or _logger_of_pino(value),
        release=_word(value, [name for name in plan["release"] if not (of_gelf and name == "version")])
        or dd.get("version"),
        environment=_word(value, plan["environment"]) or dd.get("env"),
        python=_word(value, plan["python"]),
        os=_word(value, plan["os"]),
    )


def _logger_of_pino(value: Mapping[str, object]) -> str | None:
    """Pino and Bunyan name the program `name`; with them, levels are numbers. Elsewhere it is a logger."""
    return word_of(value.get("name")) if isinstance(value.get("level"), int) and "hostname" in value else None


def _is_partial(value: Mapping[str, object], said: str | None) -> bool:
    for name, mark in PARTIAL:
        if name in value and value[name] == mark:
            last = value.get("partial_last")
            return not (isinstance(last, str | bool) and last in LAST_PART)
    raw = value.get("log")
    if not said or not isinstance(raw, str) or len(raw) < DOCKER_LINE // WIDEST or raw.endswith("\n"):
        return False
    docker = value.get("stream") in ("stdout", "stderr") and not ({"logtag", "_p"} & value.keys())
    return docker and len(raw.encode(errors="replace")) >= DOCKER_LINE


def _joined(outer: Record, inner: Record, crash: str | None) -> Record:
    """What a line that is JSON itself says; the shipper's record around it tells where it comes from."""
    return inner._replace(
        text=both(inner.text, crash),
        whole=inner.whole or outer.whole,
        partial=inner.partial,
        stream=joined((outer.stream, inner.stream)),
        service=inner.service or outer.service,
        release=inner.release or outer.release,
        environment=inner.environment or outer.environment,
        time=outer.time if inner.time is None else inner.time,
        key=inner.key or outer.key,
        python=inner.python or outer.python,
        os=inner.os or outer.os,
    )
