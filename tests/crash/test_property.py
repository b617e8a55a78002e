"""Real exceptions, formatted by the running interpreter, wrapped and damaged at random, come out as they went in.

The judge is `traceback.TracebackException`: what it knows of an exception is what the parse must say.
"""

import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from app.crash.model import Crash, Raised
from app.crash.text import read
from app.crash.traceback import parse
from app.evaluation.damage import WRAPPINGS, each

SOURCE = """\
def fall(plan, depth):
    if depth:
        return fall(plan, depth - 1)
    raise make(plan)


def make(plan):
    error = plan.kind(plan.message) if not plan.members else group(plan)
    for note in plan.notes:
        error.add_note(note)
    return error


def group(plan):
    members = []
    for member in plan.members:
        try:
            run(member)
        except Exception as error:
            members.append(error)
    return ExceptionGroup(plan.message or "several", members)


def run(plan):
    if plan.link == "none":
        fall(plan, plan.depth)
    try:
        run(plan.earlier)
    except Exception as error:
        if plan.link == "cause":
            raise make(plan) from error
        fall(plan, plan.depth)
"""
FILE = "/srv/app/shop/orders.py"
linecache.cache[FILE] = (len(SOURCE), None, SOURCE.splitlines(keepends=True), FILE)
NAMESPACE: dict[str, Callable[["Plan"], None]] = {}
exec(compile(SOURCE, FILE, "exec"), NAMESPACE)  # the frames must have source that linecache knows


class OutOfStock(Exception):
    """A user's own exception: its name ends like no built-in one's."""


OutOfStock.__module__ = "shop.errors"


SHARE = settings().max_examples / 100  # a number of examples below is what CI tries


@dataclass
class Plan:
    """What to raise, from where, and after what."""

    kind: type[Exception]
    message: str
    depth: int
    notes: list[str]
    link: str = "none"
    earlier: "Plan | None" = None
    members: list["Plan"] = field(default_factory=list)


WORDS = st.text(alphabet="abcdefgh XYZ019'\"[](){}<>=,.%;@/\\_-", min_size=1, max_size=30).map(
    lambda text: ("x" + text).strip()
)
MESSAGES = st.lists(WORDS, min_size=1, max_size=3).map("\n".join) | st.just("")
KINDS = st.sampled_from([ValueError, KeyError, OSError, ImportError, NotImplementedError, OutOfStock])
LEAVES = st.builds(Plan, KINDS, MESSAGES, st.integers(0, 3), st.lists(WORDS, max_size=2))
PLANS = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(Plan, KINDS, MESSAGES, st.integers(0, 3), st.just([]), st.sampled_from(["cause", "context"]), inner)
        | st.builds(
            Plan,
            KINDS,
            WORDS,
            st.integers(0, 2),
            st.just([]),
            st.just("none"),
            st.none(),
            st.lists(inner, min_size=1, max_size=3),
        )
    ),
    max_leaves=5,
)


def raised_by(plan: Plan) -> traceback.TracebackException:
    try:
        NAMESPACE["run"](plan)
    except Exception as error:  # noqa: BLE001 - any kind may have been planned
        return traceback.TracebackException.from_exception(error)
    raise AssertionError


def assert_same(raised: Raised, real: traceback.TracebackException) -> None:
    """The parse says of an exception what the interpreter knows of it."""
    shown = "".join(real.format_exception_only()).rstrip("\n")
    name, _, message = shown.partition(": ") if ": " in shown.partition("\n")[0] else (shown.partition("\n")[0], "", "")
    message = message or "\n".join([""] * ("\n" in shown) + shown.split("\n")[1:])
    assert raised.type == name
    assert raised.message.split() == message.split()
    assert [(frame.file, frame.line, frame.function) for frame in raised.frames] == [
        (frame.filename, frame.lineno, frame.name) for frame in real.stack
    ]
    assert [frame.code for frame in raised.frames] == [frame.line for frame in real.stack]
    assert len(raised.exceptions) == len(real.exceptions or ())
    for member, real_member in zip(raised.exceptions, real.exceptions or (), strict=True):
        assert_same(member, real_member)
    context = None if real.__suppress_context__ else real.__context__
    for tied, real_tied in ((raised.cause, real.__cause__), (raised.context, context)):
        assert (tied is None) == (real_tied is None)
        if tied is not None and real_tied is not None:
            assert_same(tied, real_tied)


def unfolded(raised: Raised) -> list[int | None]:
    """The line of every frame, those that `[Previous line repeated ...]` folded too."""
    return [frame.line for frame in raised.frames for _ in range(1 + frame.repeated)]


def only(crashes: tuple[Crash, ...]) -> Crash:
    (crash,) = crashes
    return crash


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wrapping=st.sampled_from(sorted(WRAPPINGS)), plan=PLANS)
def test_a_wrapped_traceback_reads_as_the_interpreter_knows_it(wrapping: str, plan: Plan) -> None:
    """In `tests/test_sweeps_of_reading.py` out of each wrapping by itself."""
    assert_known(wrapping, plan)


def assert_known(wrapping: str, plan: Plan) -> None:
    real = raised_by(plan)
    text = "".join(real.format())
    note(text)
    crash = only(parse(read(WRAPPINGS[wrapping](text))))
    assert_same(crash.raised, real)
    assert not crash.truncated


@settings(max_examples=round(60 * SHARE), deadline=None)
@given(plan=LEAVES, cut=st.integers(1, 6))
def test_a_cut_tail_is_said_and_never_invents_a_name(plan: Plan, cut: int) -> None:
    real = raised_by(Plan(plan.kind, "x", plan.depth + 2, []))
    lines = "".join(real.format()).splitlines(keepends=True)
    crash = only(parse(read("".join(lines[:-cut]).encode())))
    assert crash.truncated
    assert crash.raised.type is None
    left = unfolded(crash.raised)
    assert left == [frame.lineno for frame in real.stack][: len(left)]


@settings(max_examples=round(60 * SHARE), deadline=None)
@given(plan=LEAVES, cut=st.integers(1, 4))
def test_a_cut_head_keeps_the_frames_that_are_left(plan: Plan, cut: int) -> None:
    real = raised_by(Plan(plan.kind, plan.message, plan.depth + 2, []))
    lines = "".join(real.format()).splitlines(keepends=True)
    crash = only(parse(read("".join(lines[cut:]).encode())))
    assert crash.truncated
    assert crash.raised.type == "".join(real.format_exception_only()).partition(":")[0].strip()
    left = unfolded(crash.raised)
    assert left == [frame.lineno for frame in real.stack][-len(left) :]


@settings(max_examples=round(60 * SHARE), deadline=None)
@given(plan=LEAVES)
def test_lost_indentation_does_not_lose_frames(plan: Plan) -> None:
    real = raised_by(Plan(plan.kind, "x", plan.depth, []))
    text = each("".join(real.format()), str.strip)
    crash = only(parse(read(text.encode())))
    assert [(frame.line, frame.function) for frame in crash.raised.frames] == [
        (frame.lineno, frame.name) for frame in real.stack
    ]


@settings(max_examples=round(60 * SHARE), deadline=None)
@given(first=PLANS, second=PLANS, choices=st.lists(st.booleans(), max_size=200))
def test_two_prefixed_processes_come_apart_however_their_lines_are_interleaved(
    first: Plan, second: Plan, choices: list[bool]
) -> None:
    reals = raised_by(first), raised_by(second)
    left, right = (
        each("".join(real.format()), lambda line, name=name: f"{name} | {line}").splitlines()  # type: ignore[misc]
        for real, name in zip(reals, ("web-1   ", "worker-1"), strict=True)
    )
    mixed: list[str] = []
    for choice in [*choices, *[True] * len(left), *[False] * len(right)]:
        queue = left if choice else right
        if queue:
            mixed.append(queue.pop(0))
    crashes = parse(read("\n".join(mixed).encode()))
    assert len(crashes) == 2
    by_stream = sorted(crashes, key=lambda crash: mixed[crash.first_line - 1].startswith("worker"))
    for crash, real in zip(by_stream, reals, strict=True):
        assert_same(crash.raised, real)


@settings(max_examples=round(40 * SHARE), deadline=None)
@given(plan=LEAVES)
def test_twins_printed_at_the_same_time_without_prefixes_come_apart(plan: Plan) -> None:
    real = raised_by(Plan(plan.kind, "x", plan.depth, []))
    text = "".join(line + line for line in "".join(real.format()).splitlines(keepends=True))
    crashes = parse(read(text.encode()))
    assert len(crashes) == 2
    for crash in crashes:
        assert_same(crash.raised, real)


@settings(max_examples=round(300 * SHARE), deadline=None)
@given(
    raw=st.binary(max_size=400)
    | st.text(alphabet='File "x", line 1 in\n |+-Traceback(:)~^\t\x1b[m\\n{}', max_size=400).map(str.encode)
)
def test_no_bytes_make_the_parse_raise(raw: bytes) -> None:
    parse(read(raw))


def test_a_message_in_another_encoding_is_read_as_its_system_would() -> None:
    text = 'Traceback (most recent call last):\n  File "x.py", line 1, in f\nOSError: Zugriff verweigert: größe'
    assert only(parse(read(text.encode("cp1252")))).raised.message.endswith("größe")


def test_bytes_written_out_are_the_characters_they_were() -> None:
    text = 'Traceback (most recent call last):\n  File "größe.py", line 1, in f\nOSError: 提供了一個'
    crash = only(parse(read(repr(text.encode()).encode())))
    assert (crash.raised.message, crash.raised.frames[0].file) == ("提供了一個", "größe.py")
