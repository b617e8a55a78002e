r"""What a report is made of, as frozen values. Nothing here reads text.

Line numbers count from 1 and mean lines of the report *as read*: line breaks that were written out as the two
characters `\n` are real ones by then. In a report without such escapes they are the lines of the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

Owner = Literal["stdlib", "package", "user"]
Link = Literal["cause", "context"]

EXACT = re.compile(r"\d+\.\d+\.\d")


class Line(NamedTuple):
    """One line of a report: `text` without colours, prefixes and quoting; `raw` as it was sent (colours off).

    `stream` is what the prefix says of the sender (container, process), so that interleaved lines can be told apart.
    """

    number: int
    text: str
    raw: str
    stream: str = ""


class Frame(NamedTuple):
    """One entry of a stack. Unknown is None: a C frame has no source, a frozen build has no code."""

    file: str | None
    line: int | None
    function: str | None
    code: str | None = None
    """The source as printed, its common indentation off; several lines are joined by a line break."""
    carets: str | None = None
    """The marker line (`~~^~~`) under each line of `code`, empty where there is none, joined by line breaks."""
    module: str | None = None
    """Dotted module, read from the path: `uvicorn.main`, `asyncio.windows_events`; None when it does not tell."""
    owner: Owner | None = None
    repeated: int = 0
    """How many more times this frame stood there, folded by `[Previous line repeated N more times]`."""
    first_line: int = 0
    last_line: int = 0


class SyntaxSpot(NamedTuple):
    """Where a SyntaxError says the source is wrong: file, line, the text and the column (from 1) of the caret."""

    file: str | None
    line: int | None
    text: str | None
    column: int | None
    first_line: int = 0
    last_line: int = 0


class Raised(NamedTuple):
    """One exception: its type as printed, its message, its frames (outermost call first) and what led to it."""

    type: str | None
    """Dotted name as printed (`pydantic.errors.PydanticImportError`); None when its line was cut off."""
    message: str = ""
    """The text after `Type: `, all its lines; empty when there is none."""
    notes: tuple[str, ...] = ()
    """PEP 678 notes. As printed they can't be told from further message lines, so a reader may leave this empty."""
    frames: tuple[Frame, ...] = ()
    syntax: SyntaxSpot | None = None
    cause: Raised | None = None
    """The exception it was raised from (`__cause__`)."""
    context: Raised | None = None
    """The exception that was being handled when it was raised (`__context__`)."""
    exceptions: tuple[Raised, ...] = ()
    """The members of an exception group, in order."""
    head_cut: bool = False
    """The start of the stack is missing."""
    tail_cut: bool = False
    """The end of the stack, and so the exception's own line, is missing."""
    elided: bool = False
    """Frames were left out in the middle."""
    message_hidden: bool = False
    """Whoever printed it took the message out."""
    type_line: int | None = None
    """The line of the report that names the exception."""
    first_line: int = 0
    last_line: int = 0


class Fact(NamedTuple):
    """A value the report betrays (an OS, a version), with the line that does; None when the sender stated it.

    `exact` is False when only the first parts of a version are known, as `3.8` from a path.
    """

    value: str
    line: int | None = None
    exact: bool = True


class Told(NamedTuple):
    """One thing that a line betrays: of the `os`, of `python`, or of the package of that name."""

    of: str
    value: str
    exact: bool = True
    sure: bool = True


Sighting = tuple[int, Told]  # the number of a line, and one thing that it betrays


class Environment(NamedTuple):
    """OS (`windows`, `linux`, `macos`), Python and package versions, each with the line it came from."""

    os: Fact | None = None
    python: Fact | None = None
    packages: Mapping[str, Fact] = MappingProxyType({})
    """By PEP 503 normalised name."""
    complete: bool = False
    """The report holds a whole package list (`pip freeze`), so that a package not in it is not installed."""


def is_exact(python: str) -> bool:
    """Whether a Python's version goes down to the third number: 3.8.10 does, 3.8 is a release line."""
    return EXACT.match(python) is not None


def stated(os: str | None, python: str | None, packages: Mapping[str, str]) -> Environment:
    """What a sender states, the packages by their normalised names; None and empty are not stated."""
    return Environment(
        os=Fact(os) if os else None,
        python=Fact(python, exact=is_exact(python)) if python else None,
        packages={name: Fact(version) for name, version in packages.items()},
    )


class Crash(NamedTuple):
    """One traceback read out of a report: the exception that ended it, and the log lines around it."""

    raised: Raised
    form: str = "python"
    """How it was printed: `python`, `pytest`, `ipython`, `rich`, `django`, `faulthandler`, ..."""
    headers: tuple[Line, ...] = ()
    """Lines that introduce it: `Exception in thread ...`, `Task exception was never retrieved`, ..."""
    logs: tuple[Line, ...] = ()
    """Lines of the report near it that belong to no traceback, its headers among them, in order."""
    environment: Environment = Environment()
    first_line: int = 0
    last_line: int = 0

    @property
    def truncated(self) -> bool:
        """Whether any part of it is known to be missing."""
        return any(one.head_cut or one.tail_cut or one.elided for one in chain(self.raised))


def chain(raised: Raised) -> tuple[Raised, ...]:
    """Every exception tied to this one (itself first, then causes, contexts and group members), each once."""
    found = [raised]
    for one in found:  # the list grows while it is walked
        found += [tied for tied in (one.cause, one.context) if tied is not None]
        found += one.exceptions
    return tuple(found)


class Around(NamedTuple):
    """Lines around a traceback."""

    lines: Sequence[str] = ()
    introducing: int = 0
    """How many of the last of them would introduce a traceback below."""
    all_seen: bool = False
    """Whether lines further up could not introduce it as well."""
    silent: bool = True
    """Whether none of them betrays anything."""


class Framed(NamedTuple):
    """A stack at its place, the line below it, and what it betrays."""

    frames: tuple[Frame, ...]
    below: int
    seen: tuple[Sighting, ...]
    environment: Environment


class Ending(NamedTuple):
    """What the lines below a stack say in any report: the exception, and whether it led to the next one."""

    type: str
    message: str
    message_lines: int
    link: Link | None
    lines: int
    """How many they are, with the words that tie it to the next traceback."""
    told: tuple[Sighting, ...]
    below: Around
    """The lines below these that belong to no traceback."""


class Trace(NamedTuple):
    """A traceback just as CPython prints it, at its place in a report."""

    header: int
    """The number of its first line."""
    stack: Framed
    ending: Ending
    above: Around
    """The lines between the traceback before it and its header."""
    introduced: int
    """How many of them, right above the header, say where it came from."""
    below: Around
    """The lines between it and the next one, or the end."""


class Report:
    """The lines of a report, and what was done to read it (encoding, escapes: words for people)."""

    __slots__ = ("_lines", "_text", "crashes", "notes", "traces")

    def __init__(
        self,
        lines: tuple[Line, ...] | None,
        notes: tuple[str, ...] = (),
        text: str = "",
        traces: Sequence[Trace] = (),
    ) -> None:
        """Hold the lines; without any, those of a text that is read as it stands, made when somebody asks for them."""
        self._lines = lines
        self._text = text
        self.notes = notes
        self.traces = traces
        """What the text is cut into if it is plain; empty if it is not."""
        self.crashes: tuple[Crash, ...] | None = None
        """What was found in it; None while nobody has looked."""

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same lines, whichever way they were read."""
        return isinstance(other, Report) and (self.lines, self.notes) == (other.lines, other.notes)

    def __hash__(self) -> int:
        """The same for equal reports."""
        return hash((self.lines, self.notes))

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines, each as read and as sent."""
        if self._lines is None:
            self._lines = tuple(Line(number, line, line) for number, line in enumerate(self._text.split("\n"), 1))
        return self._lines
