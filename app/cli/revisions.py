"""Another revision of this checkout, made to answer the same questions with its own engine and its own signatures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import Misconfigured, Unknown
from app.folders import APP

ROOT = APP.parent
# What a Git hook or a service's settings leave behind: these would lead Git elsewhere, or be unknown to that revision.
FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "TRACELORE_", "PYTHONSAFEPATH")
SHOWN = 300  # characters of another program's complaint


def commit_of(revision: str, root: Path = ROOT) -> str:
    """The commit that a revision's name stands for. Raises `Misconfigured` without a checkout, `Unknown`."""
    top = _git(root, "rev-parse", "--show-toplevel")
    if top.returncode or Path(top.stdout.strip()).resolve() != root.resolve():
        raise Misconfigured("no-checkout", f"{root} is not a git checkout: compare with a file that --json wrote.")
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode:
        raise Unknown("no-revision", f"'{revision}' is neither a file nor a revision of this checkout.")
    return found.stdout.strip()


def result_of(commit: str, corpus: Path, ordinary: Path, seed: int, root: Path = ROOT) -> bytes:
    """What that commit's `evaluate --json` writes for these folders. Raises `Misconfigured` when it fails."""
    with _worktree(commit, root) as tree:
        questions, result = tree.with_name("corpus"), tree.with_name("result.json")
        _copy_known(corpus, questions, {file.stem for file in (tree / "signatures").rglob("*.yaml")})
        options = {"corpus": questions, "ordinary": ordinary, "signatures": tree / "signatures", "json": result}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value.resolve()))]
        command = [sys.executable, "-m", "app.cli", "evaluate", "--seed", str(seed), *words]
        ran = _run(command, tree, PYTHONPATH=str(tree))
        if ran.returncode or not result.is_file():
            raise Misconfigured("broken-revision", f"'evaluate' of revision {commit[:10]} failed: {_complaint(ran)}")
        return result.read_bytes()


@contextmanager
def _worktree(commit: str, root: Path) -> Iterator[Path]:
    """The commit's files in a temporary folder; nothing is left of it afterwards, here or in Git's list."""
    with tempfile.TemporaryDirectory(prefix="tracelore-") as folder:
        tree = Path(folder).resolve() / "tree"
        try:
            # Hooks of the checkout are for its author's own work, not for this copy.
            hookless = ("-c", f"core.hooksPath={os.devnull}")
            made = _git(root, *hookless, "worktree", "add", "--quiet", "--detach", str(tree), commit)
            if made.returncode:
                raise Misconfigured("no-worktree", f"Git can't check out {commit[:10]}: {_complaint(made)}")
            yield tree
        finally:
            _git(root, "worktree", "remove", "--force", str(tree))


def _copy_known(corpus: Path, copy: Path, known: set[str]) -> None:
    """The labelled reports without those about signatures that the revision does not have: it would refuse them all."""
    copy.mkdir()
    for file in sorted(corpus.glob("*.jsonl")):
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        kept = [line for line in lines if _about(line) <= known]
        (copy / file.name).write_text("".join(line + "\n" for line in kept), encoding="utf-8")


def _about(line: str) -> set[str]:
    report = json.loads(line)
    return {report[name] for name in ("bug", "looks_like") if report.get(name)}


def _git(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    try:
        return _run(["git", *words], root)
    except FileNotFoundError:
        raise Misconfigured("no-git", "There is no git here: compare with a file that --json wrote.") from None


def _run(command: list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return subprocess.run(  # noqa: S603 - no shell, and no word of it is from a report
        command,
        cwd=folder,
        env=environment | more,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _complaint(ran: subprocess.CompletedProcess[str]) -> str:
    """The last line on standard error, where programs say what stopped them."""
    lines = ran.stderr.strip().splitlines()
    return lines[-1][:SHOWN] if lines else f"exit code {ran.returncode}"
