"""`tracelore verify` and `bisect`, with real environments: what they prove, what they write, and how they say no."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import cli
from app.store.shelf import read_signature
from app.verify.environments import Installer, build
from app.verify.run import run

pytestmark = pytest.mark.usefixtures("offline")
HERE = ".".join(map(str, sys.version_info[:2]))
Command = Callable[..., Result]


@pytest.fixture
def tracelore(signatures: Path) -> Command:
    return lambda *words: CliRunner().invoke(cli, [*words, "--signatures", str(signatures)])


def change(signatures: Path, before: str, after: str) -> None:
    file = signatures / "tally" / "tally-7.yaml"
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))


def everything(signatures: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in (signatures / "tally").iterdir()}


def test_what_was_seen_is_written_and_the_rest_of_the_file_stays(signatures: Path, tracelore: Command) -> None:
    before = everything(signatures)["tally-7.yaml"]
    done = tracelore("verify", "tally-7")
    assert (done.exit_code, done.stderr) == (0, "1 of 1 proven\n")
    shelved = read_signature(signatures / "tally" / "tally-7.yaml")
    seen = shelved.signature.verified
    assert seen is not None
    assert seen.how == "reproduced"
    assert [(one.affected, one.fixed) for one in seen.runs] == [({"tally": "1.2"}, {"tally": "1.3"})]
    assert seen.runs[0].python.startswith(f"{HERE}.")
    example = (signatures / "tally" / f"tally-7.match.run-python-{HERE.replace('.', '-')}.txt").read_text()
    assert "AttributeError: 'list' object has no attribute 'total'" in example
    assert 'File "/srv/app/app.py", line 3, in <module>' in example
    after = everything(signatures)["tally-7.yaml"]
    kept = [line for line in before.splitlines() if not line.startswith("verified")]
    assert [line for line in after.splitlines() if line in kept] == kept
    assert tracelore("verify", "--all").exit_code == 0
    assert everything(signatures)["tally-7.yaml"] == after, "a second proof changes nothing"


def test_check_writes_nothing(signatures: Path, tracelore: Command) -> None:
    before = everything(signatures)
    assert tracelore("verify", "tally-7", "--check").exit_code == 0
    assert everything(signatures) == before


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('affected: ["tally==1.2"]', 'affected: ["tally==1.0"]', "with tally==1.0: did not crash"),
        ('affected: ["tally==1.2"]', 'affected: ["tally==9"]', f"could not install Python {HERE} with tally==9"),
        ('fixed: ["tally==1.3"]', 'fixed: ["tally==1.1"]', "with tally==1.1: still crashes with the fix"),
        ("'total'\"\n    - frame", "'sum'\"\n    - frame", "crashed differently: it ended with exit code 1: Attrib"),
        ("status: proven", "status: draft", "(is maybe: a draft is never more; set 'status: proven')"),
        (f'python: ["{HERE}"]', 'python: ["3.1"]', "could not install Python 3.1 with"),
    ],
)
def test_a_failed_proof_says_why_and_leaves_the_files(
    signatures: Path, tracelore: Command, before: str, after: str, says: str
) -> None:
    change(signatures, before, after)
    files = everything(signatures)
    done = tracelore("verify", "tally-7")
    assert done.exit_code == 1
    assert "FAILED tally-7" in done.stdout
    assert says in " ".join(done.stdout.split())
    assert everything(signatures) == files


def test_a_script_that_does_not_end_is_ended_and_told(signatures: Path, tracelore: Command) -> None:
    change(signatures, "  python:", "  seconds: 1\n  python:")
    (signatures / "tally" / "tally-7.reproduce.py").write_text("import time\n\ntime.sleep(30)\n")
    assert "did not end within 1 s" in tracelore("verify", "tally-7").stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["verify"], "Name a signature, or say --all or --changed."),
        (["verify", "tally-8"], "There is no signature 'tally-8'."),
        (["verify", "--changed", "--since", "no-such-revision"], "--changed: git says"),
        (["bisect"], "Name a signature"),
    ],
)
def test_a_wrong_call_is_refused(tracelore: Command, words: list[str], says: str) -> None:
    assert says in str(tracelore(*words).exception)


def test_only_what_changed_since_a_revision_is_run(signatures: Path, tracelore: Command) -> None:
    """And when nothing did, that is no mistake."""
    git = ["git", "-C", str(signatures), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], check=True)
    done = tracelore("verify", "--changed", "--check")
    assert (done.exit_code, done.stderr) == (0, "0 of 0 proven\n")
    (signatures / "tally" / "tally-7.reproduce.py").write_text("import tally\n\ntally.count([])\n")
    assert "1 of 1 proven" in tracelore("verify", "--changed", "--check").stderr


def test_what_can_not_be_run_says_so_and_is_left_out(signatures: Path, tracelore: Command) -> None:
    block = f'python: ["{HERE}"]\n  affected: ["tally==1.2"]\n  fixed: ["tally==1.3"]'
    change(signatures, block, 'cannot: "needs an abacus"')
    done = tracelore("verify", "--all")
    assert (done.exit_code, done.stderr) == (0, "not run: tally-7: needs an abacus\n0 of 0 proven\n")


def test_bisect_finds_both_ends_and_agrees(signatures: Path, tracelore: Command) -> None:
    done = tracelore("bisect", "tally-7")
    assert done.exit_code == 0, done.stdout
    assert "1.0 runs; 1.1 crashes; 1.2 crashes; 1.3 runs" in done.stdout
    seen = read_signature(signatures / "tally" / "tally-7.yaml").signature.verified
    assert seen is not None
    assert seen.edges == {"1.0": "ran", "1.1": "crashed", "1.2": "crashed", "1.3": "ran"}


def test_bisect_says_how_else_a_release_fails(signatures: Path, tracelore: Command) -> None:
    script = "import tally\n\nassert 'total' in open(tally.__file__).read(), 'another'\nprint(tally.count([1, 2]))\n"
    (signatures / "tally" / "tally-7.reproduce.py").write_text(script)
    said = tracelore("bisect", "tally-7", "--check").stdout
    assert "1.0 fails otherwise; 1.1 crashes" in said
    assert "    1.0 ended with exit code 1: AssertionError: another (is none: " in said


@pytest.mark.parametrize("script", ["bytearray(12 * 2**30)\n", "import sys\n\nsys.exit('what():  std::bad_alloc')\n"])
def test_a_release_that_needs_more_memory_than_there_is_is_told(
    signatures: Path, tracelore: Command, script: str
) -> None:
    (signatures / "tally" / "tally-7.reproduce.py").write_text(script)
    assert "it ran out of memory" in " ".join(tracelore("verify", "tally-7", "--check").stdout.split())


def test_bisect_proposes_another_range_where_the_stated_one_is_wrong(signatures: Path, tracelore: Command) -> None:
    change(signatures, 'fixed: "1.3"', 'fixed: "1.2"')
    done = tracelore("bisect", "tally-7", "--check")
    assert done.exit_code == 1
    assert 'affected should be {introduced: "1.1", fixed: "1.3"}' in done.stdout


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("import os\nprint(os.getcwd(), os.environ['HOME'], 'TOKEN' in os.environ)\n", "/srv/app /srv/app False"),
        ("import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=5)\n", "Network is unreachable"),
        ("import socket\nhere = socket.create_server(('127.0.0.1', 0))\nprint(here.getsockname()[0])\n", "127.0.0.1"),
        ("print(len(bytearray(12 * 2**30)))\n", "MemoryError"),
        ("open('big', 'wb').write(bytes(2**27))\n", "File too large"),
    ],
    ids=["nothing of ours", "no network", "loopback", "little memory", "small files"],
)
def test_a_script_runs_in_a_cage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, printed: str) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    script = tmp_path / "script.py"
    script.write_text(source)
    assert printed in run(tmp_path, script, build(tmp_path, HERE, [], Installer()), seconds=20).text
