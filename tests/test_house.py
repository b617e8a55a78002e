"""What the repository promises about itself: locked, hashed, container-safe, and telling nothing of whoever built it."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
LOCKS = ["requirements.txt", "requirements-dev.txt"]

RUN_TIME = PROJECT["project"]["dependencies"]
DECLARED = [("requirements.txt", RUN_TIME), ("requirements-dev.txt", RUN_TIME + PROJECT["dependency-groups"]["dev"])]

# `name==1.2.3 ; marker \` and, on the lines beneath it, `--hash=sha256:…`
PIN = re.compile(r"^(?P<name>[\w.-]+)(\[[\w,-]+\])?==(?P<version>[^\s;]+)( ; (?P<marker>[^\\\n]+?))? \\$", re.MULTILINE)
HASHES = re.compile(r"(\n    --hash=sha256:[0-9a-f]{64}( \\)?)+(\n|\Z)")

# Where a maker's machine shows. Written in halves, so that this file does not find itself.
TRACES = {
    "a folder on the maker's machine": re.compile(r"(?<!\w)/work" + "/"),
    "the address of a package index": re.compile(r"pypi\.org/" + r"simple|--(?:extra-)?index" + r"-url[ =]\S*://"),
    "notes that are not in the repository": re.compile(r"(?<![\w/.-])(?:\.\./)*" + "shared/" + r"\w"),
}
# A report that somebody sent may name folders of theirs; of the code and the words around it, nothing may.
REPORTS = ("signatures/", "tests/golden/", "tests/ordinary/")


def pins(lock: str) -> dict[str, set[str]]:
    """The versions a lock holds of each package: more than one where the marker decides."""
    found: dict[str, set[str]] = {}
    for pin in PIN.finditer((ROOT / lock).read_text()):
        found.setdefault(canonicalize_name(pin["name"]), set()).add(pin["version"])
    return found


def traces(text: str) -> list[str]:
    return [what for what, pattern in TRACES.items() if pattern.search(text)]


def tracked_texts() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=False, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: there is no list of the repository's files")
    return [name for name in listed.stdout.split("\0") if name and not name.startswith(REPORTS)]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_a_pinned_package_or_its_hash(lock: str) -> None:
    """Nothing else is in it: no index address, no unpinned name, no package without a hash."""
    text = (ROOT / lock).read_text()
    rest = re.sub(PIN.pattern + HASHES.pattern, "", text, flags=re.MULTILINE)
    assert pins(lock)
    assert rest.strip() == ""
    assert "://" not in text


@pytest.mark.parametrize(("lock", "declared"), DECLARED, ids=LOCKS)
def test_a_lock_covers_what_the_project_declares(lock: str, declared: list[str]) -> None:
    """`make lock` was run after the last change of a dependency."""
    locked = pins(lock)
    for requirement in map(Requirement, declared):
        versions = locked.get(canonicalize_name(requirement.name), set())
        assert versions, f"{lock} lacks {requirement.name}: run `make lock`"
        assert all(map(requirement.specifier.contains, versions)), f"{lock} is older than pyproject.toml: {requirement}"


def test_the_development_lock_only_adds_to_the_run_time_lock() -> None:
    """So that one virtual environment serves both, and tests run on the versions that serve."""
    development = pins("requirements-dev.txt")
    assert {name: development.get(name) for name in pins("requirements.txt")} == pins("requirements.txt")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_serves_other_machines_too(lock: str) -> None:
    """It names what only Windows needs, and a compiled package has a hash for each platform's file."""
    text = (ROOT / lock).read_text()
    compiled = re.search(r"^pydantic-core==.*(?:\n    .*)+", text, re.MULTILINE)
    assert "sys_platform == 'win32'" in text
    assert compiled is not None
    assert compiled[0].count("--hash=") > 50


@pytest.mark.parametrize("folder", ["tests/shippers/node", "tests/browser"])
def test_a_lock_of_what_comes_from_npm_has_hashes_and_no_address(folder: str) -> None:
    text = (ROOT / folder / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    declared = json.loads((ROOT / folder / "package.json").read_text())["dependencies"]
    assert packages.pop("")["dependencies"] == declared, "package.json has changed since: run npm install in its folder"
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    assert "://" not in text


def test_make_without_a_target_lists_every_target() -> None:
    listed = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, check=True, capture_output=True, text=True)
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert [line.split()[1] for line in listed.stdout.splitlines()] == phony[1].split()
    assert all(len(line.split()) > 2 for line in listed.stdout.splitlines())


def test_make_installs_only_hashed_wheels() -> None:
    assert "--require-hashes --only-binary :all:" in MAKEFILE


def test_ci_runs_what_the_readme_says() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert re.search(r"for target in lint types test\b", script)
    assert re.search(r"^make .*\btest-shippers$", script, re.MULTILINE)
    assert re.search(r"^make .*\btest-endurance\b", script, re.MULTILINE)
    assert "export CI=true" in script
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


def test_the_image_holds_only_hashed_wheels() -> None:
    assert "--require-hashes --only-binary :all: --requirement /requirements.txt" in DOCKERFILE
    assert DOCKERFILE.count("FROM ") == 2
    assert "requirements-dev" not in DOCKERFILE


def test_the_image_runs_without_rights() -> None:
    final = DOCKERFILE.split("FROM ")[-1]
    assert re.findall(r"^USER (.+)$", final, re.MULTILINE) == ["10001:10001"]
    assert "chown" not in final
    assert final.index("USER ") < final.index("ENTRYPOINT ")


def test_the_image_writes_only_in_data() -> None:
    for line in ["PYTHONDONTWRITEBYTECODE=1", "TMPDIR=/data", "sqlite:////data/", "\nVOLUME /data\n"]:
        assert line in DOCKERFILE


def test_the_image_says_whether_it_is_well_and_stops_when_asked() -> None:
    """The commands are in exec form: a shell between would swallow the signal."""
    commands = re.findall(r"^\s*(CMD|ENTRYPOINT) (.)", DOCKERFILE, re.MULTILINE)
    assert commands == [("CMD", "["), ("ENTRYPOINT", "["), ("CMD", "[")]
    assert "/healthz" in DOCKERFILE
    assert "STOPSIGNAL SIGTERM" in DOCKERFILE


def test_what_the_image_copies_is_let_in_and_nothing_else() -> None:
    copied = {line.split()[1] for line in DOCKERFILE.splitlines() if re.match(r"COPY (?!--from)", line)}
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in rules
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied


def test_no_file_tells_where_it_was_made() -> None:
    found = [
        f"{name} names {what}"
        for name in tracked_texts()
        for what in traces((ROOT / name).read_bytes().decode(errors="replace"))
    ]
    assert not found


@pytest.mark.parametrize(
    "text",
    [
        "cd /" + "work/main",
        "--extra-index" + "-url https://example.org/",
        "https://pypi.org/" + "simple/uvicorn",
        "as ../sha" + "red/design.md says",
    ],
)
def test_the_search_for_traces_itself_finds_some(text: str) -> None:
    assert traces(text)


@pytest.mark.parametrize("text", ["share/doc", "app/web/shared/x", "/home/runner/work/x", "a shared folder"])
def test_the_search_for_traces_lets_ordinary_words_pass(text: str) -> None:
    assert not traces(text)


def test_the_licence_is_the_one_declared() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "Copyright 2026 The Tracelore authors" in text
