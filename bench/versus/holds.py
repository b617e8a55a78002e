"""Whether all that a signature says holds for a crash, as cheaply as Python allows: what every peer is followed by.

The same answer as the clues' own functions give (a test compares them), without evidence, states or confidence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from app.crash.model import Crash, Raised, chain
from app.crash.origin import locate
from app.diagnosis.clues import SAME_EXCEPTION, last_name
from app.signature.model import Clue, Signature


@dataclass(frozen=True, slots=True)
class Shown:
    """What a crash shows, laid out so that a clue is looked up and not searched for."""

    names: frozenset[str]
    """Each exception by each name that it goes by: `a.b.Error`, `b.Error`, `Error`."""
    messages: tuple[str, ...]
    lines: str
    """The lines of all exceptions, as printed."""
    functions: dict[str, list[str]]
    """Function -> the modules in which a frame is in it."""
    modules: frozenset[str]
    """Modules of frames with the packages they are in, without the user's."""
    codes: tuple[str, ...]
    log: str


def shown(crash: Crash) -> Shown:
    """Lay a crash out."""
    raised = chain(crash.raised)
    names: set[str] = set()
    functions: dict[str, list[str]] = {}
    modules: set[str] = set()
    codes: list[str] = []
    for one in raised:
        if one.type is not None:
            parts = SAME_EXCEPTION.get(one.type, one.type).split(".")
            names.update(".".join(parts[at:]) for at in range(len(parts)))
        for module, function, code, owner in _places(one):
            if code is not None:
                codes.append(code)
            if module is not None:
                functions.setdefault(function, []).append(module)
                if owner != "user" and module not in modules:
                    parts = module.split(".")
                    modules.update(".".join(parts[:at]) for at in range(1, len(parts) + 1))
    messages = tuple(one.message for one in raised if one.type is not None)
    lines = "\n".join(f"{one.type}: {one.message}" for one in raised if one.type is not None)
    log = "\n".join(line.raw for line in crash.logs)
    return Shown(frozenset(names), messages, lines, functions, frozenset(modules), tuple(codes), log)


def _places(one: Raised) -> Iterator[tuple[str | None, str, str | None, str | None]]:
    """Module, function, source and owner of each frame, and of the place that a SyntaxError names."""
    for frame in one.frames:
        yield frame.module, last_name(frame.function) or "", frame.code, frame.owner
    if one.syntax is not None and one.syntax.file is not None:
        module, owner = locate(one.syntax.file)
        yield module, "", one.syntax.text, owner


Check = Callable[[Shown], bool]


@dataclass(frozen=True, slots=True)
class Checks:
    """A signature, ready to be checked: what it needs with the cheapest first."""

    id: str
    exception: str | None
    needed: tuple[Check, ...]
    any: tuple[Check, ...]
    none: tuple[Check, ...]


def checks_of(signature: Signature) -> Checks:
    """Prepare a signature once, before anything is measured."""
    cheapest = ("exception", "frame", "message", "code", "log", "installed")
    clues = sorted(signature.match.all, key=lambda clue: cheapest.index(clue.kind))
    exception = next((clue.value for clue in clues if clue.kind == "exception"), None)
    needed = tuple(_check(clue) for clue in clues if clue.kind != "exception" or clue.value != exception)
    rest = [tuple(map(_check, clues)) for clues in (signature.match.any, signature.match.none)]
    return Checks(signature.id, exception and SAME_EXCEPTION.get(exception, exception), needed, *rest)


def holds(checks: Checks, crash: Shown) -> bool:
    """Whether all it needs holds, one of `any` if there are any, and none of `none`."""
    if checks.exception is not None and checks.exception not in crash.names:
        return False
    for check in checks.needed:
        if not check(crash):
            return False
    if checks.any and not any(check(crash) for check in checks.any):
        return False
    return not any(check(crash) for check in checks.none)


def holding(several: Iterable[Checks], crash: Shown) -> list[str]:
    """The ids of those that hold."""
    return [one.id for one in several if holds(one, crash)]


def _check(clue: Clue) -> Check:
    kind, value = clue.kind, clue.value
    if kind == "exception":
        name = SAME_EXCEPTION.get(value, value)
        return lambda crash: name in crash.names
    if kind == "frame":
        return _frame(value)
    if kind == "log":
        return _Pattern(value).in_log
    return _Pattern(value).in_code if kind == "code" else _Pattern(value).in_message


def _frame(value: str) -> Check:
    module, _, function = value.partition(":")
    if not function:
        return lambda crash: module in crash.modules
    inside = module + "."

    def check(crash: Shown) -> bool:
        modules = crash.functions.get(function, ())
        return module in modules or any(one.startswith(inside) for one in modules)

    return check


class _Pattern:
    """A pattern that is compiled when it is first needed, and stays so."""

    __slots__ = ("compiled", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.compiled: re.Pattern[str] | None = None

    def ready(self) -> re.Pattern[str]:
        if self.compiled is None:
            self.compiled = re.compile(self.pattern)
        return self.compiled

    def in_message(self, crash: Shown) -> bool:
        search = self.ready().search
        return any(search(message) is not None for message in crash.messages)

    def in_code(self, crash: Shown) -> bool:
        search = self.ready().search
        return any(search(code) is not None for code in crash.codes)

    def in_log(self, crash: Shown) -> bool:
        return self.ready().search(crash.log) is not None
