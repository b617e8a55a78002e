"""Elasticsearch's `_bulk`: a line that says what to do and mostly a line with what; and what clients ask before."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from app.errors import Unreadable
from app.receive.alike import remembered
from app.receive.answers import as_json
from app.receive.bounds import ensure_few_pieces
from app.receive.fields import record_of, word_of
from app.receive.loose import one
from app.receive.model import Asked, Batch, Format, Record, Reply

# Without it Elastic's own clients raise after the data is in.
PRODUCT = {"X-Elastic-Product": "Elasticsearch"}
# What each action answers when it is done.
DONE = {"index": ("created", 201), "create": ("created", 201), "update": ("updated", 200), "delete": ("deleted", 200)}
BAD_SOURCE = "document_parsing_exception"
BAD_ACTION = "illegal_argument_exception"
ERRORS = {
    400: "parse_exception",
    401: "security_exception",
    403: "security_exception",
    413: "content_too_long_exception",
    429: "es_rejected_execution_exception",
    503: "es_rejected_execution_exception",
}
INDEX = re.compile(r"^/(?:.+/)?([^/_][^/]*)/(?:_doc/)?_bulk/?$")

VERSION = "9.0.0"  # Beats refuse one older than they are
ABOUT = {
    "name": "tracelore",
    "cluster_name": "tracelore",
    "cluster_uuid": "dHJhY2Vsb3JlLWNsdXN0ZQ",
    "version": {
        "number": VERSION,
        "build_flavor": "default",
        "build_type": "docker",
        "build_hash": "0" * 40,
        "build_date": "2025-04-08T00:00:00.000000000Z",
        "build_snapshot": False,
        "lucene_version": "10.1.0",
        "minimum_wire_compatibility_version": "8.18.0",
        "minimum_index_compatibility_version": "8.0.0",
    },
    "tagline": "You Know, for Search",
}
LICENSE = {"status": "active", "uid": "00000000-0000-0000-0000-000000000000", "type": "basic", "mode": "basic"}
FEATURE = {"available": True, "enabled": True}
ACKNOWLEDGED = {"acknowledged": True}
SHARDS = {"total": 1, "successful": 1, "failed": 0}
# What clients ask before they send: paths, and what is said to it.
HELLO: tuple[tuple[re.Pattern[str], object], ...] = (
    (re.compile(r"/?"), ABOUT),
    (re.compile(r"/_license/?"), {"license": LICENSE}),
    (re.compile(r"/_xpack/?"), {"license": LICENSE, "features": {"ilm": FEATURE, "security": FEATURE}}),
    (
        re.compile(r"/(?:_ilm/policy|_index_template|_component_template|_template|_ingest/pipeline)(?:/.*)?"),
        ACKNOWLEDGED,
    ),
    (re.compile(r"(?:/[^/]+)?/_refresh/?"), {"_shards": SHARDS}),  # at the end: a client fails its program without it
)
ASKING = frozenset({"GET", "HEAD", "PUT"})


class Item(NamedTuple):
    """One action as sent: its name, its own fields, what to keep, and why it can't be done."""

    action: str
    meta: Mapping[str, object]
    source: Mapping[str, object] | None
    line: bytes
    wrong: tuple[str, str] | None = None


def decode(body: bytes, asked: Asked) -> Batch:
    """Each source as a record. Nothing of it is refused as a whole but a body without any action."""
    ensure_few_pieces(body)
    index = _index(asked)
    records: list[Record] = []
    refused: list[str] = []
    total = known = 0
    look = remembered()
    for item in _items(body):
        total += 1
        known += item.wrong is None or item.wrong[0] != BAD_ACTION
        if item.wrong is not None:
            refused.append(item.wrong[1])
        elif item.source is not None and (record := record_of(item.source, look=look)) is not None:
            records.append(_keyed(record, item, index))
    if not total:
        raise Unreadable("empty", "request body is required")
    if not known:
        raise Unreadable("unreadable", refused[0])
    return Batch(tuple(records), tuple(refused), total)


def _items(body: bytes) -> Iterator[Item]:
    """The actions in their order. Blank lines between them are nothing, as rsyslog sends them."""
    lines = (line for line in body.split(b"\n") if line.strip())
    held: bytes | None = None
    read, found, action = b"", None, None
    while (line := held if held is not None else next(lines, None)) is not None:
        held = None
        if line != read:  # mostly a sender's actions are all the same
            read, found = line, _object(line)
            action = _action(found)
        if action is None:
            # Its source, if it is one, must not be taken for an action; the answer has one item for both.
            behind = next(lines, None)
            held = behind if behind is not None and _action(_object(behind)) is not None else None
            yield Item("index", {}, None, line, (BAD_ACTION, "Malformed action/metadata line."))
            continue
        meta = found[action] if found is not None else {}
        meta = meta if isinstance(meta, dict) else {}
        if action == "delete":
            yield Item(action, meta, None, line)
            continue
        source = next(lines, b"")
        yield _with_source(action, meta, source)


def _with_source(action: str, meta: Mapping[str, object], line: bytes) -> Item:
    source = _object(line)
    if source is None:
        why = "The document is no JSON object." if line else "The last action has no document."
        return Item(action, meta, None, line, (BAD_SOURCE, why))
    if action == "update":
        changed = source.get("doc", source.get("upsert"))
        source = changed if isinstance(changed, dict) else {}
    return Item(action, meta, source, line)


def _object(line: bytes) -> dict[str, object] | None:
    try:
        found = one(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _action(found: dict[str, object] | None) -> str | None:
    """The action that a line asks for: one key, and an object under it."""
    name = next(iter(found)) if found and len(found) == 1 else None
    return name if name in DONE and found and isinstance(found[name], dict | None) else None


def _keyed(record: Record, item: Item, index: str) -> Record:
    """A record with the sender's own name for it, if there is one; an update's is that of what it changes."""
    sent = word_of(item.meta.get("_id")) if item.action != "update" else None
    name = word_of(item.meta.get("_index")) or index
    return record if sent is None else record._replace(key=f"{name}/{sent}" if name else sent)


def _index(asked: Asked) -> str:
    found = INDEX.match(asked.path)
    return found[1] if found else ""


def accepted(batch: Batch, body: bytes, asked: Asked) -> Reply:
    """One answer for each action, in their order."""
    index = _index(asked)
    items = [{item.action: _answer(item, index, number)} for number, item in enumerate(_items(body))]
    return as_json(200, {"took": 1, "errors": bool(batch.refused), "items": items}, PRODUCT)


def _answer(item: Item, index: str, number: int) -> dict[str, object]:
    """What became of one action. Where it names no document, the name comes from what it is."""
    made = hashlib.blake2b(b"%d:%b" % (number, item.line), digest_size=10).hexdigest()
    about: dict[str, object] = {
        "_index": word_of(item.meta.get("_index")) or index,
        "_id": word_of(item.meta.get("_id")) or made,
    }
    if item.wrong is not None:
        kind, why = item.wrong
        return about | {"status": 400, "error": {"type": kind, "reason": why}}
    result, status = DONE[item.action]
    return about | {
        "_version": 1, "result": result, "_shards": SHARDS, "_seq_no": number, "_primary_term": 1, "status": status,
    }  # fmt: skip


def refused(status: int, detail: str, _: Asked) -> Reply:
    """An error as Elasticsearch words it, with the header that its clients check first."""
    error = {"type": ERRORS.get(status, "illegal_argument_exception"), "reason": detail}
    return as_json(status, {"error": {"root_cause": [error], **error}, "status": status}, PRODUCT)


def greet(asked: Asked) -> Reply | None:
    """The answer to what clients ask before they send; None where it is nothing of that kind."""
    if asked.method not in ASKING:
        return None
    found = next((said for path, said in HELLO if path.fullmatch(asked.path)), None)
    if found is None:
        return None
    reply = as_json(200, found, PRODUCT)
    return Reply(200, b"", reply.media_type, PRODUCT) if asked.method == "HEAD" else reply


FORMAT = Format(decode, accepted, refused)
