"""OpenTelemetry's traces: `otel_traces.py URL KEY`; a span that an exception leaves has it as an event."""

from __future__ import annotations

import contextlib
import sys

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def price(order: dict[str, int]) -> int:
    """Fail as programs do."""
    return order["dsn"]


def main(url: str, key: str) -> None:
    """Leave a span by an exception."""
    provider = TracerProvider(resource=Resource.create({"service.name": "shop", "service.version": "7"}))
    exporter = OTLPSpanExporter(f"{url}/v1/traces", headers={"Authorization": f"Bearer {key}"})
    provider.add_span_processor(BatchSpanProcessor(exporter))
    with contextlib.suppress(KeyError), provider.get_tracer("shop").start_as_current_span("pay"):
        price({})
    provider.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
