"""A bug made up from real code: its signature, and reports of it. The same number always gives the same bug.

A `raise` of installed code is the place; who calls it, and one of the ways in which programs are started, are the
stack. The clues are chosen in the shares that the shipped signatures have.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.diagnosis.literals import required_words
from app.signature.model import MAX_PATTERN, Clue, Range, Reference, Rules, Signature
from bench.sites import Harvest, Place, Site

SEED = 1
MAX_TITLE = 160  # as in a signature file
USER = "shop"  # whose program it is
FRAMES = (3, 10)  # between a program's start and the line that raises
# kinds of clue that are needed -> how many of a hundred signatures need these
SHARES = {
    ("exception", "message", "frame"): 50,
    ("exception", "message"): 16,
    ("message", "frame"): 10,
    ("exception", "message", "frame", "frame"): 9,
    ("message", "log", "frame"): 2,
    ("exception", "frame", "frame"): 4,
    ("exception", "frame", "code"): 5,
    ("exception", "message", "frame", "frame", "frame"): 4,
}
WITH_ANY, WITH_NONE = 0.3, 0.25  # share of signatures
NEVER = "a_line_that_nobody_writes"  # for clues that rule out
FILLINGS = ("'{}'", "{}", "<{} object>", "{}.{}", "17", "(3, 4)", "None", "'/srv/data/{}.json'")
STARTS = (
    (Place("runpy", "_run_module_as_main", 198, "return _run_code(code, main_globals, None,"),
     Place("runpy", "_run_code", 88, "exec(code, run_globals)")),
    (Place("threading", "_bootstrap_inner", 1045, "self.run()"),
     Place("threading", "run", 982, "self._target(*self._args, **self._kwargs)")),
    (Place("concurrent.futures.thread", "run", 58, "result = self.fn(*self.args, **self.kwargs)"),),
    (Place("asyncio.runners", "run", 190, "return runner.run(main)"),
     Place("asyncio.runners", "run", 118, "return self._loop.run_until_complete(task)"),
     Place("asyncio.base_events", "run_until_complete", 653, "return future.result()")),
    (Place("uvicorn.protocols.http.httptools_impl", "run_asgi", 409, "result = await app("),
     Place("uvicorn.middleware.proxy_headers", "__call__", 60, "return await self.app(scope, receive, send)"),
     Place("fastapi.applications", "__call__", 1054, "await super().__call__(scope, receive, send)"),
     Place("starlette.applications", "__call__", 113, "await self.middleware_stack(scope, receive, send)"),
     Place("starlette.middleware.errors", "__call__", 187, "raise exc"),
     Place("starlette.routing", "app", 74, "await wrap_app_handling_exceptions(app, request)(scope, receive, send)"),
     Place("fastapi.routing", "run_endpoint_function", 212, "return await dependant.call(**values)")),
    (Place("celery.app.trace", "trace_task", 453, "R = retval = fun(*args, **kwargs)"),
     Place("celery.app.trace", "__protected_call__", 736, "return self.run(*args, **kwargs)")),
    (Place("_pytest.runner", "runtestprotocol", 242, "lambda: runtest_hook(item=item, **kwds), when=when"),
     Place("pluggy._callers", "_multicall", 103, "res = hook_impl.function(*args)")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """A bug: its signature, and what a report of it shows."""

    signature: Signature
    stack: tuple[Place, ...]
    exception: str
    message: str
    logs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Crash:
    """What clues are chosen from: the site, the stack, what was filled into the message, and a line of log."""

    site: Site
    stack: tuple[Place, ...]
    filled: tuple[str, ...]
    log: str


def known(number: int, harvest: Harvest) -> Known:
    """The bug of this number."""
    chance = random.Random(f"{SEED} {number}")
    site = chance.choice(harvest.sites)
    filled = tuple(_filling(chance, harvest) for _ in site.pieces[1:])
    log = f"worker {chance.randrange(1000)} of {site.place.package} is ready"
    crash = _Crash(site, _stack(chance, site, harvest), filled, log)
    kinds = chance.choices(list(SHARES), list(SHARES.values()))[0]
    signature = _signature(number, site, _needed(chance, kinds, crash), _any(chance, crash.stack), _none(chance))
    message = "".join(piece + text for piece, text in zip(site.pieces, (*filled, ""), strict=True))
    return Known(signature, crash.stack, site.exception, message, (log,) if "log" in kinds else ())


def _stack(chance: random.Random, site: Site, harvest: Harvest) -> tuple[Place, ...]:
    """From a program's start over the user's code and the package's own callers to the line that raises."""
    inner = [site.place]
    for _ in range(chance.randint(*FRAMES)):
        callers = harvest.callers.get(f"{site.place.package}:{inner[0].function}")
        caller = chance.choice(callers) if callers else inner[0]
        if caller in inner:
            break
        inner.insert(0, caller)
    while len(inner) < FRAMES[0]:
        inner.insert(0, chance.choice(harvest.sites).place)
    user = Place(
        f"shop.{chance.choice(('orders', 'views', 'jobs', 'stock'))}", "handle", chance.randrange(300), "run()"
    )
    return (*chance.choice(STARTS), user, *inner)


def _filling(chance: random.Random, harvest: Harvest) -> str:
    names = [chance.choice(harvest.sites).place.function.strip("_") for _ in range(2)]
    return chance.choice(FILLINGS).format(*names)


def _needed(chance: random.Random, kinds: Sequence[str], crash: _Crash) -> list[Clue]:
    site = crash.site
    frames = [site.place, *chance.sample(_installed(crash.stack)[:-1], kinds.count("frame"))]
    clues: dict[tuple[str, str], None] = {}
    for kind in kinds:
        match kind:
            case "exception":
                value = site.exception.rpartition(".")[2]
            case "message":
                value = _pattern(chance, site, crash.filled)
            case "frame":
                value = _frame(chance, frames.pop(0))
            case "code":
                value = re.escape(site.place.code)
            case _:
                value = re.escape(crash.log)
        clues[kind, value] = None
    return [_clue(kind, value) for kind, value in clues]


def _installed(stack: Sequence[Place]) -> list[Place]:
    """Without the user's own code: no signature names that."""
    return [place for place in stack if place.package != USER]


def _frame(chance: random.Random, place: Place) -> str:
    """Mostly a function; now and then a module."""
    return place.module if chance.random() < 0.1 else f"{place.module}:{place.function}"  # noqa: PLR2004


def _pattern(chance: random.Random, site: Site, filled: Sequence[str]) -> str:
    """The message with holes where something is filled in, some of them with what a report shows; not always all."""
    parts = [re.escape(site.pieces[0])]
    for text, piece in zip(filled, site.pieces[1:], strict=True):
        parts.append(re.escape(text) if chance.random() < 0.3 else chance.choice((".+", r"\S.*")))  # noqa: PLR2004
        parts.append(re.escape(piece))
    while len("".join(parts)) > MAX_PATTERN - 10:
        parts.pop()
    whole = "".join(parts)
    if chance.random() < 0.3 and (cut := whole.rfind(r"\ ", 0, len(whole) * 2 // 3)) > 0:  # noqa: PLR2004
        whole = whole[:cut]
    whole = whole.replace(r"\ ", " ")
    return ("^" if chance.random() < 0.4 else "") + whole  # noqa: PLR2004


def _any(chance: random.Random, stack: Sequence[Place]) -> list[Clue]:
    if chance.random() > WITH_ANY:
        return []
    return [_clue("frame", chance.choice(_installed(stack)).package), _clue("log", NEVER)]


def _none(chance: random.Random) -> list[Clue]:
    return [_clue("frame", f"{NEVER}:run"), _clue("log", NEVER)] if chance.random() < WITH_NONE else []


def _clue(kind: str, value: str) -> Clue:
    """A clue without the checks: they compile each pattern, a minute for the largest book, and lint is not measured."""
    return Clue.model_construct(None, **{kind: value})


def _signature(number: int, site: Site, needed: list[Clue], any_: list[Clue], none: list[Clue]) -> Signature:
    package = re.sub(r"[^a-z0-9]+", "-", site.place.package.lower()).strip("-") or "python"
    rules = Rules.model_construct(all=tuple(needed), any=tuple(any_), none=tuple(none))
    return Signature.model_construct(
        id=f"{package}-{number}",
        package=package,
        title=f"{site.exception} in {site.place.function} of {site.place.module}"[:MAX_TITLE],
        status="proven",
        match=rules,
        affected=(Range.model_construct(introduced="0", fixed=f"{1 + number % 9}.{number % 30}.0"),),
        cause=f"{site.place.function} refuses what it is given at line {site.place.line} of {site.place.module}.",
        remedy="The value is checked where it comes from.",
        references=(Reference.model_construct(kind="report", url=f"https://example.org/issues/{number}"),),
    )


def report_of(one: Known, chance: random.Random) -> str:
    """A report of the bug: a few lines of log and the traceback, as Python 3.11 prints it."""
    logs = [f"2026-11-20 09:{chance.randrange(60):02}:{chance.randrange(60):02},000 INFO {line}" for line in one.logs]
    frames = [
        f'  File "{_file(place)}", line {place.line}, in {place.function}\n    {place.code}' for place in one.stack
    ]
    head = "Traceback (most recent call last):"
    return "\n".join([*logs, head, *frames, f"{one.exception}: {one.message}", ""])


def _file(place: Place) -> str:
    path = place.module.replace(".", "/")
    if place.package == USER:
        return f"/srv/{path}.py"
    root = (
        "/usr/lib/python3.11" if place.package in sys.stdlib_module_names else "/srv/venv/lib/python3.11/site-packages"
    )
    return f"{root}/{path}.py"


def altered(one: Known, chance: random.Random) -> Known:
    """The same crash but for one thing that its signature needs."""
    clue = chance.choice([clue for clue in one.signature.match.all if clue.kind != "log"])
    if clue.kind == "exception":
        return replace(one, exception=f"{one.exception}Group")
    if clue.kind == "message":
        words = sorted(required_words(clue.value), key=len) or re.findall(r"\w+", one.message)
        return replace(one, message=re.sub(re.escape(words[-1]), "otherwise", one.message, flags=re.IGNORECASE))
    module, _, function = clue.value.partition(":")
    stack = [
        replace(place, module=f"other_{place.module}", code=place.code.replace("raise", "pass"))
        if (clue.kind == "code" and place is one.stack[-1])
        or (clue.kind == "frame" and place.module == module and function in {"", place.function})
        else place
        for place in one.stack
    ]
    return replace(one, stack=tuple(stack))
