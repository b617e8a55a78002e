"""The shipped book proves itself: each example gets the verdict in its name, and nothing ordinary is claimed."""

from functools import cache
from pathlib import Path

import pytest

from app.cli.author import lint_file, summary_of
from app.crash.text import read
from app.crash.traceback import parse
from app.diagnosis.candidates import Index, build_index
from app.diagnosis.proof import prove_example, prove_ordinary
from app.settings import shipped
from app.signature.book import make_book
from app.store.corpus import ordinary_files, read_ordinary
from app.store.releases import read_releases
from app.store.shelf import EXAMPLE, Example, Shelved, read_shelf

SHELVED, COMPLAINTS = read_shelf(shipped("signatures"))
EXAMPLES = [(one.signature.id, example) for one in SHELVED for example in one.examples]
ORDINARY = Path(__file__).parent / "ordinary"


@cache
def index() -> Index:
    return build_index(make_book((one.signature for one in SHELVED), read_releases(shipped("signatures"))))


def test_every_file_of_the_folder_is_read() -> None:
    """A text whose name is no promise, or belongs to no signature, would prove nothing."""
    assert [str(one) for one in COMPLAINTS] == []
    texts = set(shipped("signatures").rglob("*.txt"))
    assert texts == {example.file for _, example in EXAMPLES}
    assert all(EXAMPLE.fullmatch(file.name) for file in texts)


def test_the_list_of_all_is_fresh() -> None:
    """After a change: tracelore index > signatures/INDEX.md."""
    assert (shipped("signatures") / "INDEX.md").read_text() == summary_of(SHELVED)


@pytest.mark.parametrize("shelved", SHELVED, ids=lambda one: one.signature.id)
def test_a_signature_keeps_every_promise(shelved: Shelved) -> None:
    assert [str(complaint) for complaint in lint_file(shelved, index())] == []


@pytest.mark.parametrize(("signature", "example"), EXAMPLES, ids=[example.file.name for _, example in EXAMPLES])
def test_an_example_gets_the_verdict_in_its_name(signature: str, example: Example) -> None:
    assert list(prove_example(signature, example.verdict, example.read(), index())) == []


@pytest.mark.parametrize("file", ordinary_files(ORDINARY), ids=lambda file: file.name)
def test_nothing_ordinary_is_called_a_bug(file: Path) -> None:
    assert list(prove_ordinary(read_ordinary(file), index())) == []


def test_the_ordinary_background_is_broad() -> None:
    """Every crash in it is read as one, and no log of a program that is well is."""
    crashes = {file.name: read_ordinary(file) for file in (ORDINARY / "crashes").glob("*.txt")}
    logs = {file.name: read_ordinary(file) for file in (ORDINARY / "logs").glob("*.log.gz")}
    assert [name for name, raw in crashes.items() if not parse(read(raw))] == []
    assert [name for name, raw in logs.items() if parse(read(raw))] == []
    assert len(set(crashes.values())) >= 300
    assert sum(raw.count(b"\n") for raw in logs.values()) >= 50_000
