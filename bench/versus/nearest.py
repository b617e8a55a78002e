"""Fuzzy: one thing that a signature needs is otherwise, and it should be among those that look alike all the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.crash.text import read_text
from app.crash.traceback import parse
from app.diagnosis.candidates import build_index, look_alikes
from app.signature.book import make_book
from bench.books import bugs, reports, signatures_of, sources
from bench.versus.holds import shown
from bench.versus.matching import laid_out
from bench.versus.page import Section, Table, at_least, at_most
from bench.versus.peers import TOP, Question, ranked
from bench.versus.race import TOLD, number, race, ratio

SIZE = 10_000
OURS, PEER = "ours: look_alikes", "tantivy BM25 top 10"
SAID = f"""\
{SIZE:,} signatures, and reports of them in which one needed thing is altered. Given is how often the signature that the
report was made from comes first, and among the first ten. BM25 indexes the same names, words and places.
"""

Way = Callable[[Question], Sequence[str]]


def measured(rounds: int, count: int) -> Section:
    """The section."""
    made = bugs(SIZE, sources(SIZE))
    signatures = signatures_of(made)
    index, bm25 = build_index(make_book(signatures)), ranked(signatures)
    every = [one for one in reports(made, (), count) if one.kind == "near miss"]
    asked = [(Question(one.text, found[0]), one.source) for one in every if (found := parse(read_text(one.text)))]
    ways: dict[str, Way] = {
        OURS: lambda one: [signature.id for signature in look_alikes(laid_out(one), index)],
        PEER: lambda one: [signatures[at].id for at in bm25.top(shown(one.crash))],
    }
    spent = race(ways, [question for question, _ in asked], rounds)
    rows: list[list[str]] = []
    shares: dict[str, float] = {}
    for name, way in ways.items():
        answers = [(list(way(question))[:TOP], source) for question, source in asked]
        first = sum(ids[:1] == [source] for ids, source in answers) / len(answers)
        shares[name] = sum(source in ids for ids, source in answers) / len(answers)
        among = [f"{first:.3f}", f"{shares[name]:.3f}"]
        rows.append([name, *spent[name].told(), number(ratio(spent[name], spent[OURS])), *among])
    targets = [
        at_most("fuzzy look-up, 10,000, mean", 300, spent[OURS].mean, " us"),
        at_least("fuzzy: found among ten, as a share of BM25's", 1, shares[OURS] / shares[PEER]),
    ]
    return Section("Fuzzy", SAID, [Table(("way", *TOLD, "x ours", "first", "among ten"), rows)], targets)
