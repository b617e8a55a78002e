"""Books of any number of made-up signatures with reports to ask them about, and what it costs to ask.

    python -m bench.books [10000 ...]    CPU time of indexing, of `candidates`, of judging them, of `look_alikes`

The smaller books are the beginnings of the larger ones. Every report is told with what it is: known (made from a
signature of the book), a near miss (the same but for one thing that is needed) or unrelated (a shipped example).
"""

from __future__ import annotations

import gc
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from app.crash.environment import reconciled
from app.crash.model import Environment
from app.crash.text import read_text
from app.crash.traceback import parse
from app.diagnosis.candidates import Index, build_index, candidates, look_alikes
from app.diagnosis.case import Case, lay_out
from app.diagnosis.judge import Judged, judge
from app.diagnosis.plan import Plan
from app.signature.book import Book, make_book
from app.signature.model import Clue, Rules, Signature
from bench.known import Known, altered, known, report_of
from bench.sites import Harvest, kept_harvest

FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tracelore" / "bench"
QUICK_FILES = 4_000  # of some 20,000; enough for ten thousand signatures
MANY = 10_000  # from so many signatures on all files are read
ASKED = 300  # reports of each kind
ALIKE = 50  # signatures of one hot crash
ROUNDS = 3

Kind = Literal["known", "near miss", "unrelated", "hot"]
KINDS: tuple[Kind, ...] = ("known", "near miss", "unrelated", "hot")


@dataclass(frozen=True, slots=True)
class Asked:
    """A report, what it is, and the signature that it was made from."""

    kind: Kind
    text: str
    source: str | None = None


def sources(count: int) -> Harvest:
    """What so many signatures are made from."""
    return kept_harvest(FOLDER, None if count > MANY else QUICK_FILES)


def bugs(count: int, harvest: Harvest) -> list[Known]:
    """So many bugs, no two of them with the same clues."""
    seen: set[object] = set()
    made: list[Known] = []
    number = 0
    gc.disable()  # nothing of what is made can go yet, and looking for it would take longer than making it
    while len(made) < count:
        one = known(number, harvest)
        number += 1
        clues = tuple((clue.kind, clue.value) for clue in one.signature.match.all)
        if clues not in seen:
            seen.add(clues)
            made.append(one)
    gc.freeze()
    gc.enable()
    return made


def alike(hot: Known) -> list[Signature]:
    """Signatures of one hot crash that differ in little: half of them match it, half need a frame that it has not."""
    made = []
    for number in range(ALIKE):
        place = hot.stack[number % len(hot.stack)]
        function = place.function if number % 2 else f"{place.function}_{number}"
        frame = Clue.model_construct(frame=f"{place.module}:{function}")
        rules = Rules.model_construct(all=(*hot.signature.match.all, frame), any=(), none=())
        made.append(hot.signature.model_copy(update={"id": f"{hot.signature.id}-{number}", "match": rules}))
    return made


def signatures_of(made: Sequence[Known]) -> list[Signature]:
    """The signatures of these bugs, and the stress set of the first of them."""
    return [*(one.signature for one in made), *alike(made[0])]


def book_of(made: Sequence[Known]) -> Book:
    """These bugs as a book, and the stress set of the first of them."""
    return make_book(signatures_of(made))


def reports(made: Sequence[Known], unrelated: Sequence[str], count: int = ASKED) -> list[Asked]:
    """So many reports of each kind, no two of them the same text, and one of the hot crash."""
    chance = random.Random(len(made))
    chosen = chance.sample(made[1:], min(count, len(made) - 1))
    asked = [Asked("known", report_of(one, chance), one.signature.id) for one in chosen]
    asked += [Asked("near miss", report_of(altered(one, chance), chance), one.signature.id) for one in chosen]
    asked += [Asked("unrelated", text) for text in unrelated[:count]]
    return [*asked, Asked("hot", report_of(made[0], chance), made[0].signature.id)]


def cases_of(text: str) -> list[Case]:
    """Every crash of a report, laid out as `diagnose` does it."""
    crashes = parse(read_text(text))
    return [lay_out(crash, *reconciled(Environment(), crash.environment)) for crash in crashes]


def judged(case: Case, found: Sequence[Plan]) -> list[Judged]:
    """Each held against the crash, laid out anew: a case remembers what was asked of it."""
    again = lay_out(case.crash, case.environment)
    return [judge(one, again) for one in found]


def written(signature: Signature) -> str:
    """A signature as its file: JSON is YAML, and is written in a tenth of the time."""
    return json.dumps(signature.model_dump(mode="json", by_alias=True, exclude_unset=True), indent=1)


def write_files(signatures: Sequence[Signature], folder: Path) -> None:
    """The signatures as files in folders of their packages."""
    for one in signatures:
        (folder / one.package).mkdir(parents=True, exist_ok=True)
        (folder / one.package / f"{one.id}.yaml").write_text(written(one))


def examples() -> list[str]:
    """The tests' reports: none of them is about a made-up bug."""
    tests = Path(__file__).parent.parent / "tests"
    return [file.read_text(errors="replace") for file in sorted(tests.glob("ordinary/**/*.txt"))]


def microseconds(run: Callable[[Any], object], given: Sequence[Any]) -> list[float]:
    """The least CPU time of each of a few rounds, for each thing given."""
    best = [float("inf")] * len(given)
    for _ in range(ROUNDS):
        for at, one in enumerate(given):
            begun = time.process_time_ns()
            run(one)
            best[at] = min(best[at], (time.process_time_ns() - begun) / 1000)
    return best


def told(name: str, spent: Sequence[float]) -> str:
    """One line: the median, the 99th in a hundred, the mean."""
    p99 = statistics.quantiles(spent, n=100)[98] if len(spent) > 1 else spent[0]
    return f"    {name:26}{statistics.median(spent):10.1f}{p99:10.1f}{statistics.fmean(spent):10.1f}"


def told_of(asked: Sequence[Asked], index: Index) -> None:
    """Print what each look-up costs for these reports, and whether it finds what they were made from."""
    cases = [cases_of(one.text)[0] for one in asked]
    found = [candidates(case, index) for case in cases]
    pairs = list(zip(cases, found, strict=True))
    print(told("candidates", microseconds(lambda case: candidates(case, index), cases)))
    print(told("laid out, judging them", microseconds(lambda pair: judged(*pair), pairs)))
    print(told("look_alikes", microseconds(lambda case: look_alikes(case, index), cases)))
    sources = sum(one.source in {signature.id for signature in its} for one, its in zip(asked, found, strict=True))
    print(f"    {statistics.fmean(map(len, found)):.1f} candidates each; the source is among them for {sources}")


def main(words: list[str]) -> int:
    """Time the look-ups on books of these sizes."""
    for count in [int(word) for word in words] or [100, 1_000, 10_000]:
        made = bugs(count, sources(count))
        begun = time.process_time()
        book = book_of(made)
        indexed = time.process_time()
        index = build_index(book)
        print(f"{count} signatures: book {indexed - begun:.2f} s, index {time.process_time() - indexed:.2f} s")
        print(f"  {'microseconds of CPU time':28}{'p50':>10}{'p99':>10}{'mean':>10}")
        every = [one for one in reports(made, examples()) if cases_of(one.text)]
        for kind in KINDS:
            asked = [one for one in every if one.kind == kind]
            print(f"  {kind}: {len(asked)}")
            told_of(asked, index)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
