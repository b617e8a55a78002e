"""Any body -> the values in it: what a shipper sends is seen in the bytes, never in its content type.

JSON comes as an object, an array, a line each, or back to back; orjson reads it, and the standard library reads what
orjson is too strict for. Whatever is broken costs its own record only, and all of it takes time linear in the body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

import orjson

from app.receive.bounds import MOST_RECORDS, ensure_few_pieces, too_many
from app.receive.model import SHOWN, Refused
from app.receive.packed import clean, unpacked

# What can only be meant as JSON. `[2026-11-22] ERROR` and `{'a': 1}` are lines of text.
JSON = re.compile(r'\{\s*(?:["}]|\Z)|\[\s*(?:[\[{"\]]|\Z)')
SEPARATORS = re.compile(r"[\s,\]\x1e]*")
NEXT_LINE = re.compile(r"^[ \t]*(?=[\[{])", re.MULTILINE)
NEXT_OBJECT = re.compile(r"\n|(?<=[}\],])[ \t]*(?=\{)")
DIGITS = 300  # a float has not more of them; int() takes quadratic time
STRANGE = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
MOST_STRANGE = 0.1
MOST_BROKEN = 10_000  # with so many broken values a body is none; the rest of it is not read
TOO_DEEP = "it is nested too deeply"


def values(body: bytes) -> tuple[list[object], list[str]]:
    """Everything that stands in a body, in order, and why the rest of it can't be read; lines of text are strings.

    Raises `Unreadable` (413) where there is more than anybody sends at once.
    """
    found, refused = _values(body)
    if len(found) + len(refused) > MOST_RECORDS:
        raise too_many()
    return found, refused


def _values(body: bytes) -> tuple[list[object], list[str]]:
    if (packed := unpacked(body)) is not None:
        return packed
    ensure_few_pieces(body)
    try:
        return _listed(orjson.loads(body)), []
    except orjson.JSONDecodeError:
        text = decoded(body)
    if begins_json(text):
        return _scan(text)
    if len(STRANGE.findall(text)) > len(text) * MOST_STRANGE:
        return [], ["The body is neither JSON nor msgpack nor text."]
    return _lines(text), []


def begins_json(text: str) -> bool:
    """Whether the text can only be meant as JSON."""
    return JSON.match(text, _skip(text, 0)) is not None


def mapping(text: str) -> Mapping[str, object] | None:
    """The JSON object that a text is, or None when it is something else."""
    text = text.strip()
    if not (text.startswith("{") and text.endswith("}") and JSON.match(text)):
        return None
    try:
        found = one(text)
    except ValueError:
        return None
    return found if isinstance(found, Mapping) else None


def one(text: str | bytes) -> object:
    """The one JSON value that a text is: NaN, raw control characters and lone surrogates are let pass.

    Raises `ValueError` when it is none.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return clean(LENIENT.decode(text if isinstance(text, str) else decoded(text)))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def decoded(body: bytes) -> str:
    """The body as text; what is no text in it becomes U+FFFD."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    return body.decode("utf-8-sig", "replace")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < DIGITS else float("inf")


STRICT = json.JSONDecoder(parse_int=_integer)
LENIENT = json.JSONDecoder(parse_int=_integer, strict=False)


def _listed(value: object) -> list[object]:
    """The items of an array, or the one value; a bare number was meant as text."""
    if isinstance(value, list):
        return value
    return [value if isinstance(value, Mapping | str) else orjson.dumps(value).decode()]


def _lines(text: str) -> list[object]:
    """Each line as it stands, empty ones between others too; a line that is a JSON object as that."""
    lines = text.strip("\r\n").split("\n") if text.strip() else []
    return [(mapping(line) if line.lstrip().startswith("{") else None) or line.rstrip("\r") for line in lines]


class Uncounted(str):
    """Text in which an error of the JSON reader doesn't count the lines before it: many errors would take forever."""

    __slots__ = ()

    def count(self, *_: object) -> int:
        """Promises nothing, at once."""
        return 0

    def rfind(self, *_: object) -> int:
        """Promises nothing, at once."""
        return 0


def _scan(text: str) -> tuple[list[object], list[str]]:
    """Value after value. `waste` is what was read in vain: twice the text at most, then only lines are read."""
    found: list[object] = []
    refused: list[str] = []
    uncounted = Uncounted(text)
    at = waste = 0
    end = -1
    while len(refused) < MOST_BROKEN:
        before, at = at, _skip(text, at)
        if at >= len(text):
            return found, refused
        fresh = at > end
        end = _end_of_line(text, at) if fresh else end
        if not JSON.match(text, at):
            found.append(text[max(before, text.rfind("\n", before, at) + 1) : end].rstrip())
            at = end
        elif fresh and (value := _line(text[at:end])) is not None:  # mostly a line is a value
            found.extend(_listed(value))
            at = end
        elif waste > 2 * len(text):
            refused.append(Refused(f"At character {at}: it is no JSON.", text[at : min(end, at + SHOWN)]))
            at = end
        else:
            value, behind, broken = _value(uncounted, at, end)
            if broken is None:
                found.extend(_listed(value))
            elif text[at] == "[" and broken.why != TOO_DEEP:
                waste += max(behind - at, 1)
                behind = at + 1  # its items may be good
            else:
                waste += len(text) if broken.why == TOO_DEEP else max(behind - at, 1)
                refused.append(Refused(f"At character {broken.at}: {broken.why}.", text[at : min(behind, at + SHOWN)]))
            at = behind
    return found, [*refused, "So much is broken that the rest was not read."]


def _skip(text: str, at: int) -> int:
    separators = SEPARATORS.match(text, at)
    return separators.end() if separators else at


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)


def _line(line: str) -> object | None:
    try:
        value: object = orjson.loads(line.rstrip(" \t\r,"))
    except orjson.JSONDecodeError:
        return None
    return value


class _Broken(NamedTuple):
    """Why a value is none, and at which character that shows."""

    at: int
    why: str


def _value(text: str, at: int, end: int) -> tuple[object, int, _Broken | None]:
    """The value at a place and where it ends; or where to go on, and why it is none."""
    alone = text[at] == "{" and text.startswith("{", end + 1)  # the next line begins anew: a value a line
    try:
        value, behind = STRICT.raw_decode(text, at)
    except json.JSONDecodeError as wrong:
        if wrong.msg.startswith("Invalid control character") and wrong.pos < end:
            return _with_controls(text, at, end)
        return None, _resume(text, wrong.pos, end, alone=alone), _broken(0, wrong)
    except RecursionError:
        return None, end, _Broken(at, TOO_DEEP)
    if alone and behind > end:
        return None, end, _Broken(at, "it goes on in the next line, which begins anew")
    return clean(value), behind, None


def _with_controls(text: str, at: int, end: int) -> tuple[object, int, _Broken | None]:
    """A line with raw tabs and the like in its strings."""
    try:
        return one(text[at:end].rstrip(" \t\r,")), end, None
    except json.JSONDecodeError as wrong:
        return None, end, _broken(at, wrong)
    except ValueError as wrong:
        return None, end, _Broken(at, str(wrong))


def _broken(at: int, wrong: json.JSONDecodeError) -> _Broken:
    """What the parser says of a text that begins here; some of its sentences end before a place."""
    return _Broken(at + wrong.pos, wrong.msg.removesuffix(" at").removesuffix(" starting"))


def _resume(text: str, failed: int, end: int, *, alone: bool) -> int:
    """Where reading goes on after a broken value: the next one of its line, or the next line that begins one."""
    if failed > end:
        found = None if alone else NEXT_LINE.search(text, failed)
        return end if alone else found.end() if found else len(text)
    found = NEXT_OBJECT.search(text, failed)
    return found.end() if found else len(text)
