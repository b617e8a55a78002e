"""Every logging handler with its defaults, told where and with which key: `logged.py HANDLER URL KEY CRASH`.

The program logs a crash that it has as a text, as one that watches another does, and an exception of its own.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from logging.handlers import HTTPHandler
from pathlib import Path
from urllib.parse import urlsplit

from logging_loki import LokiHandler  # type: ignore[import-untyped]  # has no types
from loki_logger_handler.loki_logger_handler import LokiLoggerHandler  # type: ignore[import-untyped]  # has no types
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from pygelf import GelfHttpHandler  # type: ignore[import-untyped]  # has no types
from splunk_handler import SplunkHandler  # type: ignore[import-untyped]  # has no types
from splunk_hec_handler import SplunkHecHandler  # type: ignore[import-untyped]  # has no types

PUSH = "/loki/api/v1/push"
WHERE = {"service.name": "shop", "service.version": "7", "deployment.environment.name": "production"}


def opentelemetry(url: str, key: str, compression: Compression | None = None) -> logging.Handler:
    provider = LoggerProvider(resource=Resource.create(WHERE))
    headers = {"Authorization": f"Bearer {key}"}
    exporter = OTLPLogExporter(f"{url}/v1/logs", headers=headers, compression=compression)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    return LoggingHandler(logger_provider=provider)


def gelf(url: str, key: str, *, compress: bool = True) -> logging.Handler:
    to = urlsplit(url)
    handler = GelfHttpHandler(to.hostname, to.port, compress, f"/gelf?token={key}", _service="shop", _release="7")
    assert isinstance(handler, logging.Handler)
    return handler


def loki_logger(url: str, key: str) -> logging.Handler:
    labels = {"application": "shop", "environment": "production"}
    handler = LokiLoggerHandler(url + PUSH, labels, auth=("loki", key), enable_self_errors=True)
    assert isinstance(handler, logging.Handler)
    return handler


def splunk_hec(url: str, key: str) -> logging.Handler:
    to = urlsplit(url)
    handler = SplunkHecHandler(to.hostname, key, port=to.port, proto="http", source="shop")
    assert isinstance(handler, logging.Handler)
    return handler


HANDLERS: dict[str, Callable[[str, str], logging.Handler]] = {
    "opentelemetry": opentelemetry,
    "opentelemetry-gzip": lambda url, key: opentelemetry(url, key, Compression.Gzip),
    "python-logging-loki": lambda url, key: LokiHandler(
        url + PUSH, {"app": "shop", "version": "7"}, ("loki", key), version="1"
    ),
    "loki-logger-handler": loki_logger,
    "splunk-handler": lambda url, key: SplunkHandler(
        urlsplit(url).hostname, urlsplit(url).port, key, "main", protocol="http", verify=False
    ),
    "splunk-hec-handler": splunk_hec,
    "http-handler": lambda url, key: HTTPHandler(urlsplit(url).netloc, f"/ingest?token={key}&service=shop", "POST"),
    "pygelf-zlib": gelf,
    "pygelf": lambda url, key: gelf(url, key, compress=False),
}


def price(order: dict[str, int]) -> int:
    """Fail as programs do."""
    return order["dsn"]


def main(name: str, url: str, key: str, crash: str) -> None:
    """Log both crashes."""
    log = logging.getLogger("shop")
    log.addHandler(HANDLERS[name](url, key))
    log.error(Path(crash).read_text())
    try:
        price({})
    except KeyError:
        log.exception("payment failed")


if __name__ == "__main__":
    main(*sys.argv[1:])
