"""Labelled reports on disk -> Labelled: the corpus files, every signature's examples, and the ordinary texts."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.errors import Misconfigured
from app.evaluation.corpus import Labelled, read_corpus
from app.store.shelf import Shelved


def load_corpus(folder: Path, known: frozenset[str]) -> list[Labelled]:
    """Every labelled report of the folder's JSON lines files. Raises `BrokenCorpus`, `Misconfigured` for no file."""
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise Misconfigured("no-corpus", f"There is no .jsonl file in {folder}.")
    found: list[Labelled] = []
    for file in files:
        found += read_corpus(file.read_text(encoding="utf-8").splitlines(), str(file), known)
    return found


def from_examples(shelved: Iterable[Shelved]) -> Iterator[Labelled]:
    """The signatures' own examples: a `match` or `maybe` is a positive, a `none` must not be taken for it."""
    for one in shelved:
        for example in one.examples:
            own, alike = (None, one.signature.id) if example.verdict == "none" else (one.signature.id, None)
            source = one.signature.examples.get(example.slug, "written")
            yield Labelled(
                id=f"{one.signature.id}.{example.slug}",
                kind="near_miss" if alike else "positive",
                bug=own,
                looks_like=alike,
                source=source,
                why=f"example {example.verdict} of {one.signature.id}",
                text=example.read().decode(errors="replace"),
                others_may_fit=alike is not None,
            )


def from_ordinary(folder: Path) -> Iterator[Labelled]:
    """Ordinary crashes, which are nobody's known bug."""
    for file in sorted(folder.glob("**/*.txt")):
        text = file.read_text(encoding="utf-8", errors="replace")
        yield Labelled(
            id=f"ordinary/{file.stem}", kind="unrelated", source="ordinary", why="an ordinary crash or log", text=text
        )


def ordinary_files(folder: Path) -> list[Path]:
    """The crashes (`.txt`) and healthy logs (`.gz`) that no signature may claim."""
    return sorted(file for file in folder.rglob("*") if file.suffix in {".txt", ".gz"})


def read_ordinary(file: Path) -> bytes:
    """The text of one of them."""
    raw = file.read_bytes()
    return gzip.decompress(raw) if file.suffix == ".gz" else raw
