"""Run by any Python from 3.8 on: ordinary programs in which one call fails, each time another, and what Python prints.

    python3.13 bench/failing.py 60        60 failures of each program as JSON texts, one a line

A trace function counts the calls of a program; at the chosen one it raises an exception that the called function knows,
with a text out of that function. So the stacks are real, down to whatever handles and wraps the exception on its way.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import configparser
import csv
import email
import html.parser
import inspect
import io
import json
import logging
import os
import pickle
import random
import re
import signal
import sqlite3
import sys
import tempfile
import textwrap
import threading
import tokenize
import traceback
import types
import typing
import unittest
import urllib.parse
import xml.dom.minidom
import zipfile
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional  # noqa: UP035 - Python 3.8 reads this

PATIENCE = 2.0  # seconds of one run
MAX_CALLS = 20_000  # of one program that are counted
LITERAL = (8, 120)  # characters of a text that could be a message
# the marks under a line that was not reached, since the call before it failed: no other exception has a line of them
BLANKS = re.compile(r"^ +\n", re.MULTILINE)
ORDINARY = (ValueError, TypeError, KeyError, OSError, RuntimeError, AttributeError, TimeoutError, MemoryError)
SOURCE = "def total(order):\n    return sum(price for name, price in order)\n"


class Hangs(BaseException):
    """A program waits for what its failed call was to do."""


def stop(_number: int, _frame: Optional[types.FrameType]) -> None:  # noqa: UP045
    """End a program that hangs."""
    raise Hangs


class Failing:
    """A trace function that lets one call fail: the one of the number that it is given."""

    def __init__(self, number: int) -> None:
        """Take the number; 0 lets none fail."""
        self.number, self.calls = number, 0
        self.chance = random.Random(number)

    def __call__(self, frame: types.FrameType, event: str, _argument: object) -> None:
        """Count a call, and let it fail when it is the one."""
        if event != "call" or frame.f_code.co_filename == __file__ or frame.f_code.co_filename.startswith("<"):
            return
        self.calls += 1
        if self.calls == self.number:
            raise self.chance.choice(raised_by(frame))(self.chance.choice(said_by(frame)))


def raised_by(frame: types.FrameType) -> List[type]:  # noqa: UP006
    """The exceptions that a function names; those that any could raise where it names none."""
    named = [frame.f_globals.get(name, getattr(builtins, name, None)) for name in frame.f_code.co_names]
    able = [one for one in named if isinstance(one, type) and issubclass(one, Exception) and _takes_a_text(one)]
    return able or list(ORDINARY)


def _takes_a_text(kind: type) -> bool:
    try:
        return bool(str(kind("a text")))
    except Exception:  # noqa: BLE001 - whatever a constructor raises means no
        return False


def said_by(frame: types.FrameType) -> List[str]:  # noqa: UP006
    """The texts of a function that could be a message; what Python says of its arguments where there are none."""
    texts = [one for one in frame.f_code.co_consts[1:] if isinstance(one, str) and " " in one and one.isprintable()]
    own = [one for one in texts if LITERAL[0] <= len(one) <= LITERAL[1]]
    return own or [f"{frame.f_code.co_name}() got an unexpected value {sorted(frame.f_locals)[:1]}"]


def printed(failure: BaseException) -> str:
    """What Python prints of it, without this file's own trace function at the end."""
    told = traceback.TracebackException.from_exception(failure)
    links: List[Optional[traceback.TracebackException]] = [told]  # noqa: UP006, UP045
    for link in links:
        if link is not None:
            kept = [one for one in link.stack if one.filename != __file__ or one.name != "__call__"]
            link.stack = traceback.StackSummary.from_list(kept)
            links += [link.__cause__, link.__context__]
    return BLANKS.sub("", "".join(told.format()))


def failures(program: Callable[[], object], count: int) -> List[str]:  # noqa: UP006
    """What is printed when so many different calls of a program fail, one in each run."""
    counting = Failing(0)
    run(program, counting)
    total = min(counting.calls, MAX_CALLS)
    numbers = random.Random(program.__name__).sample(range(1, total + 1), min(count, total))
    texts = (run(program, Failing(number)) for number in numbers)
    return [text for text in texts if text]


def run(program: Callable[[], object], failing: Failing) -> str:
    """What is printed when the program fails; nothing when it gets by."""
    signal.setitimer(signal.ITIMER_REAL, PATIENCE, PATIENCE / 4)  # again and again: what cleans up may wait too
    threading.settrace(failing)
    sys.settrace(failing)
    try:
        program()
    except Hangs:
        return ""
    except Exception as failure:  # noqa: BLE001 - any failure is what is wanted
        sys.settrace(None)
        return printed(failure)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.settrace(None)
        threading.settrace(None)
    return ""


def read_settings() -> object:
    """An INI file, arguments and a table."""
    parser = configparser.ConfigParser()
    parser.read_string("[shop]\nport = 80\nname = %(port)s\n")
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, choices=[80, 81])
    options.parse_args(["--port", parser["shop"]["name"]])
    return list(csv.DictReader(io.StringIO("a,b\n1,2\n")))


def read_documents() -> object:
    """JSON, XML, HTML, a mail and an address."""
    json.loads(json.dumps({"a": [1, {"b": None}]}, indent=1))
    xml.dom.minidom.parseString("<a><b c='1'>text</b></a>").toprettyxml()
    html.parser.HTMLParser().feed("<p class=a>text<br></p>")
    email.message_from_string("To: a@example.org\nSubject: =?utf-8?q?x?=\n\nbody").as_string()
    return urllib.parse.parse_qs(urllib.parse.urlsplit("https://example.org/a?b=c#d").query)


def read_code() -> object:
    """Source as tokens, as a tree and by its signature."""
    list(tokenize.generate_tokens(io.StringIO(SOURCE).readline))
    ast.fix_missing_locations(ast.parse(textwrap.dedent(SOURCE)))
    typing.get_type_hints(failures)
    return inspect.signature(failures).bind(read_code, 3).arguments


def keep_orders() -> object:
    """Pickles, an archive, a database and a log."""
    pickle._loads(pickle._dumps({"a": (1, 2.5, "x")}))  # type: ignore[attr-defined]  # noqa: SLF001 - in Python
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(Path(folder) / "a.zip", "w") as archive:
            archive.writestr("a.txt", "text")
        zipfile.ZipFile(Path(folder) / "a.zip").extractall(folder)
    with sqlite3.connect(":memory:") as database:
        database.execute("create table orders (id)")
    log = logging.getLogger("shop")
    log.addHandler(logging.StreamHandler(io.StringIO()))
    log.warning("kept %s", 1)
    return log


def run_tests() -> object:
    """A suite of one test."""
    suite = unittest.TestSuite([unittest.FunctionTestCase(lambda: None)])
    return unittest.TextTestRunner(stream=io.StringIO()).run(suite)


# packages that may be installed -> a program that stands on them; each runs by itself, so that one may be missing
INSTALLED: Dict[str, str] = {  # noqa: UP006
    "jinja2": """
from jinja2 import Environment
Environment().from_string("{% for x in y %}{{ x|upper }}{% endfor %}").render(y="ab")
""",
    "sqlalchemy": """
from sqlalchemy import *
data = MetaData()
orders = Table("orders", data, Column("id", Integer, primary_key=True), Column("name", String(20)))
engine = create_engine("sqlite://")
data.create_all(engine)
with engine.begin() as connection:
    connection.execute(orders.insert(), [{"name": "x"}, {"name": "y"}])
    connection.execute(select(orders).where(orders.c.name == "x").order_by(orders.c.id)).all()
""",
    "fastapi": """
from fastapi import FastAPI
from pydantic import BaseModel
class Order(BaseModel):
    name: str
    price: float = 1
app = FastAPI()
@app.post("/orders")
async def order(order: Order, q: int = 1) -> Order: return order
async def receive(): return {"type": "http.request", "body": b'{"name": "x"}', "more_body": False}
async def send(message): pass
scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": "/orders", "query_string": b"q=2",
         "headers": [(b"content-type", b"application/json")], "root_path": "", "scheme": "http"}
try:
    app(scope, receive, send).send(None)
except StopIteration:
    pass
""",
    "yaml": """
import yaml
yaml.load(yaml.dump({"a": [1, "x", None]}), yaml.SafeLoader)
""",
    "markdown_it": """
from markdown_it import MarkdownIt
MarkdownIt().enable("table").render("# a\\n\\n* b [c](d) `e`\\n")
""",
    "packaging": """
from packaging.requirements import Requirement
Requirement('a[b]>=1,<2; python_version > "3"')
""",
    "jsonschema": """
import jsonschema
jsonschema.validate([1], {"type": "array", "items": {"type": "integer"}})
""",
    "typer": """
import typer
def main(name: str, n: int = 1): pass
app = typer.Typer()
app.command()(main)
app(["x", "--n", "2"], standalone_mode=False)
""",
    "scipy": """
from scipy.optimize import minimize
minimize(lambda x: (x ** 2).sum(), [1.0, 2.0])
""",
    "numpy": """
import io
import numpy as np
np.savez(io.BytesIO(), a=np.ones((2, 2)))
str((np.linalg.solve(np.eye(2), np.ones(2)), np.arange(2000)))
""",
    "rich": """
import io
from rich.console import Console
from rich.table import Table
table = Table("a")
table.add_row("b")
Console(file=io.StringIO()).print(table)
""",
}


def installed_program(name: str, source: str) -> Callable[[], object]:
    """The program as a function; its own frames are in a file that is called as the user's would be."""
    code = compile(source, f"/srv/app/use_{name}.py", "exec")

    def program() -> Any:
        exec(code, {"__name__": "__main__"})

    program.__name__ = name
    return program


def main() -> None:
    """Print the failures of every program that this Python can run."""
    count = int(sys.argv[1])
    signal.signal(signal.SIGALRM, stop)
    programs: List[Callable[[], object]] = [  # noqa: UP006
        read_settings, read_documents, read_code, keep_orders, run_tests,
    ]  # fmt: skip
    for name, source in INSTALLED.items():
        program = installed_program(name, source)
        try:
            program()
        except Exception as missing:  # noqa: BLE001 - a package that is missing or too old
            print(f"without {name}: {missing}", file=sys.stderr)
        else:
            programs.append(program)
    for program in programs:
        for text in failures(program, count):
            print(json.dumps(text), flush=True)
    os._exit(0)  # threads of programs that hung may still wait


if __name__ == "__main__":
    main()
