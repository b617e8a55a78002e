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
ALL = 0.9  # of the time; a step that takes more of it only hands on
TOP = 5  # signatures of an answer
ANSWER = TypeAdapter(Answer)
SAID = """\
Real tracebacks, {texts:,} of them and each twice, from bytes over `intake.receive` to the JSON of the answer, with the
shipped signatures; samples of all stacks. A file's share
holds the libraries that it calls.
"""


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
        if ours and _name(frame) == ours[-1] and ours[-1] not in above:
            steps[ours[-1]] += frame.time
    named = {name: seconds for name, seconds in steps.items() if not name.endswith(">") and seconds < ALL * root.time}
    tables = [_table("step, with what it calls", named, root.time), _table("file, by itself", files, root.time)]
    return Section("Where time goes", SAID.format(texts=len(texts)), tables)


def _walk(frame: Frame, above: tuple[str, ...]) -> Iterator[tuple[Frame, tuple[str, ...]]]:
    yield frame, above
    for child in frame.children:
        yield from _walk(child, (*above, _name(frame)))


def _name(frame: Frame) -> str:
    path = Path(frame.file_path or "?")
    parts = path.parts
    inside = "/".join(parts[parts.index("app") :]) if "app" in parts else path.name
    return f"{inside}: {frame.function}"


def _table(what: str, spent: Mapping[str, float], total: float) -> Table:
    dearest = sorted(spent.items(), key=itemgetter(1), reverse=True)[:DEAREST]
    rows = [[name, f"{100 * seconds / total:.0f} %"] for name, seconds in dearest]
    return Table((what, "of the time"), rows)
