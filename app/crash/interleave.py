"""Lines of several processes told apart: by their prefixes, else by what each open traceback waits for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from app.crash import grammar
from app.crash.model import Line

MAX_OPEN = 8  # tracebacks printed at the same time
MAX_SENDERS = 32  # more are hardly processes, but words that differ from line to line

NUMBER = re.compile(r"\d+")


class Sender(NamedTuple):
    """A process, by the name that stands before its lines, and what it wrote; without a name it may be anybody."""

    name: str
    lines: Sequence[Line]

    @property
    def program(self) -> str:
        """The name that all processes of this one's kind share: `web-1` and `web-2`, `shop[17]` and `shop[18]`."""
        return NUMBER.sub("", self.name)


def senders(lines: Sequence[Line]) -> list[Sender]:
    """Each process whose every line carries its name, in order; what may be anybody's stands last, without a name."""
    names = dict.fromkeys(line.stream for line in lines)
    written = lines if not lines or lines[-1].raw else lines[:-1]  # the empty line after the last break has no sender
    anybody = {line.stream for line in written if line.text == line.raw}
    sure = [name for name in names if name not in anybody and _is_process(name)][:MAX_SENDERS]
    sent: dict[str, list[Line]] = {name: [] for name in (*sure, "")}
    for line in lines:
        sent[line.stream if line.stream in sent else ""].append(line)
    return [Sender(name, its) for name, its in sent.items() if its]


def _is_process(name: str) -> bool:
    """Whether the words tell a process: the quoting of a mail and the level of a log line tell none."""
    return any(character.isalpha() for character in name) and not grammar.LEVEL.search(name)


def streams(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines as streams in which no traceback is broken by another; mostly that is one stream."""
    by_sender: dict[str, list[Line]] = {}
    for line in lines:
        by_sender.setdefault(line.stream, []).append(line)
    return [stream for sent in by_sender.values() for stream in _untangled(sent)]


class _Open:
    """A traceback that has begun and not yet named its exception."""

    def __init__(self, header: Line) -> None:
        self.lines = [header]
        self.waits_for_code = False


def _untangled(lines: list[Line]) -> list[list[Line]]:
    """Split lines that several processes wrote without any prefix, where a header stands inside an open traceback."""
    if not _tangled(lines):
        return [lines]
    rest: list[Line] = []
    done: list[list[Line]] = []
    opened: list[_Open] = []
    for line in lines:
        text = line.text.strip()
        if grammar.HEADER.match(text) and len(opened) < MAX_OPEN:
            opened.append(_Open(line))
            continue
        one = _owner(opened, line, text)
        if one is None:
            rest.append(line)
            continue
        one.lines.append(line)
        if _is_exception(line, text):
            opened.remove(one)
            done.append(one.lines)
    return [rest, *done, *(one.lines for one in opened)]


def _tangled(lines: Sequence[Line]) -> bool:
    """Whether two headers stand with no exception between them and two exceptions come later."""
    headers = 0
    for line in lines:
        if line.text.startswith("Traceback (") and grammar.HEADER.match(line.text):
            headers += 1
        elif headers and _is_exception(line, line.text.strip()):
            if headers > 1:
                return True
            headers = 0
    return False


def _is_exception(line: Line, text: str) -> bool:
    return not line.text[:1].isspace() and grammar.exception_line(text) is not None


def _owner(opened: list[_Open], line: Line, text: str) -> _Open | None:
    """The open traceback this line belongs to: the twin that lags behind, else the one that waits for such a line."""
    if not opened or not text:
        return None
    is_frame = grammar.FRAME.match(text) is not None
    if not is_frame and not line.text[:1].isspace() and not _is_exception(line, text):
        return None
    one = _lagging_twin(opened, line) or _next_in_turn(opened, is_frame=is_frame, is_code=line.text[:1].isspace())
    one.waits_for_code = is_frame
    opened.remove(one)
    opened.append(one)  # the one fed last waits longest
    return one


def _lagging_twin(opened: list[_Open], line: Line) -> _Open | None:
    """The traceback for which another one already had this very line at this very place."""
    first_at: dict[int, _Open] = {}
    for one in opened:
        first_at.setdefault(len(one.lines), one)
    for place, one in first_at.items():
        for other in opened:
            if len(other.lines) > place and other.lines[place].text == line.text:
                return one
    return None


def _next_in_turn(opened: list[_Open], *, is_frame: bool, is_code: bool) -> _Open:
    if is_frame:
        return next((one for one in opened if not one.waits_for_code), opened[0])
    if is_code:
        return next((one for one in opened if one.waits_for_code), opened[-1])
    return opened[0]
