"""Django's page for an error, as text: what its log mails hold and what "copy-and-paste view" shows.

Werkzeug's debugger needs nothing here: its plain text is the standard form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.crash.forms.found import Found
from app.crash.forms.parts import chained, ends_message, source
from app.crash.model import Frame, Line, Link, Raised

FORM = "django"

# Traceback (most recent call last):
# Traceback:
HEADER = re.compile(r"Traceback(?: \(most recent call last\))?:\s*")

#   File "/srv/app/shop.py", line 15, in total
PLACE = re.compile(r'\s*File "(?P<file>[^"]*)", line (?P<line>\d{1,9}), in (?P<function>.*\S)\s*')

# File "/srv/app/shop.py" in total
OLD_PLACE = re.compile(r'\s*File "(?P<file>[^"]*)" in (?P<function>.*\S)\s*')

#   15.         amount += parse(price)
OLD_SOURCE = re.compile(r"\s*(?P<line>\d{1,9})\.(?: (?P<code>.*))?")

# The above exception (invalid literal for int() with base 10: 'two') was the direct cause of the following exception:
# During handling of the above exception (list index out of range), another exception occurred:
CAUSE = re.compile(r"\s*The above exception \((?P<message>.*)\) was the direct cause of the following exception:\s*")
CONTEXT = re.compile(r"\s*During handling of the above exception \((?P<message>.*)\), another exception occurred:\s*")

# Exception Type: PriceError at /cart/
TYPE = re.compile(r"Exception Type: +(?P<type>\S+)(?: at .*)?\s*")

MARKS = ("Exception Type:", "Traceback:")
VALUE = "Exception Value:"
BELOW = ("Raised during: ", "Request information")


def hint(text: str) -> bool:
    """Whether this is a line that every such page has one of."""
    return TYPE.match(text) is not None or text.startswith("Traceback:")


def find(lines: Sequence[Line]) -> Iterator[Found]:
    """Every error page printed as text; of the exceptions above the last in a chain, it tells no type."""
    if not any(hint(line.text) for line in lines):
        return
    below = last = 0
    for at, line in enumerate(lines):
        if at < below or line.number <= last or not (HEADER.fullmatch(line.text) or _place(line.text)):
            continue
        below = _end_of_stack(lines, at)
        one = _page(lines, at, below)
        if one:
            yield one
            last = one.last_line


def _end_of_stack(lines: Sequence[Line], at: int) -> int:
    """The index below the stack that begins on this line with a header, or with a place whose header was cut off."""
    end = at + 1
    while end < len(lines) and _in_stack(lines[end].text):
        end += 1
    return end


def _in_stack(text: str) -> bool:
    return not text[:1].strip() or OLD_PLACE.fullmatch(text) is not None or _tie(text) is not None


def _place(text: str) -> re.Match[str] | None:
    """The place of a stack entry, in the new layout or the old one."""
    return (PLACE.fullmatch(text) or OLD_PLACE.fullmatch(text)) if 'File "' in text else None


def _tie(text: str) -> tuple[Link, str] | None:
    """How the exception below these words is tied to the one above, and the message that they quote of that one."""
    if "exception (" not in text:
        return None
    if cause := CAUSE.fullmatch(text):
        return "cause", cause["message"]
    context = CONTEXT.fullmatch(text)
    return context and ("context", context["message"])


def _page(lines: Sequence[Line], at: int, end: int) -> Found | None:
    """The crash whose stack these lines are; the exception is named below them."""
    stack = lines[at:end]
    own = TYPE.fullmatch(lines[end].text) if end < len(lines) else None
    if own is None and not any(OLD_PLACE.fullmatch(line.text) for line in stack):
        return None
    headed = HEADER.fullmatch(stack[0].text) is not None
    value = _value(lines, end + 1) if own else []
    parts = list(_parts(stack[headed:]))
    tied, raised = parts[-1]
    parts[-1] = (
        tied,
        raised._replace(
            type=own["type"] if own else None,
            message="\n".join(line.text.removeprefix(VALUE).strip() for line in value),
            tail_cut=own is None,
            type_line=lines[end].number if own else None,
            last_line=value[-1].number if value else lines[end].number if own else raised.last_line,
        ),
    )
    first = stack[0].number
    parts[0] = parts[0][0], parts[0][1]._replace(head_cut=not headed, first_line=first)
    return Found(chained(parts), FORM, first_line=first, last_line=parts[-1][1].last_line)


def _value(lines: Sequence[Line], at: int) -> Sequence[Line]:
    """The lines of the message, if it begins on this one."""
    if at >= len(lines) or not lines[at].text.startswith(VALUE):
        return ()
    end = at + 1
    while end < len(lines) and not ends_message(lines[end].text) and not lines[end].text.startswith(BELOW):
        end += 1
    return lines[at:end]


def _parts(stack: Sequence[Line]) -> Iterator[tuple[Link | None, Raised]]:
    """Each exception of a chain as far as its stack tells: frames, and the message that the words below it quote."""
    tied: Link | None = None
    chunk: list[Line] = []
    for line in stack:
        below = _tie(line.text)
        if below is None:
            chunk += [line] if line.text.strip() else []
            continue
        yield tied, _raised(chunk, below[1])
        tied, chunk = below[0], []
    yield tied, _raised(chunk, "")


def _raised(chunk: Sequence[Line], message: str) -> Raised:
    frames = tuple(_frames(chunk))
    first, last = (chunk[0].number, chunk[-1].number) if chunk else (0, 0)
    return Raised(None, message, frames=frames, first_line=first, last_line=last)


def _frames(chunk: Sequence[Line]) -> Iterator[Frame]:
    """The frames of one exception, in the new layout or the old one."""
    places = {at: place for at, line in enumerate(chunk) if (place := _place(line.text))}
    for at, end in pairwise([*places, len(chunk)]):
        place = places[at]
        first, last = chunk[at].number, chunk[end - 1].number
        if place.re is PLACE:
            code, carets = source(chunk[at + 1 : end])
            yield Frame(
                place["file"], int(place["line"]), place["function"], code, carets, first_line=first, last_line=last
            )
        else:
            below = OLD_SOURCE.fullmatch(chunk[at + 1].text) if at + 1 < end else None
            number, code = (int(below["line"]), (below["code"] or "").strip() or None) if below else (None, None)
            yield Frame(place["file"], number, place["function"], code, first_line=first, last_line=last)
