"""Where installed code raises what, and who calls it. Files are read with `ast`; none of them is imported or run.

What comes of it is realistic by construction: the functions, exceptions, messages and source lines are those that
real tracebacks are made of, as often as real code has them.
"""

from __future__ import annotations

import ast
import builtins
import json
import re
import sysconfig
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

MAX_FILE = 300_000  # bytes; what is longer is a table
MAX_CALLERS = 12  # places kept for one name that is called
MAX_CODE = 100  # characters of a source line
LITERAL = (10, 160)  # characters of a message that are the same each time; shorter ones say nothing
NOT_SERVED = frozenset({"test", "tests", "testing", "idlelib", "lib2to3", "__pycache__", "site-packages"})
HOLE = re.compile(r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[sdrifxgc]|\{[^{}]*\}")
CLASS = re.compile(r"_{0,2}[A-Z]\w{2,}\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a function, as a traceback shows it."""

    module: str
    function: str
    line: int
    code: str

    @property
    def package(self) -> str:
        """The package it belongs to, as it is imported."""
        return self.module.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Site:
    """A `raise`: where, what, and the texts of the message between which something is filled in."""

    place: Place
    exception: str
    """As a traceback prints it: `ValueError`, `yaml.scanner.ScannerError`."""
    pieces: tuple[str, ...]


@dataclass(slots=True)
class Harvest:
    """All that was found in a tree."""

    sites: list[Site] = field(default_factory=list)
    callers: dict[str, list[Place]] = field(default_factory=dict)
    """`package:name` -> lines of that package which call something of this name."""


class _Reader(ast.NodeVisitor):
    """One file's raises and calls, each with the function it stands in."""

    def __init__(self, module: str, lines: list[str]) -> None:
        """Take the module's name and its lines."""
        self.module, self.lines = module, lines
        self.function = "<module>"
        self.raised: list[tuple[Place, str, tuple[str, ...]]] = []
        self.called: list[tuple[str, Place]] = []
        self.classes: list[str] = []

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        outer, self.function = self.function, node.name
        self.generic_visit(node)
        self.function = outer

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - ast's own name

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.classes.append(node.name)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = _last_name(node.func)
        if name and self.function != "<module>":
            self.called.append((name, self._place(node)))
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        if isinstance(node.exc, ast.Call) and node.exc.args and self.function != "<module>":
            name, pieces = _last_name(node.exc.func), _pieces(node.exc.args[0])
            if CLASS.match(name) and LITERAL[0] <= len("".join(pieces).strip()) <= LITERAL[1]:
                self.raised.append((self._place(node), name, pieces))
        self.generic_visit(node)

    def _place(self, node: ast.Call | ast.Raise) -> Place:
        code = self.lines[node.lineno - 1].strip()[:MAX_CODE] if node.lineno <= len(self.lines) else ""
        return Place(self.module, self.function, node.lineno, code)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _pieces(node: ast.expr) -> tuple[str, ...]:
    """The literal texts of a message, from left to right; nothing where it can't be read or has line breaks."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        pieces = [node.value]
    elif isinstance(node, ast.JoinedStr):
        texts = [part.value if isinstance(part, ast.Constant) else "\0" for part in node.values]
        pieces = "".join(map(str, texts)).split("\0")
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
        pieces = HOLE.split(str(node.left.value))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        pieces = HOLE.split(str(node.func.value.value)) if isinstance(node.func.value, ast.Constant) else []
    else:
        return ()
    return () if any("\n" in piece or not piece.isprintable() for piece in pieces) else tuple(pieces)


def files() -> list[tuple[str, Path]]:
    """Every module of the standard library and of what is installed here with its file, in an order that mixes them."""
    found = []
    for root in (Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib"))):
        for file in root.rglob("*.py"):
            inside = file.relative_to(root)
            parts = inside.with_suffix("").parts
            if NOT_SERVED.isdisjoint(parts) and all(map(str.isidentifier, parts)):
                found.append((".".join(parts).removesuffix(".__init__"), file))
    return sorted(found, key=lambda one: (zlib.crc32(one[0].encode()), one[0]))


def harvest(count: int | None = None) -> Harvest:
    """What so many files raise and call; all that are installed when no number is given."""
    found = Harvest()
    raised: list[tuple[Place, str, tuple[str, ...]]] = []
    classes: dict[tuple[str, str], str] = {}
    for module, file in files()[:count]:
        reader = _read(module, file)
        if reader is None:
            continue
        raised += reader.raised
        for name in reader.classes:
            classes.setdefault((module.partition(".")[0], name), module)
        for name, place in reader.called:
            places = found.callers.setdefault(f"{place.package}:{name}", [])
            if len(places) < MAX_CALLERS:
                places.append(place)
    for place, name, pieces in raised:
        defined = classes.get((place.package, name), place.module)
        found.sites.append(Site(place, name if hasattr(builtins, name) else f"{defined}.{name}", pieces))
    return found


def _read(module: str, file: Path) -> _Reader | None:
    source = file.read_bytes()
    if len(source) > MAX_FILE:
        return None
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    reader = _Reader(module, source.decode(errors="replace").splitlines())
    reader.visit(tree)
    return reader


def kept_harvest(folder: Path, count: int | None = None) -> Harvest:
    """The harvest that is kept in this folder for what is installed here; made when there is none."""
    names = "\n".join(f"{module} {file.stat().st_size}" for module, file in files()[:count])
    file = folder / f"sites-{count or 'all'}-{zlib.crc32(names.encode()):08x}.jsonl"
    if not file.exists():
        made = harvest(count)
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in _lines(made)))
    return _loaded(file)


def _lines(made: Harvest) -> Iterator[str]:
    for site in made.sites:
        place = list(asdict(site.place).values())
        yield json.dumps({"place": place, "exception": site.exception, "pieces": site.pieces})
    for name, places in made.callers.items():
        yield json.dumps({"called": name, "places": [list(asdict(place).values()) for place in places]})


def _loaded(file: Path) -> Harvest:
    found = Harvest()
    with file.open() as lines:
        for one in map(json.loads, lines):
            if "called" in one:
                found.callers[one["called"]] = [Place(*place) for place in one["places"]]
            else:
                found.sites.append(Site(Place(*one["place"]), one["exception"], tuple(one["pieces"])))
    return found
