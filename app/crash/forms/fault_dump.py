"""Dumps of the faulthandler and of the interpreter's own end: stacks that are printed innermost call first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.crash.forms.found import Found
from app.crash.forms.parts import type_and_message
from app.crash.model import Frame, Line, Raised

FORM = "faulthandler"

# Fatal Python error: Segmentation fault
# Windows fatal exception: access violation
# Timeout (0:00:00.100000)!
FATAL = re.compile(
    r"(?P<type>Fatal Python error|Windows fatal exception|Timeout)(?:: (?P<message>.*)| \((?P<time>.*)\)!)"
)

# Current thread 0x00007f10870f3b80 (most recent call first):
# Thread 0x00007f107f4fe6c0 [waiter] (most recent call first):
# Stack (most recent call first):
THREAD = re.compile(r"(?P<current>Current thread|Thread|Stack)[^']{0,80}\(most recent call first\):\s*")

#   File "/srv/app/fault_threads.py", line 12 in read
FRAME = re.compile(r' *File "(?P<file>[^"]*)", line (?P<line>\d{1,9}|\?\?\?) in (?P<function>.*\S)\s*')

#   ...
DEEPER = re.compile(r"  \.\.\.\s*")

MARKS = ("most recent call first", "Fatal Python error", "Windows fatal exception", "Timeout")

BESIDE = (
    "Python runtime state: ",
    "Current thread's C stack trace (most recent call first):",
    "  Binary file ",
    "  <truncated rest of calls>",
    "  Garbage-collecting",
    "  <no Python frame>",
    "  <cannot get ",
    "<Cannot show all threads while the GIL is disabled>",
    "Extension modules: ",
)
"""How the lines start that stand in a dump beside its stacks."""


def hint(text: str) -> bool:
    """Whether this is a line that every dump has one of."""
    return "most recent call first" in text or FATAL.match(text) is not None


def find(lines: Sequence[Line]) -> Iterator[Found]:
    """Every dump: the crash is the current thread's, or the main one's (printed last) where none is called current."""
    if not any(hint(line.text) for line in lines):
        return
    at = 0
    while at < len(lines):
        fatal = FATAL.fullmatch(lines[at].text)
        if fatal is None and THREAD.fullmatch(lines[at].text) is None:
            at += 1
            continue
        end = _end(lines, at + (fatal is not None))
        one = _dump(lines[at:end], fatal)
        if one:
            yield one
        at = max(end, at + 1)


def _end(lines: Sequence[Line], at: int) -> int:
    """The index below the last line of the dump; the current thread stands in it once."""
    end = at
    current = False
    threads = False
    for index in range(at, len(lines)):
        text = lines[index].text
        thread = THREAD.fullmatch(text)
        if thread and thread["current"] == "Current thread":
            if current:
                break
            current = True
        threads = threads or thread is not None
        if not text.strip():
            continue
        ours = thread or FRAME.fullmatch(text) or DEEPER.fullmatch(text) or text.startswith(BESIDE)
        if not ours and (threads or not _is_error(text)):
            break
        end = index + 1
    return end


def _is_error(text: str) -> bool:
    own = type_and_message(text)
    return own is not None and own[0].endswith(("Error", "Exception"))


def _dump(dump: Sequence[Line], fatal: re.Match[str] | None) -> Found | None:
    """The crash that these lines tell, if they tell one."""
    stacks = _stacks(dump)
    running = next((stack for stack in stacks if stack[0].text.startswith("Current")), stacks[-1] if stacks else [])
    frames = tuple(_frames(running))
    if fatal is None and not frames:
        return None
    first, last = dump[0].number, dump[-1].number
    raised = Raised(
        fatal["type"] if fatal else None,
        (fatal["message"] or fatal["time"] or "").rstrip() if fatal else "",
        frames=frames,
        cause=_cause(dump) if fatal else None,
        head_cut=any(DEEPER.fullmatch(line.text) for line in running),
        tail_cut=fatal is None,
        type_line=first if fatal else None,
        first_line=first,
        last_line=last,
    )
    return Found(raised, FORM, first_line=first, last_line=last)


def _stacks(dump: Sequence[Line]) -> list[list[Line]]:
    """The lines of each thread, its title first."""
    stacks: list[list[Line]] = []
    for line in dump:
        if THREAD.fullmatch(line.text):
            stacks.append([])
        if stacks:
            stacks[-1].append(line)
    return stacks


def _frames(stack: Sequence[Line]) -> Iterator[Frame]:
    """The frames of a thread, turned round: outermost call first."""
    for line in reversed(stack):
        match = FRAME.fullmatch(line.text)
        if match:
            number = int(match["line"]) if match["line"].isdecimal() else None
            yield Frame(match["file"], number, match["function"], first_line=line.number, last_line=line.number)


def _cause(dump: Sequence[Line]) -> Raised | None:
    """The exception that the interpreter could not start or go on with, printed without its stack."""
    for line in dump[1:]:
        own = type_and_message(line.text)
        if own and _is_error(line.text):
            return Raised(*own, type_line=line.number, first_line=line.number, last_line=line.number)
    return None
