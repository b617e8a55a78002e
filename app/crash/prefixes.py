"""What stands before the lines of a report: found before the marks of a traceback, and taken off all lines alike.

Two marks are trusted, because no logger writes them by itself: `Traceback (most recent call last):` and
`File "...", line N`. Whatever stands before them on a line is a prefix, and lines with a prefix of the same shape
(digits may differ) lose it too. That needs no list of the world's log formats. Where every mark has a prefix, other
processes write into the same log: lines that begin with other names between the same marks are theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice

from app.crash import grammar
from app.crash.markdown import without_bold
from app.crash.model import Line
from app.crash.names import without_digits

MAX_PREFIX = 240  # a prefix longer than this is a message that happens to mention a traceback
MAX_COMPARED = 500  # lines looked at for what all of them begin with
ENOUGH_COMPARED = 4  # fewer different lines begin alike by chance
MAX_SHAPES = 32  # distinct prefixes in one report; more is noise
REMEMBERED = 512  # prefixes without their digits, of which a sender has few

# the parts of a prefix: a name or a number, blanks, or a mark
PART = re.compile(r"[\w.@/-]+|\s+|[^\w.@/\s-]")
NAME = re.compile(r"[^\W\d][\w.@/-]*+")

# only the side of a box or a margin: part of what Rich and pytest print
BOX = re.compile(r"[\s|+\u2502\u2551E]*\Z")
PREFIX_ENDS = ("|", ">", "]", ":")

# `Traceback (most recent call last):` also with the group's `+ Exception Group ` before it
HEADER_MARK = re.compile(r"(?:\+ )?(?:Exception Group )?Traceback \((?:most recent call last|innermost last)\):")
# `File "/srv/app/main.py", line 12`
FRAME_MARK = re.compile(r'File "[^"\n]{1,1000}", line \d')
# `> File "...", line N`: where loguru caught it
POINTED = re.compile(r'(?:(?<=\s)|\A)> (?=File "[^"\n]{1,1000}", line \d)')
# only the margin of an exception group, or pytest's error marker: no prefix of a logger
MARGIN = re.compile(r"[\s|+]*\Z|E\s*\Z")
# `2026-11-22T10:00:00.123456789Z stderr F `, where every line has it
CRI_HEAD = re.compile(r".{0,80}?\d(?:Z|[+-]\d\d:\d\d) std(?:out|err) F(?= |\Z)")
# `  12  text`: numbers of the lines, as an editor or a web page shows them
NUMBERED = re.compile(r"\s{0,8}(?P<number>\d{1,7})(?=\s|[:|.]|\Z)")
# a date or time of day, or a long counter: differs from line to line of one sender
CLOCK = re.compile(r"\d{1,4}[-/:.,]\d[\d:.,/TZ+-]*|\d{10,}")


def without_prefixes(rows: list[tuple[int, str, str]]) -> Iterator[Line]:
    """Lines without what stands before the marks, or before lines of the same shape."""
    rows = _without_pointers(rows)
    prefixes = {number: prefix for number, text, _ in rows if (prefix := prefix_of(text))}
    shape = _shapes(prefixes.values() or _common_prefixes([text for _, text, _ in rows[:MAX_COMPARED]]))
    if shape is None and not prefixes:
        yield from [Line(number, without_bold(text), raw) for number, text, raw in rows]
        return
    matches = [shape.match(text) if shape is not None else None for _, text, _ in rows]
    found = [one.group() if one else prefixes.get(row[0], "") for row, one in zip(rows, matches, strict=True)]
    senders = _senders([prefix for prefix in found if prefix])
    everywhere = len(prefixes) > 1 and all(row[0] in prefixes or _mark(row[1]) is None for row in rows)
    others = _other_names(dict.fromkeys(prefixes.values())) if everywhere else None
    if others is not None:  # whoever printed no mark at all
        heads = [
            None if prefix else others.match(row[1], 0, MAX_PREFIX) for row, prefix in zip(rows, found, strict=True)
        ]
        senders |= _senders([head[0] for head in heads if head])
        found = [head[0] if head else prefix for head, prefix in zip(heads, found, strict=True)]
    stream = ""
    for (number, text, raw), prefix in zip(rows, found, strict=True):
        if prefix or everywhere:  # where every line has a prefix, one without it is somebody else's
            stream = senders.get(prefix, "")
        yield Line(number, without_bold(text[len(prefix) :]), raw, stream)


def _without_pointers(rows: list[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    """The rows without the mark that loguru puts before one frame of a stack; in a quoted mail it is none."""
    pointed = {text for _, text, _ in rows if '> File "' in text}
    headers = [prefix_of(text) for _, text, _ in rows if "Traceback (" in text] if pointed else []
    if all(prefix.endswith(">") for prefix in headers):
        return rows
    return [(number, POINTED.sub("  ", text) if text in pointed else text, raw) for number, text, raw in rows]


def _senders(prefixes: Sequence[str]) -> dict[str, str]:
    """What each prefix says of the sender; numbers that seldom come twice count lines and tell no senders apart."""
    senders = {prefix: " ".join(CLOCK.sub("", prefix).split()) for prefix in dict.fromkeys(prefixes)}
    if 2 * len(set(senders.values())) <= len(prefixes):
        return senders
    return {prefix: " ".join(re.sub(r"\d+", " ", sender).split()) for prefix, sender in senders.items()}


def _other_names(prefixes: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for the prefixes of others who write into the same log: other names between the same marks."""
    return _any_of(map(_with_any_name, dict.fromkeys(map(without_digits, prefixes))))


def _any_of(shapes: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for these, of which an empty one is none."""
    some = islice(dict.fromkeys(filter(None, shapes)), MAX_SHAPES)
    pattern = "|".join(some)
    return re.compile(pattern) if pattern else None


@lru_cache(maxsize=REMEMBERED)
def _with_any_name(prefix: str) -> str:
    """The pattern for prefixes that differ from this one in names and digits; empty if it may be no prefix at all."""
    parts = PART.findall(prefix)
    names = [part for part in parts if NAME.fullmatch(part)]
    like_an_exception = parts == [*names[:1], ":"]
    if not names or like_an_exception or not prefix.endswith(PREFIX_ENDS) or grammar.LEVEL.search(prefix):
        return ""
    return "".join(map(_any_name, parts))


def _any_name(part: str) -> str:
    return NAME.pattern if NAME.fullmatch(part) else _any_digits(part)


@lru_cache(maxsize=REMEMBERED)
def _any_digits(text: str) -> str:
    """The pattern for texts that differ from this one in digits and blanks."""
    parts = re.split(r"(\d+|\s+)", text)
    return "".join(r"\d+" if part.isdigit() else r"\s+" if part.isspace() else re.escape(part) for part in parts)


def prefix_of(text: str) -> str:
    """What stands before the first mark on this line, without the traceback's own indentation; mostly nothing."""
    mark = _mark(text)
    prefix = text[:mark].rstrip() if mark else ""
    return "" if not prefix or MARGIN.match(prefix) else prefix


def _mark(text: str) -> int | None:
    """Where the first mark on this line begins."""
    mark = HEADER_MARK.search(text, 0, MAX_PREFIX + 80) if "Traceback (" in text else None
    if mark is None and 'File "' in text:
        mark = FRAME_MARK.search(text, 0, MAX_PREFIX + 1100)
    return None if mark is None or mark.start() > MAX_PREFIX else mark.start()


def _common_prefixes(texts: Sequence[str]) -> Sequence[str]:
    """What all lines begin with, digits aside, where no mark shows it: pytest and Rich print none. Mostly nothing."""
    texts = [text for text in texts if text and not text.isspace()]
    firsts = {text[0] for text in texts}
    if len(firsts) > 1 and not all(first.isspace() or first.isdigit() for first in firsts):
        return []  # they begin with different characters, and not all with a number
    masked = sorted({re.sub(r"\d", "0", text[:MAX_PREFIX]) for text in texts})
    if len(masked) < ENOUGH_COMPARED:
        return []
    numbered = [one for one in map(NUMBERED.match, texts) if one]
    if len(numbered) == len(texts) and len({int(one["number"]) - at for at, one in enumerate(numbered)}) == 1:
        return [one[0] for one in numbered]
    differs = (at for at, pair in enumerate(zip(masked[0], masked[-1], strict=False)) if pair[0] != pair[1])
    prefix = masked[0][: next(differs, len(masked[0]))]
    container = CRI_HEAD.match(prefix)
    end = container.end() if container else max(prefix.rfind(mark) for mark in PREFIX_ENDS) + 1
    return [prefix[:end]] if end and not BOX.match(prefix[:end]) else []


def _shapes(prefixes: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for all prefixes that can stand on many lines: any digits where they have digits."""
    masked = dict.fromkeys(map(without_digits, prefixes))
    heads = (prefix.rstrip("| \t") if prefix.count("|") > 1 else prefix for prefix in masked)
    return _any_of(_any_digits(head) for head in heads if len(head) > 1 or head in ">|#")
