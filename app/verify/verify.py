"""A signature proven: it crashes with the affected packages, only this signature says so, and it runs with the fix."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.crash.text import read
from app.diagnosis.candidates import Index
from app.diagnosis.diagnose import diagnose
from app.diagnosis.proof import matched, verdict_for, why_verdict
from app.signature.model import Signature
from app.signature.reproduce import Reproduce
from app.verify.environments import Installer, NotBuilt, build
from app.verify.run import Ran, run

What = Literal["crashed", "ran", "differs", "unbuilt"]
TAIL = 200  # characters of the last line that are told
OUT_OF_MEMORY = ("MemoryError", "std::bad_alloc")  # Python's own word, and that of libraries in C++


@dataclass(frozen=True, slots=True)
class Seen:
    """What one environment showed.

    `crashed`: this signature's bug, and no other's. `ran`: it ended well. `differs`: neither.
    `unbuilt`: there was no environment to run it in.
    """

    what: What
    python: str
    requirements: tuple[str, ...]
    why: str = ""
    """For `differs` and `unbuilt`: what happened instead."""
    text: str = ""
    installed: dict[str, str] | None = None

    @property
    def starved(self) -> bool:
        """Whether it was memory that it lacked, so that nothing can be told of the bug."""
        return self.what == "differs" and any(word in self.text for word in OUT_OF_MEMORY)


@dataclass(frozen=True, slots=True)
class Bench:
    """What all attempts need: the book to judge by, how to install, and whether scripts keep the network."""

    index: Index
    offline: bool = False
    open_network: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """One Python's two runs."""

    affected: Seen
    fixed: Seen

    def complaints(self) -> list[str]:
        """What keeps it from being a proof, in sentences; empty when it is one."""
        return [*_unexpected(self.affected, "crashed"), *_unexpected(self.fixed, "ran")]


def verify(signature: Signature, script: Path, bench: Bench) -> list[Pair]:
    """Run the affected and the fixed packages on every Python that `reproduce` names."""
    how = signature.reproduce
    if how is None or how.cannot is not None:
        return []
    return [
        Pair(
            attempt(signature, script, python, how.affected, bench),
            attempt(signature, script, other, how.fixed, bench),
        )
        for python, other in how.sides()
    ]


def attempt(signature: Signature, script: Path, python: str, requirements: Sequence[str], bench: Bench) -> Seen:
    """Build an environment, run the script in it, and say what was seen. Raises `Misconfigured` only."""
    how = signature.reproduce or Reproduce(cannot="nothing says how")
    asked = tuple(requirements)
    with tempfile.TemporaryDirectory(prefix="tracelore-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        try:
            built = build(folder, python, asked, Installer(bench.offline, how.as_of, how.against_limits))
        except NotBuilt as wrong:
            return Seen("unbuilt", python, asked, str(wrong))
        ran = run(folder, script, built, seconds=how.seconds, open_network=bench.open_network)
    what, why = _judged(signature, ran, how, bench.index)
    return Seen(what, built.version, asked, why, ran.text, built.packages)


def _judged(signature: Signature, ran: Ran, how: Reproduce, index: Index) -> tuple[What, str]:
    diagnosis = diagnose(read(ran.text.encode()), index)
    others = matched(diagnosis) - {signature.id}
    verdict = verdict_for(signature.id, diagnosis)
    if ran.stopped:
        return "differs", f"did not end within {how.seconds} s"
    if others:
        return "differs", f"is called {', '.join(sorted(others))}"
    if verdict == "match":
        return "crashed", ""
    if ran.code == 0 and verdict == "none":
        return "ran", ""
    memory = "; it ran out of memory" if any(word in ran.text for word in OUT_OF_MEMORY) else ""
    why = why_verdict(signature.id, diagnosis, index)
    last = next((line.strip() for line in reversed(ran.text.splitlines()) if line.strip()), "no output")
    return "differs", f"ended with exit code {ran.code}{memory}: {last[:TAIL]} (is {verdict}: {why})"


def _unexpected(seen: Seen, wanted: What) -> list[str]:
    """Why this is not what was wanted, in one sentence."""
    where = f"Python {seen.python} with {', '.join(seen.requirements) or 'nothing installed'}"
    if seen.what == wanted:
        return []
    if seen.what == "unbuilt":
        return [f"could not install {where}: {seen.why}"]
    if wanted == "crashed":
        did = "did not crash" if seen.what == "ran" else f"crashed differently: it {seen.why}"
        return [f"{where}: {did}"]
    return [f"{where}: {'still crashes with the fix' if seen.what == 'crashed' else f'with the fix it {seen.why}'}"]
