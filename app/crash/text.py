"""Bytes -> lines: decoding, colours, written-out line breaks and prefixes, undone; the sender's line kept as `raw`.

Everything that happens to a traceback on its way here is undone here and in the modules that this one calls; nothing
in them knows what a frame means beyond how to spot one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter

from app.crash import columns, wrapped
from app.crash.cleaning import STREAMS, Row, clean, sound, split, whole
from app.crash.letters import put_in
from app.crash.markdown import IN_A_LINK, without_links
from app.crash.model import Line, Report
from app.crash.names import holds_any
from app.crash.plain import cut
from app.crash.prefixes import without_prefixes
from app.crash.printable import printed
from app.crash.records import IN_A_RECORD
from app.crash.tables import BAR, without_tables
from app.crash.unfold import unfold, without_cells, without_html, without_records

REMEMBERED = 512  # reports: a program that fails again and again often prints the same each time
MAX_REMEMBERED = 4_096  # characters of such a report
MAX_LINES = 300_000  # of one report; a log of 100,000 lines is one, two million empty lines are not


def read(raw: bytes) -> Report:
    """Read any bytes as the lines of a report. Never raises; time is linear in their number."""
    return read_text(*decode(raw))


def read_text(text: str, notes: tuple[str, ...] = ()) -> Report:
    """Read a text as the lines of a report, at most `MAX_LINES` of them; never raises."""
    return (_read_text if len(text) <= MAX_REMEMBERED else _read_text.__wrapped__)(text, notes)


@lru_cache(maxsize=REMEMBERED)
def _read_text(text: str, notes: tuple[str, ...]) -> Report:
    traces = cut(text)
    return Report(None, notes, text, traces) if traces else undone(text, notes)


def undone(text: str, notes: tuple[str, ...] = ()) -> Report:
    """The general way to read a text: whatever happened to it is undone, line by line."""
    lines = split(without_cells(without_html(clean(text))))
    if "{" in lines and IN_A_RECORD in text:
        lines = list(without_records(lines))
    if "Traceback (" in text and holds_any(BAR, text):
        lines = list(without_tables(lines))
    lines = list(islice(unfold(lines), MAX_LINES + 1))
    text = "\n".join(lines)
    rows = _rows(lines, text)
    if len(rows) > MAX_LINES:
        rows, notes = rows[:MAX_LINES], (*notes, f"only its first {MAX_LINES} lines were read")
    return Report(tuple(_joined(tuple(without_prefixes(printed(rows, text))), text)), notes)


def _joined(lines: Sequence[Line], text: str) -> Sequence[Line]:
    """The lines as they were before they were broken on their way."""
    if columns.may_be_broken(text):
        at_a_column = columns.joined(lines)
        if at_a_column is not lines:
            return at_a_column
    return wrapped.joined(lines) if wrapped.may_be_broken(text) else lines


def _rows(texts: list[str], text: str) -> list[Row]:
    """The lines with their numbers, and as they were sent; what none of them needs is not tried on each."""
    if holds_any(IN_A_LINK, text):
        texts = list(map(without_links, texts))
    if "\x00" in text or not text.isascii():
        texts = list(map(sound, texts))
    right = put_in(text)
    if holds_any(STREAMS, text):
        rows = sorted(whole(texts), key=itemgetter(0))  # a line joined of parts stands where its first part stood
    else:
        rows = [(number, one, one) for number, one in enumerate(texts, 1)]
    return [(number, one.translate(right), sent) for number, one, sent in rows] if right else rows


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
