"""Stacks that come without an end, their exception named above them: of clouds, web pages and a debugger.

The formats are those of `awslambdaric` (AWS Lambda), of the host and worker of Azure Functions, of Streamlit's page for
an error and of the box in which VS Code shows one. None of them tells of exceptions that led to this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.crash import grammar
from app.crash.forms.found import Found
from app.crash.model import Line, Raised
from app.crash.stack import is_named_exception, read_stack
from app.crash.standard import Rows

MAX_MESSAGE = 30  # lines between the exception's name and its stack
HEADER = re.compile(r"Traceback \(most recent call last\):\s*\Z")
# a line of log, or a traceback of another form
NO_MESSAGE = re.compile("|".join(one.pattern for one in (grammar.LOG_LINE, grammar.HEADER, grammar.FRAME)))
NAME = r"(?P<type>[^\W\d][\w.]{0,300})"
SAID = rf"{NAME}(?:: (?P<message>.*))?\Z"

# What Streamlit says instead of a message, where `client.showErrorDetails` is not "full"
REDACTED = "This app has encountered an error. The original error message is redacted"
# Unable to import module 'shop': No module named 'numpy'
UNIMPORTED = re.compile(r"Unable to import module '[^']{1,300}': (?P<message>.+)\Z", re.DOTALL)


class Shape(NamedTuple):
    """What stands above a stack, and what between its message and the first frame."""

    form: str
    named: re.Pattern[str]
    above: re.Pattern[str]
    """The last line that is no frame; or the first frame, of a stack without such a line."""


SHAPES = (
    # [ERROR] KeyError: 'name'
    # Traceback (most recent call last):
    Shape("lambda", re.compile(rf"\[ERROR\] {SAID}"), HEADER),
    # Exception: KeyError: 'name'
    # Stack:
    Shape("azure", re.compile(rf"Exception: {SAID}"), re.compile(r"Stack:\s*\Z")),
    # shop.PriceError: no price
    # Traceback:
    Shape("streamlit", grammar.NAMED_EXCEPTION, re.compile(r"Traceback:\s*\Z")),
    # Exception has occurred: KeyError       (note: full exception trace is shown but execution is paused at: pay)
    # 'name'
    #   File "/srv/shop/app.py", line 3, in pay
    Shape("vscode", re.compile(rf"Exception has occurred: {NAME}(?P<message>)(?:\s+\(note: .*)?\Z"), grammar.FRAME),
)
IMPORTER = "lambda"  # says that it could not import a program, without any stack
DEBUGGER = "vscode"  # shows the innermost frame first, and in newer versions the exception again below the last
NAMING = ("[ERROR] ", "Exception: ", "Exception has occurred: ")
BELOW = "Traceback:"
MARKS = ("[ERROR] ", "Stack:", "Traceback:", "Exception has occurred: ")
NAMED_ABOVE = frozenset(shape.form for shape in SHAPES)


def hint(text: str) -> bool:
    """Whether this is a line that every such stack has one of above it."""
    return text.startswith(MARKS[1:]) or SHAPES[0].named.match(text) is not None


def find(lines: Sequence[Line]) -> Iterator[Found]:
    """Every stack with the exception above it; one that ends with an exception of its own is of the standard form."""
    rows = Rows(lines)
    last = 0
    for at in sorted(set(_starts(lines))):
        one = _read(rows, at) if lines[at].number > last else None
        if one is not None:
            yield one
            last = one.last_line


def _starts(lines: Sequence[Line]) -> Iterator[int]:
    """Where an exception may be named: most shapes say so at the beginning of the line, one only below it."""
    named = seen = -1
    for at, line in enumerate(lines):
        if line.text.startswith(NAMING):
            yield at
        elif line.text.startswith(BELOW):
            first = at - 1 - MAX_MESSAGE
            above = range(at - 1, max(first - 1, seen), -1)  # what stands further up was looked at before
            named = next((one for one in above if grammar.NAMED_EXCEPTION.match(lines[one].text)), named)
            seen = at
            if named >= max(first, 0):
                yield named


def _read(rows: Rows, at: int) -> Found | None:
    """The crash that this line names, as the first shape has it that fits."""
    for shape in SHAPES:
        named = shape.named.match(rows.lines[at].text)
        below = _below(rows, at, shape) if named else None
        if named is None or below is None:
            continue
        stack, end = read_stack(rows, below + (shape.above is not grammar.FRAME), None, 0)
        end = max(end, below + 1)
        own = _end(rows, end)
        if own == named["type"] and shape.form == DEBUGGER:
            end += 1
        elif own is not None and (own == named["type"] or is_named_exception(own)):
            continue
        if stack.frames or shape.form == IMPORTER:
            said = [named["message"] or "", *(line.text for line in rows.lines[at + 1 : below])]
            raised = _raised(named["type"], "\n".join(said).strip("\n"), rows.lines[at].number)
            frames = stack.frames[::-1] if shape.form == DEBUGGER else stack.frames
            last = rows.lines[end - 1].number
            raised = raised._replace(frames=tuple(frames), elided=stack.elided, last_line=last)
            return Found(raised, shape.form, first_line=raised.first_line, last_line=last)
    return None


def _end(rows: Rows, at: int) -> str | None:
    """The exception that this line names, as the last one of the standard form does."""
    row = rows.at(at)
    own = None if row is None else grammar.exception_line(row.text)
    return own and own[0]


def _below(rows: Rows, at: int, shape: Shape) -> int | None:
    """Where the message ends of the exception that this line names, and its stack begins."""
    for below in range(at + 1, min(at + 2 + MAX_MESSAGE, len(rows))):
        text = rows.lines[below].text.expandtabs().strip()
        if shape.above.match(text):
            return below
        if shape.named.match(text) or NO_MESSAGE.match(text):
            return None
    return None


def _raised(kind: str, message: str, line: int) -> Raised:
    """The exception by what its line says."""
    raised = Raised(kind, message, type_line=line, first_line=line, last_line=line)
    if message.startswith(REDACTED):
        return raised._replace(message="", message_hidden=True)
    unimported = UNIMPORTED.match(message) if kind == "Runtime.ImportModuleError" else None
    if unimported is None:
        return raised
    why = unimported["message"]
    missing = "ModuleNotFoundError" if why.startswith("No module named ") else "ImportError"
    return raised._replace(cause=raised._replace(type=missing, message=why))
