"""Where time goes: the served way from the bytes of a request to those of its answer, by pyinstrument."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path

from pydantic import TypeAdapter
from pyinstrument import Profiler
from pyinstrument.frame import Frame

from app.diagnosis.candidates import Index, build_index
from app.intake import receive
from app.settings import shipped
from app.store.shelf import load_book
from app.web.schemas import Answer
from bench.versus.page import Section, Table

INTERVAL = 0.0002  # seconds between samples
DEAREST = 5
TOP = 5  # signatures of an answer
ANSWER = TypeAdapter(Answer)
SAID = """\
Real tracebacks, {texts:,} of them and each twice, from bytes over `intake.receive` to the JSON of the answer, with the
shipped signatures; samples of all stacks. The {dearest} dearest steps of which none is part of another, with all that
each calls, and what was tried to make it cheaper (kept in `bench/versus/where.py`). A file's share holds the libraries
that it calls.
"""
# The steps of an answer, and what was tried to make each cheaper, with what it cost in microseconds at the time.
TRIED = {
    "app/crash/redact.py: redact": (
        "One pass finds the gates of all rules, and a pattern is tried only there: 365 to 7 us."
    ),
    "app/crash/entries.py: framed": (
        "Stacks, frames and paths are remembered; a usual frame is taken apart by one pattern, and one automaton "
        "looks for what may be odd in it: 40 to 11 us a new frame. No gain: remembering by kinds what a stack betrays."
    ),
    "app/crash/entries.py: ending": (
        "An error of one line is read through its shape, in which digits are zeros: 18 to 7 us a new one."
    ),
    "app/crash/text.py: undone": "What can be read as it stands does not come here: 98 of 100 texts do not.",
    "app/crash/traceback.py: any_crashes": (
        "Only for what is not plain, 2 of 100 texts. Its time is spread evenly; nothing in it stands out."
    ),
    "app/crash/fingerprint.py: fingerprint": (
        "The patterns of what changes from crash to crash are tried only where a gate of theirs stands."
    ),
    "app/diagnosis/candidates.py: candidates": (
        "Keys of two tokens below an exception, in flat arrays, remembered by token and exception: p99 239 to 97 us at "
        "100,000. Dearer: keys by message, 42 us for a new one instead of 31. No gain: word ends in lists."
    ),
    "app/diagnosis/judge.py: judge": (
        "The cheapest clue first; a plan says the text without which a clue fails, so that most take one `in`: 54 to "
        "33 us with candidates at 10,000. 1 to 2 us, not worth it: plans by number, slots instead of names."
    ),
    "app/diagnosis/judge.py: looks_alike": (
        "Asked only until there are near misses enough to show; evidence is made once for each clue."
    ),
    "app/diagnosis/candidates.py: look_alikes": (
        "Found by rare tokens; what common ones say is looked up for those that were found, once for all that need the "
        "same. Dearer and worse: the best fifty by the rarest tokens, then the share that is shown. Beside it: "
        "BM25, in *Fuzzy*."
    ),
}


def served(raw: bytes, index: Index) -> bytes:
    """What a request does between its body and its answer's."""
    return ANSWER.dump_json(Answer.of(receive(raw, index=index), TOP))


def measured(texts: Sequence[str]) -> Section:
    """The section: the dearest steps, and the dearest functions by themselves."""
    index = build_index(load_book(shipped("signatures")))
    given = [text.encode() for text in texts]
    profiler = Profiler(interval=INTERVAL, async_mode="disabled")
    with profiler:
        for raw in (*given, *given):
            served(raw, index)
    session = profiler.last_session
    root = session.root_frame() if session is not None else None
    if root is None:
        return Section("Where time goes", SAID.format(texts=len(texts)), notes=["Nothing was sampled."])
    steps: defaultdict[str, float] = defaultdict(float)
    files: defaultdict[str, float] = defaultdict(float)
    for frame, above in _walk(root, ()):
        ours = [name for name in (*above, _name(frame)) if name.startswith("app/")]
        if not frame.children and ours:
            files[ours[-1].partition(":")[0]] += frame.time
        if _name(frame) in TRIED and TRIED.keys().isdisjoint(above):
            steps[_name(frame)] += frame.time
    by_step = [(*row, TRIED[row[0]]) for row in _dearest(steps, root.time)]
    tables = [
        Table(("step", "of the time", "what was tried"), by_step),
        Table(("file, by itself", "of the time"), _dearest(files, root.time)),
    ]
    return Section("Where time goes", SAID.format(texts=len(texts), dearest=DEAREST), tables)


def _walk(frame: Frame, above: tuple[str, ...]) -> Iterator[tuple[Frame, tuple[str, ...]]]:
    yield frame, above
    for child in frame.children:
        yield from _walk(child, (*above, _name(frame)))


def _name(frame: Frame) -> str:
    path = Path(frame.file_path or "?")
    parts = path.parts
    inside = "/".join(parts[parts.index("app") :]) if "app" in parts else path.name
    return f"{inside}: {frame.function}"


def _dearest(spent: Mapping[str, float], total: float) -> list[tuple[str, str]]:
    """Those that took most, with their share of the time."""
    dearest = sorted(spent.items(), key=itemgetter(1), reverse=True)[:DEAREST]
    return [(name, f"{100 * seconds / total:.0f} %") for name, seconds in dearest]
