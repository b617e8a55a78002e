"""A stored crash read again: its frames, what examples of one cluster have in common, and what today's book says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.crash import model
from app.crash.fingerprint import fingerprint, template
from app.crash.model import Crash, Environment, Frame, Report, chain
from app.crash.text import read_text
from app.crash.traceback import parse
from app.diagnosis.candidates import Index
from app.diagnosis.diagnose import diagnose
from app.diagnosis.model import CrashDiagnosis, Surroundings
from app.store.samples import Sample

NEAREST = 3  # frames that tell where a crash is, from the innermost on


@dataclass(frozen=True, slots=True)
class Example:
    """A stored crash, and what its report shows of it."""

    sample: Sample
    report: Report
    crash: Crash | None
    """None when it is not found again, as another version of Tracelore reads the report."""
    places: tuple[str, ...]
    """Its frames as `module:function`, outermost first, each once."""

    @property
    def nearest(self) -> tuple[str, ...]:
        """The innermost places, the very place first."""
        return self.places[::-1][:NEAREST]


@dataclass(frozen=True, slots=True)
class Alike:
    """What the examples of a cluster have in common, and where they differ."""

    common: tuple[str, ...]
    """Places that all of them go through, outermost first."""
    varying: tuple[tuple[str, int], ...]
    """Places that only some go through, and how many do."""
    messages: tuple[str, ...]
    """What they say, where they do not say the same."""
    versions: tuple[tuple[str, tuple[str, ...]], ...]
    """Systems, Pythons and packages, as they were stated or read; packages of the stack first."""


def example(sample: Sample) -> Example:
    """Read the report of a sample again."""
    report = read_text(sample.text)
    crash = next((one for one in parse(report) if fingerprint(one) == sample.crash.fingerprint), None)
    frames = frames_of(crash) if crash else ()
    return Example(sample, report, crash, tuple(dict.fromkeys(place(one) for one in frames)))


def frames_of(crash: Crash) -> tuple[Frame, ...]:
    """All its frames as they were printed: those of what it was raised from first."""
    return tuple(
        sorted((one for raised in chain(crash.raised) for one in raised.frames), key=lambda one: one.first_line)
    )


def place(frame: Frame) -> str:
    """A frame as `module:function`; by its file where the module is not known."""
    file = (frame.file or "?").replace("\\", "/").rpartition("/")[2]
    return f"{frame.module or file}:{frame.function or '?'}"


def alike(examples: Sequence[Example]) -> Alike:
    """Compare the examples of a cluster, the newest first."""
    read = [one for one in examples if one.crash is not None]
    times = Counter(place for one in read for place in one.places)
    common = tuple(one for one in read[0].places if times[one] == len(read)) if read else ()
    varying = [(one, count) for one, count in times.most_common() if count < len(read)]
    messages = tuple(dict.fromkeys(one.sample.crash.message for one in examples))
    return Alike(common, tuple(varying), messages if len(messages) > 1 else (), _versions(examples))


def says(crash: CrashDiagnosis) -> str:
    """What a crash says, without the values that differ from one to the next."""
    return template(crash.message)


def explained(index: Index, sample: Sample) -> str | None:
    """The signature of today's book that matches the sample; None when none does."""
    report = read_text(sample.text)
    told = diagnose(report, index, stated=stated(sample.stated), answers=sample.stated.get("answers") or {})
    for crash in told.crashes:
        if crash.fingerprint == sample.crash.fingerprint and crash.verdict == "match":
            return crash.matches[0].signature
    return None


def stated(said: Mapping[str, Any]) -> Environment:
    """What a sender stated, as it is stored, for the core."""
    return model.stated(said.get("os"), said.get("python"), said.get("packages") or {})


def _versions(examples: Sequence[Example]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    around = [one.sample.crash.environment for one in examples]
    found = [
        ("System", [one.os.value for one in around if one.os]),
        ("Python", [one.python.value for one in around if one.python]),
        *((name, _of(name, around)) for name in _packages(examples, around)),
    ]
    return tuple((name, tuple(sorted(set(values)))) for name, values in found if values)


def _packages(examples: Sequence[Example], around: Sequence[Surroundings]) -> list[str]:
    """Packages whose version is known, those that the stacks go through first."""
    tops = {place.partition(":")[0].partition(".")[0].replace("_", "-") for one in examples for place in one.places}
    return sorted({name for one in around for name in one.packages}, key=lambda name: (name not in tops, name))


def _of(name: str, around: Sequence[Surroundings]) -> list[str]:
    return [one.packages[name].value for one in around if name in one.packages]
