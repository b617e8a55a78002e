"""Requests as Fluent Bit and Fluentd sent them, byte for byte: which records are in each of them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from app.receive import bulk, datadog, gelf, ingest, loki, otlp, splunk
from app.receive.model import Asked, Batch, Format, Record
from app.receive.stitch import Stitcher
from app.receive.unpack import unpack

FOLDER = Path(__file__).parents[1] / "shippers" / "requests"
FORMATS: dict[str, Format] = {
    "/ingest/fluentbit": ingest.FORMAT,  # the program was told this path; ours has no name behind it
    "/ingest/fluentd": ingest.FORMAT,
    "/api/v2/logs": datadog.FORMAT,
    "/_bulk": bulk.FORMAT,
    "/gelf": gelf.FORMAT,
    "/loki/api/v1/push": loki.FORMAT,
    "/v1/logs": otlp.LOGS,
    "/services/collector/event": splunk.EVENT,
}
LIMIT = 1_000_000

TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "/srv/app/worker.py", line 3, in load',
    '    return cfg["dsn"]',
    "KeyError: 'dsn'",
]
FIRST, FAILED = "2026-11-22 10:00:00 INFO starting", "2026-11-22 10:00:01 ERROR worker failed"
NEXT = "2026-11-22 10:00:02 INFO next"
CUT = "x" * 60 + " partial"
CRASH = "\n".join([FAILED, *TRACEBACK])
PARSED_CRASH = "\n".join(["worker failed", *TRACEBACK])  # Fluentd's parser took the time and the level off

MULTILINE = [[FIRST, CRASH], [NEXT]]
LINES = [FIRST, FAILED, *TRACEBACK]
TEXTS: dict[str, list[list[str]]] = {
    "fluent-bit-cri-linewise": [[*LINES, CUT, NEXT]],
    "fluent-bit-cri-multiline": [[*LINES, CUT + NEXT]],
    "fluent-bit-datadog": MULTILINE,
    "fluent-bit-docker-json-file-linewise": [[*LINES, CUT, NEXT]],
    "fluent-bit-es-bulk": MULTILINE,
    "fluent-bit-http-default": MULTILINE,
    "fluent-bit-http-gelf-zstd": MULTILINE,
    "fluent-bit-http-json-lines-gzip": MULTILINE,
    "fluent-bit-http-json-stream-snappy": MULTILINE,
    "fluent-bit-http-msgpack": MULTILINE,
    "fluent-bit-http-retry-503": [*MULTILINE, MULTILINE[0]],  # the first was not taken, and comes after the second
    "fluent-bit-loki": MULTILINE,
    "fluent-bit-loki-gzip": MULTILINE,
    "fluent-bit-opentelemetry": MULTILINE,
    "fluent-bit-splunk-hec": MULTILINE,
    "fluent-bit-splunk-raw": MULTILINE,
    "fluentd-out-http-json-array-gzip": [["starting", PARSED_CRASH], ["next"]],
    "fluentd-out-http-msgpack": [["starting", PARSED_CRASH], ["next"]],
    "fluentd-out-http-ndjson": [["starting", PARSED_CRASH, "next"]],
    "fluentd-out-http-retry-503": [["starting", PARSED_CRASH, "next"]] * 2,
}
# Stream, service and environment, where a program says something of them.
PLACES = {
    "fluent-bit-cri-linewise": ("stderr", None, None),
    "fluent-bit-cri-multiline": ("stderr", None, None),
    "fluent-bit-datadog": ("", "checkout", None),
    "fluent-bit-docker-json-file-linewise": ("stderr", None, None),
    "fluent-bit-http-json-lines-gzip": ("kube.app", None, None),
    "fluent-bit-loki": ("prod/app", "app", "prod"),
    "fluent-bit-loki-gzip": ("app", "app", None),
    "fluent-bit-splunk-hec": ("app", None, None),
}
NOWHERE = ("", None, None)
TIMELESS = {"fluent-bit-splunk-raw"}


def batches(name: str) -> list[Batch]:
    """What each request of a file holds."""
    return [_read(one["line"], one["headers"], one["body"]) for one in _requests(name)]


def _requests(name: str) -> list[dict[str, object]]:
    found = json.loads((FOLDER / f"{name}.json").read_text())["requests"]
    assert isinstance(found, list)
    return found


def _read(line: object, headers: object, body: object) -> Batch:
    assert isinstance(headers, list)
    method, path, _ = str(line).split()
    told = {name.lower(): value for name, _, value in (one.partition(": ") for one in headers)}
    plain = unpack(base64.b64decode(str(body)), told.get("content-encoding", ""), LIMIT)
    return FORMATS[path].decode(plain, Asked(method, path, {}, told))


def records(name: str) -> list[Record]:
    return [record for batch in batches(name) for record in batch.records]


def test_every_recorded_file_is_expected_here() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == TEXTS.keys()
    assert len(TEXTS) == 20


@pytest.mark.parametrize("name", TEXTS)
def test_the_records_of_each_request_are_read(name: str) -> None:
    """Each line, or each event that the program had joined before; nothing is refused."""
    found = batches(name)
    assert [[record.text for record in batch.records] for batch in found] == TEXTS[name]
    assert [batch.refused for batch in found] == [()] * len(found)


@pytest.mark.parametrize("name", TEXTS)
def test_where_and_when_a_record_comes_from_is_read(name: str) -> None:
    found = records(name)
    assert {(one.stream, one.service, one.environment) for one in found} == {PLACES.get(name, NOWHERE)}
    times = [one.time for one in found]
    if name in TIMELESS:
        assert set(times) == {None}
    else:
        assert all(time is not None and 1_795_341_600 <= time < 1_795_370_000 for time in times)


def test_elasticsearchs_ids_are_the_records_own_names() -> None:
    found = records("fluent-bit-es-bulk")
    assert len({one.key for one in found}) == 3
    assert all(one.key and one.key.startswith("logs-app/") for one in found)


@pytest.mark.parametrize("name", TEXTS)
def test_the_lines_of_the_crash_are_one_text(name: str) -> None:
    """However it was cut, by the container's runtime or by the shipper."""
    stitcher = Stitcher()
    found = [block for batch in batches(name) for block in stitcher.add(batch.records, 0.0)] + stitcher.flush()
    once = len({tuple(texts) for texts in TEXTS[name]}) == len(TEXTS[name])
    assert sum(block.text.count("\n".join(TRACEBACK)) for block in found) == (1 if once else 2)
    assert len(found) == 1


@pytest.mark.parametrize("name", ["fluent-bit-cri-linewise", "fluent-bit-cri-multiline"])
def test_a_line_that_the_runtime_cut_goes_on_in_the_next(name: str) -> None:
    stitcher = Stitcher()
    (block,) = stitcher.add(records(name), 0.0) + stitcher.flush()
    assert f"{CUT}{NEXT}" in block.text.splitlines()
