"""An application with something on every page of it, and the addresses of all its pages, found by its routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.feedback import Wrong, correct
from app.intake import recall
from app.settings import shipped
from app.store.hours import Came, bump
from app.store.occurrences import Place, count
from app.store.parked import park
from app.store.sources import add_key, count_crashes, count_records
from app.store.staff import add

SHELF = shipped("signatures")
BROWSER = {"accept": "text/html,application/xhtml+xml"}
KNOWN = (SHELF / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()
PERHAPS = (SHELF / "uvicorn" / "uvicorn-1317.maybe.bare-cut-escaped.txt").read_text()
NOBODYS = 'Traceback (most recent call last):\n  File "/srv/shop/orders.py", line 7, in pay\n    f(x)\nKeyError: {!r}\n'
HOSTILE = "</code></pre><script>alert(1)</script>\u202e\u2066 שלום \x1b[31m {{ 7*7 }} & " + "W" * 20_000
QUIET = "2026-11-01 12:00:00,000 INFO worker handled a request\n" * 300
REPORTS = {
    "known": KNOWN,
    "perhaps": PERHAPS,
    "unknown": NOBODYS.format("dsn"),
    "no-crash": "all is well\n",
    "many": "\n\n".join([KNOWN, NOBODYS.format("one"), PERHAPS, NOBODYS.format("two")]),
    "hostile": QUIET + NOBODYS.format(HOSTILE) + HOSTILE + "\n" + KNOWN + QUIET,
}
SOURCE, WORN, EMPTY = "shop-production", "a-very-long-name.of-a-source" + "-and-more" * 3, "nothing-yet"
# What can stand for a parameter of a path; a page with another parameter needs a row here.
PLACES = {
    "package": ("uvicorn", "cpython", "flask-restplus"),
    "signature": ("uvicorn-1317",),
    "name": (SOURCE, WORN, EMPTY),
    "word": ("too-long", "server-error"),
}
# Addresses that no route tells: searches, a chosen crash, a version.
BESIDE = (
    "/kb?q=WinError+87",
    "/kb?q=" + "W" * 300,
    "/kb?q=nothing+says+this+zzzz",
    "/kb?package=uvicorn&fix=fixed",
    "/kb/uvicorn?version=0.17.6",
    "/kb/uvicorn?version=" + "9" * 60,
    "/kb/flask-restplus/flask-restplus-cached_property",
)
MISSING = (
    "/nowhere",
    "/kb/nobody",
    "/kb/uvicorn/uvicorn-1318",
    "/diagnoses/01K00000000000000000000000",
    "/" + "W" * 400,
)
NO_PAGES = re.compile(
    r"/(api|v1|openapi\.json|docs|healthz|readyz|ready|metrics|ingest|elastic|loki|services|hooks|opensearch|robots|sitemap)"
    r"|.*\.(atom|json|md|yaml|txt|svg|xml)$"
)


@dataclass(frozen=True, slots=True)
class Furnished:
    """An application whose pages have something to show."""

    key: str
    """Opens the pages of staff."""
    open: tuple[str, ...]
    """Pages for everybody."""
    staff: tuple[str, ...]
    """Pages for whoever is signed in."""
    missing: tuple[str, ...] = MISSING
    """Addresses of nothing."""


def furnish(app: FastAPI) -> Furnished:
    """Fill this application, and tell where its pages are."""
    client = TestClient(app, headers={"content-type": "text/plain"})
    ids: dict[str, str] = {}
    for name, text in REPORTS.items():
        sent = client.post("/api/v1/diagnoses", content=text.encode(errors="replace"))
        ids[name] = sent.json()["id"]
    key = _fill(app, ids)
    with app.state.sessions() as session:
        crash = recall(session, ids["unknown"]).diagnosis.crashes[0]
    places = PLACES | {
        "diagnosis": tuple(ids.values()),
        "fingerprint": (crash.fingerprint,),
        "number": ("1",),
    }
    found = [*addresses(app, places), *BESIDE, f"/diagnoses/{ids['many']}?crash=2"]
    plain, staff = (TestClient(app, headers=BROWSER, follow_redirects=False) for _ in range(2))
    staff.post("/sign-in", data={"key": key})
    # what leads on, for a form that was loaded again, is no page
    there = [path for path in dict.fromkeys(found) if staff.get(path).status_code == 200 or path == "/sign-in"]
    everybody = tuple(path for path in there if plain.get(path).status_code == 200)
    return Furnished(key, everybody, tuple(path for path in there if path not in everybody))


def addresses(app: FastAPI, places: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """Every address that a `GET` route has, its parameters filled in."""
    for path in sorted(paths(app)):
        if NO_PAGES.match(path):
            continue
        names = re.findall(r"\{(\w+)[^}]*\}", path)
        lacking = [name for name in names if name not in places]
        assert not lacking, f"{path}: say in {__name__} what may stand for {lacking}"
        most = max((len(places[name]) for name in names), default=1)
        for at in range(most):
            yield re.sub(r"\{(\w+)[^}]*\}", lambda one: places[one[1]][at % len(places[one[1]])], path)  # noqa: B023


def paths(app: FastAPI) -> set[str]:
    """The path of every route that takes `GET`."""
    found: set[str] = set()
    waiting = list(app.routes)
    while waiting:
        route = waiting.pop()
        included = getattr(route, "original_router", None)
        if included is not None:
            waiting.extend(included.routes)
        elif "GET" in (getattr(route, "methods", None) or ()):
            found.add(route.path)  # type: ignore[attr-defined]
    return found


def _fill(app: FastAPI, ids: dict[str, str]) -> str:
    """Sources that sent, failed and never sent, a correction, and somebody on the staff."""
    now = datetime.now(UTC)
    with app.state.sessions.begin() as session:
        key = add(session, "desk " * 10, now)
        for name in (SOURCE, WORN, EMPTY):
            add_key(session, name)
        crashes = [crash for one in ids.values() for crash in recall(session, one).diagnosis.crashes]
        for name in (SOURCE, WORN):
            count_records(session, name, 10**9, "W" * 300)
            count_crashes(session, name, len(crashes), 3)
            park(session, name, [("W" * 3000, None, HOSTILE[:300]), (HOSTILE, {"service": "shop"}, "too long")])
            for hour in range(24):
                bump(session, name, now - timedelta(hours=hour), Came(hour * 7, hour % 5, hour % 3))
        for one in ids.values():
            for crash in recall(session, one).diagnosis.crashes:
                for name in (SOURCE, WORN):
                    count(session, crash, Place(name, "web" * 20, "1.2." + "3" * 50, "production"), one)
        correct(session, Wrong(ids["known"], 0, None, None, "It is something else. " + "W" * 300, "a voter"))
    return str(key)
