"""The commands that run signatures' scripts: verify proves a signature, bisect finds the ends of its range."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from itertools import count
from os import cpu_count
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from app.cli.book import Signatures, signatures_in
from app.cli.given import existing
from app.diagnosis.candidates import build_index
from app.errors import Misconfigured, TraceloreError, Unknown
from app.signature.book import make_book
from app.signature.model import Signature
from app.store.shelf import Shelved, read_shelf, read_signature
from app.verify.environments import NotBuilt
from app.verify.record import record_edges, record_runs
from app.verify.search import Found, fits
from app.verify.search import search as search_edges
from app.verify.verify import Bench
from app.verify.verify import verify as run_both

commands = typer.Typer()

Ids = Annotated[list[str] | None, typer.Argument(help="Signatures, by their ids.")]
Check = Annotated[bool, typer.Option("--check", help="Only say what is seen; write nothing into the files.")]
OpenNetwork = Annotated[
    bool, typer.Option("--open-network", help="Run scripts although their network can't be closed here.")
]


@commands.command()
def verify(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    ids: Ids = None,
    all_: Annotated[bool, typer.Option("--all", help="Every signature that says how it is reproduced.")] = False,
    changed: Annotated[bool, typer.Option("--changed", help="Those whose files differ from --since.")] = False,
    since: Annotated[str, typer.Option(help="Git revision that --changed compares with.")] = "HEAD",
    check: Check = False,
    offline: Annotated[bool, typer.Option("--offline", help="Install only what was downloaded before.")] = False,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Signatures run at the same time.")] = cpu_count() or 1,
    open_network: OpenNetwork = False,
    signatures: Signatures = None,
) -> None:
    """Prove signatures by running them.

    Their scripts crash with the affected packages, as this bug and no other, and run with the fix.

    Scripts run without network, in folders that are thrown away; only the installer reaches the registry.
    """
    folder = existing(signatures_in(signatures))
    shelved, _ = read_shelf(folder)
    if not ids and not all_ and not changed:
        raise Misconfigured("nothing-asked", "Name a signature, or say --all or --changed.", status=400)
    wanted = _wanted(shelved, {*(ids or ()), *(_changed(folder, since) if changed else ())}, all_=all_)
    bench = Bench(build_index(make_book(one.signature for one in shelved)), offline, open_network)

    def prove(one: Shelved) -> list[str]:
        pairs = run_both(one.signature, _script(one), bench)
        complaints = [text for pair in pairs for text in pair.complaints()]
        if not complaints and not check:
            record_runs(one.file, _fresh(one), pairs, datetime.now(UTC).date())
        return complaints

    failed = _in_parallel(wanted, prove, jobs)
    typer.echo(f"{len(wanted) - failed} of {len(wanted)} proven", err=True)
    raise typer.Exit(1 if failed else 0)


@commands.command()
def bisect(
    ids: Ids = None,
    check: Check = False,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Signatures run at the same time.")] = cpu_count() or 1,
    open_network: OpenNetwork = False,
    signatures: Signatures = None,
) -> None:
    """Find the releases with which a bug begins and ends.

    It says what `affected:` should be.
    """
    shelved, _ = read_shelf(existing(signatures_in(signatures)))
    if not ids:
        raise Misconfigured("nothing-asked", "Name a signature.", status=400)
    wanted = _wanted(shelved, set(ids), all_=False)
    bench = Bench(build_index(make_book(one.signature for one in shelved)), open_network=open_network)

    def search(one: Shelved) -> list[str]:
        found = search_edges(one.signature, _script(one), bench)
        if not check:
            record_edges(one.file, _fresh(one), found, datetime.now(UTC).date())
        return _proposal(one.signature, found)

    failed = _in_parallel(wanted, search, jobs)
    raise typer.Exit(1 if failed else 0)


def _wanted(shelved: Iterable[Shelved], ids: set[str], *, all_: bool) -> list[Shelved]:
    """The signatures asked for that can be run. Raises `Unknown`."""
    known = {one.signature.id: one for one in shelved}
    for missing in sorted(ids - known.keys()):
        raise Unknown("unknown-signature", f"There is no signature '{missing}'.")
    chosen = [one for one in known.values() if all_ or one.signature.id in ids]
    for one in chosen:
        how = one.signature.reproduce
        if how is None or how.cannot is not None:
            why = how.cannot if how is not None else "it has no 'reproduce:'"
            typer.echo(f"not run: {one.signature.id}: {why}", err=True)
    return [one for one in chosen if one.signature.reproduce is not None and one.signature.reproduce.cannot is None]


def _changed(folder: Path, since: str) -> set[str]:
    """The ids of signatures with a file that git says is new or different. Raises `Misconfigured`."""
    asked = (["diff", "--name-only", "-z", "--relative", since], ["ls-files", "--others", "--exclude-standard", "-z"])
    names: list[str] = []
    for words in asked:
        command = ["git", "-C", str(folder), *words, "--", "."]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - no shell
        if done.returncode != 0:
            raise Misconfigured("no-git", f"--changed: git says {done.stderr.strip()}")
        names += [name for name in done.stdout.split("\0") if name]
    stems = {file.stem: file for file in folder.glob("*/*.yaml")}
    return {stem for stem in stems for name in names if Path(name).name.startswith((f"{stem}.",))}


def _fresh(one: Shelved) -> Signature:
    """As its file says now: another run may have written into it meanwhile."""
    return read_signature(one.file).signature


def _script(one: Shelved) -> Path:
    if not one.script.is_file():
        raise Misconfigured("no-script", f"There is no {one.script}.")
    return one.script


def _in_parallel(wanted: list[Shelved], prove: Callable[[Shelved], list[str]], jobs: int) -> int:
    """Do it for each, several at a time, and print a line as each is done; gives how many had complaints."""
    failed, number, start = 0, count(1), monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(prove, one): one.signature.id for one in wanted}
        for done in as_completed(running):
            try:
                complaints = done.result()
            except (TraceloreError, NotBuilt) as wrong:
                complaints = [wrong.detail if isinstance(wrong, TraceloreError) else str(wrong)]
            failed += bool(complaints)
            state = "FAILED" if complaints else "ok    "
            typer.echo(f"[{next(number)}/{len(wanted)} {monotonic() - start:.0f} s] {state} {running[done]}")
            for complaint in complaints:
                typer.echo(f"    {complaint}")
    return failed


def _proposal(signature: Signature, found: Found) -> list[str]:
    """Print what the releases did; what the file should say instead, if it says otherwise."""
    words = {"crashed": "crashes", "ran": "runs", "differs": "fails otherwise"}
    told = [f"{release} {words[what]}" for release, what in found.at_the_ends().items()]
    ends = found.edges
    told += [f"not to be installed beside the others: {', '.join(ends.skipped)}"] if ends.skipped else []
    told += [f"otherwise than their neighbours: {', '.join(ends.odd)}"] if ends.odd else []
    typer.echo(f"{signature.id}: {'; '.join(told)}")
    for release in found.at_the_ends():
        if release in found.why:
            typer.echo(f"    {release} {found.why[release]}")
    begin = ends.first if ends.before is not None else "0"
    if any(fits(one, ends) for one in signature.affected):
        return []
    fixed = f', fixed: "{ends.after}"' if ends.after else ""
    return [f'affected should be {{introduced: "{begin}"{fixed}}}']
