"""Does a clue hold, fail, or is its place not to be seen? One function for each kind of clue, in one table.

*Unseen* is not *fails*: a cut paste, a report without logs or a frozen build can't contradict anybody.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.crash.model import Frame, Raised
from app.diagnosis.case import LOGS_ENOUGH, MAX_SHOWN, UNSEEN, Case, Look, Seen, shown
from app.diagnosis.model import State
from app.diagnosis.patterns import TooSlow, find, may_match
from app.diagnosis.versions import installed, within
from app.signature.model import Clue

REMEMBERED = 16_384  # frames and requirements that are remembered taken apart
# Names that Python made one: a traceback of an older version still shows the old one.
SAME_EXCEPTION = {"IOError": "OSError", "WindowsError": "OSError", "EnvironmentError": "OSError"}


def look(clue: Look, case: Case) -> Seen:
    """Look for a clue in the case, once. Raises `TooSlow` when its pattern does not end in time."""
    seen = case.known.get(clue)
    return look_first(clue, case) if seen is None else seen


def look_first(clue: Look, case: Case) -> Seen:
    """Look for a clue that is not known yet."""
    if case.slow and clue in case.slow:
        raise TooSlow(clue[1])
    kind, value = clue
    try:
        seen = case.known[clue] = LOOKERS[kind](value, case)
    except TooSlow:
        case.slow.add(clue)
        raise
    return seen


def look_for(clue: Clue, case: Case) -> Seen:
    """Hold a clue against the case. Raises `TooSlow` when its pattern does not end in time."""
    return look((clue.kind, clue.value), case)


def _exception(name: str, case: Case) -> Seen:
    for one, seen in case.named:
        if name == one.type or _same_name(name, str(one.type)):
            return seen
    return case.other_type


def _same_name(wanted: str, printed: str) -> bool:
    printed = SAME_EXCEPTION.get(printed, printed)
    return printed == SAME_EXCEPTION.get(wanted, wanted) or printed.endswith("." + wanted)


def _message(pattern: str, case: Case) -> Seen:
    for one, seen in case.named:
        at = find(pattern, one.message)
        if at is not None:
            offset = one.message.count("\n", 0, at) if at else 0
            return _below(one, offset) if offset else seen
    for piece, seen in case.pieces:
        if find(pattern, piece) is not None:
            return seen
    return case.other_message


def _below(one: Raised, offset: int) -> Seen:
    """So many lines below the one that names the exception."""
    line = one.type_line + offset if one.type_line is not None else None
    return Seen("holds", line, one.message.split("\n")[offset][:MAX_SHOWN])


def _frame(wanted: str, case: Case) -> Seen:
    package, module, function = _place(wanted)
    for frame in case.by_package.get(package, ()):
        if _in_function(frame, function) and in_module(frame, module):
            return Seen("holds", frame.first_line, shown(frame))
    if case.placeless and any(_may_be_in(frame, function) for frame in case.placeless):
        return UNSEEN
    return case.other_place


@lru_cache(maxsize=REMEMBERED)
def _place(wanted: str) -> tuple[str, str, str]:
    """The top-level module, the module and the function of a frame that is looked for."""
    module, _, function = wanted.partition(":")
    return top_module(wanted), module, function


def top_module(wanted: str) -> str:
    """The top-level module of a frame that is looked for."""
    return wanted.partition(":")[0].partition(".")[0]


def _may_be_in(frame: Frame, function: str) -> bool:
    """Whether what is told of a frame without a place is no other function than this."""
    return function == "" or last_name(frame.function) in {None, function}


def _in_function(frame: Frame, wanted: str) -> bool:
    """A user's own `celery.py` is not Celery: a module as a whole counts only where packages are installed."""
    if wanted in {"", "<module>"} and frame.owner == "user":
        return False
    return not wanted or wanted == frame.function or wanted == last_name(frame.function)


def last_name(function: str | None) -> str | None:
    """A function's own name: compiled code prints `pydantic.typing.evaluate_forwardref`."""
    return function and function.rpartition(".")[2]


def in_module(frame: Frame, module: str) -> bool:
    """Whether the frame is in this module or in a part of this package."""
    return frame.module is not None and (frame.module == module or frame.module.startswith(module + "."))


def _code(pattern: str, case: Case) -> Seen:
    for frame in reversed(case.frames) if may_match(pattern, case.source) else ():
        if frame.code is not None and (at := find(pattern, frame.code)) is not None:
            line = frame.code.count("\n", 0, at)
            return Seen("holds", frame.first_line + 1 + line, frame.code.split("\n")[line][:MAX_SHOWN])
    return case.other_code


def _log(pattern: str, case: Case) -> Seen:
    if case.crash.logs and case.log and (at := find(pattern, case.log)) is not None:
        line = case.crash.logs[bisect_right(case.log_starts, at) - 1]
        return Seen("holds", line.number, line.raw.strip()[:MAX_SHOWN])
    return Seen("fails") if len(case.crash.logs) >= LOGS_ENOUGH else UNSEEN


def _installed(wanted: str, case: Case) -> Seen:
    name, package, specifier = _required(wanted)
    fact = installed(package, case.environment)
    if fact is None:
        return Seen("fails") if case.environment.complete else UNSEEN
    inside = within(specifier, fact)
    state: State = "unseen" if inside is None else "holds" if inside else "fails"
    return Seen(state, fact.line, f"{name} {fact.value}")


@lru_cache(maxsize=REMEMBERED)
def _required(wanted: str) -> tuple[str, str, str]:
    """A requirement's name as written and as installed, and its specifier."""
    requirement = Requirement(wanted)
    return requirement.name, canonicalize_name(requirement.name), str(requirement.specifier)


LOOKERS: dict[str, Callable[[str, Case], Seen]] = {
    "exception": _exception,
    "message": _message,
    "frame": _frame,
    "code": _code,
    "log": _log,
    "installed": _installed,
}
