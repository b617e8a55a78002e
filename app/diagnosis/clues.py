"""Does a clue hold, fail, or is its place not to be seen? One function for each kind of clue, in one table.

*Unseen* is not *fails*: a cut paste, a report without logs or a frozen build can't contradict anybody.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import regex
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.crash.model import Crash, Environment, Frame, Raised, chain
from app.crash.origin import locate
from app.diagnosis.model import State
from app.diagnosis.versions import installed, within
from app.signature.model import Clue

MAX_SEARCHED = 100_000  # characters a contributed pattern may look at: more is no message and no log
MAX_LINE = 1_000  # characters of one log line that are looked at
PATTERN_SECONDS = 0.25  # a guard, not a stopwatch: patterns are linear by lint and take microseconds
LOGS_ENOUGH = 3  # fewer lines around a crash than this don't tell what else was there
MAX_SHOWN = 300  # characters of a line shown as evidence
NOTHING: Mapping[str, bool] = MappingProxyType({})

# Names that Python made one: a traceback of an older version still shows the old one.
SAME_EXCEPTION = {"IOError": "OSError", "WindowsError": "OSError", "EnvironmentError": "OSError"}


class TooSlow(Exception):
    """A contributed pattern did not end in time: its signature is ruled out, never made broader."""


class Seen(NamedTuple):
    """What became of a clue: its state, and the line that decided."""

    state: State
    line: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A crash laid out for judging: every exception, frame and log line at hand."""

    crash: Crash
    environment: Environment
    raised: tuple[Raised, ...]
    frames: tuple[Frame, ...]
    log: str
    log_starts: tuple[int, ...]
    contradictions: tuple[str, ...] = ()
    answers: Mapping[str, bool] = field(default_factory=dict)
    """Of signatures whose question the sender answered: whether with yes."""


def lay_out(
    crash: Crash,
    environment: Environment,
    contradictions: tuple[str, ...] = (),
    answers: Mapping[str, bool] = NOTHING,
) -> Case:
    """Prepare a crash for judging, once for all signatures."""
    every = chain(crash.raised)
    logs = [line.raw[:MAX_LINE] for line in crash.logs]
    starts = [0]
    for line in logs:
        starts.append(starts[-1] + len(line) + 1)
    return Case(
        crash,
        environment,
        raised=every,
        frames=tuple(frame for one in every for frame in (*one.frames, *_spot(one))),
        log="\n".join(logs)[:MAX_SEARCHED],
        log_starts=tuple(starts[:-1]),
        contradictions=contradictions,
        answers=answers,
    )


def _spot(one: Raised) -> tuple[Frame, ...]:
    """The place that a SyntaxError names, as a frame without a function: its file and source tell as much."""
    spot = one.syntax
    if spot is None or spot.file is None:
        return ()
    module, owner = locate(spot.file)
    place = Frame(spot.file, spot.line, None, spot.text, module=module, owner=owner)
    return (place._replace(first_line=spot.first_line, last_line=spot.last_line),)


def look_for(clue: Clue, case: Case) -> Seen:
    """Hold a clue against the case. Raises `TooSlow` when its pattern does not end in time."""
    return LOOKERS[clue.kind](clue.value, case)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


def _search(pattern: str, text: str) -> regex.Match[str] | None:
    try:
        return _compiled(pattern).search(text[:MAX_SEARCHED], timeout=PATTERN_SECONDS)
    except TimeoutError:
        raise TooSlow(pattern) from None


def _exception(name: str, case: Case) -> Seen:
    for one in case.raised:
        if one.type is not None and _same_name(name, one.type):
            return Seen("holds", one.type_line, _first_line(one))
    if any(one.type is None for one in case.raised):
        return Seen("unseen")
    return Seen("fails", case.crash.raised.type_line, case.crash.raised.type)


def _same_name(wanted: str, printed: str) -> bool:
    printed = SAME_EXCEPTION.get(printed, printed)
    return printed == SAME_EXCEPTION.get(wanted, wanted) or printed.endswith("." + wanted)


def _message(pattern: str, case: Case) -> Seen:
    for one in case.raised:
        if one.type is not None and (found := _search(pattern, one.message)):
            offset = one.message.count("\n", 0, found.start())
            line = one.type_line + offset if one.type_line is not None else None
            text = _first_line(one) if offset == 0 else one.message.split("\n")[offset]
            return Seen("holds", line, text[:MAX_SHOWN])
    if any(one.type is None for one in case.raised):
        return Seen("unseen")
    return Seen("fails", case.crash.raised.type_line, _first_line(case.crash.raised))


def _first_line(one: Raised) -> str:
    first = one.message.partition("\n")[0]
    return (f"{one.type}: {first}" if first else str(one.type))[:MAX_SHOWN]


def _frame(wanted: str, case: Case) -> Seen:
    module, _, function = wanted.partition(":")
    for frame in reversed(case.frames):
        if in_module(frame, module) and _in_function(frame, function):
            return Seen("holds", frame.first_line, shown(frame))
    if case.crash.truncated or any(_may_be_in(frame, function) for frame in case.frames) or not case.frames:
        return Seen("unseen")
    return Seen("fails", case.frames[-1].first_line, shown(case.frames[-1]))


def without_place(frame: Frame) -> bool:
    """Whether the report doesn't say which file this is: pytest's source without the line below it that tells."""
    return frame.file is None and frame.module is None


def _may_be_in(frame: Frame, function: str) -> bool:
    """Whether the frame's place is not told, and what is told of it is no other function than this."""
    return without_place(frame) and (function == "" or last_name(frame.function) in {None, function})


def _in_function(frame: Frame, wanted: str) -> bool:
    """A user's own `celery.py` is not Celery: a module as a whole counts only where packages are installed."""
    if wanted in {"", "<module>"} and frame.owner == "user":
        return False
    return not wanted or wanted == last_name(frame.function)


def last_name(function: str | None) -> str | None:
    """A function's own name: compiled code prints `pydantic.typing.evaluate_forwardref`."""
    return function and function.rpartition(".")[2]


def in_module(frame: Frame, module: str) -> bool:
    """Whether the frame is in this module or in a part of this package."""
    return frame.module is not None and (frame.module == module or frame.module.startswith(module + "."))


def shown(frame: Frame) -> str:
    """A frame as its line in the traceback, shortened."""
    where = f'File "{frame.file}", line {frame.line}'
    return (f"{where}, in {frame.function}" if frame.function else where)[:MAX_SHOWN]


def _code(pattern: str, case: Case) -> Seen:
    for frame in reversed(case.frames):
        if frame.code is not None and (found := _search(pattern, frame.code)):
            line = frame.code[: found.start()].count("\n")
            return Seen("holds", frame.first_line + 1 + line, frame.code.split("\n")[line][:MAX_SHOWN])
    blank = any(frame.code is None and not (frame.file or "").startswith("<") for frame in case.frames)
    if case.crash.truncated or blank or not case.frames:
        return Seen("unseen")
    return Seen("fails", case.frames[-1].first_line, case.frames[-1].code)


def _log(pattern: str, case: Case) -> Seen:
    if found := _search(pattern, case.log):
        line = case.crash.logs[bisect_right(case.log_starts, found.start()) - 1]
        return Seen("holds", line.number, line.raw.strip()[:MAX_SHOWN])
    return Seen("fails" if len(case.crash.logs) >= LOGS_ENOUGH else "unseen")


def _installed(wanted: str, case: Case) -> Seen:
    requirement = Requirement(wanted)
    fact = installed(canonicalize_name(requirement.name), case.environment)
    if fact is None:
        return Seen("fails" if case.environment.complete else "unseen")
    inside = within(requirement.specifier, fact)
    state: State = "unseen" if inside is None else "holds" if inside else "fails"
    return Seen(state, fact.line, f"{requirement.name} {fact.value}")


LOOKERS: dict[str, Callable[[str, Case], Seen]] = {
    "exception": _exception,
    "message": _message,
    "frame": _frame,
    "code": _code,
    "log": _log,
    "installed": _installed,
}
