r"""Bytes -> lines: decoding, colours, written-out line breaks and prefixes, undone; the sender's line kept as `raw`.

Everything that happens to a traceback on its way here is undone here; nothing here knows what a frame means beyond
how to spot one. Two marks are trusted, because no logger writes them by itself: `Traceback (most recent call last):`
and `File "...", line N`. Whatever stands before them on a line is a prefix, and lines with a prefix of the same shape
(digits may differ) lose it too. That needs no list of the world's log formats. Where every mark has a prefix, other
processes write into the same log: lines that begin with other names between the same marks are theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter

from app.crash import grammar
from app.crash.markdown import without_bold, without_links
from app.crash.model import Line, Report
from app.crash.unfold import unfold, without_html

MAX_PREFIX = 240  # a prefix longer than this is a message that happens to mention a traceback
MAX_LINES = 300_000  # of one report; a log of 100,000 lines is one, two million empty lines are not
MAX_COMPARED = 500  # lines looked at for what all of them begin with
ENOUGH_COMPARED = 4  # fewer different lines begin alike by chance
MAX_SHAPES = 32  # distinct prefixes in one report; more is noise

# `\x1b[31m`, `\x1b]0;title\x07`, `\x1b(B`
ANSI = re.compile(r"\x1b(?:\[[0-?]{0,40}[ -/]{0,4}[@-~]|\][^\x07\x1b\n]{0,300}(?:\x07|\x1b\\)|[ -/]?[@-~])")
# `?[32m`, `^[[0m`, `\x1b[1;31m` and `\u001b[0m` written out, `␛[0m`, a lone `[31m`
MANGLED_ANSI = re.compile(
    r"(?:\?|\^\[|\\x1[bB]|\\u001[bB]|\\033|\\e|\u241b|\ufffd|\x9b)?\[(?:\d{1,3}(?:;\d{1,3}){0,5})m"
)
BACKSPACES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# `\n`, `\r\n`, `\r\r\n`, or a lone `\r`; a run of `\r` is looked at from its start only
NEWLINE = re.compile(r"(?<!\r)\r++\n|\n|\r")

# the parts of a prefix: a name or a number, blanks, or a mark
PART = re.compile(r"[\w.@/-]+|\s+|[^\w.@/\s-]")
NAME = re.compile(r"[^\W\d][\w.@/-]*+")

# only the side of a box or a margin: part of what Rich and pytest print
BOX = re.compile(r"[\s|+\u2502\u2551E]*\Z")
PREFIX_ENDS = ("|", ">", "]", ":")

HALF_CHARACTER = re.compile("[\ud800-\udfff]")

# `Traceback (most recent call last):` also with the group's `+ Exception Group ` before it
HEADER_MARK = re.compile(r"(?:\+ )?(?:Exception Group )?Traceback \((?:most recent call last|innermost last)\):")
# `File "/srv/app/main.py", line 12`
FRAME_MARK = re.compile(r'File "[^"\n]{1,1000}", line \d')
# only the margin of an exception group, or pytest's error marker: no prefix of a logger
MARGIN = re.compile(r"[\s|+]*\Z|E\s*\Z")
# `2026-11-22T10:00:00.123456789Z stderr F Traceback ...`
CRI = re.compile(r"(?P<head>.{0,80}?\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d) (?P<stream>stdout|stderr) )(?P<tag>[FP])(?: |\Z)(?P<text>.*)\Z")  # fmt: skip  # noqa: E501
# the same, where every line has it
CRI_HEAD = re.compile(r".{0,80}?\d(?:Z|[+-]\d\d:\d\d) std(?:out|err) F(?= |\Z)")
# `  12  text`: numbers of the lines, as an editor or a web page shows them
NUMBERED = re.compile(r"\s{0,8}(?P<number>\d{1,7})(?=\s|[:|.]|\Z)")
# a date or time of day, or a long counter: differs from line to line of one sender
CLOCK = re.compile(r"\d{1,4}[-/:.,]\d[\d:.,/TZ+-]*|\d{10,}")


def read(raw: bytes) -> Report:
    """Read any bytes as the lines of a report. Never raises; time is linear in their number."""
    return read_text(*decode(raw))


def read_text(text: str, notes: tuple[str, ...] = ()) -> Report:
    """Read a text as the lines of a report, at most `MAX_LINES` of them; never raises."""
    lines = map(without_links, unfold(NEWLINE.split(without_html(clean(text)))))
    rows = list(_whole(islice(map(_sound, lines), MAX_LINES + 1)))
    if len(rows) > MAX_LINES:
        rows, notes = rows[:MAX_LINES], (*notes, f"only its first {MAX_LINES} lines were read")
    rows.sort(key=itemgetter(0))  # a line joined of parts stands where its first part stood
    return Report(tuple(_without_prefixes(rows)), notes)


def _sound(line: str) -> str:
    """Join the halves of a character that was escaped in two; no database and no JSON takes a half."""
    if line.isascii() or not HALF_CHARACTER.search(line):
        return line.replace("\x00", "")
    return line.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "")


def decode(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Decode by byte order mark, else UTF-16 when every other byte is zero, else UTF-8, else Windows-1252."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace"), (f"read as {encoding}",)
    for encoding, zeros in (("utf-16-le", raw[1:400:2]), ("utf-16-be", raw[0:400:2])):
        if len(zeros) > 1 and zeros.count(0) > 0.7 * len(zeros):
            return raw.decode(encoding, errors="replace"), (f"read as {encoding}",)
    try:
        return raw.decode(), ()
    except UnicodeDecodeError:
        pass
    text = raw.decode(errors="replace")
    broken = text.count("\ufffd")
    foreign = sum(character > "\x7f" for character in text) - broken
    if foreign > broken:  # UTF-8 with some damage
        return text, ("read as utf-8 with damaged bytes",)
    return raw.decode("cp1252", errors="replace"), ("read as windows-1252",)


def clean(text: str) -> str:
    """Take colours and control characters off; line breaks and tabs stay."""
    if "\x1b" in text:
        text = ANSI.sub("", text)
    if "[" in text:
        text = MANGLED_ANSI.sub("", text)
    return BACKSPACES.sub("", text.removeprefix("\ufeff"))


def _whole(texts: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """Number the lines and join what a container runtime cut into parts (CRI `P` ... `F`)."""
    waiting: dict[str, tuple[int, list[str]]] = {}
    for number, text in enumerate(texts, 1):
        cut = CRI.match(text) if " P" in text or (waiting and " F" in text) else None
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


def _without_prefixes(rows: list[tuple[int, str, str]]) -> Iterator[Line]:
    """Lines without what stands before the marks, or before lines of the same shape."""
    prefixes = {number: prefix for number, text, _ in rows if (prefix := prefix_of(text))}
    shape = _shapes(prefixes.values() or _common_prefixes([text for _, text, _ in rows[:MAX_COMPARED]]))
    matches = [shape.match(text) if shape is not None else None for _, text, _ in rows]
    found = [one.group() if one else prefixes.get(row[0], "") for row, one in zip(rows, matches, strict=True)]
    senders = _senders([prefix for prefix in found if prefix])
    everywhere = len(prefixes) > 1 and all(row[0] in prefixes for row in rows if _mark(row[1]) is not None)
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


def _senders(prefixes: Sequence[str]) -> dict[str, str]:
    """What each prefix says of the sender; numbers that seldom come twice count lines and tell no senders apart."""
    senders = {prefix: " ".join(CLOCK.sub("", prefix).split()) for prefix in dict.fromkeys(prefixes)}
    if 2 * len(set(senders.values())) <= len(prefixes):
        return senders
    return {prefix: " ".join(re.sub(r"\d+", " ", sender).split()) for prefix, sender in senders.items()}


def _other_names(prefixes: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for the prefixes of others who write into the same log: other names between the same marks."""
    shapes: dict[str, None] = {}
    for prefix in prefixes:
        parts = PART.findall(prefix)
        names = [part for part in parts if NAME.fullmatch(part)]
        like_an_exception = parts == [*names[:1], ":"]
        if names and prefix.endswith(PREFIX_ENDS) and not like_an_exception and not grammar.LEVEL.search(prefix):
            shapes["".join(map(_any_name, parts))] = None
        if len(shapes) == MAX_SHAPES:
            break
    return re.compile("|".join(shapes)) if shapes else None


def _any_name(part: str) -> str:
    if part.isspace():
        return r"\s+"
    if NAME.fullmatch(part):
        return NAME.pattern
    return "".join(r"\d+" if digits.isdigit() else re.escape(digits) for digits in re.split(r"(\d+)", part))


def prefix_of(text: str) -> str:
    """What stands before the first mark on this line, without the traceback's own indentation; mostly nothing."""
    mark = _mark(text)
    prefix = "" if mark is None else text[:mark].rstrip()
    return "" if MARGIN.match(prefix) else prefix


def _mark(text: str) -> int | None:
    """Where the first mark on this line begins."""
    if 'File "' not in text and "Traceback (" not in text:
        return None
    mark = HEADER_MARK.search(text, 0, MAX_PREFIX + 80) or FRAME_MARK.search(text, 0, MAX_PREFIX + 1100)
    return None if mark is None or mark.start() > MAX_PREFIX else mark.start()


def _common_prefixes(texts: Sequence[str]) -> Sequence[str]:
    """What all lines begin with, digits aside, where no mark shows it: pytest and Rich print none. Mostly nothing."""
    texts = [text for text in texts if text and not text.isspace()]
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
    shapes: dict[str, None] = {}
    for prefix in dict.fromkeys(prefixes):
        head = prefix.rstrip("| \t") if prefix.count("|") > 1 else prefix
        if len(head) > 1 or head in ">|#":
            parts = re.split(r"(\d+|\s+)", head)
            shapes[
                "".join(r"\d+" if part.isdigit() else r"\s+" if part.isspace() else re.escape(part) for part in parts)
            ] = None
        if len(shapes) == MAX_SHAPES:
            break
    return re.compile("|".join(shapes)) if shapes else None
