"""The checks that need no crash: each a code, a promise in one line, and a function that says where it is broken.

Codes: TL1xx the file's form · TL2xx names · TL3xx what is said · TL4xx the examples (`app/diagnosis/proof.py`)
· TL5xx advice (`app/diagnosis/advise.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import regex
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from app.signature.model import INTERPRETER, PATTERN_KINDS, Clue, Range, Signature
from app.signature.releases import Releases, unpublished

TO_FILL = "FILL IN"  # what `tracelore new` writes where only a person knows
HOSTILE_LENGTH = 20_000
HOSTILE_SECONDS = 0.5
# what careless patterns repeat; the pattern's own letters come on top
UNITS = ("a", " ", "0", "[", "(", ".", "a ", "a.", "'a' ", "0 0.", "\\", "_a0 ", "\n", "A: ", "\t-")
# `\[WinError 87\] ` of `\[WinError 87\] (a+)+`
LITERAL = regex.compile(r"(?:[^\\.^$*+?{}\[\]|()]|\\[^\w])*")

Complaint = tuple[tuple[str | int, ...], str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A signature and the names around it: the file's without its ending, the folder's, the example slugs' verdicts."""

    signature: Signature
    stem: str
    folder: str
    examples: Mapping[str, str]
    has_script: bool = False
    """Whether `<id>.reproduce.py` lies beside it."""
    releases: Mapping[str, Releases] = field(default_factory=dict)
    """What packages have released, as far as it is known."""


@dataclass(frozen=True, slots=True)
class Check:
    """A promise every signature keeps, and the function that finds where one does not."""

    code: str
    promise: str
    find: Callable[[Entry], Iterator[Complaint]]


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise that is kept elsewhere (by the model, the shelf, the proof), so that all codes are in one list."""

    code: str
    promise: str


def _clues(entry: Entry) -> Iterator[tuple[tuple[str | int, ...], Clue]]:
    rules = entry.signature.match
    for rule, clues in (("all", rules.all), ("any", rules.any), ("none", rules.none)):
        for position, clue in enumerate(clues):
            yield ("match", rule, position), clue


def _slow_patterns(entry: Entry) -> Iterator[Complaint]:
    for path, clue in _clues(entry):
        if clue.kind in PATTERN_KINDS and not _ends_in_time(clue.value):
            yield path, f"takes too long on hostile text: '{clue.value}'; avoid repeats inside repeats"


def _ends_in_time(pattern: str) -> bool:
    compiled = regex.compile(pattern)
    try:
        for text in _hostile(pattern):
            compiled.search(text, timeout=HOSTILE_SECONDS)
    except TimeoutError:
        return False
    return True


def _hostile(pattern: str) -> Iterator[str]:
    """Long runs that almost match: they begin like the pattern; what it asks for comes after what spoils them."""
    head = LITERAL.match(pattern)
    begin = head.group().replace("\\", "") if head else ""
    for unit in (*UNITS, *sorted({letter for letter in pattern if letter.isalnum()} - set(UNITS))):
        run = unit * (HOSTILE_LENGTH // len(unit))
        yield run
        yield f"{begin}{run}\x01{pattern}\x01"


def _file_name(entry: Entry) -> Iterator[Complaint]:
    if entry.stem != entry.signature.id:
        yield ("id",), f"'{entry.signature.id}' is not the file's name, '{entry.stem}'"
    if not entry.signature.id.startswith(entry.signature.package):
        yield ("id",), f"begins with the package: '{entry.signature.package}-...'"


def _folder(entry: Entry) -> Iterator[Complaint]:
    if entry.folder != entry.signature.package:
        yield ("package",), f"'{entry.signature.package}' lies in the folder '{entry.folder}'"


def _ranges(entry: Entry) -> Iterator[Complaint]:
    yield from ((("affected", *path), text) for path, text in _disorder(entry.signature.affected))
    for number, side in enumerate(entry.signature.with_):
        yield from ((("with", number, "affected", *path), text) for path, text in _disorder(side.affected))


def _disorder(ranges: Sequence[Range]) -> Iterator[Complaint]:
    for number, (one, following) in enumerate(pairwise(ranges), 1):
        if not _ends_before(one, Version(following.introduced)):
            yield (number,), "begins before the range above it has ended; oldest first"


def _unpublished(entry: Entry) -> Iterator[Complaint]:
    own = (entry.signature.package, ("affected",), entry.signature.affected)
    sides = ((one.package, ("with", at, "affected"), one.affected) for at, one in enumerate(entry.signature.with_))
    for package, path, ranges in (own, *sides):
        for at, end, said in unpublished(ranges, entry.releases.get(package)):
            yield (*path, at, end), f"'{said}' is no release of {package} (tracelore releases {package} asks anew)"


def _ends_before(one: Range, version: Version) -> bool:
    if one.fixed is not None:
        return Version(one.fixed) <= version
    return one.last_affected is not None and Version(one.last_affected) < version


def _fix_reference(entry: Entry) -> Iterator[Complaint]:
    kinds = {one.kind for one in entry.signature.references}
    if entry.signature.fixed_in is not None and not kinds & {"fix", "commit", "release"}:
        yield ("references",), "name a fixed version but no fix, commit or release that shows it"


def _tied(entry: Entry) -> Iterator[Complaint]:
    rules = entry.signature.match
    package = entry.signature.package
    if not any(_ties(clue, package) for clue in (*rules.all, *rules.any)):
        yield ("match",), f"no clue ties the crash to {package}: add a frame, log or installed clue that does"


def _ties(clue: Clue, package: str) -> bool:
    if clue.kind == "installed":
        return canonicalize_name(Requirement(clue.value).name) == package
    if clue.kind == "frame":
        top = clue.value.partition(":")[0].partition(".")[0]
        return (top in sys.stdlib_module_names) == (package == INTERPRETER)
    words = "[-_. ]?".join(regex.escape(part) for part in package.split("-"))
    return clue.kind != "exception" and regex.search(words, clue.value, regex.IGNORECASE) is not None


def _more_than_a_name(entry: Entry) -> Iterator[Complaint]:
    if all(clue.kind == "exception" for clue in entry.signature.match.all):
        yield ("match", "all"), "says no more than an exception's name: add its message or a frame"


def _proven(entry: Entry) -> Iterator[Complaint]:
    if entry.signature.status == "proven" and entry.signature.verified is None:
        yield ("status",), "is 'proven' but 'verified' does not say when and how"


def _question(entry: Entry) -> Iterator[Complaint]:
    if entry.signature.match.any and entry.signature.question is None:
        yield ("match", "any"), "may stay open: write the 'question' whose answer would decide"


def _filled(entry: Entry) -> Iterator[Complaint]:
    for name, value in entry.signature.model_dump(mode="json", by_alias=True).items():
        if TO_FILL in str(value).replace("-", " "):  # an address can't hold a space
            yield (name,), f"is still to be written ('{TO_FILL}')"


def _script(entry: Entry) -> Iterator[Complaint]:
    how = entry.signature.reproduce
    runs = how is not None and how.cannot is None
    if runs and not entry.has_script:
        yield ("reproduce",), f"has no '{entry.signature.id}.reproduce.py' beside it"
    if entry.has_script and not runs:
        yield ("id",), f"has a '{entry.signature.id}.reproduce.py', but 'reproduce' does not say what to install"


def _shown(entry: Entry) -> Iterator[Complaint]:
    seen = entry.signature.verified
    if seen is not None and (seen.how == "reproduced") != bool(seen.runs):
        yield ("verified",), "is 'reproduced' where 'tracelore verify' has written its runs, and else 'read'"


def _ends(entry: Entry) -> Iterator[Complaint]:
    seen = entry.signature.verified
    if seen is not None and seen.how == "reproduced" and not seen.edges and seen.edges_open is None:
        yield ("verified",), "shows no 'edges': run 'tracelore bisect', or say in 'edges_open' why that can't be"


def _enough_examples(entry: Entry) -> Iterator[Complaint]:
    verdicts = set(entry.examples.values())
    missing = [verdict for verdict in ("match", "none") if verdict not in verdicts]
    if missing and entry.signature.status != "retired":
        yield ("id",), f"has no '{entry.signature.id}.{missing[0]}.<slug>.txt' beside it"


def _sources(entry: Entry) -> Iterator[Complaint]:
    named, there = set(entry.signature.examples), set(entry.examples)
    for slug in sorted(there - named):
        yield ("examples",), f"does not say where the text of '{slug}' comes from"
    for slug in sorted(named - there):
        yield ("examples", slug), "has no file"


CHECKS: tuple[Check | Promise, ...] = (
    Promise("TL100", "The file is YAML 1.2, without anchors."),
    Promise("TL101", "It holds what the schema allows, and nothing else."),
    Promise("TL102", "No key stands twice."),
    Promise("TL103", "Versions are quoted and follow PEP 440."),
    Promise("TL104", "Patterns compile and are short."),
    Check("TL105", "Patterns end in time on long hostile text.", _slow_patterns),
    Check("TL201", "The id is the file's name and begins with the package.", _file_name),
    Check("TL202", "The folder is the package's normalised name.", _folder),
    Promise("TL203", "No two signatures have the same id."),
    Promise("TL204", "Signatures named in `related` and `replaced_by` exist."),
    Promise("TL205", "A retired signature, and no other, names its successor."),
    Check("TL301", "Ranges end after they begin, in order, and do not overlap.", _ranges),
    Check("TL302", "A fixed version has a reference that shows the fix.", _fix_reference),
    Check("TL303", "Some clue ties the crash to the package.", _tied),
    Check("TL304", "`all` says more than an exception's name.", _more_than_a_name),
    Check("TL305", "A proven signature says when and how it was verified.", _proven),
    Check("TL306", "A signature with `any` has the question that decides.", _question),
    Check("TL307", "Nothing is left to be filled in.", _filled),
    Check("TL308", "`reproduce` and the script `<id>.reproduce.py` go together.", _script),
    Check("TL309", "A reproduced signature shows its runs, and no other does.", _shown),
    Check("TL310", "A reproduced signature shows the ends of its range, or says why not.", _ends),
    Check(
        "TL311", "A range begins and ends with releases of the package, where `releases.json` lists them.", _unpublished
    ),
    Check("TL401", "There is at least one `match` and one `none` example.", _enough_examples),
    Promise("TL402", "Each example gets the verdict in its name."),
    Promise("TL403", "No example of another signature becomes a match."),
    Promise("TL404", "Nothing ordinary becomes a match or a maybe."),
    Promise("TL405", "Examples hold no user names, addresses, mails or tokens."),
    Check("TL406", "Every example says where its text comes from.", _sources),
    Promise("TL407", "Every example shows a crash."),
    Promise("TL501", "Advice: every clue of `all` and `any` holds in an example."),
    Promise("TL502", "Advice: a text clue holds in at most 0.1 % of ordinary crashes."),
)


def lint(entry: Entry) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    """Code, path and text of every promise this signature breaks by itself."""
    for check in CHECKS:
        if isinstance(check, Check):
            for path, text in check.find(entry):
                yield check.code, path, text


def lint_names(entry: Entry, ids: frozenset[str]) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    """TL204: every signature it names exists."""
    signature = entry.signature
    for number, one in enumerate(signature.related):
        if one.id not in ids:
            yield "TL204", ("related", number, "id"), f"there is no signature '{one.id}'"
    if signature.replaced_by is not None and signature.replaced_by not in ids:
        yield "TL204", ("replaced_by",), f"there is no signature '{signature.replaced_by}'"
