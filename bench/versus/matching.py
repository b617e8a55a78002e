"""Match: of N known bugs, which is this crash? Ours and the peers on the same parsed crashes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.crash.text import read_text
from app.crash.traceback import parse
from app.diagnosis.candidates import Index, build_index, candidates
from app.diagnosis.case import Case, lay_out
from app.diagnosis.diagnose import diagnose
from app.diagnosis.judge import Judged, judge
from app.signature.book import make_book
from app.signature.model import Signature
from bench.books import ASKED, Asked, bugs, reports, signatures_of, sources
from bench.versus.holds import Checks, checks_of, holding, shown
from bench.versus.page import Section, Table, Target, at_least, at_most
from bench.versus.peers import PEERS, Question
from bench.versus.race import TOLD, Spent, forgetful, number, race, ratio

SLOW = "every regex on every line"
FEW = {100: 200, 1_000: 80, 10_000: 40}  # questions of the slow way; none of a larger book
CANDIDATES, JUDGED, COLD, VERIFIED, WHOLE = (
    "ours: candidates",
    "ours: candidates, judged",
    "ours: the same, caches empty",
    "ours: candidates, verified as the peers",
    "ours: the whole diagnose, reading included",
)
SAID = """\
Books of made-up signatures from what installed code raises (`bench/known.py`), each with 50 near-identical ones of one
hot crash. Asked are reports made from signatures of the book, the same with one needed thing altered, and real
tracebacks. All ways get the parsed crash; peers are followed by the cheapest check of all clues that Python allows,
patterns compiled beforehand. *Right*, *wrong* and *missed* count signatures that hold, as a loop over the whole book
finds them. A candidate is only proposed, so its *wrong* ones are work and no mistake. Of `diagnose` counts what is
called a match: on purpose fewer than hold, since many that fit equally make none of them likely. The best peer is the
fastest of those that miss no more than ours. The slow way is asked some of the questions only, and none of the largest
book.
"""
MISSED = 2  # of right, wrong and missed
HEADS = ("way", "build s", *TOLD, "x ours", "right", "wrong", "missed")


@dataclass(frozen=True, slots=True)
class Tried:
    """A book of one size: what each way took, and how right it was."""

    size: int
    spent: dict[str, Spent]
    build: dict[str, float]
    hits: dict[str, tuple[int, int, int]]
    stress: dict[str, Spent]


class Truth:
    """What is right: a loop over every signature that could hold, by the verification that all peers are given."""

    def __init__(self, signatures: Sequence[Signature]) -> None:
        """Take the book's signatures."""
        self.by_exception: dict[str | None, list[Checks]] = {}
        for one in map(checks_of, signatures):
            self.by_exception.setdefault(one.exception, []).append(one)

    def __call__(self, asked: Question) -> set[str]:
        """The ids that hold."""
        crash = shown(asked.crash)
        names = (*crash.names, None)
        return {one for name in names for one in holding(self.by_exception.get(name, ()), crash)}


def stands(judged: Judged) -> bool:
    """Whether nothing rules it out and nothing that it needs is open."""
    if judged.standing is None:
        return False
    evidence = judged.standing.evidence
    sure = [one.state == "holds" for one in evidence if one.rule == "any"]
    return (
        judged.failed is None
        and all(one.state == "holds" for one in evidence if one.rule == "all")
        and (not sure or any(sure))
    )


def laid_out(asked: Question) -> Case:
    """Our own form of a crash, made anew each time: it remembers what was looked for."""
    return lay_out(asked.crash, asked.crash.environment)


def own_ways(index: Index, signatures: Sequence[Signature]) -> dict[str, Callable[[Question], Any]]:
    """Our ways, from the look-up alone to the whole answer."""
    checks = {one.id: checks_of(one) for one in signatures}

    def judged(asked: Question) -> list[Judged]:
        case = laid_out(asked)
        return [judge(one, case) for one in candidates(case, index)]

    def verified(asked: Question) -> list[str]:
        return holding([checks[one.id] for one in candidates(laid_out(asked), index)], shown(asked.crash))

    return {
        CANDIDATES: lambda asked: candidates(laid_out(asked), index),
        JUDGED: judged,
        VERIFIED: verified,
        WHOLE: lambda asked: diagnose(read_text(asked.text), index),
    }


def ids_of(way: str, answer: Any) -> set[str]:
    """The ids that an answer says hold."""
    if way == JUDGED:
        return {one.signature.id for one in answer if stands(one)}
    if way == CANDIDATES:
        return {one.id for one in answer}
    if way == WHOLE:
        return {one.signature for crash in answer.crashes for one in crash.matches if one.verdict == "match"}
    return set(answer)


def accuracy(
    name: str, way: Callable[[Question], Any], asked: Sequence[Question], truths: Sequence[set[str]]
) -> tuple[int, int, int]:
    """How many of the signatures that hold were found, how many were found that do not, and how many were missed."""
    right = wrong = missed = 0
    for one, truth in zip(asked, truths, strict=True):
        found = ids_of(name, way(one))
        right, wrong, missed = right + len(found & truth), wrong + len(found - truth), missed + len(truth - found)
    return right, wrong, missed


def tried(size: int, unrelated: Sequence[str], rounds: int, count: int) -> Tried:
    """Build everything for a book of this size and race it."""
    made = bugs(size, sources(size))
    signatures = signatures_of(made)
    build: dict[str, float] = {}
    begun = time.process_time()
    index = build_index(make_book(signatures))
    build[CANDIDATES] = time.process_time() - begun
    ways: dict[str, Callable[[Question], Any]] = own_ways(index, signatures)
    peers = {name: make for name, make in PEERS.items() if name != SLOW or size in FEW}
    for name, make in peers.items():
        begun = time.process_time()
        ways[name] = make(signatures)
        build[name] = time.process_time() - begun
    asked, hot = _questions(reports(made, unrelated, count))
    few = {SLOW: FEW.get(size, 1)}
    spent = race(ways, asked, rounds, few)
    spent[COLD] = forgetful(ways[JUDGED], asked, rounds)
    truth = Truth(signatures)
    truths = [truth(one) for one in asked]
    hits = {}
    for name, way in ways.items():
        step = max(len(asked) // few.get(name, len(asked)), 1)
        if not spent[name].failed:
            hits[name] = accuracy(name, way, asked[::step], truths[::step])
    fast = {name: way for name, way in ways.items() if name != SLOW}
    return Tried(size, spent, build, hits, race(fast, [hot], max(rounds, 5)))


def _questions(every: Sequence[Asked]) -> tuple[list[Question], Question]:
    """What is asked, the kinds mixed; the hot crash apart."""
    questions = [(one.kind, Question(one.text, found[0])) for one in every if (found := parse(read_text(one.text)))]
    hot = next(one for kind, one in questions if kind == "hot")
    asked = [one for kind, one in questions if kind != "hot"]
    return sorted(asked, key=lambda one: hash_of(one.text)), hot


def hash_of(text: str) -> int:
    """A number that mixes texts in the same way each time."""
    return sum(ord(character) * at for at, character in enumerate(text[-200:], 1)) % 9973


def measured(sizes: Sequence[int], unrelated: Sequence[str], rounds: int, count: int = ASKED) -> Section:
    """The section over books of all sizes."""
    every = []
    for size in sizes:
        print(f"match: {size:,} signatures", flush=True)
        every.append(tried(size, unrelated, rounds, count))
    section = Section("Match", SAID)
    for one in every:
        section.tables.append(_table(one))
    section.tables += [_growth(every), _stress(every)]
    section.targets += _targets(every)
    return section


def _table(one: Tried) -> Table:
    ours = one.spent[JUDGED]
    rows = []
    for name, spent in one.spent.items():
        right, wrong, missed = (str(hit) for hit in one.hits[name]) if name in one.hits else ("", "", "")
        build = number(one.build[name]) if name in one.build else ""
        rows.append([name, build, *spent.told(), number(ratio(spent, ours)), right, wrong, missed])
    return Table((f"way, {one.size:,} signatures", *HEADS[1:]), rows)


def _growth(every: Sequence[Tried]) -> Table:
    first, last = every[0], every[-1]
    heads = ("mean us", *(f"{one.size:,}" for one in every), "growth", "p99/p50 at the largest")
    rows = []
    for name in first.spent:
        tried_in = [one.spent.get(name) for one in every]
        means = [number(spent.mean) if spent and not spent.failed else "-" for spent in tried_in]
        spent = last.spent.get(name)
        grown = spent.mean / first.spent[name].mean if spent and not spent.failed else float("nan")
        spread = spent.p99 / spent.p50 if spent and not spent.failed else float("nan")
        rows.append([name, *means, number(grown), number(spread)])
    return Table(heads, rows)


def _stress(every: Sequence[Tried]) -> Table:
    rows = [
        [name, *(number(one.stress[name].p50) for one in every), *(number(_heat(one, name)) for one in every)]
        for name in every[-1].stress
        if not every[-1].stress[name].failed
    ]
    sizes = [f"{one.size:,}" for one in every]
    return Table(("hot crash, us", *sizes, *(f"x median at {size}" for size in sizes)), rows)


def _heat(one: Tried, name: str) -> float:
    return one.stress[name].p50 / one.spent[name].p50


def _targets(every: Sequence[Tried]) -> list[Target]:
    targets = []
    for one in every:
        wanted = {10_000: 2.0, 100_000: 5.0}.get(one.size)
        peers = PEERS.keys() - {SLOW}
        fit = {
            name: spent
            for name, spent in one.spent.items()
            if name in peers and not spent.failed and one.hits[name][MISSED] <= one.hits[JUDGED][MISSED]
        }
        if wanted is not None and fit:
            best = min(fit, key=lambda name: fit[name].mean)
            reached = ratio(fit[best], one.spent[JUDGED])
            targets.append(at_least(f"candidates + judge against {best}, {one.size:,}", wanted, reached))
        if one.size == 10_000:  # noqa: PLR2004 - the size that the target names
            reached = ratio(one.spent[SLOW], one.spent[JUDGED])
            targets.append(at_least("candidates + judge against every regex, 10,000", 2_000, reached))
    first, last = every[0], every[-1]
    for name in (CANDIDATES, JUDGED):
        grown = last.spent[name].mean / first.spent[name].mean
        targets.append(at_most(f"{name}: growth {first.size:,} to {last.size:,}", 4, grown))
        spread = last.spent[name].p99 / last.spent[name].p50
        targets.append(at_most(f"{name}: p99 over p50, {last.size:,}", 5, spread))
        targets.append(at_most(f"{name}: stress set over median, {last.size:,}", 10, _heat(last, name)))
    return targets
