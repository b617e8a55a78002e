"""The stack of a traceback: frame lines, source, markers, folds; stops where the exception's own line may stand."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from app.crash import grammar
from app.crash.model import Frame, SyntaxSpot

MAX_STRAY = 4  # log lines of others that may have fallen between two frames
MAX_CODE = 100  # source lines of one frame; Python 3.13 prints at most a handful


class Row(NamedTuple):
    """A line at a margin: its number in the report, its indentation, its text without it, and with it."""

    number: int
    indent: int
    text: str
    full: str


class _Rows(Protocol):
    def at(self, index: int, column: int | None = None) -> Row | None: ...


class Stack:
    """Frames read so far, and the indentations that tell frames, source and exception apart."""

    def __init__(self, header_indent: int) -> None:
        """Begin below a header that stands at this indentation."""
        self.header_indent = header_indent
        self.frame_indent = 0
        self.frames: list[Frame] = []
        self.elided = False
        self._code: list[str] = []
        self._marks: dict[int, str] = {}
        self._code_indent = 0
        self._last_line = 0

    def may_end(self, row: Row) -> bool:
        """Whether the exception's line may stand at this row's indentation."""
        if not self.frames or self.flat or row.indent < self.frame_indent or row.indent <= self.header_indent:
            return True
        return row.indent == self.frame_indent and is_named_exception(row.text)

    @property
    def flat(self) -> bool:
        """Whether the indentation is lost."""
        return self.frame_indent <= self.header_indent

    def add_frame(self, row: Row, file: str, line: str, function: str | None) -> None:
        """Take a frame line."""
        self.close()
        self.frame_indent = row.indent
        name = function.strip() if function else None
        self.frames.append(Frame(file, int(line), name, first_line=row.number, last_line=row.number))

    def takes_code(self, row: Row) -> bool:
        """Whether this row is source (or its markers) of the last frame."""
        if not self.frames or len(self._code) >= MAX_CODE:
            return False
        if row.indent > self.frame_indent:
            return True
        if self._code or row.indent < self.frame_indent or not (self.flat or row.indent):
            return bool(self._code) and row.indent >= self.frame_indent and grammar.CARETS.match(row.text) is not None
        return not is_named_exception(row.text)

    def within_code(self, row: Row) -> bool:
        """Whether this row is deeper than the source above it: there `...` is a Python body, not a gap."""
        return bool(self._code) and row.indent > self._code_indent

    def add_code(self, row: Row) -> None:
        """Take a source line, or the markers under one."""
        if not self._code:
            self._code_indent = row.indent
        if self._code and grammar.CARETS.match(row.text):
            self._marks[len(self._code) - 1] = row.full[min(self._code_indent, row.indent) :]
        else:
            self._code.append(row.full[min(self._code_indent, row.indent) :])
        self._last_line = row.number

    def add_repeated(self, row: Row, times: str) -> None:
        """Take a fold: the last frame stood there that many times more."""
        self.close()
        if self.frames:
            self.frames[-1] = self.frames[-1]._replace(repeated=int(times), last_line=row.number)

    def close(self) -> None:
        """Give the last frame the source collected for it."""
        if self._code and self.frames:
            marks = [self._marks.get(position, "") for position in range(len(self._code))]
            self.frames[-1] = self.frames[-1]._replace(
                code="\n".join(self._code),
                carets="\n".join(marks) if any(marks) else None,
                last_line=self._last_line,
            )
        self._code, self._marks = [], {}


def syntax_spot(last: Frame) -> SyntaxSpot | None:
    """The last entry of a stack as a place in wrong source: it has no function."""
    if last.function is not None:
        return None
    mark = next((mark for mark in (last.carets or "").split("\n") if mark), "")
    column = len(mark) - len(mark.lstrip()) + 1 if mark else None
    return SyntaxSpot(last.file, last.line, last.code, column, last.first_line, last.last_line)


def read_stack(rows: _Rows, index: int, column: int | None, header_indent: int) -> tuple[Stack, int]:
    """Frames up to the row where the exception's own line, another traceback or nothing of this one stands."""
    stack = Stack(header_indent)
    stray = 0
    end = index
    while (row := rows.at(index, column)) is not None:
        if take(stack, row):
            stray = 0
            end = index + 1
        elif not row.text or (stack.frames and _passes(rows, row, index, column)):
            stray += 1
        else:
            break
        if stray > MAX_STRAY:
            break
        index += 1
    stack.close()
    return stack, end if stray else index


def take(stack: Stack, row: Row) -> bool:
    """Let the stack take this row, if it is part of it."""
    if not row.text:
        return False
    frame = grammar.FRAME.match(row.text)
    if frame is None and not stack.frames:
        frame = grammar.CUT_FRAME.match(row.text)
    if frame is not None:
        stack.add_frame(row, frame["file"], frame["line"], frame.groupdict().get("function"))
    elif repeated := grammar.REPEATED.match(row.text):
        stack.add_repeated(row, repeated["times"])
    elif grammar.ELIDED.match(row.text) and not stack.within_code(row):
        stack.elided = True
    elif stack.takes_code(row):
        stack.add_code(row)
    else:
        return False
    return True


def _passes(rows: _Rows, row: Row, index: int, column: int | None) -> bool:
    """Whether this row is a stranger between two parts of the stack: a log line that fell in."""
    if grammar.HEADER.match(row.text):
        return False
    if grammar.CAUSE.match(row.text) or grammar.CONTEXT.match(row.text):
        return False
    if not grammar.LOG_LINE.match(row.text) and grammar.EXCEPTION.match(row.text):
        return False
    for ahead in range(1, MAX_STRAY + 1):
        following = rows.at(index + ahead, column)
        if following is None or grammar.HEADER.match(following.text):
            return False
        if grammar.FRAME.match(following.text) or grammar.NAMED_EXCEPTION.match(following.text):
            return True
    return False


def is_named_exception(text: str) -> bool:
    """Whether the line is surely an exception by its name, wherever it stands."""
    return (grammar.NAMED_EXCEPTION.match(text) or grammar.SHORT_NAMES.match(text)) is not None
