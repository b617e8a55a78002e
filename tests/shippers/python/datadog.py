"""Datadog's client: `datadog.py URL KEY CRASH`, its site replaced by ours, as for an intake of one's own."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from urllib.parse import urlsplit

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.model.content_encoding import ContentEncoding
from datadog_api_client.v2.model.http_log import HTTPLog
from datadog_api_client.v2.model.http_log_item import HTTPLogItem

OWN_NAME = 1  # of the servers in the client's list: the one whose name can be told


def price(order: dict[str, int]) -> int:
    """Fail as programs do."""
    return order["dsn"]


def items(crash: str) -> list[HTTPLogItem]:
    """A crash that came as a text, and an exception of this program."""
    try:
        price({})
    except KeyError:
        failed = traceback.format_exc()
    about = {"ddsource": "python", "ddtags": "env:production,version:7", "hostname": "web-1", "service": "shop"}
    return [HTTPLogItem(message=text, **about) for text in (Path(crash).read_text(), failed)]


def main(url: str, key: str, crash: str) -> None:
    """Send both in one compressed request."""
    told = Configuration()  # type: ignore[no-untyped-call]  # its types are partial
    told.api_key["apiKeyAuth"] = key
    told.server_operation_index["submit_log"] = OWN_NAME
    told.server_operation_variables["submit_log"] = {"name": urlsplit(url).netloc, "protocol": "http"}
    with ApiClient(told) as client:
        logs = LogsApi(client)  # type: ignore[no-untyped-call]  # as above
        body = HTTPLog(items(crash))  # type: ignore[no-untyped-call]  # as above
        logs.submit_log(body, content_encoding=ContentEncoding.GZIP)


if __name__ == "__main__":
    main(*sys.argv[1:])
