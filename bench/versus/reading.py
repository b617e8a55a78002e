"""Parse: our whole reading of a report against boltons' reading of its last block."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from itertools import count

from boltons.tbutils import ParsedException  # type: ignore[import-untyped]

from app.crash.text import read_text
from app.crash.traceback import parse
from bench.tracebacks import MARK
from bench.versus.page import Section, Table, at_least
from bench.versus.race import TOLD, forgetful, number, race

FEW = 300  # texts that come again and again
PEER, SEEN, OTHER, NEW, COLD = "boltons", "seen before", "seen before, other words", "new", "new, caches empty"

SAID = """\
{right:,} of {all:,} distinct real tracebacks, those that both read right; {mean:,.0f} characters in the mean. Ours
reads the whole report with all its parts; boltons is given the last block only, and remembers nothing. *Seen before*
are {few} of the texts again and again, as a service has them of a program that fails in a loop; *other words* are these
with another number at the end each time, so that only their frames were seen. *New* is one half of all texts after the
other half, with what that left in the caches.
"""
Texts = tuple[str, str]  # a whole report, and its last block


def ours(texts: Texts) -> object:
    """Everything: cleaning, prefixes, all blocks of the chain, modules, log lines, environment."""
    return parse(read_text(texts[0]))


def others() -> Callable[[Texts], object]:
    """The same of a text that ends in other words each time."""
    numbers = count()
    return lambda texts: parse(read_text(f"{texts[0]} {next(numbers)}"))


def open_ended(text: str) -> str:
    """The text so that words may follow: an error without a message says none without a colon."""
    text = text.rstrip()
    return text if ":" in text[text.rfind("\n") :] else f"{text}:"


def boltons(texts: Texts) -> object:
    """The last block only; the others it does not read."""
    return ParsedException.from_string(texts[1])


def both_right(texts: Texts) -> bool:
    """Whether both name the last exception and as many frames of its block as the text has."""
    frames = texts[1].count('\n  File "')
    mine = parse(read_text(texts[0]))
    try:
        its = ParsedException.from_string(texts[1])
    except Exception:  # noqa: BLE001 - whatever it raises, it did not read it
        return False
    if not mine or mine[-1].raised.type is None:
        return False
    raised = mine[-1].raised
    return (its.exc_type, len(its.frames), len(raised.frames)) == (raised.type, frames, frames)


def measured(texts: Sequence[str], rounds: int) -> Section:
    """The section, on the texts that both read right."""
    pairs = [(text, text[text.rindex(MARK) :]) for text in texts]
    right = [pair for pair in pairs if both_right(pair)]
    half = len(right) // 2
    few = right[:: max(len(right) // FEW, 1)][:FEW]
    seen = race({SEEN: ours, PEER: boltons}, few, rounds)
    other = [(open_ended(text), last) for text, last in few]
    spent = {
        **seen,
        OTHER: forgetful(others(), other, rounds, other),
        NEW: forgetful(ours, right[half:], rounds, right[:half]),
        COLD: forgetful(ours, right, rounds),
    }
    mean = statistics.fmean(len(text) for text, _ in right)
    rows = [[name, *one.told(), number(one.mean / seen[PEER].mean)] for name, one in spent.items()]
    said = SAID.format(right=len(right), all=len(texts), mean=mean, few=len(few))
    table = Table(("way", *TOLD, "x boltons"), rows)
    targets = [
        at_least(f"parse: faster than boltons, {name}", 2, seen[PEER].mean / spent[name].mean)
        for name in (SEEN, OTHER, NEW, COLD)
    ]
    return Section("Parse", said, [table], targets)
