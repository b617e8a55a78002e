"""Crashes of other languages, told by their stacks: no signature knows them, and who sends one should hear so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from app.crash.model import Crash, Frame

MOST_LINES = 2_000
MAX_LINE = 500  # characters of a line that are looked at
LANGUAGES = {"v8": "javascript"}  # form -> language; every other form is of Python
NAMES = {
    "javascript": "JavaScript", "java": "Java", "dotnet": ".NET", "go": "Go", "php": "PHP", "ruby": "Ruby",
    "rust": "Rust",
}  # fmt: skip
OF_PYTHON = ("py4j.", "pyspark.")  # exceptions of Python whose messages hold a stack of Java's
STACKS = {
    # 	at com.shop.Orders.price(Orders.java:41)
    "java": re.compile(
        r"\s+at [\w.$/<>@-]+\((?:\w+\.(?:java|kt|scala|groovy)(?::\d+)?|Native Method|Unknown Source)\)"
    ),
    #    at Shop.Orders.Price(Int32 id) in /src/Orders.cs:line 41
    "dotnet": re.compile(r"\s+at [\w.`<>\[\],+]+\([^()]*\)(?: in \S.*:line \d+)?\s*\Z"),
    # goroutine 1 [running]:
    "go": re.compile(r"goroutine \d+ \[[^\]]+\]:"),
    # #0 /var/www/index.php(12): price(7)
    "php": re.compile(r"#\d+ \S+\.php\(\d+\): "),
    # 	from main.rb:12:in `<main>'
    "ruby": re.compile(r"(?:\s+from )?\S+\.rb:\d+:in [`']"),
    # thread 'main' panicked at src/main.rs:12:5:
    "rust": re.compile(r"thread '[^']*' panicked at "),
}


# 	... 2 more
ELIDED = re.compile(r"\s+\.\.\. \d+ (?:more|common frames omitted)\s*\Z")


def only_python(language: str | None) -> str:
    """What is said of a crash of another language; nothing of one of Python's."""
    return f"This is a crash of {NAMES[language]}. Signatures know crashes of Python only." if language in NAMES else ""


def stack_of(lines: Iterable[str]) -> str | None:
    """The language whose stack is the first in these lines; None where none is."""
    for line in islice(lines, MOST_LINES):
        part = line[:MAX_LINE]
        for language, pattern in STACKS.items():
            if pattern.match(part):
                return language
    return None


def language_of(crash: Crash, frames: Sequence[Frame]) -> str:
    """The language of a crash with these frames; one without any may have a stack of another's below."""
    known, name = LANGUAGES.get(crash.form), crash.raised.type or ""
    if known is None and not frames and not name.startswith(OF_PYTHON):
        below = [line.text for line in crash.logs if line.number > crash.first_line]
        known = stack_of(below) or ("java" if _elided(name, below) else None)
    return known or "python"


def _elided(name: str, below: Sequence[str]) -> bool:
    """Whether a cause of Java's stands here: its own frames are those of what it caused, and not printed again."""
    return "." in name and bool(below) and ELIDED.match(below[0][:MAX_LINE]) is not None
