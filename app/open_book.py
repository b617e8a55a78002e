"""The folder of signatures -> index. What was compiled of it before is used as far as the files still say the same.

One compiled file for each folder. Files that changed since are read again and laid over it; where too many did, or
the file can't be trusted, all is read and compiled anew.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from app import __version__
from app.diagnosis.candidates import Index, index_of, laid_over
from app.diagnosis.keys import pack
from app.diagnosis.model import ENGINE
from app.diagnosis.needs import Needs, needs_of
from app.errors import BrokenSignature, Misconfigured
from app.signature.packed import Changes, Damaged, Entry, Sections, entry, ids_of, pack_book, signatures_at, unpack_book
from app.store.compiled import Unusable, read, write
from app.store.releases import NAME as RELEASES
from app.store.releases import read_release_files, release_file, releases_in
from app.store.shelf import EXAMPLE, BrokenSignatures, Shelved, read_signature, walk
from app.store.stamps import UNSURE, Stamps, compare, digests, joined, look, parted

MOST_CHANGED = 500  # signatures that are laid over a compiled book: a second of reading
APP = Path(__file__).parent
MAKERS = ("signature/*.py", "diagnosis/*.py", "store/*.py", "*.py")  # what a compiled book comes from
OURS = ("maker", "stamps", "contents")  # by which a compiled book tells what it was made of

log = logging.getLogger("tracelore.book")


def open_book(folder: Path, cache: Path | None) -> Index:
    """The folder's signatures, indexed; what is compiled of them is kept in the cache. Raises as `load_book`."""
    if not folder.is_dir():
        raise Misconfigured("no-signatures", f"TRACELORE_SIGNATURES: there is no folder {folder}")
    if cache is None:
        return _index(_compiled(folder))
    file = cache / f"{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}.book"
    now = look(folder)
    try:
        return _known(folder, file, now)
    except (Unusable, Damaged, KeyError, ValueError, BrokenSignatures, BrokenSignature, Misconfigured) as wrong:
        if file.exists():  # the first start is nothing to tell of
            log.info("All signatures are read anew: %s", wrong)
    contents = digests(folder, now)  # before they are read: what changes in between will differ from these
    return _index(_kept(file, {**_compiled(folder), **_about(now, contents)}))


def _compiled(folder: Path) -> Sections:
    """All signatures, read and packed."""
    made = sorted(_made(walk(folder)), key=lambda one: one[0].id)
    paths = {one.id: str(file.relative_to(folder)) for one, _, file in made}
    book = pack_book((one for one, _, _ in made), read_release_files(folder))
    return {**book, **pack([needs for _, needs, _ in made]), "paths": joined(paths)}


def _made(every: Iterable[Shelved]) -> Iterator[tuple[Entry, Needs | None, Path]]:
    for one in every:
        yield entry(one.signature, one.sample()), needs_of(one.signature), one.file


def _index(sections: Sections) -> Index:
    return index_of(unpack_book(sections, releases_in), sections, ids_of(sections))


def _about(stamps: Stamps, contents: Stamps) -> dict[str, bytes]:
    return {"maker": _maker().encode(), "stamps": joined(stamps), "contents": joined(contents)}


def _maker() -> str:
    """What a compiled book was made by; the sources are told by size and time, as Python tells those of its own."""
    sources = sorted(file for names in MAKERS for file in APP.glob(names))
    stamps = [f"{file.name} {at.st_size} {at.st_mtime_ns}" for file in sources for at in [file.stat()]]
    return "\n".join([__version__, ENGINE, *stamps])


def _kept(file: Path, sections: Sections) -> Sections:
    """The sections where they lie in the file, or where they are when it can't be written."""
    try:
        write(file, sections)
        kept = read(file)
    except (OSError, Unusable) as wrong:
        log.warning("The compiled signatures can't be kept (TRACELORE_CACHE): %s", wrong)
        return sections
    # another process may have put its own there meanwhile: made by another version, or of a folder that changed
    return kept if kept.keys() == sections.keys() and all(kept[one] == sections[one] for one in OURS) else sections


def _known(folder: Path, file: Path, now: Stamps) -> Index:
    """The index of what was compiled, and of what changed since. Raises what there can be wrong with either."""
    sections: Sections = read(file)
    if bytes(sections["maker"]).decode() != _maker():
        raise Unusable(f"{file}: made by another version")
    if joined(now) == sections["stamps"] and UNSURE not in now.values():
        return _index(sections)
    before, contents = parted(sections["stamps"]), parted(sections["contents"])
    differences = compare(folder, before, contents, now)
    if differences.restamped:
        same = {path: now[path] for path in before if path not in differences.changed}
        sections = _kept(file, {**sections, **_about({**before, **same}, contents)})
    return _changed(folder, sections, differences.changed) if differences.changed else _index(sections)


def _changed(folder: Path, sections: Sections, files: frozenset[str]) -> Index:
    """The index with these files read again."""
    paths = parted(sections["paths"])
    owners = {_owner(one) for one in files if Path(one).name != RELEASES}
    if len(owners) > min(MOST_CHANGED, len(paths) // 2):
        raise Unusable(f"{len(owners)} signatures changed")
    gone = [one for one, path in paths.items() if path in owners]
    new = [read_signature(folder / path) for path in sorted(owners) if (folder / path).exists()]
    kept = paths.keys() - set(gone)
    if len(kept | {one.signature.id for one in new}) < len(kept) + len(new):
        raise Unusable("two signatures have one id")
    releases = {Path(one).parent.name: _release_file(folder / one) for one in files if Path(one).name == RELEASES}
    changes = Changes(frozenset(gone), tuple(entry(one.signature, one.sample()) for one in new), releases)
    book = unpack_book(sections, releases_in, changes)
    signatures = [one.signature for one in new]
    return laid_over(_index(sections), book, signatures_at(sections, gone), signatures)


def _owner(path: str) -> str:
    """The signature's file that a file belongs to."""
    example = EXAMPLE.match(path)
    return f"{example['id']}.yaml" if example else path


def _release_file(file: Path) -> bytes:
    return release_file(file) if file.exists() else b""
