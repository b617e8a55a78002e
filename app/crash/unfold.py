r"""One line that holds many: line breaks written out as `\n`, JSON, HTML, cells of a table, or no line breaks left."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from app.crash.records import of_lambda, of_structlog

MAX_JSON = 1 << 20  # a log line longer than this is not one record
MAX_DEPTH = 3  # records in records: `{"log": "{\"message\": ...}"}` is seen, more is not
MAX_HELD = 1000  # lines of a record that is printed over many
MAX_LEAD = 300  # what may stand before a record on its line
MAX_ROUNDS = 3  # how often escapes may have been escaped again

# keys that hold the record's own text, in order of trust
TEXT_KEYS = ("log", "message", "msg", "MESSAGE", "text", "line", "event", "short_message")

# keys under which loggers put what was raised
RAISED_KEYS = ("exc_info", "exception", "stack_trace", "stack", "traceback", "error", "err")

# a text that is a literal as a whole: `"===== FAILURES =====\n..."`
LITERAL = re.compile(r"([\"'])(?=.{0,400}\\n).*\1\Z")
TRACEBACK = re.compile(r"(?:\+ )?(?:Exception Group )?Traceback \((?:most recent call last|innermost last)\):")
# `File "x.py", line 3`, also with the quotes escaped
ANY_FRAME = re.compile(r"File \\{0,7}[\"'](?:[^\nF]|F(?!ile \\{0,7}[\"'])){1,1000}?\\{0,7}[\"'], line \d")
# what pytest and Rich print instead, after a line break that was written out or in a box: `\\nE       TypeError: what`
OTHER_FORM = re.compile(
    r"(?:\\{1,7}n|\\{1,7}u000[aA]|\n|#012)E {3,}\S"
    r"|Traceback \(most recent call last\) (?:[\u2500-]{2}|\\{1,7}(?:u2500|xe2\\{1,7}x94))"
)
MARKED = ("Traceback (", "File ", "E   ")  # each of these holds one of them
# a line break written out: `\n`, `\r\n`, `\\n`, `#012`, `\012`, `\u000a`
WRITTEN_BREAK = re.compile(r"\\{1,7}(?:n|r\\{1,7}n|012|u000[aA]|x0[aA])|#012")
# `\"`, `\\`, `\t`, `\u001b`, `\x1b`
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrt\"'\\/bf]))")
PLAIN_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "", "f": ""}
# `\xe6\x8f\x90`: the bytes of characters, as `repr` of bytes writes them
ESCAPED_BYTES = re.compile(r"(?<!\\)(?:\\x[89a-fA-F][0-9a-fA-F]){2,}")
# a backslash that no escape explains, as in `C:\Users`: then backslashes were not escaped, only line breaks
LONE_BACKSLASH = re.compile(r"(?<!\\)\\(?![\\nrtbfux\"'/0])")
# the quote that opens the literal still open at the end: `err="Exception ignored in: ...\n`, `b'`
OPENING = re.compile(r"(?:\A|[\s=:(\[{,\"'])[bru]{0,2}([\"'])(?:(?!\1)[^\\]|\\.)*\Z")
STACK = "Stack: "  # before the first frame, as Azure Functions has it
# where a line of a traceback begins, after a written-out line break
BREAK_BEFORE_LINE = re.compile(
    r"(?:\\r)?\\n(?=\\n|\\r|\s|\Z|[\"']|File |Traceback \(|During handling|The above exc|\[Previous"
    r"|[A-Za-z_][\w.]{0,200}(?::|\Z|\\n))"
)
# `File &quot;/srv/app.py&quot;, line 3, in &lt;module&gt;`, `KeyError: &#x27;name`, pytest's `&gt;       run()`
ESCAPED_HTML = re.compile(
    r"File(?: |&nbsp;|&#160;)&(?:quot|#34|#x22);|&lt;(?:module|string|frozen)"
    r"|Error:(?: |&nbsp;|&#160;)(?:[^\n&]|&nbsp;|&#160;){0,100}&(?:quot|#34|#39|#x27);"
    r"|(?:\A|\n|<br>)&gt;(?: |&nbsp;|&#160;){7}"
)
TAG = re.compile(r"</?(?:pre|code|p|span|div|li|ul|ol|h[1-6]|b|i|td|tr|table|textarea)\b[^<>]{0,300}>", re.IGNORECASE)
BREAK_TAG = re.compile(r"<br ?/?>\n?", re.IGNORECASE)
# `"10:00","Traceback ...`, some lines, `KeyError: 'x'","prod"`: a cell of CSV, in which each quote is doubled
CELL = re.compile(r'(?<![^,;\t\n])"((?:[^"]++|"")*+)(?:"(?=[,;\t\r\n]|\Z)|\Z)')
DOUBLED = '"", line '  # behind a place in such a cell
DOUBLED_PLACE = re.compile(r'File \\{0,7}""[^"\n]{1,1000}"", line \d')
# `... in main run() File "/srv/b.py", line 2, in run`
FOLDED_FRAME = re.compile(r"(?<!\s)\s++(?=File \"[^\"\n]{1,1000}\", line \d)")
FOLDED_HEAD = re.compile(r"(File \"[^\"\n]{1,1000}\", line \d{1,9}, in (?:<[a-z]+>|[\w.]+))(?=\s|\Z)\s*")
MARKERS = re.compile(r"\s[~^]{2,}[~^\s]*(?=\s|\Z)")
# ` ValueError: what`, ` app.errors.NoSuchThing: what`, `cfg["dsn"]KeyError: what`: `curl -d` leaves not even a space
NAMED_ERROR = re.compile(
    r"(?:(?<!\s)\s++|(?<=[)\]}~^]))(?=(?:[A-Za-z_]\w{0,80}\.){0,8}[A-Z]\w{0,80}"
    r"(?:Error|Exception|Warning|Interrupt|Exit|Iteration|Fault)(?:: |\Z))"
)


def unfold(lines: Iterable[str]) -> Iterator[str]:
    """Every line as the lines it stands for; a line that stands for itself comes out untouched."""
    for line in lines:
        if "{" in line or "Traceback (" in line or "File " in line or "E   " in line:
            yield from _lines_of(line)
        elif line[:1] in {'"', "'"} and LITERAL.match(line):
            yield from _unescaped(line[1:-1]).split("\n")
        else:
            yield line


def without_records(lines: Iterable[str]) -> Iterator[str]:
    """The lines, those records of AWS Lambda that are printed over many lines told as its log tells them."""
    held: list[str] = []
    for line in lines:
        if line == "{":
            yield from held
            held = [line]
        elif not held:
            yield line
        elif line == "}" or len(held) > MAX_HELD:
            record = _record("\n".join([*held, line])) if line == "}" else None
            told = record and of_lambda(record)
            yield from told.split("\n") if told else [*held, line]
            held = []
        else:
            held.append(line)
    yield from held


def without_html(text: str) -> str:
    """The text of a page's source that shows a traceback; any other text comes out untouched."""
    bare = text
    for times in range(1, 1 + MAX_ROUNDS if "&" in text else 1):
        if ESCAPED_HTML.search(bare):
            return _unescaped_html(text, times)
        if "&amp;" not in bare:
            break
        bare = bare.replace("&amp;", "&")  # `&amp;lt;module&amp;gt;`: what was escaped was escaped again
    return text


def _unescaped_html(text: str, times: int) -> str:
    for _ in range(times):
        text = html.unescape(TAG.sub("", BREAK_TAG.sub("\n", text))).replace("\xa0", " ")
    return text


def without_cells(text: str) -> str:
    """The text, each cell of CSV that shows a traceback told as lines of their own; any other text untouched."""
    return CELL.sub(_told_apart, text) if DOUBLED in text else text


def _told_apart(cell: re.Match[str]) -> str:
    if not DOUBLED_PLACE.search(cell[1]):
        return cell[0]
    first = cell.string[max(0, cell.start() - 1) : cell.start()] in {"", "\n"}
    last = cell.string[cell.end() : cell.end() + 1] in {"", "\r", "\n"}
    return ("" if first else "\n") + cell[1].replace('""', '"') + ("\n" if last else "\n\n")


def _lines_of(line: str) -> Iterable[str]:
    if line.startswith(STACK):
        return [STACK.rstrip(), line.removeprefix(STACK)]
    start = line.find("{")
    if 0 <= start < MAX_LEAD and line.rstrip().endswith("}") and len(line) < MAX_JSON:
        record = _record(line[start:])
        if record is not None:
            texts = _texts(record, 0)
            if texts:
                return _apart([part for text in texts for part in _split(text)])
    if not _may_hold_more(line):
        return line.split("\n")
    if _mark(line) is not None:
        return (part for text in _unescaped(line).split("\n") for part in _spread(text.rstrip("\r")))
    return line.split("\n")


def _apart(lines: list[str]) -> list[str]:
    """The lines of a record with an empty one behind a traceback: what follows is another record's, and no message."""
    shows_more = len(lines) > 1 and lines[-1] and _holds_traceback("\n".join(lines))
    return [*lines, ""] if shows_more else lines


def _may_hold_more(line: str) -> bool:
    """Whether a mark on this line can stand beside other lines: behind a break written out, or before a frame."""
    return "\\" in line or "#012" in line or "\r" in line or line.count('File "') > ("Traceback" not in line)


def _record(text: str) -> dict[str, Any] | None:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _texts(record: dict[str, Any], depth: int) -> list[str]:
    """The record's own text, and every other text in it that holds a traceback."""
    if told := of_lambda(record):
        return [told]
    own = next((record[key] for key in TEXT_KEYS if isinstance(record.get(key), str)), None)
    texts = [] if own is None else [own]
    for key, value in record.items():
        if isinstance(value, dict) and depth < MAX_DEPTH:
            texts += [text for text in _texts(value, depth + 1) if _holds_traceback(text)]
        elif told := of_structlog(value):
            texts.append(told)
        elif isinstance(value, list) and value and all(isinstance(part, str) for part in value):
            joined = "".join(part if part.endswith("\n") else part + "\n" for part in value)
            texts += [joined] if _holds_traceback(joined) else []
        elif isinstance(value, str) and value is not own and (key in RAISED_KEYS or _holds_traceback(value)):
            texts.append(value)
    return texts


def _holds_traceback(text: str) -> bool:
    return _mark(text) is not None


def _mark(text: str) -> re.Match[str] | None:
    """The first thing in this text that only a traceback holds."""
    if not any(word in text for word in MARKED):
        return None
    return TRACEBACK.search(text) or ANY_FRAME.search(text) or OTHER_FORM.search(text)


def _split(text: str) -> list[str]:
    """A record's text as lines; it may itself be a record, or escaped once more."""
    return [part for line in text.rstrip("\r\n").replace("\r\n", "\n").split("\n") for part in unfold([line])]


def _unescaped(line: str) -> str:
    """Undo written-out line breaks and what was escaped with them, as often as it was done."""
    for _ in range(MAX_ROUNDS):
        if "\n" in line or not WRITTEN_BREAK.search(line):
            return line  # a `\n` that is left is the program's own, as in a KeyError's message
        if "#012" in line:
            return line.replace("#012", "\n").replace("#011", "\t")
        if LONE_BACKSLASH.search(line):
            return BREAK_BEFORE_LINE.sub("\n", line)
        line = ESCAPE.sub(_character, ESCAPED_BYTES.sub(_characters, _out_of_quotes(line)))
    return line


def _characters(escaped: re.Match[str]) -> str:
    raw = bytes.fromhex(escaped[0].replace("\\x", ""))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return escaped[0]


def _character(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    if code:
        return chr(int(code, 16))
    return PLAIN_ESCAPES.get(escape[3], escape[3])


def _out_of_quotes(line: str) -> str:
    """Break the line where the string literal that holds the traceback begins and ends: its quotes are no message."""
    mark = _mark(line)
    opening = OPENING.search(line, 0, mark.start()) if mark else None
    first_break = WRITTEN_BREAK.search(line, mark.start()) if mark else None
    if mark is None or opening is None or (first_break and first_break[0].startswith("\\\\")):
        return line  # what was escaped twice holds another literal, which the next round sees
    start = opening.end(1)
    closing = re.compile(r"(?<!\\)(?:\\\\)*+" + opening[1]).search(line, mark.start())
    if closing is None:
        return f"{line[:start]}\\n{line[start:]}"
    end = closing.end() - 1
    return f"{line[:start]}\\n{line[start:end]}\\n\\n{line[end:]}"


def _spread(line: str) -> list[str]:
    """Give a traceback that lost its line breaks lines again; other lines come out as they are."""
    headed = "Traceback (" in line and TRACEBACK.search(line)
    if not headed and line.count('File "') < 2:  # noqa: PLR2004 - a line of its own has one
        return [line]
    parts = FOLDED_FRAME.split(line)
    if len(parts) == 1:
        return [line]
    spread = [parts[0].rstrip()]
    for frame in parts[1:]:
        spread += _spread_frame(frame, last=frame is parts[-1])
    return spread


def _spread_frame(frame: str, *, last: bool) -> list[str]:
    head = FOLDED_HEAD.match(frame)
    if head is None:
        return ["  " + frame]
    rest = " " + frame[head.end() :].strip()
    error = NAMED_ERROR.search(rest) if last else None
    code = MARKERS.sub(" ", rest[: error.start()] if error else rest).strip()
    lines = ["  " + head[1]] + (["    " + code] if code else [])
    return lines + ([_out_of_literal(rest[error.end() :])] if error else [])


def _out_of_literal(text: str) -> str:
    """The text without the quote that closed the literal around the whole traceback; its own quotes come in pairs."""
    while text[-1:] in {'"', "'"} and text.count(text[-1]) % 2:
        text = text[:-1]
    return text
