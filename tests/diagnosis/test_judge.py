"""A signature is ruled out by its cheapest clue, and what is said of it does not depend on which that was."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.crash.model import Environment, Fact
from app.crash.text import read
from app.crash.traceback import parse
from app.diagnosis import patterns
from app.diagnosis.candidates import Index
from app.diagnosis.case import Case, lay_out
from app.diagnosis.circumstances import circumstances
from app.diagnosis.clues import look
from app.diagnosis.confidence import RULING_OUT, weigh
from app.diagnosis.judge import judge, weighed
from app.diagnosis.plan import Plan, planned
from app.diagnosis.versions import version_verdict
from app.diagnosis.weights import WEIGHTS
from app.signature.model import Signature

TEXT = """\
INFO starting
INFO hypercorn is running
INFO ready
Traceback (most recent call last):
  File "/srv/venv/lib/python3.11/site-packages/widget/lathe.py", line 7, in turn
    spindle.turn(speed)
ValueError: cannot turn aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!
"""


def signature(**match: list[dict[str, str]]) -> Signature:
    return Signature.model_validate({
        "id": "widget-42",
        "package": "widget",
        "title": "a widget that can't be turned",
        "status": "proven",
        "match": match,
        "environment": {"os": "windows"},
        "affected": [{"introduced": "2.0", "fixed": "2.4"}],
        "cause": "c",
        "remedy": "r",
        "question": "Do you turn it?",
        "references": [{"kind": "fix", "url": "https://example.org/42"}],
    })  # fmt: skip


def case(**more: Any) -> Case:
    (crash,) = parse(read(TEXT.encode()))
    return lay_out(crash, more.pop("environment", Environment()), **more)


HOLDS = [{"message": "cannot turn"}, {"frame": "widget.lathe:turn"}]


@pytest.mark.parametrize(
    ("match", "clue", "expected", "line"),
    [
        ({"all": [{"log": "uvicorn"}, {"exception": "KeyError"}]}, "log", "uvicorn", None),
        ({"all": [{"code": r"stop\("}, {"message": "no such"}, {"exception": "KeyError"}]}, "code", r"stop\(", 5),
        ({"all": [{"exception": "KeyError"}], "none": [{"log": "hypercorn"}]}, "log", "hypercorn", 2),
        ({"all": [*HOLDS, {"frame": "gadget"}], "any": [{"log": "uvicorn"}]}, "frame", "gadget", 5),
    ],
)
def test_the_reason_is_the_first_in_the_files_order_and_what_speaks_against_it_before_what_is_missing(
    match: dict[str, list[dict[str, str]]], clue: str, expected: str, line: int | None
) -> None:
    judged = judge(planned(signature(**match)), case())
    assert judged.standing is None
    assert judged.failed is not None
    assert (judged.failed.clue, judged.failed.expected, judged.failed.line) == (clue, expected, line)


@pytest.mark.parametrize(
    ("surroundings", "rule"),
    [
        ({"environment": Environment(os=Fact("linux"))}, "environment"),
        ({"environment": Environment(packages={"widget": Fact("1.9")})}, "version"),
        ({"answers": {"widget-42": False}}, "answer"),
    ],
)
def test_the_system_an_old_version_and_a_no_rule_out_what_every_clue_speaks_for(
    surroundings: dict[str, Any], rule: str
) -> None:
    assert judge(planned(signature(all=HOLDS)), case()).failed is None
    judged = judge(planned(signature(all=HOLDS)), case(**surroundings))
    assert judged.looks_alike
    assert judged.failed is not None
    assert judged.failed.rule == rule


def test_evidence_stands_in_the_files_order_with_all_that_was_looked_for() -> None:
    rules = {"all": HOLDS[::-1], "any": [{"log": "nowhere"}, {"code": "spindle"}], "none": [{"exception": "KeyError"}]}
    stated = Environment(os=Fact("windows"), packages={"widget": Fact("2.1")})
    standing = judge(planned(signature(**rules)), case(environment=stated, answers={"widget-42": True})).standing
    assert standing is not None
    assert [(one.rule, one.clue, one.state) for one in standing.evidence] == [
        ("all", "frame", "holds"),
        ("all", "message", "holds"),
        ("any", "log", "fails"),
        ("any", "code", "holds"),
        ("none", "exception", "fails"),
        ("environment", "os", "holds"),
        ("version", "version", "holds"),
        ("answer", "question", "holds"),
    ]


@pytest.mark.parametrize("rule", ["all", "any", "none"])
def test_a_pattern_that_does_not_end_rules_its_signature_out_and_is_waited_for_once(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "PATTERN_SECONDS", 0.01)
    rules = {"all": HOLDS}
    rules[rule] = [*rules.get(rule, []), {"message": r"turn (a+)+$"}]
    (crash,) = parse(read(TEXT.replace("aaa!", "a" * 5000 + "!").encode()))
    laid_out = lay_out(crash, Environment())
    judged = judge(planned(signature(**rules)), laid_out)
    assert judged.standing is None
    monkeypatch.setattr(patterns, "PATTERN_SECONDS", 60.0)  # a second try would take for ever
    assert judged.failed is not None
    assert (judged.failed.clue, judged.failed.expected) == ("pattern", r"turn (a+)+$")
    assert judge(planned(signature(**rules)), laid_out).standing is None


def _stands(plan: Plan, case: Case) -> bool:
    """Whether nothing rules a signature out, each clue looked for in full."""
    around = circumstances(plan.signature, version_verdict(plan.signature, case.environment), case)
    states = [(one.rule, look(one.clue, case).state) for one in plan.clues]
    too_old = any(one.rule == "version" and (one.text or "").endswith("not-yet") for one in around)
    return not too_old and not any(
        state == RULING_OUT.get(rule) for rule, state in [*states, *((one.rule, one.state) for one in around)]
    )


TEXTS = sorted(Path(__file__).parents[2].glob("signatures/*/*.txt"))[::15]


@pytest.mark.parametrize("file", TEXTS[::8], ids=lambda file: file.stem)
def test_a_plan_decides_as_all_clues_together_and_weighs_alike(file: Path, index: Index) -> None:
    """The rest of these texts are held to it in `tests/test_sweeps.py`."""
    chance, plans = Random(file.stem), [index.plan(one) for one in index.book.signatures]
    lines = file.read_text(errors="replace").split("\n")
    del lines[(at := chance.randrange(len(lines))) : at + chance.randrange(3)]
    packages = {one.signature.package: Fact(chance.choice(["1.0", "30.1"])) for one in chance.sample(plans, 3)}
    stated = Environment(os=chance.choice([None, Fact("windows")]), packages=packages)
    for crash in parse(read("\n".join(lines).encode())):
        for environment in (crash.environment, stated):
            one, other = lay_out(crash, environment), lay_out(crash, environment)
            for plan in plans:
                judged = judge(plan, one)
                assert judged.stands == _stands(plan, other), plan.id
                if judged.version is not None and (standing := judged.standing) is not None:
                    assert weighed(judged, judged.version, WEIGHTS) == weigh(standing, WEIGHTS), plan.id
