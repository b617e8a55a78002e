"""The command line, run as a user runs it: what it prints, what it refuses in one line, and its exit codes."""

import gc
import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from typer.main import get_command

from app.cli.given import MAX_FILE
from app.cli.main import cli, main
from app.settings import shipped
from app.signature.lint import CHECKS, TO_FILL
from app.store.shelf import read_signature
from app.web.schemas import Answer

BOOK = shipped("signatures")
UVICORN = BOOK / "uvicorn"
MATCH = UVICORN / "uvicorn-1317.match.cli-two-workers.txt"
GERMAN = UVICORN / "uvicorn-1317.maybe.bare-german.txt"
CUT = UVICORN / "uvicorn-1317.maybe.bare-cut-escaped.txt"
RUSSIAN = UVICORN / "uvicorn-514.match.russian-windows.txt"
FLASK = BOOK / "flask" / "flask-werkzeug3-url_quote.match.run-app.txt"
ORDINARY = Path(__file__).parent / "ordinary" / "key-error-27.txt"
COMMANDS = get_command(cli).commands  # type: ignore[attr-defined]
EVERY = COMMANDS | {
    f"{group} {name}": one for group, held in COMMANDS.items() for name, one in getattr(held, "commands", {}).items()
}
LINE = 61  # letters beside the longest name, where a line has 80


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in this process, errors turned into exit codes as in its own: a start of its own costs a second."""

    def run(*args: object, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["tracelore", *map(str, args)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


def spawn(*args: object, stdin: bytes = b"", **environment: str) -> Ran:
    """The real command, in a process of its own."""
    command = [sys.executable, "-m", "app.cli", *map(str, args)]
    done = subprocess.run(command, input=stdin, capture_output=True, check=False, env=os.environ | environment)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_zipped_crash_on_standard_input_is_answered() -> None:
    """In a terminal of western Windows, too, though the crash is in letters that it lacks."""
    ran = spawn("diagnose", "-", stdin=gzip.compress(RUSSIAN.read_bytes()), PYTHONIOENCODING="cp1252")
    assert (ran.code, ran.err) == (0, "")
    assert "[WinError 10022] \\u041f" in ran.out


def test_a_mistake_is_one_line_and_no_traceback() -> None:
    ran = spawn("diagnose", "no-such-file.txt")
    assert ran == Ran(2, "", "tracelore: no-such-file.txt: No such file or directory\n".replace("\n", os.linesep))


@pytest.mark.parametrize(
    ("file", "code", "verdict"), [(MATCH, 0, "match"), (GERMAN, 3, "maybe"), (CUT, 3, "maybe"), (ORDINARY, 4, "none")]
)
def test_the_exit_code_is_the_verdict_and_json_is_the_apis_answer(
    run: Run, file: Path, code: int, verdict: str
) -> None:
    ran = run("diagnose", file, "--json")
    answer = Answer.model_validate_json(ran.out)
    assert (ran.code, answer.verdict, ran.err) == (code, verdict, "")
    contract = {"id", "url", "verdict", "confidence", "crashes", "replies", "book", "engine"}
    assert contract <= json.loads(ran.out).keys()
    assert (answer.id, answer.url, answer.seen) == (None, None, 0)


def test_what_the_server_is_built_of_is_out_of_the_collectors_sight(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    at_start: list[int] = []
    monkeypatch.setattr(uvicorn, "run", lambda _, **__: at_start.append(gc.get_freeze_count()))
    monkeypatch.setenv("TRACELORE_DATABASE_URL", f"sqlite:///{tmp_path / 'served.db'}")
    before = gc.get_freeze_count()
    ran = run("serve")
    gc.unfreeze()
    assert (ran.code, ran.err) == (0, "")
    assert at_start[0] - before > 10_000


def test_the_answer_for_a_person_says_the_fix_first(run: Run) -> None:
    out = run("diagnose", MATCH).out
    lines = [line.split()[0] for line in out.splitlines() if re.match(r"  [A-Z]", line)]
    assert out.startswith("Known bug, 9")
    assert lines[:3] == ["Bug", "Fix", "Until"]
    assert "Upgrade uvicorn to 0.18.0 or later." in out
    assert out.index("  Fix ") < out.index("  Why ") < out.index("  Seen ") < out.index("  Source ")
    assert max(map(len, out.splitlines())) <= 120
    assert out.count("line 19: OSError: [WinError 87]") == 1  # two clues hold on it
    assert re.findall(r"Source .*\((\w+)\)", out) == ["report", "fix"]


def test_a_maybe_asks_the_question_that_decides(run: Run) -> None:
    out = run("diagnose", CUT).out
    assert out.startswith("Perhaps a known bug, ")
    assert "  Ask         Do you run Uvicorn with more than one worker on Windows" in out


def test_what_is_not_known_gets_a_fingerprint(run: Run) -> None:
    out = run("diagnose", ORDINARY).out
    assert out.startswith("Not a known bug: KeyError (lines ")
    assert "  Error       'price'" in out
    assert "  Fingerprint v1:" in out


def test_of_another_language_the_terminal_says_so(run: Run) -> None:
    text = b"java.lang.IllegalStateException: no price\n\tat com.shop.Main.main(Main.java:12)\n"
    out = run("diagnose", "-", stdin=text).out
    assert out.startswith("Not a known bug: java.lang.IllegalStateException (line 1)\n")
    assert "This is a crash of Java." in out


def test_a_text_without_a_crash_says_what_was_looked_for(run: Run) -> None:
    ran = run("diagnose", "-", stdin=b"all is well\n")
    assert ran.code == 4
    assert "traceback" in ran.out.lower()


@pytest.mark.parametrize("file", [GERMAN, CUT])
def test_a_stated_version_turns_a_maybe_into_a_match(run: Run, file: Path) -> None:
    assert run("diagnose", file, "--package", "uvicorn==0.17.6").code == 0
    assert run("diagnose", file, "--package", "uvicorn==0.30.0").code != 0


def test_more_can_be_stated_and_less_be_asked_for(run: Run) -> None:
    stated = ("--os", "win32", "--python", "3.8.10", "--package", "uvicorn==0.17.6", "--package", "h11==0.13.0")
    answer = Answer.model_validate_json(run("diagnose", MATCH, "--json", "--top", 1, *stated).out)
    facts = answer.crashes[0].environment
    assert facts.os
    assert facts.python
    assert (facts.os.value, facts.python.value, facts.packages["h11"].value) == ("windows", "3.8.10", "0.13.0")
    assert len(answer.crashes[0].matches) == 1


def test_rotated_logs_that_were_joined_are_read_to_the_end(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "all.log.gz"
    file.write_bytes(gzip.compress(b"all is well\n") + gzip.compress(MATCH.read_bytes()))
    assert run("diagnose", file).code == 0


MISTAKES: dict[str, tuple[tuple[object, ...], bytes, str]] = {
    "a version": (("--package", "uvicorn==new"), b"x", "packages.uvicorn"),
    "a package": (("--package", "uvicorn"), b"x", "--package 'uvicorn' is not name==version"),
    "two versions": (("--package", "a-b==1,a_b==2"), b"x", "given twice"),
    "a python": (("--python", "three"), b"x", "python "),
    "a system": (("--os", "beos"), b"x", "must be one of windows, linux and macos"),
    "nothing": ((), b"", "The report is empty"),
    "blanks": ((), b" \n\n", "The report is empty"),
    "a picture": ((), b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "not text"),
    "broken gzip": ((), b"\x1f\x8b\x08" + b"\xff" * 40, "begins like gzip but can't be unpacked"),
    "empty gzip": ((), gzip.compress(b""), "The report is empty"),
    "a bomb": ((), gzip.compress(bytes(MAX_FILE + 1), 1), "cut out the part around the crash"),
    "a folder of signatures": (("--signatures", "no-such-folder"), b"x", "there is no folder no-such-folder"),
}


@pytest.mark.parametrize(("args", "stdin", "told"), MISTAKES.values(), ids=MISTAKES)
def test_wrong_input_is_refused_in_one_line(run: Run, args: tuple[object, ...], stdin: bytes, told: str) -> None:
    ran = run("diagnose", "-", *args, stdin=stdin)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith("tracelore: ")
    assert told in ran.err


@pytest.mark.parametrize("args", [["--top", 0], ["--top", 21], ["--no-such"], ["a.txt", "b.txt"]], ids=str)
def test_wrong_usage_is_refused(run: Run, args: list[object]) -> None:
    ran = run("diagnose", *args)
    assert ran.code == 2
    assert ran.err.startswith("Usage: tracelore diagnose")


def test_a_folder_is_no_report(run: Run, tmp_path: Path) -> None:
    assert run("diagnose", tmp_path) == Ran(2, "", f"tracelore: {tmp_path}: Is a directory\n")


@pytest.mark.parametrize("name", EVERY)
def test_what_a_command_does_is_said_in_a_line_of_a_narrow_terminal(name: str) -> None:
    """The list of commands cuts off what is longer, and with it mostly what matters."""
    assert not EVERY[name].get_short_help_str(LINE).endswith("..."), EVERY[name].help


def test_a_value_that_is_refused_is_refused_in_our_words(run: Run) -> None:
    ran = run("diagnose", ORDINARY, "--os", "plan9")
    assert (ran.code, ran.err) == (2, "tracelore: os must be one of windows, linux and macos\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_and_explains_every_option(run: Run, command: str) -> None:
    out = run(command, "--help").out
    described = [one for one in COMMANDS[command].params if getattr(one, "help", "") and one.opts]
    assert [one.opts[0] for one in COMMANDS[command].params if one.opts[0] not in out] == []
    assert [one.opts for one in COMMANDS[command].params if one not in described and one.name != "help"] == []


def test_help_names_every_command(run: Run) -> None:
    out = run("--help").out
    assert [name for name in COMMANDS if not re.search(rf"^  {name}  +[A-Z]", out, re.MULTILINE)] == []


def test_the_shipped_book_has_no_complaint(run: Run) -> None:
    ran = run("lint")
    assert (ran.code, ran.out) == (0, "")
    assert re.fullmatch(r"\d+ signatures, 0 complaints\n", ran.err)


def test_a_broken_book_is_complained_about_with_places(run: Run, tmp_path: Path) -> None:
    for name in ("uvicorn-1317.yaml", "uvicorn-514.yaml", MATCH.name):
        (tmp_path / "uvicorn").mkdir(exist_ok=True)
        (tmp_path / "uvicorn" / name).write_bytes((UVICORN / name).read_bytes())
    broken = tmp_path / "uvicorn" / "uvicorn-1317.yaml"
    broken.write_text(broken.read_text().replace("- frame: hypercorn", "- fram: hypercorn"))
    ran = run("lint", "--signatures", tmp_path)
    assert ran.code == 1
    assert f"{broken}:21:7: TL101 match.none.2 'fram' is not a kind of clue; did you mean 'frame'?\n" in ran.out
    assert f"{broken.with_name('uvicorn-514.yaml')}:2:1: TL401 id has no 'uvicorn-514.match.<slug>.txt'" in ran.out
    assert ran.err == f"1 signature, {ran.out.count(chr(10))} complaints\n"
    only = run("lint", "--signatures", tmp_path, "--only", "uvicorn-1317")
    assert (only.code, only.out.count("\n"), only.err) == (1, 1, "0 signatures, 1 complaint\n")


def test_lint_lists_its_codes(run: Run) -> None:
    ran = run("lint", "--codes")
    assert ran.code == 0
    assert ran.out.splitlines() == [f"{check.code}  {check.promise}" for check in CHECKS]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--signatures", "no-such-folder"], "There is no folder no-such-folder."),
        (["--ordinary", "no-such-folder"], "There is no folder no-such-folder."),
        (["--only", "no-such-id"], "There is no signature 'no-such-id' in "),
    ],
)
def test_lint_does_not_call_nothing_clean(run: Run, args: list[str], told: str) -> None:
    ran = run("lint", *args)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err


def test_a_draft_is_written_as_the_books_readme_says(run: Run, tmp_path: Path) -> None:
    """The command, the files and the texts of its worked example; what is left to do is for a person."""
    readme = (BOOK / "README.md").read_text()
    [(package, word)] = re.findall(r"^tracelore new (\S+) (\S+) < paste\.txt$", readme, re.MULTILINE)
    ran = run("new", package, word, "--signatures", tmp_path, stdin=FLASK.read_bytes())
    assert (ran.code, ran.err) == (0, "")
    written = sorted(str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*.*"))
    assert written == [f"{package}/{package}-{word}.match.first.txt", f"{package}/{package}-{word}.yaml"]
    assert all(f"`{name}`" in readme or f"`{Path(name).name}`" in readme for name in written)
    assert all(str(tmp_path / name) in ran.out for name in written)
    linted = run("lint", "--signatures", tmp_path, "--only", f"{package}-{word}")
    assert linted.code == 1
    assert set(re.findall(r"TL\d+", linted.out)) == {"TL307", "TL401", "TL402"}
    assert "first should be match but is maybe: a draft is never more" in linted.out


def test_a_finished_draft_has_no_complaint(run: Run, tmp_path: Path) -> None:
    run("new", "flask", "https://github.com/pallets/flask/issues/5279", FLASK, "--signatures", tmp_path)
    file = tmp_path / "flask" / "flask-5279.yaml"
    assert read_signature(file).signature.references[0].url == "https://github.com/pallets/flask/issues/5279"
    text = file.read_text().replace(TO_FILL, "Written").replace("status: draft", "status: proven")
    file.write_text(text.replace("examples:", 'verified: {on: "2026-11-22", how: read}\nexamples:\n  other: a run'))
    file.with_name("flask-5279.none.other.txt").write_bytes(ORDINARY.read_bytes())
    assert run("lint", "--signatures", tmp_path, "--only", "flask-5279") == Ran(0, "", "1 signature, 0 complaints\n")


def test_what_the_book_knows_already_is_told(run: Run, tmp_path: Path) -> None:
    shutil.copytree(BOOK / "flask", tmp_path / "flask")
    ran = run("new", "werkzeug", "2789", FLASK, "--signatures", tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert "Known already? This text is a match for flask-werkzeug3-url_quote: if it is" in ran.out
    linted = run("lint", "--signatures", tmp_path, "--only", "werkzeug-2789").out
    assert re.search(
        "first should be match but is (none: flask-werkzeug3-url_quote matches it instead|maybe: a draft)", linted
    )
    assert "Known" not in run("new", "flask", "999", ORDINARY, "--signatures", tmp_path).out


def test_a_draft_keeps_nothing_personal(run: Run, tmp_path: Path) -> None:
    raw = FLASK.read_bytes().replace(b"/srv/app", b"/home/mallory/app")
    run("new", "flask", "5279", "--signatures", tmp_path, stdin=raw)
    assert [one.name for one in tmp_path.rglob("*.*") if "mallory" in one.read_text()] == []


def test_a_draft_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    run("new", "flask", "5279", FLASK, "--signatures", tmp_path)
    before = {one: one.read_bytes() for one in tmp_path.rglob("*.*")}
    again = run("new", "flask", "5279", MATCH, "--signatures", tmp_path)
    assert again.code == 2
    assert "flask-5279.yaml is there already" in again.err
    (tmp_path / "flask" / "flask-5279.yaml").unlink()
    assert (
        "flask-5279.match.first.txt is there already" in run("new", "flask", 5279, MATCH, "--signatures", tmp_path).err
    )
    assert all(before[one] == one.read_bytes() for one in tmp_path.rglob("*.*"))


@pytest.mark.parametrize(
    ("names", "stdin", "told"),
    [
        (("../../etc", "1"), MATCH.read_bytes(), "'../../etc' and '1' make no name"),
        (("flask", "///"), MATCH.read_bytes(), "'flask' and '///' make no name"),
        (("flask", "1"), b"all is well", "There is no crash in this text"),
        (("flask", "1"), b"", "There is no crash in this text"),
    ],
    ids=["no package", "no issue", "no crash", "nothing"],
)
def test_what_makes_no_draft_writes_nothing(
    run: Run, tmp_path: Path, names: tuple[str, str], stdin: bytes, told: str
) -> None:
    ran = run("new", *names, "--signatures", tmp_path, stdin=stdin)
    assert ran.code == 2
    assert ran.err.startswith(f"tracelore: {told}")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_not_be_written_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "flask").write_text("in the way")
    ran = run("new", "flask", "1", FLASK, "--signatures", tmp_path)
    assert (ran.code, ran.err) == (2, f"tracelore: {tmp_path / 'flask'}: File exists\n")


def test_the_schema_is_printed_as_it_is_shipped(run: Run) -> None:
    assert run("schema") == Ran(0, (BOOK / "schema.json").read_text(), "")


def test_a_database_is_migrated_once_and_again(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'data' / 'tracelore.db'}"
    monkeypatch.setenv("TRACELORE_DATABASE_URL", url)
    for _ in range(2):
        ran = run("migrate")
        assert (ran.code, ran.out) == (0, f"{url} is at the latest migration\n")


@pytest.mark.parametrize("command", ["migrate", "serve"])
@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (("TRACELORE_DATABASE_URL", "nonsense"), "TRACELORE_DATABASE_URL is not a URL"),
        (("TRACELORE_PORT", "eighty"), "TRACELORE_PORT: "),
        (("TRACELORE_PROT", "1"), "did you mean TRACELORE_PORT?"),
    ],
)
def test_a_wrong_setting_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, setting: tuple[str, str], told: str
) -> None:
    monkeypatch.setenv(*setting)
    ran = run(command)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert told in ran.err
