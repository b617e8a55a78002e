"""No text makes the way from bytes to diagnosis raise, lose its place, or answer twice in two ways."""

import html
import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.crash.model import Crash, Frame, Raised, Report, SyntaxSpot, chain
from app.crash.redact import redact
from app.crash.text import read
from app.crash.traceback import parse
from app.diagnosis.candidates import Index
from app.diagnosis.diagnose import diagnose
from app.errors import Unreadable
from app.intake import receive

# What tracebacks of every form are made of, whole lines and torn ones.
LINES = """\
Traceback (most recent call last):
Traceback (innermost last):
Traceback:
  + Exception Group Traceback (most recent call last):
  | ExceptionGroup: several (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/srv/app/x.py", line 3, in f
    |     raise ValueError
    | ValueError: what
    +---------------- 2 ----------------
    +------------------------------------
  File "/srv/app/x.py", line 3, in f
  File "C:\\Users\\ann\\x.py", line 3, in <module>
  File "<string>", line 1
38\\lib\\site-packages\\mkdocs\\serve.py", line 58, in _livereload
    return f(x)
    ~~~~~~~~^^^
       ^
  [Previous line repeated 996 more times]
  ...
    ... 12 frames hidden ...
ValueError: what
app.errors.NoSuchThing
f.<locals>.Broken: x
KeyboardInterrupt
OSError: [WinError 87] The parameter is incorrect
SyntaxError: invalid syntax
The above exception was the direct cause of the following exception:
During handling of the above exception, another exception occurred:
Exception in thread Thread-1 (f):
Task exception was never retrieved
Exception ignored in: <function f at 0x7f1c>
\"\"\"
╭───────────────────── Traceback (most recent call last) ──────────────────────╮
│ /srv/app/shop.py:7 in parse                                                  │
│ ❱  7 │   │   return int(text)                                                │
│ in <module>:1
╭─ Sub-exception #1 ─╮
╰──────────────────────────────────────────────────────────────────────────────╯
    ▲
[NOTE] take care
_____________________ ERROR at setup of test_with_fixture ______________________
=================================== FAILURES ===================================
_ _ _ _ _ _ _ _ _
E       ConnectionError: no database
E
>           return int(text)
    def helper():
tests/test_shop.py:26: ConnectionError
shop.py:15: in total
        amount     = 1
!!! Recursion error detected, but the origin of the recursion could not be located.
ZeroDivisionError                         Traceback (most recent call last)
---------------------------------------------------------------------------
Cell In[1], line 3, in checkout(prices)
Input In [1], in <cell line: 1>()
File ~/shop.py:7, in parse(text)
<ipython-input-2-28678b021b1f> in <module>
----> 7     return int(text)
      8     more
    [... skipping similar frames: again at line 2 (989 times)]
    [... skipping hidden 1 frame]
4 frames
File "/srv/app/shop.py" in total
  15.         amount += parse(price)
The above exception (two) was the direct cause of the following exception:
Exception Type: PriceError at /cart/
Exception Value: two
Fatal Python error: Segmentation fault
Timeout (0:00:00.100000)!
Current thread 0x00007f10870f3b80 (most recent call first):
  File "/srv/app/x.py", line ??? in read
Extension modules: a, b
INFO:     Started server process [1]
2026-11-22 10:00:00,123 ERROR [shop] what
uvicorn==0.17.6
Package    Version
---------- -------
uvicorn    0.17.6
Name: uvicorn
Version: 0.17.6
Python 3.10.4 (tags/v3.10.4:9d38120, Mar 23 2022, 23:13:41) [MSC v.1929 64 bit (AMD64)] on win32
password='hunter2' token=abc123 ann@example.org postgres://u:p@h/x 10.1.2.3:80
""".splitlines()
TORN = [
    'File "', '", line ', ", in ", "Traceback (", " (most recent call last)", "\\n", "\\\\n", "\\", '\\"', "\\ud800",
    "\\u0000", "#012", "\x1b[31m", "\x1b", "?[0m", "\r", "\t", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028",
    "\ufeff", "\ufffd", "|", "  ", "+-", "> ", "E", "{", "}", "[", '{"log": "', '", "stream": 1}', "&quot;", "&lt;",
    "<pre>", "...", "…", "٣", "²", "1" * 5000, ":", ": ", "'", '"', "é", "漢", "😀", "<br>", "^", "~",
    "File &quot;", '{"a": ' * 20, "2026-11-22T10:00:00.123456789Z stderr P ", "2026-11-22T10:00:00.123456789Z stderr F ",
]  # fmt: skip
LINE_BREAKS = ["\n"] * 12 + ["\r\n", "\r", "\n\n", "\n\n\n\n\n"]
PREFIXES = ["", "", "", "> ", "  | ", "web-1  | ", "2026-11-22 10:00:00,123 ERROR ", "    ", "\t", "│ ", "[pod/x/y] "]

PIECES = st.tuples(
    st.sampled_from(PREFIXES), st.sampled_from(LINES) | st.sampled_from(TORN), st.sampled_from(LINE_BREAKS)
).map("".join)
JOINED = st.lists(PIECES | st.sampled_from(TORN) | st.sampled_from(LINES), max_size=25).map("".join)
WRAPPINGS: list[Callable[[str], str]] = [
    *[str] * 5,
    json.dumps,
    repr,
    html.escape,
    lambda text: json.dumps({"level": "error", "log": text}),
    lambda text: json.dumps(json.dumps({"message": text, "list": text.split("\n")})),
    lambda text: text.replace("\n", " "),
    lambda text: text.replace("\n", "#012"),
    lambda text: "".join(line * 2 for line in text.splitlines(keepends=True)),
    lambda text: text.replace("  ", "\t"),
]
TEXTS = st.tuples(st.sampled_from(WRAPPINGS), JOINED).map(lambda pair: pair[0](pair[1]))
ENCODINGS = ["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
RAWS = st.tuples(TEXTS, st.sampled_from(ENCODINGS)).map(lambda pair: pair[0].encode(pair[1], "replace"))
WITHOUT_LIMIT = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def groups_with_chains(depth: int) -> str:
    """An exception group in a group, and so on, a chain of sixty at each margin."""
    during = "During handling of the above exception, another exception occurred:"
    head = "Traceback (most recent call last):"
    stack = [head, '  File "x", line 1, in f', "ValueError: x"]
    lines = ["| " + line for line in stack]
    for level in range(depth, 0, -1):
        lines += ["| " + line for line in ["", during, "", *stack] * 59]
        above = [f"{'|' if level > 1 else '+'} Exception Group {head}", "| ExceptionGroup: x"]
        lines = [*above, "+-+---------------- 1 ----------------", *("  " + line for line in lines), "  +" + "-" * 36]
    return "".join(f"  {line}\n" for line in lines)


CUT = "2026-11-22T10:00:00.123456789Z stderr P "

# Texts that once broke something.
BROKEN = {
    "chains in groups": groups_with_chains(28),
    "a last line that a runtime cut": f'Traceback (most recent call last):\n{CUT}  File "x.py", line 3, in f\n',
    "pytest's error above its frames": "E   ValueError: no\n\nshop.py:15: in total\n    f()\n",
    "a long run of carriage returns": "x\n" + "\r" * 30_000 + "x",
    "a long line of carets": 'Traceback (most recent call last):\n  File "x", line 1, in f\n    '
    + "~^ " * 50_000
    + "x",
}


def assert_within(one: Raised | Frame | SyntaxSpot | Crash, report: Report) -> None:
    numbers = {line.number for line in report.lines}
    assert {one.first_line, one.last_line} <= numbers, one
    assert one.first_line <= one.last_line


def assert_sound(crash: Crash, report: Report) -> None:
    """Everything the parse says stands where it says."""
    assert_within(crash, report)
    every = chain(crash.raised)
    for raised in every:
        assert_within(raised, report)
        assert crash.first_line <= raised.first_line
        assert raised.last_line <= crash.last_line
        assert raised.type_line is None or raised.first_line <= raised.type_line <= raised.last_line
        parts: list[Frame | SyntaxSpot] = [*raised.frames, *([raised.syntax] if raised.syntax else [])]
        for part in parts:
            assert_within(part, report)
            assert raised.first_line <= part.first_line
            assert part.last_line <= raised.last_line
    lines = set(report.lines)
    assert lines.issuperset(crash.headers)
    assert lines.issuperset(crash.logs)


@WITHOUT_LIMIT
@given(raw=RAWS | st.binary(max_size=300))
def test_whatever_is_sent_is_read_and_all_line_numbers_are_its_own(raw: bytes) -> None:
    report = read(raw)
    for crash in parse(report):
        assert_sound(crash, report)


@WITHOUT_LIMIT
@given(text=TEXTS)
def test_whatever_is_sent_is_diagnosed_the_same_each_time_and_evidence_stands_in_it(index: Index, text: str) -> None:
    try:
        received = receive(text.encode("utf-8", "replace"), index=index)
    except Unreadable:
        return
    numbers = {line.number for line in received.report.lines}
    for crash in received.diagnosis.crashes:
        for match in crash.matches:
            assert {one.line for one in match.evidence if one.line is not None} <= numbers
        assert {miss.failed.line for miss in crash.near_misses if miss.failed.line is not None} <= numbers
    assert diagnose(received.report, index) == received.diagnosis


@WITHOUT_LIMIT
@given(text=JOINED)
def test_an_empty_line_at_the_end_changes_nothing(text: str) -> None:
    whole = text.rstrip("\n\r")
    with_end, without = parse(read((whole + "\n").encode())), parse(read(whole.encode()))
    assert with_end == without


@WITHOUT_LIMIT
@given(text=TEXTS)
def test_what_was_redacted_once_stays_and_no_line_moves(text: str) -> None:
    once = redact(text).text
    assert redact(once).text == once
    assert once.count("\n") == text.count("\n")


def test_an_empty_line_at_the_end_is_nobodys() -> None:
    text = (
        "    Timeout (0:00:00.1)!" + "\n" * 6 + '  File "x.py", line 3, in f>     | Traceback (most recent call last):'
    )
    assert parse(read(f"{text}\n".encode())) == parse(read(text.encode()))


@pytest.mark.parametrize("name", BROKEN)
def test_what_once_broke_is_read(index: Index, name: str) -> None:
    report = read(BROKEN[name].encode("utf-8", "surrogatepass"))
    for crash in parse(report):
        assert_sound(crash, report)
    diagnose(report, index)
    redact(BROKEN[name])
