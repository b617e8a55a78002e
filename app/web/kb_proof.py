"""The part of a bug's page that says how we know: what was run, what it did, and why what was not run was not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.signature.model import Run, Signature
from app.web import words
from app.web.kb_parts import Proof

KEPT = "\N{NO-BREAK SPACE}"
REACHED = {
    "read": "its public sources were read, and they agree",
    "reproduced": "it was made to happen, and with the fix it was gone",
}


def proof(one: Signature) -> tuple[Proof, ...]:
    """How this signature was proven; nothing when nobody has said."""
    seen = one.verified
    checked = f"Last checked on {words.day(seen.on)}: {REACHED[seen.how]}." if seen else None
    notes = tuple(_notes(one))
    if checked is None and not notes:
        return ()
    return (Proof(checked, tuple(_row(run) for run in seen.runs) if seen else (), notes),)


def _notes(one: Signature) -> Iterator[str]:
    """What the releases at the ends of the range did, which of them could not be run, and why nothing was run."""
    seen = one.verified
    if seen is not None and seen.edges:
        told = ", ".join(f"{release}{KEPT}{words.RUNS[what]}" for release, what in seen.edges.items())
        yield f"The ends of the range were run: {one.product} {told}."
    if seen is not None and seen.edges_open is not None:
        yield _whole(seen.edges_open)
    if one.reproduce is not None and one.reproduce.cannot is not None:
        yield f"Not run here. {_whole(one.reproduce.cannot)}"


def _row(run: Run) -> tuple[str, str]:
    """One Python: where it crashed, and where it ran."""
    return _where(run.python, run.affected), _where(run.fixed_python or run.python, run.fixed)


def _where(python: str, installed: Mapping[str, str]) -> str:
    """`Python 3.8.18 with flask 2.2.3 and werkzeug 3.0.1`; a name and its version stay on one line."""
    named = words.listed([f"{name}{KEPT}{version}" for name, version in installed.items()])
    return f"Python{KEPT}{python}" + (f" with {named}" if named else "")


def _whole(written: str) -> str:
    """A reason as a sentence of its own: with a capital at its start and a stop at its end."""
    return written[:1].upper() + written[1:].rstrip(".") + "."
