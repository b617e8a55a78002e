"""`evaluate --compare REVISION`, on a small checkout of its own: what changed since then is listed, nothing is left."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import pytest

from app.cli.main import main
from app.cli.revisions import commit_of, result_of
from app.errors import Misconfigured, TraceloreError, Unknown
from app.evaluation.compare import outcomes_in
from app.folders import APP, shipped

ORDINARY = Path(__file__).parent / "ordinary" / "key-error-27.txt"
UVICORN = shipped("signatures") / "uvicorn"
OLD, NEW = "uvicorn-1317", "uvicorn-514"
IDENTITY = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.invalid", "-c", "commit.gpgsign=false")


def git(checkout: Path, *words: str) -> str:
    done = subprocess.run(["git", *IDENTITY, *words], cwd=checkout, check=True, capture_output=True, text=True)
    return done.stdout


def add_signature(checkout: Path, name: str) -> None:
    folder = checkout / "signatures" / "uvicorn"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(UVICORN / f"{name}.yaml", folder)
    example = min(UVICORN.glob(f"{name}.match.*.txt"))
    shutil.copy(example, folder)


def commit(checkout: Path, tag: str) -> None:
    git(checkout, "add", "--all")
    git(checkout, "commit", "--quiet", "--no-verify", "--message", tag)
    git(checkout, "tag", tag)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three revisions: `blind` names nothing and knows one signature, `broken` can't start, `now` is as it should be."""
    made = tmp_path_factory.mktemp("checkout")
    shutil.copytree(APP, made / "app", ignore=shutil.ignore_patterns("__pycache__"))
    (made / ".gitignore").write_text("__pycache__/\n")
    git(made, "init", "--quiet")
    weights, command = made / "app" / "diagnosis" / "weights.py", made / "app" / "cli" / "main.py"
    seeing, starting = weights.read_text(), command.read_text()
    add_signature(made, OLD)
    weights.write_text(seeing + '\nWEIGHTS = dict.fromkeys(WEIGHTS, 0.0) | {"start": -9.0}\n')
    commit(made, "blind")
    command.write_text("raise SystemExit('this revision is broken')\n")
    commit(made, "broken")
    weights.write_text(seeing)
    command.write_text(starting)
    add_signature(made, NEW)
    commit(made, "now")
    return made


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A corpus of a report about each signature, and one ordinary crash."""
    folder = tmp_path_factory.mktemp("questions")
    corpus, ordinary = folder / "corpus", folder / "ordinary"
    corpus.mkdir()
    ordinary.mkdir()
    shutil.copy(ORDINARY, ordinary)
    label = {"kind": "positive", "source": "run", "why": "w"}
    texts = {bug: min(UVICORN.glob(f"{bug}.match.*.txt")).read_text() for bug in (OLD, NEW)}
    lines = [json.dumps(label | {"id": f"about {bug}", "bug": bug, "text": text}) for bug, text in texts.items()]
    (corpus / "reports.jsonl").write_text("\n".join(lines))
    return corpus, ordinary


def is_tidy(checkout: Path) -> bool:
    """Whether no worktree but the checkout itself is known, nor its files changed."""
    return git(checkout, "worktree", "list").count("\n") == 1 and not git(checkout, "status", "--porcelain")


def test_what_changed_since_a_revision_is_counted_and_listed(
    checkout: Path, questions: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    corpus, ordinary = questions
    options = ("--corpus", corpus, "--ordinary", ordinary, "--compare", "blind")
    command = [sys.executable, "-m", "app.cli", "evaluate", *map(str, options)]
    ran = subprocess.run(command, cwd=checkout, check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    [summary] = [line for line in ran.stdout.splitlines() if "answers change" in line]
    listed = ran.stdout.split(summary)[1].splitlines()
    changed = [line for line in listed if f": nothing -> {OLD} " in line]
    assert len(changed) > 60
    assert summary.startswith(f"{len(changed)} of ")
    assert summary.endswith(f" answers change: {len(changed)} became right, 0 became wrong")
    assert "  about uvicorn-514" in listed  # a signature which that revision does not have yet
    assert is_tidy(checkout)
    assert list(tmp_path.iterdir()) == []


def test_the_revision_answers_with_its_own_engine_whatever_surrounds_it(
    checkout: Path, questions: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"GIT_DIR": os.devnull, "TRACELORE_PORT": "eighty", "PYTHONSAFEPATH": "1"}.items():
        monkeypatch.setenv(name, value)
    outcomes = outcomes_in(result_of(commit_of("blind", checkout), *questions, 1, checkout))
    assert {one.bug for one in outcomes} == {OLD, None}
    assert not any(one.named for one in outcomes)


def test_a_revision_that_fails_is_said_and_nothing_is_left(
    checkout: Path, questions: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(Misconfigured, match="failed: this revision is broken"):
        result_of(commit_of("broken", checkout), *questions, 1, checkout)
    assert is_tidy(checkout)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["no-such", "--all", "", "HEAD:app", "blind..now"])
def test_what_is_no_revision_is_refused(checkout: Path, name: str) -> None:
    with pytest.raises(Unknown, match="neither a file nor a revision"):
        commit_of(name, checkout)


def test_without_a_checkout_only_files_are_compared(checkout: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, checkout / "app"):
        with pytest.raises(Misconfigured, match="not a git checkout"):
            commit_of("HEAD", folder)


def test_without_git_only_files_are_compared(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TraceloreError, match="no git here"):
        commit_of("HEAD", checkout)


def test_the_command_refuses_before_it_measures(
    checkout: Path,
    questions: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("app.cli.service.commit_of", partial(commit_of, root=checkout))
    corpus, ordinary = questions
    options = ("--corpus", corpus, "--ordinary", ordinary, "--signatures", checkout / "signatures", "--compare")
    for since, told in (
        ("no-such", "neither a file nor"),
        (APP, "neither a file nor"),
        (ORDINARY, "This is no result"),
    ):
        monkeypatch.setattr(sys, "argv", ["tracelore", "evaluate", *map(str, options), str(since)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert (ended.value.code, said.out, said.err.count("\n")) == (2, "", 1)
        assert said.err.startswith("tracelore: ")
        assert told in said.err
