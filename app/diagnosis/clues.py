"""Does a clue hold, fail, or is its place not to be seen? One function for each kind of clue, in one table.

*Unseen* is not *fails*: a cut paste, a report without logs or a frozen build can't contradict anybody.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.crash.model import Crash, Environment, Frame, Raised, chain
from app.crash.origin import locate
from app.diagnosis.model import State
from app.diagnosis.patterns import MAX_SEARCHED, TooSlow, may_match, search
from app.diagnosis.versions import installed, within
from app.signature.model import Clue

MAX_LINE = 1_000  # characters of one log line that are looked at
LOGS_ENOUGH = 3  # fewer lines around a crash than this don't tell what else was there
MAX_SHOWN = 300  # characters of a line shown as evidence
REMEMBERED = 4096  # frames and requirements that are remembered taken apart
NOTHING: Mapping[str, bool] = MappingProxyType({})

# Names that Python made one: a traceback of an older version still shows the old one.
SAME_EXCEPTION = {"IOError": "OSError", "WindowsError": "OSError", "EnvironmentError": "OSError"}

Look = tuple[str, str]
"""A clue as it is looked for: its kind and its value."""


class Seen(NamedTuple):
    """What became of a clue: its state, and the line that decided."""

    state: State
    line: int | None = None
    text: str | None = None


UNSEEN = Seen("unseen")


@dataclass(eq=False)
class Case:
    """A crash laid out for judging: every exception, frame and log line at hand.

    Signatures ask much the same of it, so what was found out once is kept with it.
    """

    crash: Crash
    environment: Environment
    raised: tuple[Raised, ...]
    frames: tuple[Frame, ...]
    by_package: Mapping[str, Sequence[Frame]]
    """The frames of each top-level module, the innermost first."""
    placeless: Sequence[Frame]
    """The frames that may be anywhere."""
    truncated: bool
    """Whether any part of the crash is known to be missing."""
    other_type: Seen
    """What contradicts a clue that looks for another exception, unless a name is missing."""
    other_message: Seen
    other_place: Seen
    contradictions: tuple[str, ...] = ()
    answers: Mapping[str, bool] = field(default_factory=dict)
    """Of signatures whose question the sender answered: whether with yes."""
    known: dict[Look, Seen] = field(default_factory=dict, repr=False)
    """What became of each clue that was looked for."""
    slow: set[Look] = field(default_factory=set, repr=False)
    """Clues whose pattern did not end in time; nobody waits for it twice."""

    @cached_property
    def other_code(self) -> Seen:
        """What contradicts a clue that looks for another source line."""
        blank = any(frame.code is None and not (frame.file or "").startswith("<") for frame in self.frames)
        if self.truncated or blank or not self.frames:
            return UNSEEN
        return Seen("fails", self.frames[-1].first_line, self.frames[-1].code)

    @cached_property
    def source(self) -> str:
        """All source lines as one text."""
        return "\n".join([frame.code for frame in self.frames if frame.code is not None])

    @cached_property
    def log(self) -> str:
        """The lines around the crash as one text."""
        return "\n".join([line.raw[:MAX_LINE] for line in self.crash.logs])[:MAX_SEARCHED]

    @cached_property
    def log_starts(self) -> list[int]:
        """Where each line begins in `log`."""
        starts = [0]
        for line in self.crash.logs[:-1]:
            starts.append(starts[-1] + min(len(line.raw), MAX_LINE) + 1)
        return starts


def lay_out(
    crash: Crash,
    environment: Environment,
    contradictions: tuple[str, ...] = (),
    answers: Mapping[str, bool] = NOTHING,
) -> Case:
    """Prepare a crash for judging, once for all signatures."""
    raised = crash.raised
    every = chain(raised) if raised.cause or raised.context or raised.exceptions else (raised,)
    frames: list[Frame] = []
    truncated = nameless = False
    for one in every:
        frames += one.frames if one.syntax is None else (*one.frames, *_spot(one))
        truncated = truncated or one.head_cut or one.tail_cut or one.elided
        nameless = nameless or one.type is None
    by_package, placeless = _places(frames)
    return Case(
        crash,
        environment,
        every,
        tuple(frames),
        by_package,
        placeless,
        truncated,
        other_type=UNSEEN if nameless else Seen("fails", raised.type_line, raised.type),
        other_message=UNSEEN if nameless else Seen("fails", raised.type_line, _first_line(raised)),
        other_place=UNSEEN if truncated or not frames else Seen("fails", frames[-1].first_line, shown(frames[-1])),
        contradictions=contradictions,
        answers=answers,
    )


def _places(frames: Sequence[Frame]) -> tuple[dict[str, list[Frame]], list[Frame]]:
    """The frames of each top-level module, the innermost first, and those without a place."""
    by_package: dict[str, list[Frame]] = {}
    placeless: list[Frame] = []
    for frame in reversed(frames):
        if frame.module is not None:
            package = frame.module.partition(".")[0]
            if package in by_package:
                by_package[package].append(frame)
            else:
                by_package[package] = [frame]
        elif frame.file is None:
            placeless.append(frame)
    return by_package, placeless


def _spot(one: Raised) -> tuple[Frame, ...]:
    """The place that a SyntaxError names, as a frame without a function: its file and source tell as much."""
    spot = one.syntax
    if spot is None or spot.file is None:
        return ()
    module, owner = locate(spot.file)
    place = Frame(
        spot.file,
        spot.line,
        None,
        spot.text,
        module=module,
        owner=owner,
        first_line=spot.first_line,
        last_line=spot.last_line,
    )
    return (place,)


def look(clue: Look, case: Case) -> Seen:
    """Look for a clue in the case, once. Raises `TooSlow` when its pattern does not end in time."""
    seen = case.known.get(clue)
    if seen is not None:
        return seen
    if clue in case.slow:
        raise TooSlow(clue[1])
    try:
        seen = case.known[clue] = LOOKERS[clue[0]](clue[1], case)
    except TooSlow:
        case.slow.add(clue)
        raise
    return seen


def look_for(clue: Clue, case: Case) -> Seen:
    """Hold a clue against the case. Raises `TooSlow` when its pattern does not end in time."""
    return look((clue.kind, clue.value), case)


def _exception(name: str, case: Case) -> Seen:
    for one in case.raised:
        if one.type is not None and _same_name(name, one.type):
            return Seen("holds", one.type_line, _first_line(one))
    return case.other_type


def _same_name(wanted: str, printed: str) -> bool:
    printed = SAME_EXCEPTION.get(printed, printed)
    return printed == SAME_EXCEPTION.get(wanted, wanted) or printed.endswith("." + wanted)


def _message(pattern: str, case: Case) -> Seen:
    for one in case.raised:
        if one.type is not None and (found := search(pattern, one.message)):
            offset = one.message.count("\n", 0, found.start())
            line = one.type_line + offset if one.type_line is not None else None
            text = _first_line(one) if offset == 0 else one.message.split("\n")[offset]
            return Seen("holds", line, text[:MAX_SHOWN])
    return case.other_message


def _first_line(one: Raised) -> str:
    first = one.message.partition("\n")[0]
    return (f"{one.type}: {first}" if first else str(one.type))[:MAX_SHOWN]


def _frame(wanted: str, case: Case) -> Seen:
    package, module, function = _place(wanted)
    for frame in case.by_package.get(package, ()):
        if in_module(frame, module) and _in_function(frame, function):
            return Seen("holds", frame.first_line, shown(frame))
    if case.placeless and any(_may_be_in(frame, function) for frame in case.placeless):
        return UNSEEN
    return case.other_place


@lru_cache(maxsize=REMEMBERED)
def _place(wanted: str) -> tuple[str, str, str]:
    """The top-level module, the module and the function of a frame that is looked for."""
    module, _, function = wanted.partition(":")
    return module.partition(".")[0], module, function


def without_place(frame: Frame) -> bool:
    """Whether the report doesn't say which file this is: pytest's source without the line below it that tells."""
    return frame.file is None and frame.module is None


def _may_be_in(frame: Frame, function: str) -> bool:
    """Whether what is told of a frame without a place is no other function than this."""
    return function == "" or last_name(frame.function) in {None, function}


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
    for frame in reversed(case.frames) if may_match(pattern, case.source) else ():
        if frame.code is not None and (found := search(pattern, frame.code)):
            line = frame.code[: found.start()].count("\n")
            return Seen("holds", frame.first_line + 1 + line, frame.code.split("\n")[line][:MAX_SHOWN])
    return case.other_code


def _log(pattern: str, case: Case) -> Seen:
    if case.log and (found := search(pattern, case.log)):
        line = case.crash.logs[bisect_right(case.log_starts, found.start()) - 1]
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
