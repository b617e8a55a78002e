"""What an ordinary log record costs from its body to being dropped, in microseconds of CPU time, by wire format.

    python -m bench.records

Real logs of programs that are well (tests/ordinary/logs) are sent in batches as shippers send them. Rounds of all
formats are interleaved, so that a busy moment of the machine meets all of them; given are the median and the middle
half of the rounds, and how often the time to parse the same body as JSON fits into it.
"""

from __future__ import annotations

import gzip
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import cramjam
import orjson
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from app.receive import bulk, ingest, loki, otlp
from app.receive.model import Asked, Format
from app.receive.otlp_wire import message, number
from app.receive.skim import ordinary, skim
from app.receive.stitch import Stitcher

LOGS = Path(__file__).parent.parent / "tests" / "ordinary" / "logs"
BATCH = 500
BODIES = 8  # of each format, so that no cache holds the one that is measured
ROUNDS = 15
START = 1_795_364_453_000  # milliseconds since 1970
POD = {"namespace_name": "shop", "pod_name": "cart-7d9f4-x2x", "container_name": "cart", "labels": {"app": "cart"}}


@dataclass(frozen=True, slots=True)
class Case:
    """A wire format and bodies in it."""

    name: str
    form: Format
    path: str
    bodies: list[bytes]
    as_json: list[bytes]
    """What `json.loads` and `orjson.loads` are given: the same records, as JSON where the bodies are none."""


def lines() -> list[str]:
    """Lines of programs that are well, mixed, none of which could begin a crash."""
    logs = [gzip.decompress(file.read_bytes()).decode().splitlines() for file in sorted(LOGS.glob("*.log.gz"))]
    found = [line for log in logs for line in log[:400] if line.strip()]
    return [line for line in found if ordinary(line.encode())]


def cases(text: list[str]) -> list[Case]:
    """Each format with the same lines."""
    batches = [list(islice(cycle(text), at * BATCH, (at + 1) * BATCH)) for at in range(BODIES)]
    objects = [[_record(line, at) for at, line in enumerate(batch)] for batch in batches]
    arrays = [orjson.dumps(batch) for batch in objects]
    plain = [
        orjson.dumps([{"date": (START + at) / 1000, "log": line} for at, line in enumerate(batch)]) for batch in batches
    ]
    newlines = [b"\n".join(map(orjson.dumps, batch)) + b"\n" for batch in objects]
    pushes = [orjson.dumps(_push(batch)) for batch in batches]
    bulks = [b"".join(b'{"index":{}}\n' + orjson.dumps(one) + b"\n" for one in batch) for batch in objects]
    requests = list(map(_otlp, batches))
    messages = [request.SerializeToString() for request in requests]
    as_json = [MessageToJson(request, indent=None).encode() for request in requests]
    return [
        Case("/ingest, a file", ingest.FORMAT, "/ingest", plain, plain),  # Fluent Bit's default output
        Case("/ingest array", ingest.FORMAT, "/ingest", arrays, arrays),
        Case("/ingest NDJSON", ingest.FORMAT, "/ingest", newlines, arrays),
        Case("/ingest lines", ingest.FORMAT, "/ingest", ["\n".join(batch).encode() for batch in batches], plain),
        Case("Loki JSON", loki.FORMAT, "/loki/api/v1/push", pushes, pushes),
        Case("Loki protobuf", loki.FORMAT, "/loki/api/v1/push", list(map(_packed, batches)), pushes),
        Case("Elasticsearch _bulk", bulk.FORMAT, "/logs/_bulk", bulks, arrays),
        Case("OTLP protobuf", otlp.LOGS, "/v1/logs", messages, as_json),
        Case("OTLP JSON", otlp.LOGS, "/v1/logs", as_json, as_json),
    ]


def _record(line: str, at: int) -> dict[str, object]:
    """As Fluent Bit sends it from Kubernetes."""
    return {"date": (START + at) / 1000, "stream": "stdout", "logtag": "F", "log": line, "kubernetes": POD}


def _push(batch: list[str]) -> dict[str, object]:
    labels = {"namespace": "shop", "pod": "cart-7d9f4-x2x", "container": "cart", "app": "cart"}
    entries = [[f"{START + at}000000", line] for at, line in enumerate(batch)]
    return {"streams": [{"stream": labels, "values": entries}]}


def _packed(batch: list[str]) -> bytes:
    """As Promtail and Alloy push it: a snappy block of protobuf."""
    labels = message(1, b'{namespace="shop", pod="cart-7d9f4-x2x", container="cart", app="cart"}')
    entries = [
        message(2, message(1, number(1, START // 1000) + number(2, at * 1_000_000)) + message(2, line.encode()))
        for at, line in enumerate(batch)
    ]
    return bytes(cramjam.snappy.compress_raw(message(1, labels + b"".join(entries))))


def _otlp(batch: list[str]) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    logs = request.resource_logs.add()
    for name, value in (("service.name", "cart"), ("k8s.namespace.name", "shop"), ("k8s.pod.name", "cart-7d9f4-x2x")):
        logs.resource.attributes.add(key=name).value.string_value = value
    scope = logs.scope_logs.add()
    scope.scope.name = "cart.web"
    for at, line in enumerate(batch):
        record = scope.log_records.add(time_unix_nano=(START + at) * 1_000_000, severity_number=9, severity_text="INFO")
        record.observed_time_unix_nano = record.time_unix_nano
        record.body.string_value = line
        record.attributes.add(key="code.function.name").value.string_value = "handle"
    return request


def works(case: Case) -> dict[str, Callable[[int], object]]:
    """What is measured, each for the body of a number."""
    asked = Asked("POST", case.path, {}, {"content-type": "application/json"})

    def stitched(number: int) -> object:
        return Stitcher().add(case.form.decode(case.bodies[number], asked).records, 0.0)

    def skimmed(number: int) -> object:
        return Stitcher().add(skim(case.form, case.bodies[number], asked).records, 0.0)

    return {
        "decode": lambda number: case.form.decode(case.bodies[number], asked),
        "decode + stitch": stitched,
        "skim + stitch": skimmed,
        "orjson.loads": lambda number: orjson.loads(case.as_json[number]),
        "json.loads": lambda number: json.loads(case.as_json[number]),
    }


def measured(work: Callable[[int], object]) -> float:
    """Microseconds of CPU time a record."""
    start = time.process_time_ns()
    for at in range(BODIES):
        work(at)
    return (time.process_time_ns() - start) / 1000 / (BODIES * BATCH)


def main() -> int:
    """Measure and print a table."""
    todo = [(case.name, name, work) for case in cases(lines()) for name, work in works(case).items()]
    spent: dict[tuple[str, str], list[float]] = {(case, name): [] for case, name, _ in todo}
    for _ in range(ROUNDS):
        for case, name, work in todo:
            spent[case, name].append(measured(work))
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"batches of {BATCH} records; microseconds of CPU time a record: median (middle half of {ROUNDS} rounds)")
    print(f"\n{'':32}{'median':>8}{'middle half':>16}{'x orjson':>10}{'x json':>8}")
    for case, name, _ in todo:
        times = spent[case, name]
        low, middle, high = statistics.quantiles(times, n=4)
        ratios = [middle / statistics.median(spent[case, other]) for other in ("orjson.loads", "json.loads")]
        print(
            f"{case:21}{name:16}{middle:6.2f}   ({low:5.2f} - {high:5.2f})".ljust(56)
            + f"{ratios[0]:8.1f}{ratios[1]:8.1f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
