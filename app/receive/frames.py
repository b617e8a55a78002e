"""Exceptions sent as frames -> the text that Python would have printed: causes first, groups in their boxes.

Variables that came with a frame are never looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.receive.fields import word_of
from app.receive.written import HEAD, last_line

CAUSE = "The above exception was the direct cause of the following exception:"
CONTEXT = "During handling of the above exception, another exception occurred:"
UNNAMED = {"builtins", "__main__", "exceptions"}  # modules that Python leaves out before an exception's name
DEEPEST = 50  # causes of causes, and groups in groups
MEMBER = "exceptions["
CLOSE = "-" * 36

Exceptions = list[Mapping[str, object]]


def traceback_of(exceptions: Exceptions) -> str:
    """All of them as one text; the oldest cause stands first, as in `exception.values` of an event."""
    tree: dict[object, Exceptions] = {}
    for one in exceptions:
        tree.setdefault(_mechanism(one).get("parent_id"), []).append(one)
    ids = [_mechanism(one).get("exception_id") for one in exceptions]
    told = all(isinstance(name, int) for name in ids) and len(set(ids)) == len(ids) and len(tree.get(None, ())) == 1
    lines = _printed(tree.pop(None)[0], tree) if told and _fits(tree) else []
    if not lines or any(tree.values()):  # nobody says what belongs to what: each is the cause of the next
        lines = _in_a_row(exceptions)
    return "\n".join(lines)


def frames_of(exception: Mapping[str, object]) -> Exceptions:
    """The frames of an exception, oldest first."""
    stack = exception.get("stacktrace")
    frames = stack.get("frames") if isinstance(stack, Mapping) else None
    return [frame for frame in frames if isinstance(frame, Mapping)] if isinstance(frames, list) else []


def last_line_of(exception: Mapping[str, object]) -> str:
    """`module.Type: value`, as Python ends a traceback."""
    kind, module = word_of(exception.get("type")), word_of(exception.get("module"))
    value = exception.get("value")
    said = value if isinstance(value, str) else None
    if kind is None:
        return said or "Exception"
    known = module is None or module in UNNAMED or kind.startswith(f"{module}.")
    return last_line(kind if known else f"{module}.{kind}", said)


def v8(exceptions: Exceptions) -> str:
    """The same as Node.js prints it: the newest first, and in each the newest frame first."""
    lines: list[str] = []
    for at, one in enumerate(reversed(exceptions)):
        lines.append(("Caused by: " if at else "") + last_line_of(one))
        for frame in reversed(frames_of(one)):
            place = ":".join(str(part) for part in (_file(frame), _line(frame), frame.get("colno")) if part)
            lines.append(f"    at {word_of(frame.get('function')) or '<anonymous>'} ({place})")
    return "\n".join(lines)


def _fits(tree: Mapping[object, Exceptions]) -> bool:
    return all(isinstance(parent, int) or parent is None for parent in tree)


def _mechanism(exception: Mapping[str, object]) -> Mapping[str, object]:
    """Where an exception stands among the others; ids that are no numbers are none."""
    found = exception.get("mechanism")
    if not isinstance(found, Mapping):
        return {}
    ids = ("exception_id", "parent_id")
    return {name: value for name, value in found.items() if name not in ids or type(value) is int}


def _source(exception: Mapping[str, object]) -> str:
    source = _mechanism(exception).get("source")
    return source if isinstance(source, str) else ""


def _printed(
    exception: Mapping[str, object], tree: dict[object, Exceptions], depth: int = 0, box: int = 0
) -> list[str]:
    """An exception after its cause, and the members of a group under it; who was printed leaves the tree."""
    of_it = tree.pop(_mechanism(exception).get("exception_id"), []) if depth < DEEPEST else []
    margin = "  " * box + "| " if box else ""
    lines: list[str] = []
    for cause in (one for one in of_it if not _source(one).startswith(MEMBER)):
        lines += _printed(cause, tree, depth + 1, box)
        lines += [margin + line for line in ("", _sentence(cause), "")]
    members = [one for one in of_it if _source(one).startswith(MEMBER)]
    if not members:
        return lines + [margin + line for line in _alone(exception)]
    box = box or 1
    indent = "  " * box
    own = _alone(exception)
    if frames_of(exception):
        lines.append(f"{margin or indent + '+ '}Exception Group {own.pop(0)}")
    lines += [f"{indent}| {line}" for line in own]
    for at, member in enumerate(members[::-1], start=1):
        lines.append(f"{indent}{'+-' if at == 1 else '  '}+---------------- {at} ----------------")
        lines += _printed(member, tree, depth + 1, box + 1)
    closed = lines[-1].endswith("+" + CLOSE)
    return lines if closed else [*lines, f"{indent}  +{CLOSE}"]


def _in_a_row(exceptions: Exceptions) -> list[str]:
    lines: list[str] = []
    for at, one in enumerate(exceptions):
        lines += ["", _sentence(exceptions[at - 1]), ""] if at else []
        lines += _alone(one)
    return lines


def _sentence(cause: Mapping[str, object]) -> str:
    return CONTEXT if _source(cause) == "__context__" else CAUSE


def _alone(exception: Mapping[str, object]) -> list[str]:
    frames = frames_of(exception)
    lines = [HEAD] if frames else []
    for frame in frames:
        lines.append(f'  File "{_file(frame)}", line {_line(frame)}, in {word_of(frame.get("function")) or "<module>"}')
        source = frame.get("context_line")
        if isinstance(source, str) and source.strip():
            lines.append(f"    {source.strip()}")
    return [*lines, last_line_of(exception)]


def _file(frame: Mapping[str, object]) -> str:
    """The path in full where it was sent."""
    path = word_of(frame.get("abs_path")) or word_of(frame.get("filename")) or word_of(frame.get("module"))
    return (path or "<unknown>").replace('"', "'").replace("\n", " ")


def _line(frame: Mapping[str, object]) -> int:
    line = frame.get("lineno")
    return line if isinstance(line, int) and not isinstance(line, bool) and line > 0 else 0
