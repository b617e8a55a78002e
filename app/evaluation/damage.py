"""What happens to a report on its way, as code: every wrapping and every damage, applied by a seeded generator.

A wrapping loses nothing: the answer should be the same. So it should be of broken lines as a rule, since their width
tells where they went on. A damage loses something: the answer may be less sure.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Sequence
from random import Random
from textwrap import TextWrapper
from typing import Literal

Damage = Literal["whole", "wrapped", "broken", "cut", "interleaved"]
Wrapping = Callable[[str], bytes]

HEADER = "Traceback (most recent call last):"
ERASED = 0.4  # share of the stack that the generator takes out at most


def each(text: str, change: Callable[[str], str]) -> str:
    """The text with every line changed."""
    return "".join(change(line) + "\n" for line in text.splitlines())


def before_each(prefix: str) -> Wrapping:
    """A wrapping that puts the same words before every line."""
    return lambda text: each(text, lambda line: prefix + line).encode()


def _docker(line: str) -> str:
    return json.dumps({"log": line + "\n", "stream": "stderr", "time": "2026-11-22T10:00:00.1Z"})


def _parts(line: str) -> str:
    stamp = "2026-11-22T10:00:00.12Z stderr"
    return f"{stamp} P {line[:9]}\n{stamp} F {line[9:]}"


def _numbered(text: str) -> bytes:
    return "".join(f"{number:4}  {line}\n" for number, line in enumerate(text.splitlines(), 1)).encode()


def _in_record(text: str) -> bytes:
    return json.dumps({"level": "ERROR", "error": {"stack": text.rstrip("\n")}}, indent=2).encode()


WRAPPINGS: dict[str, Wrapping] = {
    "plain": str.encode,
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "bom": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16 without mark": lambda text: text.encode("utf-16-le"),
    "indented": before_each("      "),
    "quoted mail": before_each("> "),
    "mail quoted twice": before_each("> > "),
    "timestamps": before_each("2026-11-22 10:00:00,123 ERROR [shop] "),
    "compose": before_each("web-1  | "),
    "kubectl": before_each("[pod/web-5d9c7-x2x/web] "),
    "syslog": before_each("Nov 22 10:00:01 host shop[4711]: "),
    "cri": before_each("2026-11-22T10:00:00.123456789Z stderr F "),
    "cri in parts": lambda text: each(text, _parts).encode(),
    "docker json": lambda text: each(text, _docker).encode(),
    "json record": lambda text: json.dumps({"level": "error", "message": "failed", "exc_info": text}).encode(),
    "json escaped": lambda text: json.dumps(text).encode(),
    "json in json": lambda text: json.dumps(json.dumps(text.rstrip("\n"))).encode(),
    "json on many lines": _in_record,
    "repr": lambda text: repr(text).encode(),
    "repr that ends with the message": lambda text: repr(text.rstrip("\n")).encode(),
    "repr of bytes": lambda text: repr(text.encode()).encode(),
    "repr in a call": lambda text: f"run(returncode=1, stderr={text.encode()!r}) failed".encode(),
    "logfmt": lambda text: f"level=error err={json.dumps(text.rstrip())} at=web".encode(),
    "line numbers": _numbered,
    "html": lambda text: html.escape(text).encode(),
    "html with breaks": lambda text: html.escape(text).replace("\n", "<br>\n").replace(" ", "&nbsp;").encode(),
    "markdown": lambda text: f"It fails:\n\n```pytb\n{text.rstrip()}\n```\n\nWhat now?\n".encode(),
    "colours": lambda text: each(text, lambda line: f"\x1b[31m{line}\x1b[0m").encode(),
    "mangled colours": lambda text: each(text, lambda line: f"?[31m{line}?[0m").encode(),
    "in a log": lambda text: (
        "10:00:00 INFO shop: order paid\n" * 20 + text.rstrip() + "\n" + "10:00:01 INFO shop: order paid\n" * 20
    ).encode(),
}


def at_a_column(width: int) -> Wrapping:
    """What breaks each line that is wider than a terminal or a page, wherever that is in its words."""
    parts = re.compile(rf".{{1,{width}}}")
    return lambda text: each(text, lambda line: "\n".join(parts.findall(line))).encode()


def at_blanks(width: int) -> Wrapping:
    """What breaks lines as mail programs do."""
    wrapper = TextWrapper(width, break_long_words=False, break_on_hyphens=False, replace_whitespace=False)
    return lambda text: each(text, lambda line: wrapper.fill(line) if len(line) > width else line).encode()


BREAKS: dict[str, Wrapping] = {
    "broken at 80 columns": at_a_column(80),
    "broken at 120 columns": at_a_column(120),
    "broken by a mail program": at_blanks(72),
}


def without_tail(text: str, chance: Random) -> str:
    """The text up to somewhere before its last line: the exception's name is gone."""
    lines = text.rstrip().splitlines()
    return "\n".join(lines[: max(2, len(lines) - chance.randint(1, 3))])


def without_head(text: str, chance: Random) -> str:
    """The text from somewhere inside the stack on."""
    lines = text.rstrip().splitlines()
    start = next((at for at, line in enumerate(lines) if HEADER in line), 0)
    return "\n".join(lines[start + chance.randint(1, max(1, int((len(lines) - start) * ERASED))) :])


def without_middle(text: str, chance: Random) -> str:
    """The text with some frames replaced by three dots."""
    lines = text.rstrip().splitlines()
    frames = [at for at, line in enumerate(lines) if line.lstrip().startswith('File "')]
    if len(frames) < 4:  # noqa: PLR2004 - fewer have no middle
        return text
    first = frames[chance.randint(1, len(frames) // 2)]
    last = frames[chance.randint(len(frames) // 2 + 1, len(frames) - 1)]
    return "\n".join([*lines[:first], "  ...", *lines[last:]])


def without_logs(text: str, _: Random) -> str:
    """The traceback alone, as it is pasted into a chat."""
    lines = text.rstrip().splitlines()
    start = next((at for at, line in enumerate(lines) if HEADER in line), 0)
    return "\n".join(lines[start:])


def without_indentation(text: str, _: Random) -> str:
    """The text as a form without line formatting returns it."""
    return each(text, str.strip)


CUTS: dict[str, Callable[[str, Random], str]] = {
    "tail cut": without_tail,
    "head cut": without_head,
    "middle elided": without_middle,
    "traceback alone": without_logs,
    "no indentation": without_indentation,
}


def interleaved(text: str, other: str, chance: Random) -> bytes:
    """Two containers' lines mixed, each in its own order."""
    queues = [
        each(one, lambda line, name=name: f"{name} | {line}").splitlines()  # type: ignore[misc]
        for one, name in ((text, "web-1   "), (other, "worker-1"))
    ]
    mixed: list[str] = []
    while any(queues):
        mixed.append(chance.choice([queue for queue in queues if queue]).pop(0))
    return "\n".join(mixed).encode()


def variations(text: str, others: Sequence[str], chance: Random) -> list[tuple[str, Damage, bytes]]:
    """The report whole, wrapped, broken, cut, and mixed with an ordinary one, in every way: name, class and bytes."""
    found: list[tuple[str, Damage, bytes]] = [("whole", "whole", text.encode())]
    found += [(name, "wrapped", wrap(text)) for name, wrap in WRAPPINGS.items() if name != "plain"]
    found += [(name, "broken", wrap(text)) for name, wrap in BREAKS.items()]
    found += [(name, "cut", cut(text, chance).encode()) for name, cut in CUTS.items()]
    if others:
        found.append(("interleaved", "interleaved", interleaved(text, chance.choice(others), chance)))
    return found
