"""What the benchmark stands on: made-up bugs are real signatures, and the peers' check is what our clues say."""

import random
from functools import cache
from pathlib import Path

import pytest
import yaml

from app.diagnosis.candidates import build_index, candidates
from app.diagnosis.clues import look_for
from app.settings import shipped
from app.signature.model import Signature
from app.store.shelf import load_book
from bench.books import alike, book_of, bugs, cases_of, written
from bench.known import Known, altered, report_of
from bench.sites import harvest
from bench.versus.holds import checks_of, holds, shown

FILES = 150
BUGS = 120


@cache
def made() -> list[Known]:
    return bugs(BUGS, harvest(FILES))


def test_a_made_up_signature_is_one_that_could_be_shipped() -> None:
    for one in [*(bug.signature for bug in made()), *alike(made()[0])]:
        assert Signature.model_validate(yaml.safe_load(written(one))) == one


def test_a_report_of_a_made_up_bug_shows_what_its_signature_needs() -> None:
    index = build_index(book_of(made()))
    for bug in made():
        case = cases_of(report_of(bug, random.Random(1)))[0]
        assert bug.signature.id in {one.id for one in candidates(case, index)}


def test_a_near_miss_differs_in_something_that_is_needed() -> None:
    held = [
        holds(checks_of(bug.signature), shown(cases_of(report_of(bug, random.Random(1)))[0].crash)) for bug in made()
    ]
    missed = [
        holds(
            checks_of(bug.signature),
            shown(cases_of(report_of(altered(bug, random.Random(1)), random.Random(1)))[0].crash),
        )
        for bug in made()
    ]
    assert sum(held) > 0.9 * BUGS
    assert sum(missed) < 0.1 * BUGS


@pytest.mark.parametrize("file", sorted(shipped("signatures").glob("*/*.match.*.txt"))[::3], ids=lambda file: file.name)
def test_the_peers_check_says_what_the_clues_say(file: Path) -> None:
    for case in cases_of(file.read_text(errors="replace")):
        for one in load_shipped():
            ours = {
                rule: [look_for(clue, case).state == "holds" for clue in getattr(one.match, rule)] for rule in RULES
            }
            wanted = all(ours["all"]) and (not ours["any"] or any(ours["any"])) and not any(ours["none"])
            assert holds(checks_of(one), shown(case.crash)) == wanted, one.id


RULES = ("all", "any", "none")


@cache
def load_shipped() -> tuple[Signature, ...]:
    """Those whose clues the made-up ones have too; what is installed no traceback shows."""
    every = load_book(shipped("signatures")).signatures.values()
    return tuple(one for one in every if all(clue.kind != "installed" for clue in one.match.any + one.match.none))
