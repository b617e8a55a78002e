"""How long until the first byte of each kind of page, with 10,000 signatures in the book. In this process, no network.

The signatures are the shipped ones, many times over under other names, each with words and a clue of its own. A page is
asked for thirty times; told are the medians. Exits 1 when a page fails or a search takes longer than it may. Words of
the command line choose pages by name; `--database URL` measures on an empty database that is not an SQLite file.
"""

from __future__ import annotations

import asyncio
import os
import platform
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI

from app.diagnosis.candidates import build_index
from app.intake import receive
from app.main import create_app
from app.settings import Settings, shipped
from app.signature.book import Book, make_book
from app.signature.model import Clue, Signature
from app.store.mirror import mirror
from app.store.search import search
from app.store.shelf import load_book
from app.store.staff import add, sign_in
from app.web.person import COOKIE

SIGNATURES = 10_000
PACKAGES = 12  # names that each real package is given
DIAGNOSES = 200  # reports that are kept before anything is measured
TIMES = 30
MOST_MS = 50.0  # CPU time of a search for an ordinary word until its first byte; the search itself takes a few of them
TRACEBACK = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()
SYLLABLES = ("ka", "lo", "mir", "ten", "su", "vor", "pel", "di", "ran", "gos", "ber", "ul")


@dataclass(frozen=True, slots=True)
class Asked:
    """A page, and how it is asked for."""

    name: str
    path: str
    form: str | None = None
    search: bool = False
    """Whether it must be as fast as a search."""


# one row a kind of page; `{diagnosis}` is the path of a stored answer
PAGES = (
    Asked("paste", "/"),
    Asked("answer", "{diagnosis}"),
    Asked("book", "/kb"),
    Asked("book, last page", "/kb?page=999"),
    Asked("package", "/kb/uvicorn-0"),
    Asked("signature", "/kb/uvicorn-0/uvicorn-1317.0"),
    Asked("search, an id", "/kb?q=uvicorn-1317.0", search=True),
    Asked("search, one in 130", "/kb?q=WinErr+87", search=True),
    Asked("search, a rare word", "/kb?q=tensuvorpel", search=True),
    Asked("search, a typo", "/kb?q=pydantc+BaseSetings", search=True),
    Asked("search, part of a word", "/kb?q=Completionport", search=True),
    Asked("search, in all of them", "/kb?q=the"),
    Asked("search, nothing", "/kb?q=frobnicatexyz", search=True),
    Asked("search, a line", "/kb?" + urlencode({"q": "OSError: [WinError 87] The parameter is incorrect"})),
    Asked("search, a traceback", "/kb", form=urlencode({"q": TRACEBACK})),
    Asked("facets", "/kb?os=windows&fix=fixed"),
    Asked("diagnoses", "/diagnoses"),
    Asked("diagnoses, searched", "/diagnoses?q=WinError"),
    Asked("sources", "/sources"),
    Asked("sign in", "/sign-in"),
)


def many(real: Book, count: int) -> Book:
    """A book of so many signatures, each with words that no other has."""
    chance = random.Random(1)
    originals = list(real.signatures.values())
    made: list[Signature] = []
    samples: dict[str, bytes] = {}
    for number in range(count):
        one, turn = originals[number % len(originals)], number // len(originals)
        own = " ".join("".join(chance.choices(SYLLABLES, k=4)) for _ in range(6))
        id_, package = f"{one.id}.{turn}", f"{one.package}-{turn % PACKAGES}"
        changed: dict[str, Any] = {"id": id_, "package": package, "title": f"{one.title} {own}"[:160]}
        if turn:  # the first of them matches what the shipped one does, the others nothing
            clues = (*one.match.all, Clue(message=own))
            changed |= {"match": one.match.model_copy(update={"all": clues}), "cause": f"{one.cause} {own}"}
        made.append(one.model_copy(update=changed))
        samples[id_] = real.samples.get(one.id, b"")
    return make_book(made, samples=samples)


async def first_byte(app: FastAPI, asked: Asked, path: str, cookie: str) -> tuple[float, float, int, int]:
    """Milliseconds of wall and CPU time until the first byte of the answer, its status and its length."""
    where, _, query = path.partition("?")
    body = asked.form.encode() if asked.form else b""
    scope: dict[str, Any] = {
        "type": "http", "http_version": "1.1", "scheme": "http", "root_path": "",
        "method": "POST" if body else "GET", "path": where, "raw_path": where.encode(), "query_string": query.encode(),
        "headers": [
            (b"host", b"bench"), (b"accept", b"text/html"), (b"cookie", f"{COOKIE}={cookie}".encode()),
            (b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", str(len(body)).encode()),
        ],
        "client": ("127.0.0.1", 1), "server": ("bench", 80),
    }  # fmt: skip
    told: list[tuple[float, float]] = []
    status = length = 0
    wall, spent = time.perf_counter(), time.process_time()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, length
        if message["type"] == "http.response.start":
            status = message["status"]
            return
        told.append((time.perf_counter() - wall, time.process_time() - spent))
        length += len(message.get("body", b""))

    await app(scope, receive, send)  # type: ignore[arg-type]  # plain dictionaries are what ASGI has
    return told[0][0] * 1000, told[0][1] * 1000, status, length


async def measure(app: FastAPI, asked: Asked, path: str, cookie: str) -> tuple[float, float, int, int]:
    """The medians of many."""
    await first_byte(app, asked, path, cookie)
    rows = [await first_byte(app, asked, path, cookie) for _ in range(TIMES)]
    wall, spent = (statistics.median(row[at] for row in rows) for at in (0, 1))
    return wall, spent, rows[-1][2], rows[-1][3]


def prepared(database: str) -> tuple[FastAPI, str, str]:
    """The application with all that signatures and some answers, the cookie of a session, and the path of an answer."""
    app = create_app(Settings(database_url=database, work=False))
    book = many(load_book(shipped("signatures")), SIGNATURES)
    begin = time.perf_counter()
    mirror(app.state.sessions, book)
    print(f"{len(book.signatures):,} signatures mirrored in {time.perf_counter() - begin:.1f} s")
    path = _keep(app)  # with the shipped book: answers of the other one would say nothing of ordinary ones
    app.state.index = build_index(book)
    with app.state.sessions.begin() as session:
        key = add(session, "Bench", datetime.now(UTC))
    with app.state.sessions.begin() as session:
        return app, str(sign_in(session, key, datetime.now(UTC))), path


def _keep(app: FastAPI) -> str:
    from_ = app.state.index
    with app.state.sessions.begin() as session:
        kept = [
            receive(f"{TRACEBACK}\n# {number}\n".encode(), index=from_, source=f"shop-{number % 7}", session=session)
            for number in range(DIAGNOSES)
        ]
    assert kept[0].kept is not None
    return f"/diagnoses/{kept[0].kept.id}"


def main(arguments: list[str]) -> int:
    """Measure every page that was asked for, and say which searches are too slow."""
    at = arguments.index("--database") if "--database" in arguments else len(arguments)
    database, words = "".join(arguments[at + 1 : at + 2]), arguments[:at] + arguments[at + 2 :]
    print(
        f"{platform.machine()}, {os.cpu_count()} CPUs, {platform.system()}, Python {platform.python_version()}, ",
        end="",
    )
    print(f"{'PostgreSQL' if database else f'SQLite {sqlite3.sqlite_version}'}; medians of {TIMES}")
    with tempfile.TemporaryDirectory() as folder:
        app, cookie, diagnosis = prepared(database or f"sqlite:///{folder}/pages.db")
        print(f"\n{'page':26}{'wall ms':>9}{'CPU ms':>9}{'KiB':>7}  status")
        slow = []
        for asked in PAGES:
            if words and not any(word in asked.name for word in words):
                continue
            path = asked.path.format(diagnosis=diagnosis)
            wall, spent, status, length = asyncio.run(measure(app, asked, path, cookie))
            bad = status >= 400 or (asked.search and spent > MOST_MS)  # noqa: PLR2004 - it failed
            slow += [asked.name] * bad
            print(
                f"{asked.name:26}{wall:9.1f}{spent:9.1f}{length / 1024:7.0f}  {status}{'  BAD' if bad else ''}",
                flush=True,
            )
        _alone(app)
        app.state.engine.dispose()
    return 1 if slow else 0


def _alone(app: FastAPI) -> None:
    """What the search itself takes, without the page around it."""
    print(f"\n{'the search alone':26}{'wall ms':>9}{'hits':>9}")
    for typed in ("WinErr 87", "tensuvorpel", "pydantc BaseSetings", "Completionport", "frobnicatexyz", "the"):
        spent = []
        for _ in range(TIMES):
            with app.state.sessions() as session:
                begin = time.perf_counter()
                found = search(session, typed)
                spent.append((time.perf_counter() - begin) * 1000)
        print(f"{typed:26}{statistics.median(spent):9.1f}{len(found.ids):9,}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
