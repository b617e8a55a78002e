"""The files of an archive are scanned as if they lay in a folder, and no archive takes more memory than it may."""

from __future__ import annotations

import gzip
import io
import random
import shutil
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from app.scan.spread import Scan
from tests.scan.test_scan import CRASH, FOUNDING, PACKERS, counts, scanned


def bundle(folder: Path, packed: str) -> Path:
    """All of a folder as an archive."""
    if packed == "zip":
        return Path(shutil.make_archive(str(folder), "zip", folder))
    tar = Path(shutil.make_archive(str(folder), "tar", folder))
    if packed == "tar":
        return tar
    tar.with_suffix(f".{packed}").write_bytes(PACKERS[packed](tar.read_bytes()))
    return tar.with_suffix(f".{packed}")


@pytest.mark.parametrize("packed", ["tar", "zip", *PACKERS])
def test_a_bundle_of_logs_says_what_its_folder_does(packed: str, tmp_path: Path) -> None:
    folder = tmp_path / "support"
    (folder / "old").mkdir(parents=True)
    (folder / "app.log").write_text(CRASH + FOUNDING)
    (folder / "old" / "app.log.1.gz").write_bytes(gzip.compress(CRASH.encode()))
    (folder / "old" / "windows.log").write_bytes(FOUNDING.encode("utf-16"))
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n" + bytes(1000))
    alone = scanned(folder)
    scan = scanned(bundle(folder, packed))
    assert counts(scan) == counts(alone)
    assert scan.tally.crashes == 4
    files = {name.rpartition(":")[2].removeprefix("./") for one in scan.tally.groups.values() for name in one.files}
    assert files == {"app.log", "old/app.log.1.gz", "old/windows.log"}
    assert [(note.name.rpartition(":")[2].removeprefix("./"), note.lost) for note in scan.notes] == [
        ("picture.png", False)
    ]


@pytest.mark.parametrize("packed", ["tar", "zip", "gz"])
def test_what_is_wrong_with_one_file_of_a_bundle_stops_no_other(packed: str, tmp_path: Path) -> None:
    folder = tmp_path / "support"
    folder.mkdir()
    (folder / "a.log").write_text(CRASH)
    (folder / "b.tar").write_bytes(bundle(folder, "tar").read_bytes())
    (folder / "c.log.gz").write_bytes(gzip.compress(CRASH.encode())[:-9])
    (folder / "d.log").write_text(CRASH)
    scan = scanned(bundle(folder, packed))
    assert scan.tally.crashes == 3
    said = {note.name.rpartition("/")[2].rpartition(":")[2]: note.text for note in scan.notes}
    assert said.keys() == {"b.tar", "c.log.gz"}
    assert "an archive inside" in said["b.tar"]


@pytest.mark.parametrize("packed", ["tar", "gz", "zip"])
def test_a_bundle_that_is_cut_off_is_read_as_far_as_it_can_be(packed: str, tmp_path: Path) -> None:
    """A ZIP archive says at its end what is in it."""
    folder = tmp_path / "support"
    folder.mkdir()
    (folder / "a.log").write_text(CRASH)
    (folder / "b.log").write_bytes(random.Random(6).randbytes(200_000))
    archive = bundle(folder, packed)
    archive.write_bytes(archive.read_bytes()[:-100_000])
    scan = scanned(archive)
    assert scan.tally.crashes == (packed != "zip")
    assert scan.notes
    assert all(note.lost for note in scan.notes)


def test_a_bundle_that_can_not_be_searched_is_said(tmp_path: Path) -> None:
    """A ZIP archive is read from its end, so not from standard input; one of another name is a wheel or a document."""
    folder = tmp_path / "support"
    folder.mkdir()
    (folder / "a.log").write_text(CRASH)
    archive = bundle(folder, "zip")
    run = subprocess.run(
        [sys.executable, "-m", "app.cli", "scan", "-"], input=archive.read_bytes(), capture_output=True, check=False
    )
    assert run.returncode == 1
    assert b"save it to a file" in run.stderr
    scan = scanned(archive.rename(tmp_path / "shop.whl"))
    assert [(note.text, note.lost) for note in scan.notes] == [("is a ZIP archive, no log", False)]


def weighed(archive: Path) -> tuple[Scan, int]:
    """What a scan of it finds, and how many bytes it took at most, beside the book."""
    scanned()  # takes the book
    tracemalloc.start()
    try:
        return scanned(archive), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


BOMB = 64 << 20  # bytes that a few KiB become
MOST = 24 << 20  # bytes a scan may take for any archive


def long_header(kind: bytes) -> bytes:
    """What comes before a member's own header and says its name, for instance."""
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = kind, BOMB
    return header.tobuf(tarfile.GNU_FORMAT) + b"1" * BOMB


def holes_in_header() -> bytes:
    """A file with millions of holes, as GNU tar says them: 21 in a block, whose 505th byte says that more follow."""
    header = tarfile.TarInfo("app.log")
    header.type = tarfile.GNUTYPE_SPARSE
    raw = bytearray(header.tobuf(tarfile.GNU_FORMAT))
    raw[482] = 1
    raw[148:156] = b"%06o\0 " % tarfile.calc_chksums(bytes(raw))[0]  # type: ignore[attr-defined]
    return bytes(raw) + (b"%011o\0%011o\0" % (1, 1) * 21 + b"\1").ljust(512, b"\0") * (BOMB // 512)


def holes_in_data() -> bytes:
    """The same, as the pax format says them."""
    header = tarfile.TarInfo("app.log")
    header.size = BOMB
    header.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "1"}
    return header.tobuf(tarfile.PAX_FORMAT) + b"%0511d\n" % BOMB + b"1\n" * (BOMB // 2)


def headers_before_headers() -> bytes:
    header = tarfile.TarInfo("././@LongLink")
    header.type = tarfile.GNUTYPE_LONGNAME
    return header.tobuf(tarfile.GNU_FORMAT) * (BOMB // 512)


def records_in_records() -> bytes:
    """A pax header whose every record says that it ends before its own name does (CVE-2024-6232)."""
    header = tarfile.TarInfo("app.log")
    header.type, header.size = tarfile.XHDTYPE, 1 << 18
    return header.tobuf(tarfile.GNU_FORMAT) + (b"5 aaa" * (1 << 18))[: (1 << 18) - 1] + b"="


TARS: dict[str, Callable[[], bytes]] = {
    "a long name": partial(long_header, tarfile.GNUTYPE_LONGNAME),
    "a long link": partial(long_header, tarfile.GNUTYPE_LONGLINK),
    "a long pax header": partial(long_header, tarfile.XHDTYPE),
    "a long global pax header": partial(long_header, tarfile.XGLTYPE),
    "a long Solaris header": partial(long_header, tarfile.SOLARIS_XHDTYPE),
    "holes in its header": holes_in_header,
    "holes in its data": holes_in_data,
    "headers before headers": headers_before_headers,
    "records in records": records_in_records,
}


@pytest.mark.parametrize("bomb", TARS)
def test_a_small_tar_archive_can_not_fill_the_memory(bomb: str, tmp_path: Path) -> None:
    raw = io.BytesIO()
    first = tarfile.TarInfo("a.log")
    first.size = len(CRASH)
    with tarfile.open(fileobj=raw, mode="w") as tar:
        tar.addfile(first, io.BytesIO(CRASH.encode()))
    archive = tmp_path / "logs.tar.gz"
    archive.write_bytes(gzip.compress(raw.getvalue()[:1024] + TARS[bomb]() + bytes(1024), 1))
    scan, taken = weighed(archive)
    assert taken < MOST
    assert scan.tally.crashes == 1
    assert [note.lost for note in scan.notes] == [True]


@pytest.mark.parametrize("way", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED])
def test_a_small_zip_archive_can_not_fill_the_memory(way: int, tmp_path: Path) -> None:
    archive = tmp_path / "logs.zip"
    with zipfile.ZipFile(archive, "w", way) as packed:
        packed.writestr("a.log", CRASH)
        packed.writestr("b.log", b"a" * BOMB)
    scan, taken = weighed(archive)
    assert taken < MOST
    bounded = way == zipfile.ZIP_DEFLATED
    assert scan.tally.crashes == bounded
    assert [note.lost for note in scan.notes] == ([] if bounded else [True, True])
