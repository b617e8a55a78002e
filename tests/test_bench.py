"""What the benchmark stands on: made-up bugs are real signatures, and the peers' check is what our clues say."""

import random
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.diagnosis.candidates import build_index, candidates
from app.diagnosis.clues import look_for
from app.diagnosis.diagnose import MAX_CRASHES
from app.settings import shipped
from app.signature.model import Signature
from app.store.shelf import load_book
from bench.books import alike, book_of, bugs, cases_of, written
from bench.known import Known, altered, report_of
from bench.logs import FORMS, records
from bench.sites import harvest
from bench.versus import hostile
from bench.versus.holds import checks_of, holds, shown
from bench.versus.race import Spent, forgetful, race, ratio

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


@pytest.mark.parametrize("form", FORMS)
def test_a_log_of_any_form_shows_a_traceback_for_each_record_that_has_one(form: str) -> None:
    made = list(islice(records(["Traceback (most recent call last):\nValueError: a\n"], 20), 500))
    text = "".join(FORMS[form](record) for record in made)
    assert text.count("Traceback (most recent call last):") == sum(bool(record[3]) for record in made) > 5


def test_a_ratio_is_of_the_things_that_both_had() -> None:
    one, other = Spent([{0: 10.0, 1: 20.0}]), Spent([{0: 5.0}])
    assert ratio(one, other) == 2.0


def test_a_way_that_fails_is_told_as_failed_and_the_others_go_on() -> None:
    spent = race({"fails": lambda thing: thing / 0, "counts": abs}, [1, 2], 2)
    assert spent["fails"].told()[0].startswith("failed: ZeroDivisionError")
    assert len(spent["counts"].rounds) == 2


def test_every_way_has_one_round_before_those_that_count() -> None:
    asked: list[int] = []
    spent = race({"first": asked.append, "second": lambda _: None}, [1, 2], 2)
    assert len(asked) == 2 * 3
    assert {len(one.rounds) for one in spent.values()} == {2}


def test_what_an_index_remembers_of_a_crash_is_forgotten_too() -> None:
    index = build_index(book_of(made()))
    case = cases_of(report_of(made()[1], random.Random(1)))[0]
    forgetful(lambda one: candidates(one, index), [case], 2)
    remembered = index.parts[0].tables.in_frame.cache_info()
    assert remembered.hits < remembered.misses == remembered.currsize


def test_what_is_measured_of_a_hostile_text_finds_its_crashes() -> None:
    text = "".join(report_of(one, random.Random(1)) for one in made()[:5])
    one, stages = hostile.Hostile(text.encode()), hostile.stages(build_index(book_of(made())))
    done: dict[str, Any] = {name: run(one) for name, (_, run) in stages.items()}
    assert len(done["parse"]) == len(done["judge"]) == len(done["whole"].diagnosis.crashes) == done["scan"].crashes == 5


def test_of_a_hostile_text_as_many_crashes_are_judged_as_of_a_report() -> None:
    text = "".join(f"{report_of(made()[0], random.Random(1)).rstrip()} {number}\n" for number in range(90))
    assert len(hostile.Hostile(text.encode()).crashes) == MAX_CRASHES


RULES = ("all", "any", "none")


@cache
def load_shipped() -> tuple[Signature, ...]:
    """Those whose clues the made-up ones have too; what is installed no traceback shows."""
    every = load_book(shipped("signatures")).signatures.values()
    return tuple(one for one in every if all(clue.kind != "installed" for clue in one.match.any + one.match.none))
