"""The command line: thin over the functions the service uses. Exit codes: 0 match, 3 maybe, 4 none, 2 wrong input."""

from __future__ import annotations

import io
import json
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from packaging.utils import canonicalize_name
from pydantic import ValidationError

from app import settings as app_settings
from app.crash.model import Environment
from app.crash.redact import redact
from app.crash.text import decode, read
from app.crash.traceback import parse
from app.diagnosis.advise import advise, cases_of
from app.diagnosis.candidates import Index, build_index
from app.diagnosis.draft import about, draft
from app.diagnosis.plain import plain
from app.diagnosis.proof import prove_example, prove_ordinary
from app.errors import BrokenSignature, Misconfigured, TraceloreError, Unknown, Unreadable
from app.evaluation.evaluate import evaluate as run_evaluation
from app.evaluation.show import answers, as_json, as_page, as_text, changes
from app.intake import receive
from app.main import create_app
from app.settings import Settings, shipped
from app.signature.book import make_book
from app.signature.lint import CHECKS, Entry, lint_names
from app.signature.lint import lint as lint_alone
from app.signature.schema import json_schema
from app.store.corpus import from_examples, from_ordinary, load_corpus, ordinary_files, read_ordinary
from app.store.database import connect
from app.store.migrations import migrate as migrate_database
from app.store.shelf import Shelved, load_book, read_shelf
from app.web.schemas import Answer, StatedEnvironment, packages_of

MAX_FILE = 64 * 1024 * 1024  # a log of some hundred thousand lines; a month of logs is not one report
EXIT = {"match": 0, "maybe": 3, "none": 4}
WRONG = 2
GZIP = b"\x1f\x8b"

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Here is a crash: is it a known bug, what causes it, which version fixes it, and how sure are you?",
)

Signatures = Annotated[
    Path | None, typer.Option("--signatures", help="Folder of signatures instead of the shipped one.")
]


@cli.command()
def diagnose(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    file: Annotated[str, typer.Argument(help="File with the crash (gzip is unpacked), or - for standard input.")] = "-",
    json_: Annotated[bool, typer.Option("--json", help="Print the answer in the shape of the HTTP API.")] = False,
    top: Annotated[int, typer.Option(min=1, max=20, help="Signatures to name for each crash, at most.")] = 5,
    os: Annotated[str | None, typer.Option(help="Where it crashed: windows, linux or macos.")] = None,
    python: Annotated[str | None, typer.Option(help="Python version there.")] = None,
    package: Annotated[
        list[str] | None, typer.Option(help="A package there, as name==version; may be repeated.")
    ] = None,
    signatures: Signatures = None,
) -> None:
    """Say what a crash is: exit code 0 for a known bug, 3 for perhaps, 4 for not known, 2 for wrong input."""
    stated = _stated(os, python, package or [])
    index = build_index(load_book(_folder(signatures)))
    received = receive(_read(file), index=index, stated=stated)
    answer = Answer.of(received, top)
    typer.echo(answer.model_dump_json(indent=2) if json_ else "\n".join(plain(received.diagnosis)))
    raise typer.Exit(EXIT[answer.verdict])


@cli.command()
def serve() -> None:
    """Serve the API and the pages; settings come from TRACELORE_* variables (see README)."""
    settings = app_settings.load()
    app = create_app(settings)
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="info", server_header=False)


@cli.command()
def migrate() -> None:
    """Bring the database to the latest migration; `serve` does so by itself."""
    settings = app_settings.load()
    engine = connect(settings.database_url)
    migrate_database(engine, shipped("migrations"))
    typer.echo(f"{engine.url.render_as_string()} is at the latest migration")


@cli.command()
def schema() -> None:
    """Print the JSON Schema of a signature file (signatures/schema.json)."""
    typer.echo(json.dumps(json_schema(), indent=2))


@cli.command()
def lint(
    signatures: Signatures = None,
    ordinary: Annotated[Path | None, typer.Option(help="Folder of texts that no signature may claim.")] = None,
    only: Annotated[str | None, typer.Option(help="Complain about this signature (id) only.")] = None,
    codes: Annotated[bool, typer.Option("--codes", help="List the checks and stop.")] = False,
    advice: Annotated[bool, typer.Option("--advice", help="Also name clues that may be too narrow or weak.")] = False,
) -> None:
    """Check every signature and its examples; each complaint says file:line:column and a code."""
    if codes:
        typer.echo("\n".join(f"{check.code}  {check.promise}" for check in CHECKS))
        return
    folder = _there(_folder(signatures))
    texts = _there(ordinary) if ordinary else folder.parent / "tests" / "ordinary"
    shelved, complaints = read_shelf(folder)
    wanted = [one for one in shelved if only in {None, one.signature.id}]
    complaints = [one for one in complaints if only in {None, Path(one.file).stem}]
    if only is not None and not wanted and not complaints:
        raise Unknown("unknown-signature", f"There is no signature '{only}' in {folder}.")
    index = build_index(make_book(one.signature for one in shelved))
    complaints += [complaint for one in wanted for complaint in _lint_one(one, index)]
    if only is None:
        complaints += _lint_ordinary(texts, index)
    for complaint in (*complaints, *(_advice(wanted, texts) if advice else ())):
        typer.echo(str(complaint))
    typer.echo(f"{len(wanted)} signatures, {len(complaints)} complaints", err=True)
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
    entry = Entry(one.signature, one.file.stem, one.file.parent.name, examples)
    for code, path, text in (*lint_alone(entry), *lint_names(entry, frozenset(index.book.signatures))):
        yield one.complain(code, text, path)


def _lint_ordinary(folder: Path, index: Index) -> Iterator[BrokenSignature]:
    for file in ordinary_files(folder):
        for code, text in prove_ordinary(read_ordinary(file), index):
            yield BrokenSignature(code, text, file=str(file))


@cli.command()
def new(
    package: Annotated[str, typer.Argument(help="The package to change, by its PyPI name; cpython for Python itself.")],
    issue: Annotated[str, typer.Argument(help="Issue number, its URL, or a short word.")],
    file: Annotated[str, typer.Argument(help="File with the crash, or - for standard input.")] = "-",
    signatures: Signatures = None,
) -> None:
    """Draft a signature from a pasted crash: the file with its clues, and the paste as its first example."""
    name = canonicalize_name(package)
    word = re.sub(r"[^a-z0-9_]+", "-", issue.rstrip("/").rpartition("/")[2].lower()).strip("-")
    signature_id = f"{name}-{word}"
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) or not word:
        raise Unreadable("bad-name", f"'{package}' and '{issue}' make no name: try 'tracelore new flask 4242'.")
    target = _folder(signatures) / name / f"{signature_id}.yaml"
    example = target.with_name(f"{signature_id}.match.first.txt")
    for one in (target, example):
        if one.exists():
            raise Misconfigured("exists", f"{one} is there already: edit it, or choose another word.", status=409)
    text = redact(decode(_read(file))[0]).text
    crashes = parse(read(text.encode(errors="replace")))
    if not crashes:
        raise Unreadable("no-crash", "There is no crash in this text: paste the whole traceback.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(draft(signature_id, name, issue, about(name, crashes)), encoding="utf-8")
        example.write_text(text, encoding="utf-8", errors="replace", newline="")
    except OSError as wrong:
        raise Misconfigured("unwritable", f"{wrong.filename}: {wrong.strerror}") from None
    typer.echo(f"Wrote {target}\n      {example}\nFill in what is open, then run: tracelore lint --only {signature_id}")


@cli.command()
def evaluate(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    corpus: Annotated[Path, typer.Option(help="Folder of labelled reports (JSON lines).")] = Path("tests/corpus"),
    ordinary: Annotated[Path, typer.Option(help="Folder of ordinary crashes.")] = Path("tests/ordinary"),
    seed: Annotated[int, typer.Option(help="Seed of the damage done to the reports.")] = 1,
    json_: Annotated[Path | None, typer.Option("--json", help="Write all outcomes to this file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with the figures to this file.")] = None,
    compare: Annotated[
        Path | None, typer.Option(help="A file that --json wrote, of another revision: list every changed answer.")
    ] = None,
    signatures: Signatures = None,
) -> None:
    """Measure how right the answers are, and how honest their confidence, on labelled reports."""
    shelved, _ = read_shelf(_folder(signatures))
    index = build_index(make_book(one.signature for one in shelved))
    far = list(from_ordinary(ordinary))
    labelled = [*load_corpus(corpus, frozenset(index.book.signatures)), *from_examples(shelved), *far]
    result = run_evaluation(labelled, [one.text for one in far], index, seed=seed)
    typer.echo("\n".join(as_text(result)))
    for file, text in ((json_, as_json), (html, as_page)):
        if file is not None:
            file.write_text(text(result), encoding="utf-8")
    if compare is not None:
        before = answers(compare.read_text(encoding="utf-8"))
        typer.echo("\n".join(["", "answers that change", *changes(before, answers(as_json(result)))]))


def _folder(given: Path | None) -> Path:
    return given or Settings().signatures


def _there(folder: Path) -> Path:
    if not folder.is_dir():
        raise Misconfigured("no-folder", f"There is no folder {folder}.")
    return folder


def _read(file: str) -> bytes:
    """A file's bytes, unpacked when they are gzip. Raises `Unreadable`."""
    try:
        raw = sys.stdin.buffer.read(MAX_FILE + 1) if file == "-" else _head(Path(file))
    except OSError as wrong:
        raise Unreadable("no-file", f"{file}: {wrong.strerror or wrong}") from None
    if raw.startswith(GZIP):
        try:
            raw = _unpacked(raw)
        except zlib.error:
            raise Unreadable("broken-gzip", f"{file} begins like gzip but can't be unpacked.") from None
    if len(raw) > MAX_FILE:
        raise Unreadable("too-long", f"{file} is over {MAX_FILE // 2**20} MiB: cut out the part around the crash.")
    return raw


def _unpacked(raw: bytes) -> bytes:
    """All of a gzip file's parts (rotated logs are often joined), as far as they are read at all."""
    text = bytearray()
    while raw.startswith(GZIP) and len(text) <= MAX_FILE:
        part = zlib.decompressobj(wbits=31)
        text += part.decompress(raw, MAX_FILE + 1 - len(text))
        raw = part.unused_data
    return bytes(text)


def _head(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_FILE + 1)


def _stated(os: str | None, python: str | None, packages: list[str]) -> Environment:
    given: dict[str, Any] = {"os": os, "python": python}
    facts = {name: value for name, value in given.items() if value is not None}
    try:
        listed = packages_of("\n".join(packages))
    except ValueError as wrong:
        raise Unreadable("bad-package", f"--package {wrong}") from None
    return StatedEnvironment.model_validate(facts | {"packages": listed}).as_facts()


def main() -> None:
    """Run the command line; our errors become one line on standard error and exit code 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a report may hold letters that the terminal lacks
    try:
        cli(prog_name="tracelore")
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        typer.echo(f"tracelore: {'.'.join(str(part) for part in first['loc'])} {first['msg']}", err=True)
        sys.exit(WRONG)
    except BrokenSignature as wrong:
        typer.echo(str(wrong), err=True)
        sys.exit(WRONG)
    except TraceloreError as wrong:
        typer.echo(f"tracelore: {wrong.detail}", err=True)
        sys.exit(WRONG)


if __name__ == "__main__":
    main()
