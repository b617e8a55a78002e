"""Stacks of V8, as Node.js prints them: the error, then each call after `at`, innermost first, then its cause.

Read so far as to name, count and group such crashes: no signature knows JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.crash.forms.found import Found
from app.crash.model import Frame, Line, Raised

FORM = "v8"
ABOVE = 10  # lines of a message between the error's name and its stack
MAX_CAUSES = 30

# Error: shop has no dsn
# Uncaught TypeError [ERR_INVALID_ARG_TYPE]: The "path" argument must be of type string
#   [cause]: Error: connect ECONNREFUSED
HEAD = re.compile(
    r"\s*(?P<tied>\[cause\]: |Caused by: )?(?:Uncaught )?(?P<type>[A-Z_$][\w$.]{0,200})(?: \[\w{1,80}\])?"
    r"(?:: (?P<message>.*))?\Z"
)
# 2026-11-22T10:00:00Z error: order failed Error: shop has no dsn
LATE = re.compile(
    r"(?<![\w.$])(?P<tied>\Z)?(?P<type>[A-Z_$][\w$]{0,80}Error|Error)(?: \[\w{1,80}\])?: (?P<message>.*)\Z"
)
#     at pay (/srv/shop/orders.js:7:13) {
#     ... 2 lines matching cause stack trace ...
CALL = re.compile(r"\s+(?:at (?P<call>\S.*?)(?: \{)?|\.{3} \d{1,9} lines matching cause stack trace \.{3})\s*\Z")
MARKS = ("at ", "lines matching cause stack trace")
# /srv/shop/orders.js:7:13        node:internal/main/run_main_module:28:49
PYTHON = re.compile(r'\s*File "[^"\n]{1,1000}", line \d')
INSIDE = "node:"
PLACE = re.compile(r"(?P<file>[^\s():][^()]{0,1000}?):(?P<line>\d{1,9})(?::\d{1,9})?\Z")


def hint(text: str) -> bool:
    """Whether this is a line that every stack has one of."""
    return CALL.match(text) is not None


def find(lines: Sequence[Line]) -> Iterator[Found]:
    """Every stack that has its error above it; an error's cause belongs to it."""
    chain: list[Raised] = []
    for head, calls in _stacks(lines):
        raised, tied = _raised(head, calls)
        if raised is None:
            continue
        if chain and not (tied and len(chain) < MAX_CAUSES):
            yield _found(chain)
            chain = []
        chain.append(raised)
    if chain:
        yield _found(chain)


def _stacks(lines: Sequence[Line]) -> Iterator[tuple[Sequence[Line], Sequence[Line]]]:
    """Each run of calls, with the lines right above it."""
    at = above = 0
    while at < len(lines):
        end = at
        while end < len(lines) and CALL.match(lines[end].text):
            end += 1
        if end > at:
            yield lines[max(above, at - ABOVE) : at], lines[at:end]
            above = end
        at = end + 1


def _raised(head: Sequence[Line], calls: Sequence[Line]) -> tuple[Raised | None, bool]:
    """The error of a stack, and whether it is the cause of the one before; None where nothing says that V8 wrote it."""
    frames = tuple(_frames(calls))
    # What a child process wrote stands in an error's message: a crash of Python stays that.
    if not any(frame.line for frame in frames) or any(PYTHON.match(line.text) for line in head):
        return None, False
    for pattern in (HEAD, LATE):
        for line in reversed(head):
            named = pattern.search(line.text) if pattern is LATE else pattern.match(line.text)
            if named is None or (named["message"] is None and not named["type"].endswith("Error")):
                continue
            raised = Raised(
                named["type"],
                (named["message"] or "").rstrip(),
                frames=frames,
                type_line=line.number,
                first_line=line.number,
                last_line=calls[-1].number,
            )
            return raised, bool(named["tied"])
    return None, False


def _frames(calls: Sequence[Line]) -> Iterator[Frame]:
    """The calls turned round, outermost first; what is built in has no place."""
    for line in reversed(calls):
        called = CALL.match(line.text)
        function, bracket, place = ((called and called["call"]) or "").rpartition(" (")
        found = PLACE.match(place.removesuffix(")") if bracket else place)
        number = line.number
        if found:
            name = function.removeprefix("async ") or None
            frame = Frame(found["file"], int(found["line"]), name, first_line=number, last_line=number)
            inside = found["file"].startswith(INSIDE)
            yield frame._replace(module=found["file"], owner="stdlib") if inside else frame
        elif bracket:
            yield Frame(None, None, function.removeprefix("async "), first_line=number, last_line=number)


def _found(chain: Sequence[Raised]) -> Found:
    """The first error, with the others as its causes one after the other."""
    whole = chain[-1]
    for raised in reversed(chain[:-1]):
        whole = raised._replace(cause=whole)
    return Found(whole, FORM, first_line=chain[0].first_line, last_line=chain[-1].last_line)
