"""A crash that was sent in pieces -> the text that Python itself would have printed."""

from __future__ import annotations

import re

HEAD = "Traceback (most recent call last):"
FRAME = re.compile(r'^[ \t]*(?:\|[ \t]*)?File "', re.MULTILINE)
HEADS = re.compile(r"Traceback \(most recent call last\)|^[ \t]+at \S|\"exc_type\":", re.MULTILINE)


def is_crash(text: str | None) -> bool:
    """Whether a text under a crash's key is one, not merely a name or the `repr` of something."""
    return text is not None and bool(HEADS.search(text) or FRAME.search(text))


def complete(stack: str, kind: str | None, message: str | None) -> str:
    """A stack with the head and the last line that some loggers leave out (`traceback.format_tb` gives neither)."""
    stack = stack.rstrip("\r\n")
    if FRAME.search(stack) and not HEADS.search(stack):
        stack = f"{HEAD}\n{stack}"
    ended = stack.rsplit("\n", 1)[-1][:1].strip()  # frames and their source are indented, the last line is not
    if not kind or ended or not FRAME.search(stack):
        return stack
    return f"{stack}\n{last_line(kind, message)}"


def last_line(kind: str, message: str | None) -> str:
    """`Type: message`, or the type alone."""
    return f"{kind}: {message}" if message else kind
