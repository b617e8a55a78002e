"""The commands for those who write signatures: the schema, lint, the list of all, and a draft from a paste."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from app.cli.book import Signatures, signatures_in
from app.cli.given import existing, read_file
from app.crash.model import Report
from app.crash.redact import redact
from app.crash.text import decode, read
from app.diagnosis.advise import advise, cases_of
from app.diagnosis.candidates import Index, build_index
from app.diagnosis.diagnose import diagnose
from app.diagnosis.drafted import drafted, name_of
from app.diagnosis.proof import matched, prove_example, prove_ordinary
from app.errors import BrokenSignature, Misconfigured, Unknown
from app.signature.book import make_book
from app.signature.lint import CHECKS, Entry, lint_names
from app.signature.lint import lint as lint_alone
from app.signature.schema import json_schema
from app.signature.summary import Line, summary
from app.store.corpus import ordinary_files, read_ordinary
from app.store.releases import read_releases
from app.store.shelf import Shelved, read_shelf
from app.web.words import counted

commands = typer.Typer()


@commands.command()
def schema() -> None:
    """Print the JSON Schema of a signature file.

    It is kept as signatures/schema.json.
    """
    typer.echo(json.dumps(json_schema(), indent=2))


@commands.command()
def index(signatures: Signatures = None) -> None:
    """Print the list of all signatures with their proof.

    It is kept as signatures/INDEX.md.
    """
    typer.echo(summary_of(read_shelf(existing(signatures_in(signatures)))[0]), nl=False)


def summary_of(shelved: Iterable[Shelved]) -> str:
    """The page for these signatures."""
    return summary(Line(one.signature, Counter(example.verdict for example in one.examples)) for one in shelved)


@commands.command()
def lint(
    signatures: Signatures = None,
    ordinary: Annotated[Path | None, typer.Option(help="Folder of texts that no signature may claim.")] = None,
    only: Annotated[str | None, typer.Option(help="Complain about this signature (id) only.")] = None,
    codes: Annotated[bool, typer.Option("--codes", help="List the checks and stop.")] = False,
    advice: Annotated[bool, typer.Option("--advice", help="Also name clues that may be too narrow or weak.")] = False,
) -> None:
    """Check signatures and their examples.

    Each complaint says file:line:column and a code.
    """
    if codes:
        typer.echo("\n".join(f"{check.code}  {check.promise}" for check in CHECKS))
        return
    folder = existing(signatures_in(signatures))
    texts = existing(ordinary) if ordinary else folder.parent / "tests" / "ordinary"
    shelved, complaints = read_shelf(folder)
    wanted = [one for one in shelved if only in {None, one.signature.id}]
    complaints = [one for one in complaints if only in {None, Path(one.file).stem}]
    if only is not None and not wanted and not complaints:
        raise Unknown("unknown-signature", f"There is no signature '{only}' in {folder}.")
    index = build_index(make_book((one.signature for one in shelved), read_releases(folder)))
    complaints += [complaint for one in wanted for complaint in _lint_one(one, index)]
    if only is None:
        complaints += _lint_ordinary(texts, index)
    for complaint in (*complaints, *(_advice(wanted, texts) if advice else ())):
        typer.echo(str(complaint))
    typer.echo(f"{counted(len(wanted), 'signature')}, {counted(len(complaints), 'complaint')}", err=True)
    raise typer.Exit(1 if complaints else 0)


def _advice(wanted: list[Shelved], texts: Path) -> Iterator[BrokenSignature]:
    ordinary = cases_of(read_ordinary(file) for file in ordinary_files(texts))
    for one in wanted:
        own = cases_of(example.read() for example in one.examples if example.verdict != "none")
        for code, path, text in advise(one.signature, own, ordinary):
            yield one.complain(code, text, path)


def _lint_one(one: Shelved, index: Index) -> Iterator[BrokenSignature]:
    yield from lint_file(one, index)
    for example in one.examples:
        for code, text in prove_example(one.signature.id, example.verdict, example.read(), index):
            yield one.complain(code, f"{example.slug} {text}", ("examples", example.slug))


def lint_file(one: Shelved, index: Index) -> Iterator[BrokenSignature]:
    """Every promise that a signature breaks without looking into its examples."""
    examples = {example.slug: example.verdict for example in one.examples}
    script, released = one.script.is_file(), index.book.releases
    entry = Entry(one.signature, one.file.stem, one.file.parent.name, examples, script, released)
    for code, path, text in (*lint_alone(entry), *lint_names(entry, frozenset(index.book.signatures))):
        yield one.complain(code, text, path)


def _lint_ordinary(folder: Path, index: Index) -> Iterator[BrokenSignature]:
    for file in ordinary_files(folder):
        for code, text in prove_ordinary(read_ordinary(file), index):
            yield BrokenSignature(code, text, file=str(file))


@commands.command()
def new(
    package: Annotated[str, typer.Argument(help="The package to change, by its PyPI name; cpython for Python itself.")],
    issue: Annotated[str, typer.Argument(help="Issue number, its URL, or a short word.")],
    file: Annotated[str, typer.Argument(help="File with the crash, or - for standard input.")] = "-",
    signatures: Signatures = None,
) -> None:
    """Draft a signature from a pasted crash.

    It writes the file with its clues, and keeps the paste as its first example.
    """
    name = name_of(package, issue)
    folder = signatures_in(signatures)
    target, example = folder / name.file, folder / name.example
    for one in (target, example):
        if one.exists():
            raise Misconfigured("exists", f"{one} is there already: edit it, or choose another word.", status=409)
    text = redact(decode(read_file(file))[0]).text
    written = drafted(name, issue, text)
    known = _matches(read(text.encode(errors="replace")), folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(written, encoding="utf-8")
        example.write_text(text, encoding="utf-8", errors="replace", newline="")
    except OSError as wrong:
        raise Misconfigured("unwritable", f"{wrong.filename}: {wrong.strerror}") from None
    typer.echo(f"Wrote {target}\n      {example}\nFill in what is open, then run: tracelore lint --only {name.id}")
    for other in known:
        typer.echo(f"Known already? This text is a match for {other}: if it is that bug, it belongs to its examples.")


def _matches(report: Report, folder: Path) -> list[str]:
    """The signatures of the folder that know this report already."""
    shelved = read_shelf(folder)[0] if folder.is_dir() else []
    return sorted(matched(diagnose(report, build_index(make_book(one.signature for one in shelved)))))
