"""What a crash says, made harmless: for each form of text, what would be read as more than words. Pure."""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # controls, marks of direction, halves of characters
REPLACED = "\ufffd"
JOINER = "\u2060"  # no space, no width: parts what would be read together
BACKTICKS = re.compile(r"`+")
MARKUP = re.compile(r"([\\`*_\[\]<>|~^])")
# `@name`, `#12`, `!12`: told to somebody, or linked, after the marks of Markdown are read, so that no `\` helps
REFERENCE = re.compile(r"([@#!~%$])(?=\w)")
COMMAND = re.compile(r"^(?=[^\S\n]*/)", re.MULTILINE)  # `/close` at the start of a line is an order to GitLab
SLACK = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def visible(text: str) -> str:
    """The text as lines without anything that is not seen or turns others around."""
    lines = (line.expandtabs() for line in text.splitlines())
    return "\n".join(
        "".join(REPLACED if unicodedata.category(one) in INVISIBLE else one for one in line) for line in lines
    )


def one_line(text: str, limit: int) -> str:
    """The same as one line of so many characters at most."""
    return cut(" ".join(visible(text).split()), limit)


def cut(text: str, limit: int) -> str:
    """The beginning, and a mark when that is not all."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def tail(text: str, limit: int) -> str:
    """The end, and a mark when that is not all: a traceback says most there."""
    return text if len(text) <= limit else "…" + text[1 - limit :]


def markdown(text: str, limit: int) -> str:
    """Words for Markdown: no markup, no HTML, nobody called, nothing linked."""
    plain = REFERENCE.sub(rf"\1{JOINER}", COMMAND.sub(JOINER, one_line(text, limit)))
    return MARKUP.sub(r"\\\1", plain).replace("&", "&amp;")


def code(text: str, limit: int) -> str:
    """A span of code for Markdown that its content can't leave."""
    inside = one_line(text, limit) or " "
    ticks = "`" * (_longest_run(inside) + 1)
    room = " " if inside[0] in "` " or inside[-1] in "` " else ""
    return f"{ticks}{room}{inside}{room}{ticks}"


def fenced(text: str, limit: int) -> str:
    """A block of code for Markdown that its content can't leave; at most three times the limit long, and some."""
    inside = COMMAND.sub(JOINER, tail(visible(text), limit))
    fence = "`" * max(3, _longest_run(inside) + 1)
    return f"{fence}text\n{inside}\n{fence}"


def slack(text: str, limit: int) -> str:
    """Words for Slack's mrkdwn, of so many characters at most when written; what Slack would read as a mark is none."""
    escaped = (SLACK.get(char, char) for char in one_line(text, limit).replace("`", "'"))
    size = 0

    def fits(piece: str) -> bool:
        nonlocal size
        size += len(piece)
        return size < limit

    return "".join(takewhile(fits, escaped))


def _longest_run(text: str) -> int:
    return max((len(one) for one in BACKTICKS.findall(text)), default=0)
