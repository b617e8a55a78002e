"""Bytes that are no text taken off: colours, control characters, halves of characters, cuts of a container runtime."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.crash.names import holds_any

# `\x1b[31m`, `\x1b]0;title\x07`, `\x1b(B`
ANSI = re.compile(r"\x1b(?:\[[0-?]{0,40}[ -/]{0,4}[@-~]|\][^\x07\x1b\n]{0,300}(?:\x07|\x1b\\)|[ -/]?[@-~])")
# `?[32m`, `^[[0m`, `\x1b[1;31m` and `\u001b[0m` written out, `␛[0m`, a lone `[31m`
MANGLED_ANSI = re.compile(
    r"(?:\?|\^\[|\\x1[bB]|\\u001[bB]|\\033|\\e|\u241b|\ufffd|\x9b)?\[(?:\d{1,3}(?:;\d{1,3}){0,5})m"
)
# its end, which is quick to look for: `[31m`
COLOUR = re.compile(r"\[\d{1,3}(?:;\d{1,3}){0,5}m")
BACKSPACES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# `\n`, `\r\n`, `\r\r\n`, or a lone `\r`; a run of `\r` is looked at from its start only
NEWLINE = re.compile(r"(?<!\r)\r++\n|\n|\r")

HALF_CHARACTER = re.compile("[\ud800-\udfff]")

# `2026-11-22T10:00:00.123456789Z stderr F Traceback ...`
CRI = re.compile(r"(?P<head>.{0,80}?\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d) (?P<stream>stdout|stderr) )(?P<tag>[FP])(?: |\Z)(?P<text>.*)\Z")  # fmt: skip  # noqa: E501

STREAMS = ("stdout ", "stderr ")

Row = tuple[int, str, str]  # a line's number, what it says, and as it was sent


def clean(text: str) -> str:
    """Take colours and control characters off; line breaks and tabs stay."""
    if "\x1b" in text:
        text = ANSI.sub("", text)
    if COLOUR.search(text):
        text = MANGLED_ANSI.sub("", text)
    text = text.removeprefix("\ufeff")
    return text if text.replace("\n", "").replace("\t", "").isprintable() else BACKSPACES.sub("", text)


def split(text: str) -> list[str]:
    """The lines, whatever ends them."""
    return NEWLINE.split(text) if "\r" in text else text.split("\n")


def sound(line: str) -> str:
    """Join the halves of a character that was escaped in two; no database and no JSON takes a half."""
    if line.isascii() or not HALF_CHARACTER.search(line):
        return line.replace("\x00", "")
    return line.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "")


def whole(texts: Iterable[str]) -> Iterator[Row]:
    """Number the lines and join what a container runtime cut into parts (CRI `P` ... `F`)."""
    waiting: dict[str, tuple[int, list[str]]] = {}
    for number, text in enumerate(texts, 1):
        tagged = (" P" in text or (waiting and " F" in text)) and holds_any(STREAMS, text)
        cut = CRI.match(text) if tagged else None
        if cut is None:
            yield number, text, text
            continue
        stream = cut["stream"]
        first, parts = waiting.setdefault(stream, (number, [cut["head"] + "F "]))
        parts.append(cut["text"])
        if cut["tag"] == "F":
            del waiting[stream]
            yield first, "".join(parts), text
    for first, parts in waiting.values():
        yield first, "".join(parts), "".join(parts)
