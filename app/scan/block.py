r"""From an anchor to the bytes that are read: the crash's own lines, and the log lines around them.

Nothing is read here, and nothing decided: a block ends where the reader's own patterns say that no message goes on. It
has a `key` when what the reader makes of it hangs on nothing beside it, so that the same crash is read once.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from app.crash import grammar
from app.crash.names import ZEROS
from app.crash.shapes import shape
from app.crash.unfold import unfold
from app.scan.anchors import HEADER, OBJECT, PLACE, Anchor, Anchors
from app.scan.haystack import Haystack

BEFORE = 4096  # bytes of log before a crash that are read with it: some thirty lines
AFTER = 2048
LONGEST_BLOCK = 64 * 1024  # of a crash that is read once; the longest real one seen has 20 KiB
LONGEST_RECORD = 1 << 20  # of a line that holds a whole crash
LONGEST_LEAD = 64 * 1024  # what may stand before a crash on its line
LONGEST_PREFIX = 240  # what a logger puts before each line
MOST_ABOVE = 200  # lines of a crash above its anchor: pytest prints the whole function that failed
MOST_LINKS = 60
LINKED = 3 * (LONGEST_PREFIX + 80)  # bytes above a header in which a sentence ties it to an exception before

MARGIN = re.compile(rb"[\s|+]*\Z")
GROUP = re.compile(rb"(?:(?:  )?\+ )?(?:Exception Group )?\Z")
# `Traceback (most recent call last):\n` with the line break written out
WRITTEN = re.compile(rb":?(?:\\{1,7}r)?(?:\\{1,7}n|\\{1,7}u000[aA]|#012)")
# a line of docker's JSON: the string ends where the line would
ENDS_AT_ONCE = re.compile(rb":?(?:\\{1,7}r)?(?:\\{1,7}n)?\\{0,7}\"")
# [ERROR] KeyError: 'name'
NAMED = re.compile(rb"\[ERROR\] [^\W\d][\w.]{0,300}(?:: |\n)")
LINKS = (b"direct cause of the following exception:", b"another exception occurred:")

COLOURS = rb"(?:\x1b\[[\d;]{0,20}m){0,4}"
# What ends a message, as the reader has it, and a hole.
ENDS = re.compile(
    COLOURS
    + rb"(?:%b|%b|Traceback \(|\x00)" % (grammar.LOG_LINE.pattern.encode(), grammar.INTRODUCTION.pattern.encode())
)


class Block(NamedTuple):
    """A crash's own lines from `start` to `stop`, with the log around them from `begin` to `after`."""

    begin: int
    start: int
    stop: int
    after: int
    key: bytes | None
    """What it is known again by; None where the lines around it may change what is read."""
    alone: bool = False
    """Whether it is a record by itself, so that nothing behind it belongs to it."""
    clear: bool = False
    """Whether no other crash stands right behind it, with which it could be mixed."""
    bare: bool = False
    """Whether it is read without any log around it: a line that names an exception is no crash beside another."""
    told: tuple[int, int] | None = None
    """Between which places its key tells every byte; None where it tells all that says something."""


def block_of(hay: Haystack, anchors: Anchors, anchor: Anchor, floor: int) -> Block | None:
    """The lines of the crash at an anchor, not before `floor`; None where the anchor is part of a line of log only."""
    at = anchor.at
    start = hay.line_start(at, max(floor, at - LONGEST_LEAD))
    start = max(start, hay.data.rfind(b"\0", start, at) + 1)  # a file that was emptied while it was written has a hole
    if anchor.is_name:
        return _line(hay, anchors, at, start)
    end = min(anchors.end, at + LONGEST_RECORD)
    if anchor.word == HEADER:
        return _with_name(hay, floor, _headed(hay, anchors.end, at, start))
    if b"\\n" in (line := hay.cut(at, hay.line_end(at, end))) or anchor.word == OBJECT:
        stop = at + len(line)
        return Block(start, start, stop, stop, hay.cut(start, stop))
    start = _above(hay, floor, start)
    stop, sure = _lines(hay, anchors.end, hay.line_end(at, anchors.end), b"")
    return Block(start, start, stop, stop, hay.cut(start, stop) if sure else None)


def _headed(hay: Haystack, end: int, at: int, start: int) -> Block:
    """A traceback with its header, by what stands behind that."""
    behind = hay.cut(at + len(HEADER), at + len(HEADER) + 24)
    if behind.startswith(b":\n"):  # nearly all
        return _printed(hay, end, at, start)
    stop = hay.line_end(at, min(end, at + LONGEST_RECORD))
    if ENDS_AT_ONCE.match(behind):
        return Block(start, start, stop, stop, None)
    return _record(hay, at, start, stop) if WRITTEN.match(behind) else _printed(hay, end, at, start)


def _with_name(hay: Haystack, floor: int, block: Block) -> Block:
    """The block with the line above it where that names the exception, as in the logs of AWS Lambda."""
    above = hay.line_start(block.start - 1, floor) if block.start > floor else floor
    if NAMED.match(hay.data, above, block.start) is None:
        return block
    key = None if block.key is None else hay.cut(above, block.start) + block.key
    return block._replace(begin=above, start=above, key=key)


def _line(hay: Haystack, anchors: Anchors, at: int, start: int) -> Block | None:
    """A line that names an exception, by itself; nothing where the traceback stands right below it."""
    end = hay.line_end(at, min(anchors.end, at + LONGEST_BLOCK))
    header = anchors.header(at)
    if 0 <= header < end + BEFORE and hay.cut(end, header).count(b"\n") <= 1:
        return None
    lead = hay.cut(start, at)
    name = lead.rpartition(b" ")[2]
    plain = not any(mark in lead for mark in (b'"', b"'", b"\\", b"{", b"|")) and not _tells(lead)
    key = b"line " + name + hay.cut(at, end) if plain else hay.cut(start, end)
    return Block(start, start, end, end, key, alone=True, bare=True)


def _tells(lead: bytes) -> bool:
    """Whether what stands before an exception's name may betray a version or a system."""
    return bool(shape(lead.decode(errors="replace")).rules)


def _record(hay: Haystack, at: int, start: int, stop: int) -> Block:
    """A line that holds a whole crash: in JSON it is known again by its string, whatever stands in other fields."""
    lead, text = hay.cut(start, at), hay.cut(at, stop)
    end = text.replace(b"\\\\", b"..").replace(b'\\"', b"..").find(b'"')  # the first quote that is not escaped
    rest = text[end:] if end >= 0 else b""
    json = 0 <= lead.find(b"{") < LONGEST_PREFIX and rest.rstrip().endswith(b"}")
    beside = lead + rest
    if json and not (b"File " in beside or b"Traceback" in beside or b"E   " in beside):
        key, until = b"{" + text[:end], at + end
    else:
        key, until = lead.translate(ZEROS) + text, stop
    return Block(start, start, stop, stop, key, alone=True, told=(at, until))


def _printed(hay: Haystack, end: int, at: int, start: int) -> Block:
    """A traceback of many lines, whose prefix is taken off for the key."""
    first = hay.line_end(at, end)
    lead = hay.cut(start, at)
    before = GROUP.sub(b"", lead) if lead else b""
    prefix = _prefix(before)
    if prefix and not _pattern(prefix).starts.match(hay.data, first, min(first + 2 * LONGEST_PREFIX, end)):
        prefix = b""
    stop, sure = _lines(hay, end, first, prefix)
    if not sure and not (prefix and _ends_later(hay, prefix, stop, min(stop + AFTER, end))):
        return Block(start, start, stop, stop, None)
    text = hay.cut(start, stop)
    if prefix:
        text = _without(text, before.translate(ZEROS), prefix)
    return Block(start, start, stop, stop, lead.translate(ZEROS) + b"\n" + text)


def _without(text: bytes, shape: bytes, prefix: bytes) -> bytes:
    """The lines without their prefix; where all of them have one of the same length, that is quickly done."""
    lines, masked = text.split(b"\n"), text.translate(ZEROS)
    if masked.startswith(shape) and masked.count(b"\n" + shape) == len(lines) - 2 and not lines[-1]:
        return b"\n".join([line[len(shape) :] for line in lines])
    return _pattern(prefix).every.sub(b"", text)


def _prefix(lead: bytes) -> bytes:
    """A pattern for what stands before a header, where it may stand before other lines too."""
    return b"" if MARGIN.match(lead) or len(lead) > LONGEST_PREFIX else _shape(lead.translate(ZEROS))


class _Pattern(NamedTuple):
    """What lines that carry a prefix look like."""

    starts: re.Pattern[bytes]
    every: re.Pattern[bytes]
    lines: re.Pattern[bytes]


@lru_cache(maxsize=256)
def _shape(lead: bytes) -> bytes:
    """A pattern for this prefix with any digits."""
    parts = re.split(rb"(\d+)", lead)
    return b"".join(rb"\d+" if part.isdigit() else re.escape(part) for part in parts)


@lru_cache(maxsize=256)
def _pattern(prefix: bytes) -> _Pattern:
    bare = prefix.removesuffix(rb"\ ")
    line = rb"(?:%b(?:[ \t|+]|(?!%b))[^\n]*+|%b)\n" % (prefix, ENDS.pattern, bare)
    return _Pattern(re.compile(prefix), re.compile(rb"(?m)^" + prefix), re.compile(rb"(?:%b)*+" % line))


def _lines(hay: Haystack, end: int, first: int, prefix: bytes) -> tuple[int, bool]:
    """Where the lines end that may belong to a crash, and whether what stands there surely ends it."""
    pattern, most, data = _pattern(prefix), min(end, first + LONGEST_BLOCK), hay.data
    stop = first
    for _ in range(MOST_LINKS):
        found = pattern.lines.match(data, stop, most)
        stop = found.end() if found else stop
        if stop >= most or data.find(b"Traceback (", stop, stop + LONGEST_PREFIX) < 0:
            break
        if not _linked(hay.cut(max(first, stop - LINKED), stop), prefix):
            break
        stop = hay.line_end(stop, most)  # the header of an exception that led to another
    if stop >= most:
        return most, most == end
    behind = pattern.starts.match(data, stop, most)
    if behind and ENDS.match(data, behind.end(), most):
        return stop, True
    last = hay.line_end(stop, end)  # without a line break at its end
    return (end, True) if last == end and not prefix else (stop, False)


def _linked(above: bytes, prefix: bytes) -> bool:
    """Whether a header below these lines is tied to the exception before by a sentence at their end."""
    return (_pattern(prefix).every.sub(b"", above) if prefix else above).rstrip().endswith(LINKS)


def _ends_later(hay: Haystack, prefix: bytes, stop: int, after: int) -> bool:
    """Whether lines of others fell in, and the next one with this prefix ends the crash, as far as is read."""
    text = hay.cut(stop, after)
    own = _pattern(prefix).every.search(text)
    return own is None or ENDS.match(text, own.end()) is not None


def _above(hay: Haystack, floor: int, start: int) -> int:
    """Where the lines begin that may belong to a crash that shows itself only now."""
    for _ in range(MOST_ABOVE):
        line = hay.line_start(start - 1, max(floor, start - BEFORE)) if start > floor else floor
        if line >= start or ENDS.match(hay.data, line, start):
            break
        start = line
    return start


def surrounded(hay: Haystack, end: int, floor: int, block: Block) -> Block:
    """The block with the log around it, as far as no other crash stands there."""
    if block.bare:
        return block
    begin = _before(hay, floor, block.start)
    if block.alone:
        return block._replace(begin=begin)
    most = min(block.stop + AFTER, end)
    text = hay.cut(block.stop, most)
    marks = [place for place in (text.find(HEADER), text.find(PLACE)) if place >= 0]
    last = text.rfind(b"\n", 0, min(marks)) if marks else len(text) if most == end else text.rfind(b"\n")
    return block._replace(begin=begin, after=block.stop + max(last, 0), clear=not marks)


def beside(hay: Haystack, block: Block) -> bytes:
    """What the lines of a block say beside what its key tells, as the reader sees it: as lines of log."""
    if block.told is None:
        return b""
    begin, end = block.told
    line = hay.cut(block.start, begin) + HEADER + b":" + hay.cut(end, block.stop)
    lines = "\n".join(unfold([line.decode(errors="replace")])).encode(errors="replace")
    return lines.replace(HEADER + b":", b"\n") + b"\n"


def _before(hay: Haystack, floor: int, start: int) -> int:
    """Where the log before a crash begins, without a stack that was left over."""
    begin = start - BEFORE
    begin = floor if begin <= floor else min(hay.line_end(begin, start), start)
    place = hay.data.rfind(PLACE, begin, start)
    return hay.line_end(place, start) if place >= 0 else begin
