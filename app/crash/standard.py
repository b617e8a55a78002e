"""The standard form of a traceback, as CPython prints it: stack, exception line, message, chain and group.

Each reader takes the rows and a position and gives what it read and the position after it. `column` is the column of
the `|` margin inside an exception group, None outside of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.crash import grammar
from app.crash.chat import put_below
from app.crash.model import Line, Link, Raised
from app.crash.names import holds_any
from app.crash.stack import Row, Stack, read_stack, syntax_spot

MAX_CHAIN = 60  # exceptions tied to each other, fewer inside groups; the longest real one seen has 9
MAX_NESTING = 30  # groups in groups
MAX_MESSAGE = 400  # lines of one message
MAX_BLANKS = 3  # empty lines that may stand between two parts
LATE = ("Error: ", "Exception: ")
SYNTAX_ERRORS = ("SyntaxError", "IndentationError", "TabError")


class Rows:
    """The lines of one stream, seen at a margin."""

    def __init__(self, lines: Sequence[Line]) -> None:
        """Look at these lines."""
        self.lines = lines

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self.lines)

    def at(self, index: int, column: int | None = None) -> Row | None:
        """The row as seen at this margin; None when there is none or it stands at another margin."""
        if not 0 <= index < len(self.lines):
            return None
        line = self.lines[index]
        text = line.text
        if column is not None:
            body = grammar.GROUP_BODY.match(text.expandtabs())
            if body is None or len(body["margin"]) != column:
                return None
            text = body["text"]
        text = text.expandtabs().rstrip()
        inner = text.lstrip()
        return Row(line.number, len(text) - len(inner), inner, text)

    def skip_blank(self, index: int, column: int | None = None) -> int:
        """The next row that is not empty, at most `MAX_BLANKS` on."""
        for ahead in range(MAX_BLANKS):
            row = self.at(index + ahead, column)
            if row is None or row.text:
                return index + ahead
        return index + MAX_BLANKS

    def introduction(self, index: int, most: int) -> tuple[Line, ...]:
        """The lines right above that say where the traceback came from."""
        first = index
        for above in range(index - 1, max(-1, index - 1 - most), -1):
            row = self.at(above)
            if row is None or not row.text:
                break
            if grammar.INTRODUCTION.search(row.text):
                first = above
        return tuple(self.lines[first:index])


class Mark(NamedTuple):
    """A line that shapes an exception group, and its column."""

    kind: str
    column: int


class Tie(NamedTuple):
    """The words between two exceptions: how they tie them, their line's number, and the position below them."""

    link: Link
    number: int
    below: int


def is_start(rows: Rows, index: int) -> bool:
    """Whether a traceback begins at this row, be it with a frame because its head was cut."""
    text = rows.lines[index].text
    if "Traceback (" not in text and '", line ' not in text:
        return False
    row = rows.at(index)
    return row is not None and (
        grammar.HEADER.match(row.text) is not None
        or grammar.FRAME.match(row.text) is not None
        or grammar.CUT_FRAME.match(row.text) is not None
        or bare_margin(rows, index) is not None
    )


def bare_margin(rows: Rows, index: int) -> int | None:
    """The column of a `|` margin that a traceback begins at though no group was opened: a quote, or a group cut off."""
    body = grammar.GROUP_BODY.match(rows.lines[index].text.expandtabs())
    if body is None:
        return None
    text = body["text"].strip()
    return len(body["margin"]) if grammar.HEADER.match(text) or grammar.FRAME.match(text) else None


def read_chain(rows: Rows, index: int, column: int | None = None, depth: int = 0) -> tuple[Raised | None, int]:
    """Exceptions tied by `The above exception ...` and `During handling ...`; the last one printed is the outermost."""
    last: Raised | None = None
    link: Link = "context"
    for _ in range(MAX_CHAIN // (1 + depth)):
        one, index = _read_one(rows, index, column, depth)
        if one is None:
            break
        last = tied(one, last, link) if last is not None else one
        tie = read_tie(rows, index, column)
        if tie is None:
            return last, index
        link, number, index = tie
        if not _goes_on(rows, index, column):
            missing = Raised(None, head_cut=True, tail_cut=True, first_line=number, last_line=number)
            return tied(missing, last, link), index
    return last, index


def read_tie(rows: Rows, index: int, column: int | None = None) -> Tie | None:
    """The words that tie the exception above to the next one, if they stand here."""
    first = rows.at(index, column)
    quoted = first is not None and first.text in grammar.QUOTES
    ahead = rows.skip_blank(index + quoted, column)
    row = rows.at(ahead, column)
    link = _link(row.text) if row is not None else None
    return Tie(link, row.number, rows.skip_blank(ahead + 1, column)) if row is not None and link is not None else None


def _link(text: str) -> Link | None:
    if grammar.CAUSE.match(text):
        return "cause"
    return "context" if grammar.CONTEXT.match(text) else None


def tied(one: Raised, earlier: Raised, link: Link | None) -> Raised:
    """The exception with the one printed before it."""
    return one._replace(cause=earlier) if link == "cause" else one._replace(context=earlier)


def _goes_on(rows: Rows, index: int, column: int | None) -> bool:
    row = rows.at(index, column)
    if row is None:
        return False
    begins = (grammar.HEADER, grammar.FRAME, grammar.GROUP_HEADER)
    return any(pattern.match(row.text) for pattern in begins) or _exception(row) is not None


def _read_one(rows: Rows, index: int, column: int | None, depth: int) -> tuple[Raised | None, int]:
    """One exception: an optional header, its stack, its own line, its message and, for a group, its members."""
    first = rows.at(index, column)
    if first is None:
        return None, index
    group = grammar.GROUP_HEADER.match(first.full) if column is None else None
    inner = len(group["margin"]) if group else column
    headed = grammar.HEADER.match(first.text) is not None
    stack, index = read_stack(rows, index + 1 if headed else index, inner, first.indent if headed and not group else 0)
    raised, index = read_exception(rows, index, inner, stack, headed=headed)
    if raised is None:
        return None, index
    raised = raised._replace(first_line=first.number, last_line=max(raised.last_line, first.number))
    if inner is not None and depth < MAX_NESTING:
        members, index = _read_members(rows, index, inner, depth)
        raised = raised._replace(exceptions=members)
    return raised, index


def read_exception(
    rows: Rows, index: int, column: int | None, stack: Stack, *, headed: bool
) -> tuple[Raised | None, int]:
    """The line that names the exception, and its message."""
    at = rows.skip_blank(index, column) if stack.frames or headed else index
    row = rows.at(at, column)
    named = _exception(row) if row is not None and stack.may_end(row) else None
    head_cut = bool(stack.frames) and not headed
    last_line = stack.frames[-1].last_line if stack.frames else 0
    if row is None or named is None:
        if not any(frame.function or frame.code for frame in stack.frames):
            return None, index
        cut = Raised(None, frames=tuple(stack.frames), head_cut=head_cut, tail_cut=True, elided=stack.elided)
        return cut._replace(last_line=last_line), index
    kind, message = named
    more, after = _read_message(rows, at + 1, column, row.indent)
    end = rows.at(after - 1, column) or row
    raised = Raised(
        kind,
        message="\n".join([message, *more]),
        frames=tuple(stack.frames),
        head_cut=head_cut,
        elided=stack.elided,
        type_line=row.number,
        last_line=end.number if after > at + 1 else row.number,
    )
    return with_syntax(raised), after


def _exception(row: Row | None) -> tuple[str, str] | None:
    """The exception's name and the first line of its message, when this row can be such a line."""
    return None if row is None else grammar.exception_line(row.text)


def _read_message(rows: Rows, index: int, column: int | None, indent: int) -> tuple[list[str], int]:
    """The further lines of a message: up to a new log line, a prompt, a header or an empty line nothing follows on."""
    lines: list[str] = []
    while len(lines) < MAX_MESSAGE:
        ahead = rows.skip_blank(index, column)
        row = rows.at(ahead, column)
        if row is None or not row.text or _ends_message(row) or _is_put_below(rows, ahead, column):
            break
        if ahead > index and not grammar.CONTINUED.match(row.full[indent:]):
            break
        lines += [""] * (ahead - index) + [row.full[min(indent, row.indent) :]]
        index = ahead + 1
    return lines, index


def _ends_message(row: Row) -> bool:
    ends = (grammar.HEADER, grammar.CAUSE, grammar.CONTEXT, grammar.FRAME, grammar.LOG_LINE, grammar.INTRODUCTION)
    return row.text in grammar.QUOTES or any(pattern.match(row.text) for pattern in ends) or _mark(row) is not None


def _is_put_below(rows: Rows, index: int, column: int | None) -> bool:
    row, *below = (one.text if one else "" for one in (rows.at(index + more, column) for more in range(3)))
    return put_below(row, below)


def with_syntax(raised: Raised) -> Raised:
    """A SyntaxError's last entry is the place in the source that is wrong, no frame."""
    spot = syntax_spot(raised.frames[-1]) if raised.frames else None
    if spot is None or not (raised.type or "").endswith(SYNTAX_ERRORS):
        return raised
    frames = raised.frames[:-1]
    return raised._replace(frames=frames, syntax=spot, head_cut=raised.head_cut and bool(frames))


def _mark(row: Row | None) -> Mark | None:
    if row is None or not row.text.startswith("+-"):
        return None
    kinds = (("open", grammar.GROUP_OPEN), ("next", grammar.GROUP_NEXT), ("close", grammar.GROUP_CLOSE))
    return next((Mark(kind, row.indent) for kind, pattern in kinds if pattern.match(row.full)), None)


def _read_members(rows: Rows, index: int, column: int, depth: int) -> tuple[tuple[Raised, ...], int]:
    """The members of a group, each at the next margin; nothing when the row opens no group here."""
    if _mark(rows.at(index)) != Mark("open", column):
        return (), index
    members: list[Raised] = []
    inner = column + 2
    index += 1
    while (row := rows.at(index)) is not None:
        mark = _mark(row)
        if mark == Mark("close", inner):
            return tuple(members), index + 1
        if mark == Mark("next", inner):
            index += 1
            continue
        member, after = read_chain(rows, index, inner, depth + 1)
        if member is not None:
            members.append(member)
        elif not row.text.startswith("|") or row.indent != inner:
            break
        index = max(after, index + 1)
    return tuple(members), index


def read_lone_exception(lines: Sequence[Line], most: int, *, alone: bool = False) -> Iterator[Raised]:
    """Lines that name an exception though no stack is shown: the last resort where there is no traceback.

    `alone` wants the exception to be all that its line says: a log line that mentions one tells of no crash.
    """
    seen: set[str] = set()
    for line in lines:
        if len(seen) >= most:
            return
        text = line.text[:2000].strip().lstrip("-*># `\"'").strip()
        found = (
            grammar.NAMED_EXCEPTION.match(text)
            or grammar.SHORT_NAMES.match(text)
            or (grammar.LATE_EXCEPTION.search(text) if not alone and holds_any(LATE, text) else None)
        )
        if found is None or found[0] in seen or (found["message"] is None and not found["type"].endswith("Error")):
            continue
        seen.add(found[0])
        yield Raised(
            found["type"],
            found["message"] or "",
            head_cut=True,
            type_line=line.number,
            first_line=line.number,
            last_line=line.number,
        )
