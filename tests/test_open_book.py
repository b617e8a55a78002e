"""What is compiled of the signatures says what they say: unchanged, changed, or damaged by anybody."""

import logging
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.crash.text import read
from app.diagnosis.candidates import Index, build_index
from app.diagnosis.diagnose import diagnose
from app.errors import BrokenSignature, Misconfigured
from app.open_book import open_book
from app.settings import shipped
from app.signature.book import Book
from app.store import compiled, stamps
from app.store.shelf import load_book

LONG_AGO = 1_700_000_000
EXAMPLES = sorted(shipped("signatures").rglob("*.match.*.txt"))[::40]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A few of the shipped signatures, as old as files mostly are."""
    made = tmp_path / "signatures"
    for package in ("uvicorn", "celery", "eventlet", "gunicorn"):
        shutil.copytree(shipped("signatures") / package, made / package)
    return made


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes files that were written just now as if they had been for seconds."""
    monkeypatch.setattr(stamps, "SETTLED", -1_000_000_000)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The signature files that are read as YAML, as they are."""
    seen: list[str] = []
    real = yaml.CSafeLoader.get_single_node

    def get_single_node(loader: yaml.CSafeLoader) -> Any:
        seen.append("")
        return real(loader)

    monkeypatch.setattr(yaml.CSafeLoader, "get_single_node", get_single_node)
    return seen


def same(one: Index, other: Index) -> None:
    """Both say the same of every signature and of every example."""
    told(one.book, other.book)
    for file in EXAMPLES:
        report = read(file.read_bytes())
        assert diagnose(report, one) == diagnose(report, other)


def told(one: Book, other: Book) -> None:
    assert one.revision == other.revision
    assert list(one.signatures.items()) == list(other.signatures.items())
    assert {name: list(some) for name, some in one.by_package.items()} == {
        name: list(some) for name, some in other.by_package.items()
    }
    assert dict(one.samples) == dict(other.samples)
    assert dict(one.releases) == dict(other.releases)
    assert one.named_by == other.named_by
    assert one.facets.totals == other.facets.totals
    assert list(one.listed()) == list(other.listed())


def test_what_is_compiled_says_what_the_files_say(folder: Path, tmp_path: Path) -> None:
    fresh = build_index(load_book(folder))
    same(open_book(folder, None), fresh)
    same(open_book(folder, tmp_path / "cache"), fresh)
    same(open_book(folder, tmp_path / "cache"), fresh)


@pytest.mark.usefixtures("settled")
def test_a_second_start_reads_no_signature(folder: Path, tmp_path: Path, reads: list[str]) -> None:
    open_book(folder, tmp_path)
    assert len(reads) == len(list(folder.glob("*/*.yaml")))
    reads.clear()
    open_book(folder, tmp_path)
    assert not reads


def test_files_that_have_just_been_written_are_hashed_and_not_trusted(
    folder: Path, tmp_path: Path, reads: list[str]
) -> None:
    """A change within one tick of the clock leaves the same stamp: only what is older gets one."""
    open_book(folder, tmp_path)
    file = next(folder.glob("*/*.yaml"))
    assert set(stamps.look(folder).values()) == {stamps.UNSURE}
    at = file.stat()
    file.write_text(file.read_text().replace("cause: |", "cause:  |"))
    os.utime(file, ns=(at.st_atime_ns, at.st_mtime_ns))
    reads.clear()
    same(open_book(folder, tmp_path), build_index(load_book(folder)))
    assert reads


@pytest.mark.usefixtures("settled")
def test_a_folder_that_was_copied_is_known_by_its_contents_and_gets_new_stamps(
    folder: Path, tmp_path: Path, reads: list[str]
) -> None:
    open_book(folder, tmp_path)
    for file in folder.glob("*/*"):
        os.utime(file, (LONG_AGO, LONG_AGO))
    reads.clear()
    open_book(folder, tmp_path)
    (file,) = tmp_path.glob("*.book")
    kept = file.stat()
    open_book(folder, tmp_path)
    assert not reads
    assert file.stat() == kept


def edit(folder: Path, name: str) -> None:
    file = folder / "uvicorn" / "uvicorn-1317.yaml"
    text = file.read_text()
    edits: Mapping[str, Callable[[], object]] = {
        "edited": lambda: file.write_text(text.replace('title: "', 'title: "Windows: ')),
        "removed": file.unlink,
        "renamed": lambda: file.write_text(text.replace("id: uvicorn-1317", "id: uvicorn-1")),
        "retired": lambda: file.write_text(text.replace("status: proven", "status: retired\nreplaced_by: uvicorn-1")),
        "an example more": lambda: file.with_name("uvicorn-1317.match.short.txt").write_text("Traceback\n" * 9),
        "an example less": lambda: next(folder.glob("uvicorn/uvicorn-1317.match.*")).unlink(),
        "releases": lambda: (folder / "uvicorn" / "releases.json").write_text('{"1.0": "2020-01-01"}'),
        "no releases": lambda: (folder / "uvicorn" / "releases.json").unlink(missing_ok=True),
        "a new package": lambda: shutil.copytree(shipped("signatures") / "redis", folder / "redis"),
    }
    edits[name]()


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize(
    "change",
    ["edited", "removed", "renamed", "retired", "an example more", "an example less", "releases", "no releases", "a new package"],
)  # fmt: skip
def test_what_changed_is_read_again_and_nothing_else(
    folder: Path, tmp_path: Path, reads: list[str], change: str
) -> None:
    open_book(folder, tmp_path)
    edit(folder, change)
    reads.clear()
    index = open_book(folder, tmp_path)
    assert len(reads) < len(list(folder.glob("*/*.yaml"))) / 2
    same(index, build_index(load_book(folder)))


@pytest.mark.usefixtures("settled")
def test_a_file_that_became_wrong_is_told_as_without_a_compiled_book(folder: Path, tmp_path: Path) -> None:
    open_book(folder, tmp_path)
    (folder / "celery" / "celery-0.yaml").write_text("id: celery-0\nfrobnicate: 1\n")
    with pytest.raises(BrokenSignature, match=r"celery-0\.yaml:\d+:\d+: TL101"):
        open_book(folder, tmp_path)
    shutil.copy(folder / "uvicorn" / "uvicorn-1317.yaml", folder / "celery" / "celery-0.yaml")
    with pytest.raises(BrokenSignature, match="TL203 id the id is taken by"):
        open_book(folder, tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="there is no folder"):
        open_book(tmp_path / "nowhere", tmp_path)


@pytest.mark.usefixtures("settled")
@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=10)
def test_a_damaged_file_is_not_used(folder: Path, tmp_path: Path, data: st.DataObject) -> None:
    expected = open_book(folder, tmp_path).book.revision
    (file,) = tmp_path.glob("*.book")
    raw = bytearray(file.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        del raw[at:]
    else:
        raw[at] ^= data.draw(st.integers(1, 255))
    file.write_bytes(raw)
    with pytest.raises(compiled.Unusable):
        compiled.read(file)
    assert open_book(folder, tmp_path).book.revision == expected
    assert compiled.read(file)


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("what", ["ones", "gone"])
def test_sections_that_do_not_fit_are_compiled_anew_though_the_checksum_holds(
    folder: Path, tmp_path: Path, what: str
) -> None:
    """As another version could have written them: an error is no crash, and no answer comes of it."""
    expected = open_book(folder, tmp_path).book.revision
    (file,) = tmp_path.glob("*.book")
    whole = {name: bytes(section) for name, section in compiled.read(file).items()}
    lasting = {"records", "samples", "releases", "contents", "paths"}  # these are read when they are asked for
    for name in sorted(whole.keys() - lasting):
        raw = whole[name]
        if not raw:
            continue
        others = {one: section for one, section in whole.items() if one != name}
        compiled.write(file, others | ({name: b"\xff" * len(raw)} if what == "ones" else {}))
        index = open_book(folder, tmp_path)
        assert index.book.revision == expected, name
        for example in EXAMPLES[:3]:
            diagnose(read(example.read_bytes()), index)


@pytest.mark.usefixtures("settled")
def test_what_another_version_compiled_is_compiled_anew(
    folder: Path, tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_book(folder, tmp_path)
    reads.clear()
    monkeypatch.setattr("app.open_book.ENGINE", "next")
    open_book(folder, tmp_path)
    assert reads


def test_what_another_process_puts_there_meanwhile_is_not_taken_for_ours(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of another version may start beside this one, with the same cache."""
    real = compiled.write

    def overtaken(file: Path, sections: compiled.Sections) -> None:
        real(file, {**sections, "maker": b"another version", "records": sections["records"][:0]})

    monkeypatch.setattr("app.open_book.write", overtaken)
    same(open_book(folder, tmp_path), build_index(load_book(folder)))


@pytest.mark.skipif(os.name != "posix", reason="who may write a file is told otherwise there")
def test_a_file_that_others_can_write_is_not_trusted(folder: Path, tmp_path: Path) -> None:
    open_book(folder, tmp_path)
    (file,) = tmp_path.glob("*.book")
    file.chmod(0o666)
    with pytest.raises(compiled.Unusable, match="others can write"):
        compiled.read(file)


def test_where_nothing_can_be_kept_it_is_said_and_all_the_same_answered(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    with caplog.at_level(logging.WARNING):
        index = open_book(folder, tmp_path / "file" / "cache")
    assert "TRACELORE_CACHE" in caplog.text
    same(index, build_index(load_book(folder)))


def test_nothing_is_left_beside_the_file(folder: Path, tmp_path: Path) -> None:
    open_book(folder, tmp_path / "cache")
    assert [one.suffix for one in (tmp_path / "cache").iterdir()] == [".book"]
