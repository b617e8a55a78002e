"""A crash -> the key under which crashes that no signature explains are counted together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from app.crash.model import Crash, Frame, Owner, Raised
from app.crash.names import holds_any
from app.crash.origin import locate

VERSION = "v1"
DIGITS = 16  # of sha256, in hex: two of a billion crashes fall together by chance about once in forty

# The place that raised, and the two innermost frames outside the standard library: with one frame every failing
# `json.loads` is the same crash, with the whole stack the same bug is another one for each way that leads to it.
NEAREST = 2
MAX_MESSAGE = 2000  # characters; what tells messages apart stands in their first line
MAX_TEMPLATE = 200
MAX_KEPT = 4096  # places and messages remembered, each of at most so many characters:
MAX_KEPT_TEXT = 400

# Modules that only call on: how often they stand in a stack differs between their versions and between Pythons.
IMPORTING = frozenset({"importlib", "runpy", "zipimport"})
CALLING = frozenset({"anyio", "click", "decorator", "typer", "uvloop"})
# Frames that only some Pythons have: comprehensions run inside their function from 3.12 on.
INLINED = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>"})
# Modules that moved: 3.11 made `re` a package.
MOVED = {"sre_compile": "re", "sre_parse": "re", "sre_constants": "re", "posixpath": "os", "ntpath": "os"}

# [WinError 87] Falscher Parameter: the number says it all, the words are in the language of the machine
ERROR_NUMBER = re.compile(r"\[(?:WinError|Errno) -?\d{1,10}\]")
# AttributeError: 'A' object has no attribute 'x'. Did you mean: 'y'? (from Python 3.10 on)
HINT = re.compile(r"[.;]? (?:Did you mean|Did you forget to|Perhaps you forgot)\b.*")
# Shop.__init__() missing 1 argument (the class from Python 3.10 on)
QUALIFIER = re.compile(r"(?<![\w.])(?:[^\W\d]\w{0,80}\.){1,8}(?:<locals>\.)?(?=\w{1,80}\(\))")

# cannot import name 'url_quote': here the quoted word is a name in the program and tells bugs apart; it is no value
QUOTES_A_NAME = "".join(
    f"(?<!{words} )"
    for words in (
        "import name",
        "No module named",
        "has no attribute",
        "keyword argument",
    )
)


class Mask(NamedTuple):
    """What differs from one crash to the next."""

    marks: tuple[str, ...]
    """Of which a text must hold one: to look for them costs a tenth of what the pattern costs."""
    pattern: re.Pattern[str]
    put: str
    """What is put in its place."""


# In this order.
MASKS = (
    Mask((" you ",), HINT, ""),
    Mask(("()",), QUALIFIER, ""),
    # '/srv/x' · u'x' · "x" · `x`
    Mask(
        ("'", '"', "`"),
        re.compile(
            rf"{QUOTES_A_NAME}(?<!\w)[bru]{{0,2}}'[^'\n]{{0,500}}'(?!\w)|\"[^\"\n]{{0,500}}\"|`[^`\n]{{0,500}}`"
        ),
        "'_'",
    ),
    # https://host/x
    Mask(("://",), re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s'\"()]{1,500}"), "/_"),
    # C:\shop\app.py · /srv/shop/app.py · ../x/y.py
    Mask(
        ("/", "\\"),
        re.compile(r"(?:(?<![\w.])[A-Za-z]:|(?<![\w.])~|\.{1,2}|(?<![\w.>]))[\\/][^\s'\"()]{2,500}"),
        "/_",
    ),
    # ann@example.org
    Mask(("@", "<email>"), re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}|<email>"), "@"),
    # 0x7f1c · 123e4567-e89b-12d3-a456-426614174000 · 99ead36595b7
    Mask(
        ("0x", "-"),
        re.compile(r"\b0x[0-9a-fA-F]{1,32}\b|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
        "#",
    ),
    Mask(
        (*"0123456789", "<ip>"),
        re.compile(r"\b(?=[a-f]{0,64}\d)[0-9a-f]{8,64}\b|\b(?=[A-F]{0,64}\d)[0-9A-F]{8,64}\b|<ip>"),
        "#",
    ),
    # 3.5 · 1,000 · 10:20:30 · 2024-05-01
    Mask(("",), re.compile(r"[-+]?\d{1,400}(?:[.,:_-]\d{1,400}){0,40}"), "#"),
    Mask(("",), re.compile(r"\s{1,500}"), " "),
)


def fingerprint(crash: Crash) -> str:
    """The crash's grouping key, `v1:` and 16 hex digits. The same crash has the same v1 key for ever: v1 never changes.

    Equal over line numbers, paths, ids, quoted values, Python versions and the way the traceback is printed;
    different for another type of exception, root cause or member of a group, another place, another wording.
    """
    raised = crash.raised
    told = (
        _type(raised),
        _type(_root(raised)),
        *sorted({_type(one) for one in _members(raised)}),
        "at",
        *_where(raised),
        "says",
        template(raised.message),
    )
    digest = hashlib.sha256("\x1f".join(told).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{VERSION}:{digest[:DIGITS]}"


def template(message: str) -> str:
    """What a message says, without what it says it of: values, numbers, ids, paths and hints of newer Pythons."""
    first = next((line for line in message[:MAX_MESSAGE].splitlines() if line.strip()), "")
    return _kept_template(first) if len(first) <= MAX_KEPT_TEXT else _template(first)


@lru_cache(maxsize=MAX_KEPT)
def _kept_template(line: str) -> str:
    return _template(line)


def _template(line: str) -> str:
    number = ERROR_NUMBER.search(line)
    if number:
        return number[0]
    text = line
    for marks, pattern, put in MASKS:
        if holds_any(marks, text):
            text = pattern.sub(put, text)
    return text.strip(" .:!")[:MAX_TEMPLATE]


def _type(raised: Raised) -> str:
    """The exception's name without its module; empty if it was cut off."""
    return (raised.type or "").rpartition(".")[2]


def _root(raised: Raised) -> Raised:
    """The exception that started it all."""
    while tied := raised.cause or raised.context:
        raised = tied
    return raised


def _members(raised: Raised) -> Iterator[Raised]:
    """The exceptions in a group and in the groups in it, but not those groups."""
    waiting = list(raised.exceptions)
    while waiting:
        one = waiting.pop()
        if one.exceptions:
            waiting += one.exceptions
        else:
            yield one


def _where(raised: Raised) -> list[str]:
    """The place that raised and those nearest to it, innermost first."""
    if raised.syntax:
        return [_module(*locate(raised.syntax.file or ""))]
    stack = raised.frames or _root(raised).frames
    places: dict[str, None] = {}
    for frame in reversed(stack):
        at = _at(frame)
        if not at.comes_and_goes and not (places and at.calls_on):
            places[at.place] = None
            if len(places) > NEAREST:
                break
    return list(places) or [_at(frame).place for frame in stack[-1:]]


class At(NamedTuple):
    """What a frame says of where a crash is."""

    place: str
    """The frame as `module:function`, the function without its class and arguments."""
    comes_and_goes: bool
    """Whether another Python would not have this frame for the same crash."""
    calls_on: bool
    """Whether it says little: the standard library and packages that wrap calls."""


def _at(frame: Frame) -> At:
    module, owner = (frame.module, frame.owner) if frame.module or frame.owner else locate(frame.file or "")
    function = frame.function or ""
    short = len(module or "") + len(function) <= MAX_KEPT_TEXT
    return _kept_at(module, owner, function) if short else _named(module, owner, function)


@lru_cache(maxsize=MAX_KEPT)
def _kept_at(module: str | None, owner: Owner | None, function: str) -> At:
    return _named(module, owner, function)


def _named(module: str | None, owner: Owner | None, function: str) -> At:
    top = _top(module)
    name = function.partition("(")[0].rpartition(".")[2]
    return At(
        f"{_module(module, owner)}:{name}",
        comes_and_goes=function in INLINED or (owner == "stdlib" and top in IMPORTING),
        calls_on=owner == "stdlib" or (owner == "package" and top in CALLING),
    )


def _module(module: str | None, owner: Owner | None) -> str:
    """The module: only its last part if it may be the user's, only its top if it is the standard library's."""
    if module is None or owner == "package":
        return module or ""
    if owner == "stdlib":
        return MOVED.get(_top(module), _top(module))
    return module.rpartition(".")[2]


def _top(module: str | None) -> str:
    """The first part of a dotted name."""
    return (module or "").partition(".")[0]
