"""Each check of a signature by itself: what keeps its promise, and what breaks it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from app.signature import lint as lint_module
from app.signature.lint import CHECKS, TO_FILL, Check, Entry, lint, lint_names
from app.signature.model import Signature
from app.signature.releases import releases_of

REPRODUCE = {"python": ["3.11"], "affected": ["widget==1.3"], "fixed": ["widget==1.4"]}
EXAMPLES = {"monday": "match", "gadget": "none"}
RELEASES = {"widget": releases_of(dict.fromkeys(("1.0", "1.4", "2.0", "2.1"), date(2026, 3, 4)))}
# Kept by the shelf and the proof: tests/store/test_shelf.py and tests/diagnosis/test_proof.py break them.
KEPT_ELSEWHERE = {"TL100", "TL102", "TL203", "TL402", "TL403", "TL404", "TL405", "TL407", "TL501", "TL502"}

Change = Callable[[dict[str, Any]], Any]


def found(it: dict[str, Any], examples: dict[str, str] | None = None, *, stem: str = "widget-42") -> list[str]:
    """Every complaint about a signature, as `code path text`; also the model's and those about names."""
    try:
        signature = Signature.model_validate(it)
    except ValidationError as wrong:
        return [one["type"] if one["type"].startswith("TL") else "TL101" for one in wrong.errors()]
    entry = Entry(signature, stem, "widget", EXAMPLES if examples is None else examples, releases=RELEASES)
    complaints = (*lint(entry), *lint_names(entry, frozenset({"widget-42", "widget-43"})))
    return [f"{code} {'.'.join(map(str, path))} {text}" for code, path, text in complaints]


def all_clues(*clues: dict[str, str]) -> Change:
    return lambda it: it["match"].update(all=list(clues), any=[])


BREAKS: list[tuple[str, Change, str]] = [
    ("TL101", lambda it: it.update(severity=1), ""),
    ("TL103", lambda it: it["affected"][0].update(introduced=1.0), ""),
    ("TL104", lambda it: it["match"]["all"][1].update(message="("), ""),
    ("TL105", lambda it: it["match"]["all"][1].update(message="widget (a+)+$"), "match.all.1 takes too long"),
    ("TL201", lambda it: it.update(id="widget-43"), "id 'widget-43' is not the file's name, 'widget-42'"),
    ("TL202", lambda it: it.update(package="gadget"), "package 'gadget' lies in the folder 'widget'"),
    ("TL204", lambda it: it.update(related=[{"id": "widget-9", "difference": "older"}]), "related.0.id there is no"),
    ("TL204", lambda it: it.update(status="retired", replaced_by="widget-9"), "replaced_by there is no signature"),
    ("TL205", lambda it: it.update(replaced_by="widget-43"), ""),
    ("TL301", lambda it: it["affected"].reverse(), "affected.1 begins before the range above it has ended"),
    ("TL301", lambda it: it["affected"][0].pop("fixed"), "affected.1 begins before"),
    (
        "TL301",
        lambda it: it.update(affected=[{"last_affected": "2.0"}, {"introduced": "2.0", "fixed": "2.1"}]),
        "affected.1 begins before",
    ),
    (
        "TL301",
        lambda it: it.update({"with": [{"package": "gadget", "affected": [{"introduced": "3"}, {"introduced": "2"}]}]}),
        "with.0.affected.1 begins before",
    ),
    ("TL302", lambda it: it["references"][0].update(kind="report"), "references name a fixed version but no fix"),
    ("TL303", all_clues({"message": "cannot turn"}), "match no clue ties the crash to widget"),
    ("TL303", all_clues({"exception": "WidgetError"}, {"frame": "asyncio.events:run"}), "match no clue ties"),
    ("TL304", all_clues({"exception": "ValueError"}), "match.all says no more than an exception's name"),
    ("TL305", lambda it: it.pop("verified"), "status is 'proven' but 'verified' does not say when and how"),
    ("TL306", lambda it: it.pop("question"), "match.any may stay open"),
    ("TL307", lambda it: it.update(cause=f"{TO_FILL}: why"), f"cause is still to be written ('{TO_FILL}')"),
    ("TL307", lambda it: it["references"][0].update(url="https://FILL-IN/"), "references is still to be written"),
    ("TL308", lambda it: it.update(reproduce=REPRODUCE), "reproduce has no 'widget-42.reproduce.py' beside it"),
    ("TL309", lambda it: it["verified"].update(how="reproduced"), "verified is 'reproduced' where"),
    ("TL309", lambda it: it["verified"].update(runs=[{"python": "3.11.7"}]), "verified is 'reproduced' where"),
    (
        "TL310",
        lambda it: it["verified"].update(how="reproduced", runs=[{"python": "3.11.7"}]),
        "verified shows no 'edges'",
    ),
    ("TL311", lambda it: it["affected"][1].update(fixed="2.0.7"), "affected.1.fixed '2.0.7' is no release of widget"),
    ("TL401", lambda it: it["examples"].pop("gadget"), "id has no 'widget-42.none.<slug>.txt' beside it"),
    ("TL406", lambda it: it["examples"].pop("monday"), "examples does not say where the text of 'monday' comes from"),
    ("TL406", lambda it: it["examples"].update(tuesday="a run"), "examples.tuesday has no file"),
]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes forever need not be waited for."""
    monkeypatch.setattr(lint_module, "HOSTILE_SECONDS", 0.02)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("code", "change", "told"), BREAKS, ids=[f"{n}-{code}" for n, (code, *_) in enumerate(BREAKS)])
def test_a_broken_promise_is_found(good: dict[str, Any], code: str, change: Change, told: str) -> None:
    change(good)
    examples = {"monday": "match"} if code == "TL401" else None
    assert any(one.startswith(f"{code} {told}".strip()) for one in found(good, examples))


@pytest.mark.parametrize(
    ("how", "has_script", "complaints"),
    [
        (REPRODUCE, True, 0),
        (REPRODUCE, False, 1),
        (None, True, 1),
        ({"cannot": "needs Windows"}, True, 1),
        (None, False, 0),
    ],
)
def test_a_script_and_what_to_install_for_it_go_together(
    good: dict[str, Any],
    how: dict[str, Any] | None,
    has_script: bool,  # noqa: FBT001
    complaints: int,
) -> None:
    entry = Entry(Signature.model_validate(good | {"reproduce": how}), "widget-42", "widget", EXAMPLES, has_script)
    assert [code for code, *_ in lint(entry)] == ["TL308"] * complaints


def test_every_code_is_broken_here_or_known_to_be_kept_elsewhere() -> None:
    assert {code for code, *_ in BREAKS} | KEPT_ELSEWHERE == {check.code for check in CHECKS}


def test_a_check_that_runs_here_is_not_said_to_be_kept_elsewhere() -> None:
    assert not KEPT_ELSEWHERE & {check.code for check in CHECKS if isinstance(check, Check)}


def test_each_code_stands_once_and_in_order() -> None:
    codes = [check.code for check in CHECKS]
    assert codes == sorted(set(codes))


def test_a_good_signature_breaks_nothing(good: dict[str, Any]) -> None:
    assert found(good) == []


KEEPS: dict[str, Change] = {
    "ranges that touch": lambda it: it.update(affected=[{"fixed": "2.0"}, {"introduced": "2.0", "fixed": "2.1"}]),
    "a branch without fix, then another": lambda it: it.update(
        affected=[{"introduced": "1.0", "last_affected": "1.9"}, {"introduced": "2.0", "fixed": "2.1"}]
    ),
    "no fix and so no fix reference": lambda it: it.update(
        affected=[{"introduced": "1.0"}], references=[{"kind": "report", "url": "https://example.org/1"}]
    ),
    "a commit shows the fix": lambda it: it["references"][0].update(kind="commit"),
    "tied by its message": all_clues({"message": "Widget is broken"}),
    "tied by the frame of who uses it": all_clues({"exception": "ValueError"}, {"frame": "gadget.tools"}),
    "tied by what is installed": lambda it: it["match"].update(
        all=[{"message": "x"}], any=[{"installed": "Widget>=1"}]
    ),
    "a draft is not verified": lambda it: [it.pop("verified"), it.update(status="draft")],
    "nothing is open and so nothing to ask": lambda it: [it["match"].pop("any"), it.pop("question")],
    "names of signatures that are there": lambda it: it.update(related=[{"id": "widget-43", "difference": "older"}]),
}


@pytest.mark.parametrize("change", KEEPS.values(), ids=KEEPS)
def test_what_keeps_the_promises(good: dict[str, Any], change: Change) -> None:
    change(good)
    assert found(good) == []


def test_a_retired_signature_needs_no_examples(good: dict[str, Any]) -> None:
    assert found(good | {"status": "retired", "replaced_by": "widget-43", "examples": {}}, {}) == []


@pytest.mark.parametrize(
    ("package", "clue", "tied"),
    [
        ("flask-login", {"message": "from 'flask_login'"}, True),
        ("flask-login", {"log": "Flask-Login 0.6"}, True),
        ("flask-login", {"log": "flask"}, False),
        ("flask-login", {"exception": "FlaskLoginError"}, False),
        ("flask-login", {"installed": "Flask_Login"}, True),
        ("flask-login", {"installed": "flask"}, False),
        ("cpython", {"frame": "asyncio.events"}, True),
        ("cpython", {"frame": "uvicorn"}, False),
    ],
)
def test_what_ties_a_crash_to_a_package(good: dict[str, Any], package: str, clue: dict[str, str], tied: bool) -> None:  # noqa: FBT001 - a column of the table
    good |= {"id": f"{package}-42", "package": package, "match": {"all": [{"message": "x"}, clue]}}
    assert ("TL303" not in " ".join(found(good, stem=f"{package}-42"))) is tied


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "pattern",
    [
        r"\[WinError 87\] (a+)+$",
        "(a+)+$",
        "(a|a)*$",
        r"(\w+\s?)+$",
        "(x+x+)+y",
        r"(?:[\w.]+)+@",
        r"(\S+\s+)*end",
        r"(\s*\w+)*:$",
    ],
)
def test_a_slow_pattern_is_found(good: dict[str, Any], pattern: str) -> None:
    good["match"]["none"] = [{"log": pattern}]
    assert [one[:23] for one in found(good)] == ["TL105 match.none.0 take"]


@pytest.mark.parametrize(
    "pattern", [r"\[WinError 87\]", r"No module named '\w+'", r"(?i)\bhypercorn\b(?!==| @|\s+\d)", ".*"]
)
def test_an_ordinary_pattern_is_not_slow(good: dict[str, Any], pattern: str) -> None:
    good["match"]["none"] = [{"log": pattern}]
    assert found(good) == []
