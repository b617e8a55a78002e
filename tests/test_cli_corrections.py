"""The commands for curators: corrections are listed, and come out as reports that `evaluate` reads."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import cli
from app.crash.model import Environment, Fact
from app.diagnosis.candidates import Index
from app.evaluation.corpus import read_corpus
from app.feedback import Settled, Wrong, conclude, correct, look_at, voter_of
from app.intake import receive
from app.settings import shipped
from app.store.database import connect, session_factory
from app.store.migrations import migrate

FOUND = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()
UNKNOWN = 'Traceback (most recent call last):\n  File "/srv/shop/cart.py", line 3, in total\n    prices["x"]\nKeyError: \'x\'\n'
STATED = Environment(python=Fact("3.8.10"), packages={"uvicorn": Fact("0.17.6")})


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["corrections", *words])


@pytest.fixture
def filed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: Index) -> None:
    """Three corrections: of a match, of a crash nobody knew, and one that is rejected."""
    url = f"sqlite:///{tmp_path / 'corrections.db'}"
    monkeypatch.setenv("TRACELORE_DATABASE_URL", url)
    engine = connect(url)
    migrate(engine, shipped("migrations"))
    with session_factory(engine).begin() as session:
        both = receive((FOUND + "\n" * 40 + UNKNOWN).encode(), index=index, session=session, stated=STATED).kept
        assert both is not None
        correct(session, Wrong(both.id, 0, None, None, "our own\nproxy", voter_of("a")))
        correct(session, Wrong(both.id, 1, None, "uvicorn-1317", "", voter_of("a")))
        correct(session, Wrong(both.id, 1, None, "uvicorn-1317", "", voter_of("b")))
        for number, state in ((1, "done"), (2, "done"), (3, "rejected")):
            mark = look_at(session, number).correction.mark
            conclude(session, number, Settled(state, "", "night desk", mark))  # type: ignore[arg-type]
        third = receive(FOUND.encode(), index=index, session=session).kept
        assert third is not None
        correct(session, Wrong(third.id, 0, None, None, "", voter_of("a")))
    engine.dispose()


@pytest.mark.usefixtures("filed")
def test_those_that_wait_are_listed_and_others_by_their_state() -> None:
    [waiting] = run("list").stdout.splitlines()
    assert waiting.startswith(f"4  {datetime.now(UTC):%Y-}")
    assert "uvicorn-1317 -> none" in waiting
    assert "    our own proxy" in run("list", "--state", "done").stdout
    assert run("list", "--state", "gone").exit_code == 2


def test_that_none_waits_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACELORE_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    nothing = run("list")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "No correction is open." in nothing.stderr


@pytest.mark.usefixtures("filed")
def test_what_is_exported_is_read_as_labelled_reports() -> None:
    lines = run("export").stdout.splitlines()
    second, first = read_corpus(lines, "corrections.jsonl", frozenset({"uvicorn-1317"}))
    assert (first.kind, first.looks_like, first.why) == ("near_miss", "uvicorn-1317", "our own proxy")
    assert first.environment.packages == {"uvicorn": "0.17.6"}
    assert (second.kind, second.bug) == ("positive", "uvicorn-1317")
    assert "KeyError" in second.text
    assert "KeyError" not in first.text
    assert run("export", "--state", "rejected").stdout.count("\n") == 1


def test_of_several_crashes_whose_line_breaks_are_written_out_the_corrected_one_is_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: Index
) -> None:
    """In a log of JSON records a crash has more lines as it is read than as it was sent."""
    url = f"sqlite:///{tmp_path / 'records.db'}"
    monkeypatch.setenv("TRACELORE_DATABASE_URL", url)
    engine = connect(url)
    migrate(engine, shipped("migrations"))
    text = "".join(json.dumps({"log": one}) + "\n" for one in (FOUND, UNKNOWN))
    with session_factory(engine).begin() as session:
        kept = receive(text.encode(), index=index, session=session).kept
        assert kept is not None
        correct(session, Wrong(kept.id, 1, None, "uvicorn-1317", "", voter_of("a")))
    engine.dispose()
    [one] = read_corpus(run("export", "--state", "open").stdout.splitlines(), "one.jsonl", frozenset({"uvicorn-1317"}))
    assert UNKNOWN.strip() in one.text
    assert "WinError" not in one.text
