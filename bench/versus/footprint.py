"""Memory and time of a book: made and indexed from signatures, and loaded as a process that starts does it.

python -m bench.versus.footprint built|started|changed SIZE    one measurement, in a process of its own, as JSON
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from app.diagnosis.candidates import Index, build_index
from app.open_book import open_book
from app.signature.book import make_book
from bench.books import FOLDER, bugs, sources, write_files
from bench.versus.page import Section, Table, at_most
from bench.versus.race import number

PAGE = os.sysconf("SC_PAGE_SIZE")
KIB = 1024
HOW = {"build": "built", "first start": "started", "start": "started", "one changed": "changed"}  # in this order
SAID = """\
Each row is a process of its own. *Build* makes book and index out of signatures in memory; *first start* reads the
folder of YAML files; *start* is a process that comes later, looks whether the files are as they were, and finds what
the first one kept; *one changed* is another, for which one of the files says something else. Memory is the growth of
the resident set; what is mapped from a file and not private to the process counts apart.
"""


class Measured(NamedTuple):
    """How many signatures, the seconds of CPU time, and by how many bytes the process grew."""

    signatures: int
    seconds: float
    resident: int
    private: int

    def told(self) -> list[str]:
        """Cells of a table."""
        return [number(one) for one in (self.seconds, self.resident / self.signatures, self.private / self.signatures)]


def resident() -> tuple[int, int]:
    """Bytes resident in memory, and those of them that are this process's own."""
    size, shared = (int(word) * PAGE for word in Path("/proc/self/statm").read_text().split()[1:3])
    return size, size - shared


def written(size: int) -> None:
    """Make the folder of so many signature files, unless it is there."""
    folder = FOLDER / f"book-{size}"
    done = folder / ".complete"
    if not done.exists():
        write_files([one.signature for one in bugs(size, sources(size))], folder)
        done.touch()


def built(size: int) -> Measured:
    """Seconds and bytes of making book and index; the signatures are there before, and go with them."""
    signatures = [one.signature for one in bugs(size, sources(size))]
    return grown(lambda: build_index(make_book(signatures)))


def started(size: int) -> Measured:
    """Seconds and bytes of opening a folder's book as the service does, with whatever the last start has kept."""
    return grown(lambda: open_book(FOLDER / f"book-{size}", FOLDER / "compiled"))


def changed(size: int) -> Measured:
    """The same when one signature is not as it was then; afterwards it is again."""
    file = min((FOLDER / f"book-{size}").glob("*/*.yaml"))
    before = file.read_bytes()
    file.write_bytes(before.replace(b'"cause": "', b'"cause": "Nobody knew that ', 1))
    try:
        return started(size)
    finally:
        file.write_bytes(before)


def grown(make: Callable[[], Index]) -> Measured:
    """What it takes to make an index."""
    gc.collect()
    before, begun = resident(), time.process_time()
    index = make()
    seconds = time.process_time() - begun
    gc.collect()
    after = resident()
    return Measured(len(index.book.signatures), seconds, after[0] - before[0], after[1] - before[1])


def measured(sizes: Sequence[int]) -> Section:
    """The section: each measurement in a fresh process."""
    section = Section("Book: time and memory", SAID)
    rows, last = [], sizes[-1]
    for size in sizes:
        written(size)
        shutil.rmtree(FOLDER / "compiled", ignore_errors=True)
        found = {what: alone(how, size) for what, how in HOW.items()}
        rows += [[what, f"{size:,}", *one.told()] for what, one in found.items()]
        if size == last:
            section.targets += [
                at_most(f"book: build, {size:,}", 10, found["build"].seconds, " s"),
                at_most(f"book: start with the compiled book, {size:,}", 1, found["start"].seconds, " s"),
                at_most(f"book: memory, {size:,}", 1.5 * KIB, found["start"].resident / size, " bytes a signature"),
            ]
    section.tables.append(Table(("what", "signatures", "CPU s", "bytes each", "of them private"), rows))
    return section


def alone(what: str, size: int) -> Measured:
    """The measurement of this name, in a process of its own."""
    command = [sys.executable, "-m", "bench.versus.footprint", what, str(size)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = Measured(*json.loads(done.stdout.splitlines()[-1]))
    if found.signatures != size:
        raise SystemExit(f"{what}: {found.signatures} signatures where {size} were to be")
    return found


if __name__ == "__main__":
    print(json.dumps({"built": built, "started": started, "changed": changed}[sys.argv[1]](int(sys.argv[2]))))
