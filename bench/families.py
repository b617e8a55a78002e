"""The texts that growth is measured on: what a day brings, and what somebody sends who wants to stop the service."""

from __future__ import annotations

import json
from collections.abc import Callable

import regex

from app.signature.model import PATTERN_KINDS, Signature

KIB = 1024

FRAME = '  File "/srv/app/shop/orders.py", line 12, in total\n    return price(order)\n'
HEADER = "Traceback (most recent call last):\n"
TRACEBACK = HEADER + FRAME * 6 + "ValueError: invalid literal for int() with base 10: 'two'\n"
LOG = "2026-11-22 10:00:00,123 INFO [shop.web] 10.1.2.3:51234 - GET /orders/17?token=abc HTTP/1.1 200 in 12 ms\n"
ACCESS = "INFO:     127.0.0.1:51234 - GET /orders/17 HTTP/1.1 200 OK\n"
DURING = "\nDuring handling of the above exception, another exception occurred:\n\n"
CAUSED = "\nThe above exception was the direct cause of the following exception:\n\n"


def repeated(unit: str) -> Callable[[int], str]:
    """Texts of this unit again and again."""
    return lambda size: unit * (size // len(unit.encode()) + 1)


def inside(head: str, unit: str, tail: str) -> Callable[[int], str]:
    """Texts of this unit again and again between a head and a tail."""
    return lambda size: head + unit * ((size - len(head) - len(tail)) // len(unit.encode())) + tail


def nested(opening: str, closing: str) -> Callable[[int], str]:
    """Texts of as many openings as closings."""
    return lambda size: opening * (size // len(opening + closing)) + "1" + closing * (size // len(opening + closing))


def numbered(unit: str) -> Callable[[int], str]:
    """Texts of this unit, `@` in it replaced by a different number each time."""
    return lambda size: "".join(unit.replace("@", str(n)) for n in range(size // len(unit) + 1))[:size]


def group_margins(size: int) -> str:
    """Exception groups in exception groups, each further to the right."""
    lines: list[str] = []
    length = depth = 0
    while length < size:
        margin = "  " * (depth % 200)
        bar = margin + "| " if depth % 200 else "  "
        lines += [
            f"{bar}+ Exception Group Traceback (most recent call last):" if depth % 200 else f"  + {HEADER.strip()}",
            f'{margin}  |   File "x.py", line {depth % 999}, in f',
            f"{margin}  | ExceptionGroup: several (1 sub-exception)",
            f"{margin}  +-+---------------- 1 ----------------",
        ]
        length += sum(len(line) + 1 for line in lines[-4:])
        depth += 1
    return "\n".join(lines)


def many_members(size: int) -> str:
    """One exception group of very many members."""
    opening = "  +-+---------------- 1 ----------------\n"
    head = "  + Exception Group Traceback (most recent call last):\n  | ExceptionGroup: many\n" + opening
    lines = "".join(f"    | {line}\n" for line in TRACEBACK.splitlines())
    member = lines + "    +---------------- 2 ----------------\n"
    return head + member * (size // len(member))


def twins(size: int) -> str:
    """Eight processes that print the same traceback at the same time."""
    lines = "".join(line * 8 for line in TRACEBACK.splitlines(keepends=True))
    return lines * (size // len(lines))


def long_twins(size: int) -> str:
    """Eight endless tracebacks at the same time; two have ended before, so that they are told apart."""
    head = (HEADER * 2) + FRAME + "ValueError: x\nValueError: x\n" + HEADER * 8
    return head + FRAME * ((size - len(head)) // len(FRAME))


def many_crashes_in_logs(size: int) -> str:
    """Different crashes, a hundred long log lines around each."""
    unit = "".join(LOG.strip() + " " + "x" * 600 + "\n" for _ in range(20)) + TRACEBACK.replace("'two'", "@")
    return numbered(unit)(size)


def deep_json(size: int) -> str:
    """Log records in log records."""
    text = TRACEBACK
    while len(text) < min(size, 60 * KIB):
        text = json.dumps({"log": text, "message": text[:50]})
    return (text + "\n") * max(size // len(text), 1)


def json_lines(size: int) -> str:
    """Docker's log format."""
    lines = "".join(
        json.dumps({"log": line, "stream": "stderr"}) + "\n" for line in TRACEBACK.splitlines(keepends=True)
    )
    return lines * (size // len(lines))


def prefixes(size: int) -> str:
    """Lines with ever different prefixes of many numbers."""
    unit = '@/@:@ @.@ @-@ [@] (@) app@: File "x.py", line @, in f\n'
    return numbered(unit)(size)


def box(size: int) -> str:
    """A box of Rich that does not end."""
    row = "│ /srv/app/shop/orders.py:12 in total".ljust(79) + "│\n"
    return f"╭{'─' * 20} Traceback (most recent call last) {'─' * 20}╮\n" + row * (size // len(row.encode()))


def literals_of(pattern: str) -> str:
    """What the pattern is made of, without its operators: text that almost matches."""
    return regex.sub(r"\\[bBAZdwsS]|\(\?[^)]{0,4}[:)]|[\\^$*+?()\[\]{}|]", "", pattern).replace(".", "a") or "a"


def bombs(signatures: list[Signature]) -> Callable[[int], str]:
    """For each signature a crash whose frames, message and logs are almost its own, again and again."""

    def text(size: int) -> str:
        return "".join(_bomb(one, size // len(signatures)) for one in signatures)

    return text


def _bomb(signature: Signature, size: int) -> str:
    clues = [*signature.match.all, *signature.match.any, *signature.match.none]
    exception = next((one.value for one in clues if one.kind == "exception"), "ValueError")
    places = [one.value.partition(":") for one in clues if one.kind == "frame"]
    frames = "".join(
        f'  File "/x/site-packages/{module.replace(".", "/")}.py", line 3, in {function or "f"}\n    pass\n'
        for module, _, function in places
    )
    units = {kind: [literals_of(one.value) for one in clues if one.kind == kind] for kind in PATTERN_KINDS}
    share = size // (3 * max(len(units["log"]) + len(units["code"]) + len(units["message"]), 1))
    said = {kind: [(unit * (share // len(unit) + 1))[:share] for unit in of_kind] for kind, of_kind in units.items()}
    logs = "".join(f"{line[at : at + 900]}\n" for line in said["log"] for at in range(0, len(line), 900))
    code = "".join(f'  File "/x/y.py", line 1, in f\n    {line}\n' for line in said["code"])
    message = " ".join(said["message"])
    whole = f"{logs}{HEADER}{frames}{code}{exception}: {message}\n"
    return whole * max(size // len(whole), 1)


FAMILIES: dict[str, Callable[[int], str]] = {
    "ordinary log": repeated(LOG * 500 + ACCESS * 500 + TRACEBACK),
    "dense tracebacks": repeated(TRACEBACK),
    "different tracebacks": numbered(TRACEBACK.replace("12", "@").replace("'two'", "@ item@")),
    "different crashes in long logs": many_crashes_in_logs,
    "docker json": json_lines,
    "one line without spaces": repeated("x"),
    "one long word of a path": repeated("/a.b-c_d"),
    "File quotes on one line": repeated('File "'),
    "File quotes, line": repeated('File "a", line '),
    "folded frames on one line": inside(HEADER.strip() + " ", 'File "a.py", line 1, in f g() ', "E: x"),
    "frames without end": inside(HEADER, FRAME, ""),
    "one frame, much code": inside(HEADER + FRAME, "    code()\n", ""),
    "a million brackets": repeated("["),
    "curly brackets": repeated("{"),
    "curly brackets by line": repeated("{\n"),
    "open and closed braces": nested('{"a":', "}"),
    "open and closed brackets": inside('{"log": ', "[", "}"),
    "headers": repeated(HEADER),
    "short headers": repeated("Traceback:\n"),
    "headers on one line": repeated(HEADER.strip()),
    "headers with margins": repeated("  | " + HEADER),
    "deep groups": group_margins,
    "many members": many_members,
    "group openings": repeated("  +-+---------------- 1 ----------------\n"),
    "endless message": inside(TRACEBACK, "  and more\n", ""),
    "blank lines": inside(HEADER + FRAME, "\n", ""),
    "chains of handling": repeated(TRACEBACK + DURING),
    "chains of causes": repeated(TRACEBACK + CAUSED),
    "chain words only": repeated(DURING),
    "twins": twins,
    "endless twins": long_twins,
    "escaped line breaks": lambda size: TRACEBACK.replace("\n", "\\n") * (size // len(TRACEBACK.replace("\n", "\\n"))),
    "escaped by line": lambda size: (TRACEBACK.replace("\n", "\\n") + "\n") * (size // len(TRACEBACK)),
    "escaped thrice": repeated(HEADER.strip() + "\\\\\\\\n"),
    "quoted headers": repeated("'Traceback (most recent call last):\\n' "),
    "deep json": deep_json,
    "html escapes": inside("File &quot;x&quot;, line 1 ", "&lt;b&gt;&amp;", ""),
    "html escapes of escapes": inside("File &amp;amp;quot;x&amp;amp;quot;, line 1 ", "&amp;amp;lt;b&amp;gt;", ""),
    "html escapes without end": repeated("&amp;amp;"),
    "html tags": inside("File &quot;x&quot;, line 1 ", "<div <pre ", ""),
    "digits": repeated("7"),
    "digits in json": inside('{"log": ', "7", "}"),
    "digits as a line number": inside('File "x", line ', "7", ", in f"),
    "spaces": repeated(" "),
    "spaces by line": repeated(" " * 400 + "x\n"),
    "tabs": repeated("\t"),
    "tabs in frames": inside(HEADER, "\t" * 500 + 'File "x", line 1, in f\n', ""),
    "carriage returns": inside("a\n", "\r", "x"),
    "carriage returns by line": repeated("\r" * 70 + "x\n"),
    "backslashes": repeated("\\"),
    "backslashes and headers": inside(HEADER.strip(), "\\", "File"),
    "backslash n": inside(HEADER.strip(), "\\n ", ""),
    "mail soup": repeated("a.b@c.d"),
    "at signs": repeated("@"),
    "address soup": repeated("1.2.3.4:"),
    "colon soup": repeated("a:b::"),
    "url soup": repeated("://a:b"),
    "slash soup": repeated("/home/"),
    "windows soup": repeated("C:\\Users\\"),
    "key soup": repeated("password="),
    "quoted key soup": repeated("password='a"),
    "bearer soup": repeated("bearer basic authorization:"),
    "token soup": repeated("sk-eyJa-"),
    "private key": inside("-----BEGIN PRIVATE KEY-----\n", "abcdEFGH12345678" * 4 + "\n", ""),
    "private key on one line": inside("-----BEGIN PRIVATE KEY-----\n", "a", ""),
    "cookie soup": repeated("cookie: a=b "),
    "prompt soup": repeated("a@b:~/"),
    "escape codes": repeated("\x1b[31m\x1b]0;"),
    "mangled escape codes": repeated("?[3[1;[2;"),
    "group margins on one line": repeated("| "),
    "carets": inside(HEADER + FRAME + "    ", "~^ ", "x"),
    "dots": inside(HEADER + FRAME, "... frames ", "x"),
    "dotted names": inside(HEADER + FRAME, "a.", "x"),
    "dotted Names by line": inside(HEADER + FRAME, "Aa." * 100 + "\n", ""),
    "Error names": inside(HEADER + FRAME, "AError", "x"),
    "many prefixes": prefixes,
    "one prefix of clocks": repeated("10:00:00 2026-11-22 " * 11 + HEADER),
    "kubernetes parts": repeated("2026-11-22T10:00:00.123456789Z stderr P part of a line\n"),
    "box without end": box,
    "table rows": inside("| " + HEADER.strip() + " |\n", "| x" + " " * 32 + " |\n", ""),
    "table headers": repeated("| " + HEADER.strip() + " |\n| x\n"),
    "tables of bars": repeated("|" * 300 + HEADER.strip() + "|+" * 150 + "\n"),
    "box sides": repeated("│ "),
    "pytest lines": repeated("E   x\n>   y\n    z\n"),
    "pytest titles": inside("E   x\n", "_ ", ""),
    "pytest places": repeated("E   x\na:1:\n:1: in a:\n"),
    "ipython arrows": repeated("----> 1 x\nCell In[1], line 3\n"),
    "ipython headers": repeated("ValueError   Traceback (most recent call last)\n"),
    "ipython words": inside("-> Cell In", "File a:1", ""),
    "django pages": repeated('Traceback:\nFile "x" in y\n  1. z\n'),
    "django types": repeated("Exception Type: X at y\nException Value: z\n"),
    "lambda errors": repeated('[ERROR] KeyError: 1\nTraceback (most recent call last):\n  File "x", line 1, in f\n'),
    "names above": repeated("Exception: KeyError: 1\n" + "KeyError: 1\nx\n" * 5 + "Traceback:\nStack: \n"),
    "fault dumps": repeated('Fatal Python error: x\n\nThread 0x1 (most recent call first):\n  File "x", line 1 in f\n'),
    "fault frames": inside("Current thread 0x1 (most recent call first):\n", '  File "x", line 1 in f\n', ""),
    "chat names below": inside(TRACEBACK, "Aa Bb, Cc (d) Ee\n", ""),
    "chat stamps": repeated(TRACEBACK + "Aa Bb\n12:06 PM\n"),
    "lone errors": repeated("ValueError: what\n"),
    "package list": numbered("package@==1.2.@\n"),
    "package prose": repeated("we use uvicorn 0.17.6 on Python 3.8 with Django 4.2, "),
    "banner soup": repeated("Python 3.1 (Python 3."),
    "half characters": repeated("Traceback (most recent call last):\\n\\ud800\n"),
    "null bytes": repeated("x\x00"),
    "other letters": repeated("größe 漢字 "),
}  # fmt: skip
