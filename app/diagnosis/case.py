"""A crash laid out for judging, once for all signatures that are held against it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from app.crash.letters import without_marks
from app.crash.model import Crash, Environment, Frame, Raised, chain
from app.crash.origin import locate
from app.diagnosis.broken import in_one_piece
from app.diagnosis.model import Evidence, Rule, State
from app.diagnosis.patterns import MAX_SEARCHED

MAX_LINE = 1_000  # characters of one log line that are looked at
LOGS_ENOUGH = 3  # fewer lines around a crash than this don't tell what else was there
MAX_SHOWN = 300  # characters of a line shown as evidence
NOTHING: Mapping[str, bool] = MappingProxyType({})

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
    named: Sequence[tuple[Raised, Seen]]
    """Those of which the type is shown, each with the line that says it."""
    pieces: Sequence[tuple[str, Seen]]
    """Messages in one piece whose lines may have been broken, each with the line that says the type."""
    said: str | None
    """All messages as one text, as far as patterns look at them; None where one may be hidden."""
    frames: tuple[Frame, ...]
    by_package: Mapping[str, Sequence[Frame]]
    """The frames of each top-level module, the innermost first."""
    placeless: Sequence[Frame]
    """The frames that may be anywhere."""
    bare: Sequence[Frame]
    """The frames without their source."""
    source: str
    """All source lines as one text."""
    truncated: bool
    """Whether any part of the crash is known to be missing."""
    contradictions: tuple[str, ...] = ()
    answers: Mapping[str, bool] = field(default_factory=dict)
    """Of signatures whose question the sender answered: whether with yes."""
    shows: Mapping[str, Container[str]] = field(default_factory=dict, repr=False)
    """By kind of clue, if nothing of its kind is hidden: what a clue that holds has something in."""
    known: dict[Look, Seen] = field(default_factory=dict, repr=False)
    """What became of each clue that was looked for."""
    stated: dict[tuple[Rule, Look], Evidence] = field(default_factory=dict, repr=False)
    """The same as evidence under a rule: what many near-identical signatures ask is written down once."""
    slow: set[Look] = field(default_factory=set, repr=False)
    """Clues whose pattern did not end in time; nobody waits for it twice."""

    @cached_property
    def other_type(self) -> Seen:
        """What becomes of a clue that names another exception: it fails, or is unseen where a name is missing."""
        one = self.raised[0]
        return UNSEEN if len(self.named) < len(self.raised) else Seen("fails", one.type_line, one.type)

    @cached_property
    def other_message(self) -> Seen:
        """The same of one that asks for another message."""
        return UNSEEN if self.said is None else self.named[0][1]._replace(state="fails")

    @cached_property
    def other_place(self) -> Seen:
        """The same of one that names another place."""
        if self.truncated or not self.frames:
            return UNSEEN
        return Seen("fails", self.frames[-1].first_line, shown(self.frames[-1]))

    @cached_property
    def other_code(self) -> Seen:
        """The same of one that asks for another source line."""
        return Seen("fails", self.frames[-1].first_line, self.frames[-1].code) if "code" in self.shows else UNSEEN

    @cached_property
    def log(self) -> str:
        """The lines around the crash as one text."""
        return "\n".join(self._logged)[:MAX_SEARCHED]

    @cached_property
    def log_starts(self) -> list[int]:
        """Where each line begins in `log`."""
        starts = [0]
        for line in self._logged[:-1]:
            starts.append(starts[-1] + len(line) + 1)
        return starts

    @cached_property
    def _logged(self) -> list[str]:
        return [without_marks(line.raw[:MAX_LINE]) for line in self.crash.logs]


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
    truncated, spoken = False, True
    for one in every:
        frames += one.frames if one.syntax is None else (*one.frames, *_spot(one))
        truncated = truncated or one.head_cut or one.tail_cut or one.elided
        spoken = spoken and one.type is not None and not one.message_hidden
    named = [(one, Seen("holds", one.type_line, first_line(one))) for one in every if one.type is not None]
    pieces = [(piece[:MAX_SEARCHED], seen) for one, seen in named if "\n" in one.message for piece in in_one_piece(one)]
    messages = [one.message[:MAX_SEARCHED] for one in every] + [piece for piece, _ in pieces]
    said = "\n".join(messages) if spoken else None
    by_package, placeless = _places(frames)
    codes = [frame.code for frame in frames if frame.code is not None]
    bare = [frame for frame in frames if frame.code is None] if len(codes) < len(frames) else ()
    source = "\n".join(codes)
    shows: dict[str, Container[str]] = {} if said is None else {"message": said}
    if frames and not truncated:
        if not placeless:
            shows["frame"] = by_package
        if not bare or all((frame.file or "").startswith("<") for frame in bare):
            shows["code"] = source
    return Case(
        crash,
        environment,
        every,
        named,
        pieces,
        said,
        tuple(frames),
        by_package,
        placeless,
        bare,
        source,
        truncated,
        contradictions,
        answers,
        shows=shows,
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
        elif without_place(frame):
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


def first_line(one: Raised) -> str:
    """The line that names an exception as Python prints it, shortened."""
    first = one.message.partition("\n")[0]
    return (f"{one.type}: {first}" if first else str(one.type))[:MAX_SHOWN]


def shown(frame: Frame) -> str:
    """A frame as its line in the traceback, shortened."""
    where = f'File "{frame.file}", line {frame.line}'
    return (f"{where}, in {frame.function}" if frame.function else where)[:MAX_SHOWN]


def without_place(frame: Frame) -> bool:
    """Whether the report doesn't say which file this is: pytest's source without the line below it that tells."""
    return frame.file is None and frame.module is None
