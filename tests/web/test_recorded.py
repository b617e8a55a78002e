"""Requests as Fluent Bit and Fluentd sent them, through the whole application: each crash is counted, and once."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.store.database import Sessions, connect, session_factory
from app.store.diagnoses import find
from app.store.occurrences import Occurrence, occurrences
from app.store.sources import Source, add_key, sources

FILES = {file.stem: file for file in sorted((Path(__file__).parents[1] / "shippers" / "requests").glob("*.json"))}
OWN_PATH = "/ingest"  # the programs were told a path beneath it
TRACEBACK = """\
Traceback (most recent call last):
  File "/srv/app/worker.py", line 3, in load
    return cfg["dsn"]
KeyError: 'dsn'
"""
# Records: those of a request that came twice are the same records.
RECORDS = {
    "fluent-bit-cri-linewise": 8,
    "fluent-bit-cri-multiline": 7,
    "fluent-bit-docker-json-file-linewise": 8,
}
PLACES = {
    "fluent-bit-datadog": ("checkout", None, None),
    "fluent-bit-loki": ("app", None, "prod"),
    "fluent-bit-loki-gzip": ("app", None, None),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one file was answered with, and what was there when all of it was worked off."""

    statuses: tuple[int, ...]
    source: Source
    counted: tuple[Occurrence, ...]
    text: str
    """The report that shows the first of them."""


@pytest.fixture(scope="module")
def outcomes(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """All files sent to one application, each with its own source; it has stopped, and so has worked all of it off."""
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('recorded') / 'file.db')}"
    engine = connect(url)
    sessions = session_factory(engine)
    with TestClient(create_app(Settings(database_url=url))) as client:
        statuses = {name: tuple(replayed(client, sessions, name)) for name in FILES}
    found = {name: outcome(sessions, name, statuses[name]) for name in FILES}
    engine.dispose()
    return found


def replayed(client: TestClient, sessions: Sessions, name: str) -> Iterator[int]:
    """Send the requests of a file, those too that the program's server refused then; gives each answer's status."""
    with sessions.begin() as session:
        key = add_key(session, name)
    for request in json.loads(FILES[name].read_text())["requests"]:
        yield sent(client, request, key)


def sent(client: TestClient, request: dict[str, Any], key: str) -> int:
    method, path, _ = request["line"].split()
    path = OWN_PATH if path.startswith(OWN_PATH) else path
    pairs = [one.split(": ", 1) for one in request["headers"]]
    headers = [(name, rekeyed(name.lower(), value, key)) for name, value in pairs]
    if headers == [tuple(pair) for pair in pairs]:  # it had no key
        path = f"{path}?token={key}"
    return client.request(method, path, headers=headers, content=base64.b64decode(request["body"])).status_code


def rekeyed(name: str, value: str, key: str) -> str:
    """A header with our key in the place of the one that the program had."""
    if name in {"x-api-key", "dd-api-key"}:
        return key
    if name != "authorization":
        return value
    scheme, _, secret = value.partition(" ")
    if scheme != "Basic":
        return f"{scheme} {key}"
    user = base64.b64decode(secret).partition(b":")[0]
    return "Basic " + base64.b64encode(user + b":" + key.encode()).decode()


def outcome(sessions: Sessions, name: str, statuses: tuple[int, ...]) -> Outcome:
    with sessions() as session:
        source = next(one for one in sources(session) if one.name == name)
        counted = tuple(occurrences(session, name))
        shown = find(session, counted[0].examples[0]) if counted else None
    return Outcome(statuses, source, counted, shown.text if shown else "")


def test_there_are_recorded_requests() -> None:
    assert len(FILES) == 20


@pytest.mark.parametrize("name", FILES)
def test_a_recorded_request_is_answered_as_its_program_expects(outcomes: dict[str, Outcome], name: str) -> None:
    answered = [one["answered"] for one in json.loads(FILES[name].read_text())["requests"]]
    then = answered[-1]  # the first answer was 503 where a retry was recorded
    assert outcomes[name].statuses == (then,) * len(answered)


@pytest.mark.parametrize("name", FILES)
def test_the_crash_in_recorded_requests_is_counted_once(outcomes: dict[str, Outcome], name: str) -> None:
    """Whole, wherever it was cut; and once, though a request comes again that was answered with 503."""
    found = outcomes[name]
    place = PLACES.get(name, (None, None, None))
    assert [
        (one.signature, one.count, (one.place.service, one.place.release, one.place.environment))
        for one in found.counted
    ] == [(None, 1, place)]
    assert TRACEBACK in found.text.rstrip("\n") + "\n"
    assert (found.source.crashes, found.source.last_error) == (1, None)
    assert found.source.records == RECORDS.get(name, 3)


def test_the_crash_is_the_same_whoever_carried_it(outcomes: dict[str, Outcome]) -> None:
    assert len({one.counted[0].fingerprint for one in outcomes.values()}) == 1
