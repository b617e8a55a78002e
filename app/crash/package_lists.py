"""Lists of packages, which span lines: what `pip freeze`, `pip list`, `pip show` and others print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.crash.model import Sighting, Told, is_exact
from app.crash.names import NAME, VERSION, holds_any

WHOLE_LIST = 5  # packages; fewer in a row is a selection somebody made

# 0.17.6 · 1.1.1k · 2021a: in a table any word that begins with a digit is the version
LISTED = r"\d[\w.+!]{0,60}"
#     uvicorn                 0.17.6      /srv/app    (pip list, uv pip list, conda list, poetry show)
TABLE_ROW = re.compile(rf"\s{{0,8}}(?P<name>{NAME})\s{{1,80}}(?:\(!\)\s{{1,4}})?(?P<version>{LISTED})(?:\s.*)?")
# a row of a freeze, as in: uvicorn==0.17.6 · Django (1.11.16) · torch @ file:///tmp/x.whl · -e git+https://host/x
FREEZE_ROW = re.compile(
    rf"\s{{0,8}}(?:(?P<name>{NAME})(?:==(?P<version>{VERSION})| \((?P<old_version>{VERSION})\)| @ .*)|-e .*)\s{{0,80}}"
)
# Package    Version · ---------- ------- · # packages in environment at /opt/conda: · $ poetry show
TABLE_HEADER = re.compile(
    r"\s{0,8}(?:Package\s{1,80}Version\b|-{3,80}\s{1,4}-{3,80}|# packages in environment at |(?:\$ )?poetry show\b)"
)
HEADER_MARKS = ("Package", "---", "# packages in environment at ", "poetry show")
ROW_MARKS = ("==", " @ ", " (", "-e ")
LIST_BEGINS = (*HEADER_MARKS, "Name: ")
LIST_MARKS = (*LIST_BEGINS, *ROW_MARKS)
# the line of column names that `conda list` begins with a hash, dashes, or nothing
TABLE_FILL = re.compile(r"\s{0,8}(?:#|-{3}|$)")
# `Name: uvicorn`, the line above
SHOWN_NAME = re.compile(rf"\s{{0,8}}Name: (?P<name>{NAME})\s{{0,8}}")
# `Version: 0.17.6`, the line below
SHOWN_VERSION = re.compile(rf"\s{{0,8}}Version: (?P<version>{VERSION})\s{{0,8}}")


def may_list(text: str) -> bool:
    """Whether some lines of this text could be a list."""
    return holds_any(LIST_BEGINS, text) or sum(map(text.count, ROW_MARKS)) >= WHOLE_LIST


def lists_in(texts: Sequence[tuple[int, str]], listed: frozenset[int]) -> tuple[list[Sighting], bool]:
    """What lists among these lines tell, and whether one is whole; `listed` are the lines for which `is_listed`."""
    lists = list(_lists(texts, listed))
    rows = [(number, told) for block in lists for number, told in block if told.value]
    return rows + list(_shown(texts)), any(len(block) >= WHOLE_LIST for block in lists)


def is_listed(text: str) -> bool:
    """Whether this line could be part of a list of packages or of `pip show`, or could begin one; any digits do."""
    return holds_any(LIST_MARKS, text) and (
        FREEZE_ROW.fullmatch(text) is not None or _is_header(text) or SHOWN_NAME.fullmatch(text) is not None
    )


def _lists(texts: Sequence[tuple[int, str]], listed: frozenset[int]) -> Iterator[list[Sighting]]:
    """Each list of packages: `pip freeze` in alphabetical order, or a table below its header."""
    block: list[Sighting] = []
    table = False
    for number, text in texts:
        if number not in listed and not table and not block:
            continue
        told = _row(text, table=table)
        if told is not None:
            block.append((number, told))
        elif not (table and not block and TABLE_FILL.match(text)):
            yield from _closed(block, table=table)
            block, table = [], _is_header(text)
    yield from _closed(block, table=table)


def _closed(block: list[Sighting], *, table: bool) -> Iterator[list[Sighting]]:
    """The block, if it is a list. A freeze is sorted; a requirements file written by hand seldom is."""
    names = [told.of for _, told in block if told.of]
    if table or (len(block) >= WHOLE_LIST and names == sorted(names)):
        yield block


def _row(text: str, *, table: bool) -> Told | None:
    """A row of a list; its version is empty if the row names only a place."""
    if table:
        match = TABLE_ROW.fullmatch(text)
        return package(match["name"], match["version"]) if match else None
    if not holds_any(ROW_MARKS, text):
        return None
    match = FREEZE_ROW.fullmatch(text)
    return package(match["name"] or "", match["version"] or match["old_version"] or "") if match else None


def _is_header(text: str) -> bool:
    """Whether a table of packages begins below this line."""
    return holds_any(HEADER_MARKS, text) and TABLE_HEADER.match(text) is not None


def _shown(texts: Sequence[tuple[int, str]]) -> Iterator[Sighting]:
    """`Name: x` with `Version: y` right below it, as `pip show` prints them."""
    above: re.Match[str] | None = None
    for number, text in texts:
        version = SHOWN_VERSION.fullmatch(text) if above else None
        if above and version:
            yield number, package(above["name"], version["version"])
        above = SHOWN_NAME.fullmatch(text) if "Name: " in text else None


def package(name: str, version: str, *, exact: bool = True) -> Told:
    """A package's version; `python` among packages is the Python."""
    normalised = re.sub(r"[-_.]+", "-", name).lower()
    return python_of(version) if normalised == "python" else Told(normalised, version, exact)


def python_of(version: str) -> Told:
    """A Python's version, exact if it goes down to the third number."""
    return Told("python", version, is_exact(version))
