"""Memory and time of a book: made and indexed from signatures, and loaded as a process that starts does it.

python -m bench.versus.footprint build|load SIZE    one measurement, as JSON; a process of its own, for its memory
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from app.diagnosis.candidates import build_index
from app.signature.book import make_book
from bench.books import FOLDER, bugs, sources, write_files
from bench.versus.page import Section, Table, at_most
from bench.versus.race import number

PAGE = os.sysconf("SC_PAGE_SIZE")
KIB = 1024
SAID = """\
Each row is a process of its own. *Build* makes book and index out of signatures in memory; *first start* reads the
folder of YAML files; *start* is a process that comes later and finds what the first one kept. Memory is the growth of
the resident set; what is mapped from a file and not private to the process counts apart.
"""


def resident() -> tuple[int, int]:
    """Bytes resident in memory, and those of them that are this process's own."""
    size, shared = (int(word) * PAGE for word in Path("/proc/self/statm").read_text().split()[1:3])
    return size, size - shared


def folder_of(size: int) -> Path:
    """The folder of so many signature files; written when it is not there."""
    folder = FOLDER / f"book-{size}"
    done = folder / ".complete"
    if not done.exists():
        write_files([one.signature for one in bugs(size, sources(size))], folder)
        done.touch()
    return folder


def built(size: int) -> dict[str, float]:
    """Seconds and bytes of making book and index; the signatures are there before."""
    signatures = [one.signature for one in bugs(size, sources(size))]
    gc.collect()
    before, begun = resident(), time.process_time()
    index = build_index(make_book(signatures))
    seconds = time.process_time() - begun
    gc.collect()
    after = resident()
    return _told(size, seconds, before, after, len(index.book.signatures))


def _told(size: int, seconds: float, before: Sequence[int], after: Sequence[int], found: int) -> dict[str, float]:
    if found != size:
        raise SystemExit(f"{found} signatures where {size} were to be")
    return {"seconds": seconds, "resident": after[0] - before[0], "private": after[1] - before[1]}


def measured(sizes: Sequence[int]) -> Section:
    """The section: each measurement in a fresh process."""
    section = Section("Book: time and memory", SAID)
    rows = []
    for size in sizes:
        for what in ("build",):
            done = _run(what, size)
            rows.append(_row(what, size, done))
            if size == sizes[-1] and what == "build":
                section.targets.append(at_most(f"build, {size:,}", 10, done["seconds"], " s"))
    section.tables.append(Table(("what", "signatures", "CPU s", "bytes each", "of them private"), rows))
    return section


def _run(what: str, size: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.versus.footprint", what, str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _row(what: str, size: int, done: dict[str, float]) -> list[str]:
    return [what, f"{size:,}", number(done["seconds"]), number(done["resident"] / size), number(done["private"] / size)]


if __name__ == "__main__":
    print(json.dumps(built(int(sys.argv[2]))))
