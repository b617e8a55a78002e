"""The founding example, as it must come out: uvicorn issue 1317 in all the shapes it is sent in."""

from pathlib import Path

import pytest

from app.crash.model import Environment, Fact
from app.crash.text import read
from app.diagnosis.candidates import Index
from app.diagnosis.diagnose import diagnose
from app.diagnosis.model import Diagnosis, Match
from app.folders import shipped

UVICORN = shipped("signatures") / "uvicorn"
FULL = (UVICORN / "uvicorn-1317.match.cli-two-workers.txt").read_text()
CUT_AND_ESCAPED = (UVICORN / "uvicorn-1317.maybe.bare-cut-escaped.txt").read_text()
GERMAN = (UVICORN / "uvicorn-1317.maybe.bare-german.txt").read_text()


def stated(**packages: str) -> Environment:
    return Environment(packages={name: Fact(version) for name, version in packages.items()})


def named(diagnosis: Diagnosis) -> dict[str, Match]:
    return {match.signature: match for crash in diagnosis.crashes for match in crash.matches}


def test_with_uvicorns_log_lines_it_is_known_with_its_fix(index: Index) -> None:
    diagnosis = diagnose(read(FULL.encode()), index)
    match = diagnosis.crashes[0].matches[0]
    assert (diagnosis.verdict, match.signature, match.fixed_in) == ("match", "uvicorn-1317", "0.18.0")
    assert diagnosis.confidence >= 0.90
    assert match.advice == "Upgrade uvicorn to 0.18.0 or later."
    assert match.question is None


def test_every_line_of_evidence_is_the_senders_own(index: Index) -> None:
    diagnosis = diagnose(read(FULL.encode()), index)
    lines = FULL.splitlines()
    held = [
        one for one in diagnosis.crashes[0].matches[0].evidence if one.state == "holds" and one.rule in {"all", "any"}
    ]
    assert held
    for one in held:
        if one.line is not None and one.text is not None:
            assert one.text in lines[one.line - 1]


def test_bare_cut_and_escaped_it_comes_first_with_the_question(index: Index) -> None:
    assert "\\n" in CUT_AND_ESCAPED
    assert "WinError" not in CUT_AND_ESCAPED
    diagnosis = diagnose(read(CUT_AND_ESCAPED.encode()), index)
    match = diagnosis.crashes[0].matches[0]
    assert (diagnosis.verdict, match.signature) == ("maybe", "uvicorn-1317")
    assert match.question is not None
    assert "more than one worker on Windows" in match.question


@pytest.mark.parametrize("text", [CUT_AND_ESCAPED, GERMAN], ids=["cut", "german"])
def test_an_affected_version_makes_it_a_match(index: Index, text: str) -> None:
    match = diagnose(read(text.encode()), index, stated=stated(uvicorn="0.17.6")).crashes[0].matches[0]
    assert (match.signature, match.verdict, match.version_verdict) == ("uvicorn-1317", "match", "affected")


@pytest.mark.parametrize("text", [FULL, CUT_AND_ESCAPED, GERMAN], ids=["full", "cut", "german"])
def test_a_version_with_the_fix_is_no_match_and_says_so(index: Index, text: str) -> None:
    diagnosis = diagnose(read(text.encode()), index, stated=stated(uvicorn="0.30.0"))
    match = named(diagnosis)["uvicorn-1317"]
    assert diagnosis.verdict != "match"
    assert (match.verdict, match.version_verdict) == ("maybe", "fixed")
    assert "0.30.0" in match.advice


def test_under_hypercorn_it_is_something_else_and_the_reason_is_told(index: Index) -> None:
    text = (UVICORN / "uvicorn-1317.none.hypercorn-reload.txt").read_bytes()
    diagnosis = diagnose(read(text), index)
    assert "uvicorn-1317" not in named(diagnosis)
    missed = {miss.signature: miss.failed for crash in diagnosis.crashes for miss in crash.near_misses}
    assert missed["uvicorn-1317"].rule == "none"
    assert "hypercorn" in (missed["uvicorn-1317"].seen or "").lower()


@pytest.mark.parametrize("file", sorted(UVICORN.glob("uvicorn-1317.none.*.txt")), ids=lambda file: file.name)
def test_its_look_alikes_are_never_called_by_its_name(index: Index, file: Path) -> None:
    assert "uvicorn-1317" not in named(diagnose(read(file.read_bytes()), index))


def test_words_that_windows_translates_make_no_difference(index: Index) -> None:
    german = FULL.replace("The parameter is incorrect", "Falscher Parameter")
    assert german != FULL
    assert diagnose(read(german.encode()), index).confidence == diagnose(read(FULL.encode()), index).confidence


def test_an_older_version_than_the_bug_rules_it_out(index: Index) -> None:
    diagnosis = diagnose(read(FULL.encode()), index, stated=stated(uvicorn="0.15.0"))
    assert "uvicorn-1317" not in named(diagnosis)


def test_a_system_that_the_report_contradicts_is_not_used_and_the_contradiction_named(index: Index) -> None:
    diagnosis = diagnose(read(FULL.encode()), index, stated=Environment(os=Fact("linux")))
    (crash,) = diagnosis.crashes
    assert crash.environment.os is None
    assert crash.contradictions == ("System linux was stated, but line 13 shows windows.",)


def test_a_version_stated_wrongly_but_shown_by_a_path_decides_nothing(index: Index) -> None:
    listed = f"$ pip freeze\nuvicorn==0.17.6\nclick==8.0.4\nh11==0.13.0\nasgiref==3.5.0\ncolorama==0.4.4\n\n{FULL}"
    (crash,) = diagnose(read(listed.encode()), index, stated=stated(uvicorn="0.30.0")).crashes
    assert crash.contradictions == ("uvicorn 0.30.0 was stated, but line 2 shows 0.17.6.",)
    assert crash.matches[0].version_verdict == "unknown"


@pytest.mark.parametrize("text", [CUT_AND_ESCAPED, GERMAN], ids=["cut", "german"])
def test_a_yes_to_the_question_makes_it_a_match_and_a_no_rules_it_out(index: Index, text: str) -> None:
    yes = diagnose(read(text.encode()), index, answers={"uvicorn-1317": True})
    assert (yes.verdict, yes.crashes[0].matches[0].signature) == ("match", "uvicorn-1317")
    no = diagnose(read(text.encode()), index, answers={"uvicorn-1317": False})
    assert "uvicorn-1317" not in named(no)
    [miss] = [miss for miss in no.crashes[0].near_misses if miss.signature == "uvicorn-1317"]
    assert (miss.failed.clue, miss.failed.seen) == ("question", "no")


def test_of_its_last_line_alone_it_is_said_what_it_could_be_and_what_would_tell(index: Index) -> None:
    """Two servers end on that line, and so may any program that runs out of handles."""
    diagnosis = diagnose(read(FULL.strip().splitlines()[-1].encode()), index)
    (crash,) = diagnosis.crashes
    assert "WinError 87" in diagnosis.summary
    assert "too little to tell" in diagnosis.replies.customer
    assert (crash.verdict, crash.matches) == ("none", ())
    told = {miss.signature: (miss.failed.clue, miss.failed.state) for miss in crash.near_misses}
    assert told == {"hypercorn-129": ("frame", "unseen"), "uvicorn-1317": ("frame", "unseen")}


def test_of_two_known_bugs_in_one_report_both_are_in_the_replies(index: Index) -> None:
    other = (shipped("signatures") / "flask" / "flask-werkzeug3-url_quote.match.run-python-3-12.txt").read_text()
    diagnosis = diagnose(read(f"{FULL}\n{other}\n{FULL}".encode()), index)
    titles = {one.matches[0].signature: one.matches[0].title for one in diagnosis.crashes}
    assert titles.keys() == {"uvicorn-1317", "flask-werkzeug3-url_quote"}
    for title in titles.values():
        assert diagnosis.replies.customer.count(title) == 1
    assert all(signature in diagnosis.replies.internal for signature in titles)


def test_a_yes_does_not_outweigh_a_version_that_has_the_fix(index: Index) -> None:
    fixed = diagnose(read(FULL.encode()), index, stated=stated(uvicorn="0.30.0"), answers={"uvicorn-1317": True})
    assert fixed.verdict != "match"
