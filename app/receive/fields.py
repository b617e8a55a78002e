"""One JSON object of any shipper -> a record: which keys hold the text, the crash, and where they come from.

A dotted name is found nested, written with dots, and half and half (`kubernetes.labels` with the key
`app.kubernetes.io/name`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson

from app.receive import loose
from app.receive.model import Record
from app.receive.moment import moment
from app.receive.written import complete, is_crash

TEXT = (
    "log", "message", "msg", "MESSAGE", "@message", "body", "short_message", "line", "textPayload",
    "jsonPayload.message", "jsonPayload.msg", "jsonPayload.log", "jsonPayload.event", "params.message",
    "event", "text", "event.original",
)  # fmt: skip
CRASH = (
    "stack_trace", "error.stack_trace", "error.stack", "err.stack", "stack", "traceback", "exc_info", "exc_text",
    "exception.stacktrace", "exception_stacktrace", "exception.stack_trace", "exception", "full_message", "stacktrace",
    "params.stack", "jsonPayload.stack_trace", "jsonPayload.exception", "jsonPayload.traceback", "jsonPayload.stack",
    "jsonPayload.exc_info", "jsonPayload.error.stack_trace",
)  # fmt: skip
CRASH_TYPE = ("error.type", "error.kind", "err.type", "exception.type")
CRASH_MESSAGE = ("error.message", "err.message", "exception.message")

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
# The tables that `_place` reads, and what else it looks at.
PLACED = ("service", "release", "environment", "python", "os", *(f"stream {at}" for at in range(len(STREAM))))
PLACES = {name.partition(".")[0] for table in PLACED for name in TABLES[table]} | {"ddtags", "name", "hostname"}

# Not `_p`, which is P where Fluent Bit's own parser of CRI lines has joined the parts already.
PARTIAL = {("logtag", "P"), ("_partial", True), ("partial_message", "true"), ("partial_message", True)}
LAST_PART = {"true", True}
DOCKER_LINE = 16_384  # bytes: Docker cuts longer lines, and their parts have no newline
WIDEST = 4  # bytes of a character
LEVELS = 2  # of JSON inside a JSON string
LONGEST_NAME = 256


Plan = Mapping[str, tuple[str, ...]]
"""Table -> the names of it that an object can have."""
Placing = Callable[[Mapping[str, object], Plan], Record]


def record_of(value: Mapping[str, object], levels: int = LEVELS, place: Placing | None = None) -> Record | None:
    """What an object says as a record, or None when it holds no text."""
    plan = _plan_of(value)
    said = _first(value, plan["text"])
    crash = _crash(value, plan)
    if said is None and crash is None:
        said = _rescued(value, plan)
        if said is None:
            return None
    inner = loose.mapping(said) if said is not None and levels else None
    nested = record_of(inner, levels - 1) if inner is not None else None
    where = (place or _place)(value, plan)
    outer = Record(  # no `replace`, which takes longer than all the rest
        text=both(said, crash),
        stream=where.stream,
        service=where.service,
        release=where.release,
        environment=where.environment,
        time=next((found for name in plan["time"] if (found := moment(find(value, name))) is not None), None),
        partial=_is_partial(value, said),
        whole=crash is not None,
        key=_word(value, plan["key"]),
        python=where.python,
        os=where.os,
    )
    return outer if nested is None else _joined(outer, nested, crash)


def remembered() -> Placing:
    """Where records come from: not looked up again for one that says of it what the one before it said."""
    known: tuple[object, ...] = ()
    telling: list[str] = []
    last: tuple[bytes, Record] | None = None

    def place(value: Mapping[str, object], plan: Plan) -> Record:
        nonlocal known, telling, last
        if (keys := tuple(value)) != known:
            known, telling, last = keys, [key for key in value if _tells(key)], None
        # a text is no place, though `log` may be an object that tells one
        parts = [value[key] if key not in TEXT or type(value[key]) is dict else None for key in telling]
        try:
            told = orjson.dumps([isinstance(value.get("level"), int), parts])
        except TypeError:  # it is no JSON
            return _place(value, plan)
        if last is None or last[0] != told:
            last = told, _place(value, plan)
        return last[1]

    return place


def _tells(key: object) -> bool:
    """Whether a key can have to do with where a record comes from."""
    return isinstance(key, str) and key.partition(".")[0] in PLACES


def plain_texts(items: list[Any]) -> list[str] | None:
    """The text of each item, where all are records with nothing beside it that could be, or become, a crash.

    None where one is not: then they have to be looked at one by one.
    """
    if set(map(type, items)) != {dict}:
        return None
    shapes = set(map(tuple, items))
    names = {_text_name(dict.fromkeys(shape)) for shape in shapes}
    name = names.pop()
    if names or name is None or (any("logtag" in shape for shape in shapes) and any(map(_is_part, items))):
        return None
    texts = [item[name] for item in items]
    plain = set(map(type, texts)) == {str} and all(texts) and len(max(texts, key=len)) < DOCKER_LINE // WIDEST
    return texts if plain else None


def _is_part(item: Mapping[str, object]) -> bool:
    return item.get("logtag") == "P"


def _text_name(item: Mapping[str, object]) -> str | None:
    """The key of the text in all objects with these keys; None where it depends on what stands under them."""
    plan = _plan_of(item)
    first = next(iter(plan["text"]), "")
    marked = any(name in item for name, _ in PARTIAL if name != "logtag")
    return None if plan["crash"] or marked or first not in item else first


def crash_of(value: Mapping[str, object]) -> str | None:
    """The crash that stands beside a record's text, under one of the names for it; None where there is none."""
    return _crash(value, _plan_of(value))


def _crash(value: Mapping[str, object], plan: Plan) -> str | None:
    if not plan["crash"]:
        return None
    found = next((text for name in plan["crash"] if is_crash(text := text_of(find(value, name)))), None)
    if found is None:
        return None
    return complete(found, _word(value, plan["crash type"]), _first(value, plan["crash message"]))


def _plan_of(value: Mapping[str, object]) -> Plan:
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
    """A string as it stands but for newlines at its end; a list of strings as lines."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        value = "\n".join(line.rstrip("\r\n") for line in value)
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


def _rescued(value: Mapping[str, object], plan: Plan) -> str | None:
    """A crash under a key that nobody knows; else, whatever text stands under a crash's key."""
    known = (text_of(inner) for inner in value.values())
    crash = next((text for text in known if is_crash(text)), None)
    return crash if crash is not None else _first(value, plan["crash"])


def _place(value: Mapping[str, object], plan: Plan) -> Record:
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
    docker = value.get("stream") in ("stdout", "stderr") and not ({"logtag", "_p"} & value.keys())
    return bool(
        docker
        and said
        and isinstance(raw, str)
        and len(raw.encode(errors="replace")) >= DOCKER_LINE
        and not raw.endswith("\n")
    )


def _joined(outer: Record, inner: Record, crash: str | None) -> Record:
    """What a line that is JSON itself says; the shipper's record around it tells where it comes from."""
    return replace(
        inner,
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
