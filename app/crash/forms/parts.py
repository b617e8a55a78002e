"""What several forms share: the exception's own line, the words between chained exceptions, source and its markers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.crash.model import Line, Link, Raised, SyntaxSpot

MAX_CHAIN = 30  # exceptions tied to each other; the longest real chain seen has 9

LINKS: dict[str, Link] = {
    "The above exception was the direct cause of the following exception:": "cause",
    "During handling of the above exception, another exception occurred:": "context",
}

# ValueError: invalid literal for int() with base 10: 'two'
# shop.PriceError
TYPE_LINE = re.compile(r"(?P<type>[^\W\d][\w.<>]*)(?P<colon>: ?(?P<message>.*))?")

# 2026-03-14 09:26:53,589 worker started
# [09:26:53] INFO     worker started
# ERROR:root:worker stopped
LOG = re.compile(r"\[?(?:\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\b)")

# What stands first on a line that begins something else: a traceback, a frame of one, a prompt, a fence.
OTHERS = ("Traceback (most recent call last)", '  File "', ">>> ", "In [", "$ ", "```", "~~~")

#   File "<string>", line 1
SYNTAX_PLACE = re.compile(r'\s*File "(?P<file>[^"]*)", line (?P<line>\d{1,9})')


def link(text: str) -> Link | None:
    """How the exception below these words is tied to the one above; None for any other line."""
    return LINKS.get(text.strip())


def type_and_message(text: str) -> tuple[str, str] | None:
    """The type and the message's first line, if the line can be an exception's own."""
    match = TYPE_LINE.fullmatch(text.rstrip())
    return (match["type"], match["message"] or "") if match else None


def ends_message(text: str) -> bool:
    """Whether the line is surely not one more of a message: it is blank, or something else begins."""
    return not text.strip() or text.startswith(OTHERS) or LOG.match(text) is not None


def chained(parts: Sequence[tuple[Link | None, Raised]]) -> Raised:
    """The last exception printed, with those above it as its cause or context; of a chain without end, the last."""
    whole = parts[-MAX_CHAIN:][0][1]
    for tied, raised in parts[-MAX_CHAIN:][1:]:
        whole = raised._replace(cause=whole) if tied == "cause" else raised._replace(context=whole)
    return whole


def is_marker(text: str) -> bool:
    """Whether the line only points at the source above it: `    ~~~~^^^`."""
    marks = text.strip()
    return bool(marks) and not marks.strip("^~ ")


def indent(text: str) -> int:
    """How many blanks the line starts with."""
    return len(text) - len(text.lstrip())


def dedent(texts: Sequence[str], width: int) -> str:
    """The lines joined, with up to `width` blanks off the start of each and none at the ends."""
    return "\n".join(text[min(width, indent(text)) :].rstrip() for text in texts).rstrip()


def source(lines: Sequence[Line]) -> tuple[str | None, str | None]:
    """The code and its marker line, out of source lines as printed; `???` stands for code that can't be had."""
    markers = [line.text for line in lines if is_marker(line.text)]
    code = [line.text for line in lines if not is_marker(line.text)]
    if not code or code[0].strip() in {"", "???"}:
        return None, None
    width = indent(code[0])
    return dedent(code, width), dedent(markers[:1], width) or None


def syntax_spot(lines: Sequence[Line]) -> SyntaxSpot | None:
    """Where the source is wrong, out of the lines `File ...`, the text and the caret; None if they are not these."""
    place = SYNTAX_PLACE.match(lines[0].text) if lines else None
    return spot_at(place["file"], int(place["line"]), lines) if place else None


def spot_at(file: str | None, number: int | None, lines: Sequence[Line]) -> SyntaxSpot:
    """The wrong place that the first line names, with the text and the caret in the two below it, if they are there."""
    text = lines[1].text if len(lines) > 1 and lines[1].text.strip() and not is_marker(lines[1].text) else None
    caret = next((line.text for line in lines[1:3] if is_marker(line.text)), None)
    column = None
    if text is not None and caret is not None:
        column = max(indent(caret) - indent(text), 0) + 1
    last = lines[(text is not None) + (caret is not None)].number
    return SyntaxSpot(file, number, text and text.strip(), column, lines[0].number, last)
