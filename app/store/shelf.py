"""The folder of signatures on disk -> Book. Every complaint says file:line:column; duplicate keys are refused.

The files are read as YAML 1.2: `on` and `no` are text there, and only quoted versions are text. Anchors are refused,
since a reader should not have to follow them, and because nested ones explode.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import yaml
from pydantic import ValidationError

from app.errors import BrokenSignature, Misconfigured
from app.signature.book import Book
from app.signature.model import Signature
from app.signature.packed import entry, pack_book, unpack_book
from app.store.releases import read_release_files, releases_in

MAX_FILE = 256 * 1024  # the longest signature file in use is under 10 KiB
MAX_DEPTH = 20  # a signature needs six levels; the C reader of YAML crashes the program at some thousand
WHOLE = 8  # lines; an example of fewer is mostly a paste that was cut
EXAMPLE = re.compile(r"(?P<id>.+)\.(?P<verdict>match|maybe|none)\.(?P<slug>[a-z0-9-]+)\.txt\Z")
INTEGER = re.compile(r"[-+]?[0-9]{1,400}\Z")  # `int` refuses more than some thousand digits
NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
PLAIN = {"": None, "~": None, "null": None, "true": True, "false": False}

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path_ = tuple[str | int, ...]
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Example:
    """An example file: its name says which verdict the signature must give it."""

    file: Path
    verdict: Literal["match", "maybe", "none"]
    slug: str

    def read(self) -> bytes:
        """The report, as pasted."""
        return self.file.read_bytes()


@dataclass(frozen=True, slots=True)
class Shelved:
    """A signature with its file, the place of everything in it, and its example files."""

    signature: Signature
    file: Path
    places: Mapping[Path_, Place]
    examples: tuple[Example, ...]

    @property
    def script(self) -> Path:
        """Where the script that makes it happen lies, if there is one."""
        return self.file.with_name(f"{self.signature.id}.reproduce.py")

    def sample(self) -> bytes | None:
        """The shortest whole example that the signature matches, for people to compare with; None without any."""
        texts = [one.read() for one in self.examples if one.verdict == "match"]
        return min(texts, key=lambda text: (text.count(b"\n") < WHOLE, len(text)), default=None)

    def complain(self, code: str, text: str, path: Path_ = ()) -> BrokenSignature:
        """A complaint about the part at this path."""
        return _complaint(self.file, self.places, path, code, text)


def load_book(folder: Path) -> Book:
    """All signatures of the folder. Raises `BrokenSignature` for the first that is wrong, `Misconfigured` for none."""
    packed = pack_book((entry(one.signature, one.sample()) for one in walk(folder)), read_release_files(folder))
    return unpack_book(packed, releases_in)


def walk(folder: Path) -> Iterator[Shelved]:
    """Every signature of the folder, one after the other. Raises as `load_book`, and then the book is not whole."""
    if not folder.is_dir():
        raise Misconfigured("no-signatures", f"TRACELORE_SIGNATURES: there is no folder {folder}")
    for one in _shelved(folder):
        if isinstance(one, BrokenSignature):
            raise one
        yield one


def read_shelf(folder: Path) -> tuple[list[Shelved], list[BrokenSignature]]:
    """Every signature that can be read, and every complaint about the others."""
    every = list(_shelved(folder))
    return [one for one in every if isinstance(one, Shelved)], [
        one for one in every if isinstance(one, BrokenSignature)
    ]


def _shelved(folder: Path) -> Iterator[Shelved | BrokenSignature]:
    """Signatures and complaints in the order of the files; at last the complaints about ids that are taken."""
    files: dict[str, Path] = {}
    taken: list[BrokenSignature] = []
    for package, names in sorted(_names(folder)):
        for name in fnmatch.filter(names, "*.yaml"):
            try:
                one = read_signature(package / name, names)
            except BrokenSignatures as several:
                yield from several.complaints
                continue
            yield one
            other = files.setdefault(one.signature.id, one.file)
            if other is not one.file:
                taken.append(one.complain("TL203", f"the id is taken by {other}", ("id",)))
    yield from taken


def names_in(folder: Path) -> list[str]:
    """What is in a folder, in order."""
    return sorted(one.name for one in folder.iterdir())


def _names(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Each folder of a package, and what is in it, in order."""
    for package in folder.glob("*/"):
        if package.is_dir():
            yield package, names_in(package)


class BrokenSignatures(Exception):
    """All that is wrong with one file."""

    def __init__(self, complaints: Sequence[BrokenSignature]) -> None:
        """Take the complaints, at least one."""
        super().__init__("; ".join(str(one) for one in complaints))
        self.complaints = tuple(complaints)


def read_signature(file: Path, beside: Sequence[str] | None = None) -> Shelved:
    """The signature in a file, with its places and examples. Raises `BrokenSignatures`.

    Who knows what lies `beside` the file, in order, spares looking.
    """
    value, places = _load(file)
    try:
        signature = Signature.model_validate(value)
    except ValidationError as wrong:
        raise BrokenSignatures([_translated(file, places, one) for one in _own(wrong.errors())]) from None
    names = names_in(file.parent) if beside is None else beside
    return Shelved(signature, file, places, tuple(_examples(file, names)))


def _examples(file: Path, names: Sequence[str]) -> Iterator[Example]:
    begin, end = (bisect_left(names, file.stem + mark) for mark in "./")  # `/` comes next after `.`
    for name in names[begin:end]:
        named = EXAMPLE.match(name)
        if named is not None and named["id"] == file.stem:
            verdict = cast("Literal['match', 'maybe', 'none']", named["verdict"])
            yield Example(file.with_name(name), verdict, named["slug"])


def _complaint(file: Path, places: Mapping[Path_, Place], path: Path_, code: str, text: str) -> BrokenSignature:
    at = path
    while at not in places and at:
        at = at[:-1]
    line, column = places.get(at, (1, 1))
    dotted = ".".join(str(part) for part in path)
    return BrokenSignature(code, f"{dotted} {text}".strip(), file=str(file), line=line, column=column)


def _own(errors: Sequence[Any]) -> Iterator[Any]:
    """The errors without those that follow from another: a list is `too_short` when its only item is wrong."""
    for one in errors:
        at = one["loc"]
        if one["type"] != "too_short" or not any(other["loc"][: len(at)] == at for other in errors if other is not one):
            yield one


def _translated(file: Path, places: Mapping[Path_, Place], error: Any) -> BrokenSignature:
    """One of Pydantic's errors in our words, with the lint code it carries."""
    path: Path_ = tuple(error["loc"])
    code = error["type"] if error["type"].startswith("TL") else "TL101"
    if error["type"] == "extra_forbidden":
        return _complaint(file, places, path, code, f"is not a key here{_near(path)}")
    if error["type"] == "model_type":
        return _complaint(file, places, path, code, "should be keys and values")
    if error["type"] == "missing":
        return _complaint(file, places, path, code, "is missing")
    return _complaint(file, places, path, code, error["msg"])


def _near(path: Path_) -> str:
    known = [field.alias or name for name, field in Signature.model_fields.items()]
    near = difflib.get_close_matches(str(path[-1]), known, 1) if len(path) == 1 else []
    return f"; did you mean '{near[0]}'?" if near else ""


@dataclass(frozen=True, slots=True)
class _Walk:
    """What a walk over a file's nodes collects."""

    file: Path
    places: dict[Path_, Place]
    complaints: list[BrokenSignature]
    seen: set[int]

    def refuse(self, path: Path_, code: str, text: str) -> None:
        self.complaints.append(_complaint(self.file, self.places, path, code, text))


def _load(file: Path) -> tuple[Any, dict[Path_, Place]]:
    """The file's value and the place (line and column, from 1) of every key and item."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_FILE + 1)
    except OSError as wrong:
        raise BrokenSignatures([BrokenSignature("TL100", f"can't be read: {wrong.strerror}", file=str(file))]) from None
    if len(raw) > MAX_FILE:
        raise BrokenSignatures([BrokenSignature("TL100", f"is over {MAX_FILE} bytes", file=str(file))])
    try:
        text = raw.decode()
        _measure(file, text)
        node = LOADER(text).get_single_node()
    except (yaml.YAMLError, ValueError) as wrong:
        raise BrokenSignatures([_unreadable(file, wrong)]) from None
    walk = _Walk(file, {}, [], set())
    value = None if node is None else _value(node, (), walk)
    if walk.complaints:
        raise BrokenSignatures(walk.complaints)
    return value, walk.places


def _measure(file: Path, text: str) -> None:
    """Refuse nesting that no signature has, before anything follows it."""
    depth = 0
    for event in yaml.parse(text, LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            line, column = _place(event.start_mark)
            deep = BrokenSignature("TL100", f"has over {MAX_DEPTH} levels", file=str(file), line=line, column=column)
            raise BrokenSignatures([deep])


def _unreadable(file: Path, wrong: Exception) -> BrokenSignature:
    mark = getattr(wrong, "problem_mark", None)
    text = " ".join((getattr(wrong, "problem", None) or str(wrong)).split())
    line, column = _place(mark) if mark else (1, 1)
    return BrokenSignature("TL100", f"can't be read as YAML: {text}", file=str(file), line=line, column=column)


def _place(mark: Any) -> Place:
    return mark.line + 1, mark.column + 1


def _value(node: Any, path: Path_, walk: _Walk) -> Any:
    walk.places.setdefault(path, _place(node.start_mark))
    if id(node) in walk.seen:
        walk.refuse(path, "TL100", "is an alias: write it out")
        return None
    walk.seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, (*path, number), walk) for number, one in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(node)
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            walk.refuse(path, "TL100", "has a key that is not text")
            continue
        key = str(key_node.value)
        walk.places[(*path, key)] = _place(key_node.start_mark)
        if key in found:
            walk.refuse((*path, key), "TL102", "stands here twice")
        found[key] = _value(value_node, (*path, key), walk)
    return found


def _scalar(node: Any) -> Any:
    """A scalar by YAML 1.2's core schema: quoted and block scalars are text."""
    text: str = node.value
    if node.style:  # plain is None to the Python reader of YAML and empty to the C reader
        return text
    if text.lower() in PLAIN:
        return PLAIN[text.lower()]
    if INTEGER.match(text):
        return int(text)
    return float(text) if NUMBER.match(text) else text
