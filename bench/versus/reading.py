"""Parse: our whole reading of a report against boltons' reading of its last block."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from boltons.tbutils import ParsedException  # type: ignore[import-untyped]

from app.crash.text import read_text
from app.crash.traceback import parse
from bench.tracebacks import MARK
from bench.versus.page import Section, Table, at_least
from bench.versus.race import TOLD, Spent, clear_caches, number, race, ratio

Texts = tuple[str, str]  # a whole report, and its last block


def ours(texts: Texts) -> object:
    """Everything: cleaning, prefixes, all blocks of the chain, modules, log lines, environment."""
    return parse(read_text(texts[0]))


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
    spent = race({"ours, whole report": ours, "boltons, last block": boltons}, right, rounds)
    cold = Spent()
    for _ in range(rounds):
        clear_caches()
        once = race({"ours": ours}, right, 1)["ours"]
        cold.rounds += once.rounds
        cold.wall += once.wall
    mean = statistics.fmean(len(text) for text, _ in right)
    ours_, peer = spent["ours, whole report"], spent["boltons, last block"]
    rows = [[name, *one.told(), number(ratio(one, ours_))] for name, one in spent.items()]
    rows.append(["ours, whole report, caches empty", *cold.told(), number(cold.mean / ours_.mean)])
    said = (
        f"{len(right):,} of {len(texts):,} distinct real tracebacks, those that both read right; "
        f"{mean:,.0f} characters in the mean. Ours reads the whole report with all its parts; "
        "boltons is given the last block only."
    )
    table = Table(("way", *TOLD, "x ours"), rows)
    targets = [
        at_least("parse: faster than boltons", 2, ratio(peer, ours_)),
        at_least("parse: the same with empty caches", 2, peer.mean / cold.mean),
    ]
    return Section("Parse", said, [table], targets)
