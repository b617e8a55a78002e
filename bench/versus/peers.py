"""How others find a known bug: every pattern on every line, literals by an automaton, or a ranked search.

Each is given the same parsed crash, proposes signatures, and keeps those for which all clues hold. A way is a function
from what is asked to the ids that it finds; making one is its build.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ahocorasick_rs
import hyperscan
import tantivy

from app.crash.model import Crash
from app.diagnosis.literals import required_words
from app.signature.model import Clue, Signature
from bench.versus.holds import Checks, Shown, checks_of, holding, shown

MIN_LITERAL = 4  # characters; a shorter one is in every line
TOP = 10
WORD = re.compile(r"\w+")
MAX_TERMS = 200  # of one ranked question


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the text, and the crash in it as our parser reads it."""

    text: str
    crash: Crash


Way = Callable[[Question], list[str]]


@dataclass(frozen=True, slots=True)
class Literals:
    """The longest literal of each message pattern, and who needs it; who has none is known by its exception."""

    texts: list[str]
    needed_by: list[list[Checks]]
    by_exception: dict[str | None, list[Checks]]

    def propose(self, found: Iterable[int], crash: Shown) -> list[str]:
        """The ids that hold of those whose literals were found, and of those without one."""
        hits = [one for number in found for one in holding(self.needed_by[number], crash)]
        for name in (*crash.names, None):
            hits += holding(self.by_exception.get(name, ()), crash)
        return hits


def literals_of(signatures: Sequence[Signature]) -> Literals:
    """Sort signatures by their literals."""
    by_text: dict[str, list[Checks]] = {}
    by_exception: dict[str | None, list[Checks]] = {}
    for one in signatures:
        checks = checks_of(one)
        literal = max((_literal(clue.value) for clue in one.match.all if clue.kind == "message"), key=len, default="")
        if len(literal) >= MIN_LITERAL:
            by_text.setdefault(literal, []).append(checks)
        else:
            by_exception.setdefault(checks.exception, []).append(checks)
    return Literals(list(by_text), list(by_text.values()), by_exception)


def _literal(pattern: str) -> str:
    """The longest run of a made-up pattern that stands for itself: between its holes."""
    pieces = re.split(r"\.\+|\\S\.\*|\^|\$", pattern)
    return max((re.sub(r"\\(.)", r"\1", piece) for piece in pieces), key=len)


def every_regex(signatures: Sequence[Signature]) -> Way:
    """Every pattern on every line, as build-failure-analyser does it."""
    patterns = [(re.compile(_line_pattern(one)), checks_of(one)) for one in signatures]

    def find(asked: Question) -> list[str]:
        found = {}
        for line in asked.text.split("\n"):
            for pattern, checks in patterns:
                if pattern.search(line) is not None:
                    found[checks.id] = checks
        return holding(found.values(), shown(asked.crash))

    return find


def _line_pattern(signature: Signature) -> str:
    """What a line must show: the message after its exception's name, or the exception, or the source."""
    clues = {clue.kind: clue.value for clue in signature.match.all}
    if "message" in clues:
        return clues["message"].removeprefix("^")
    return clues.get("code") or re.escape(clues["exception"])


def hyperscan_literals(signatures: Sequence[Signature]) -> Way:
    """Hyperscan's literal database on the exceptions' lines."""
    literals = literals_of(signatures)
    database = hyperscan.Database()
    flags = [hyperscan.HS_FLAG_SINGLEMATCH] * len(literals.texts)
    texts = [text.encode() for text in literals.texts]
    database.compile(expressions=texts, ids=list(range(len(texts))), elements=len(texts), flags=flags, literal=True)

    def find(asked: Question) -> list[str]:
        crash = shown(asked.crash)
        numbers: list[int] = []
        database.scan(crash.lines.encode(), match_event_handler=lambda number, *_: numbers.append(number))
        return literals.propose(numbers, crash)

    return find


def aho_corasick(signatures: Sequence[Signature]) -> Way:
    """The Rust automaton of ahocorasick_rs on the exceptions' lines."""
    literals = literals_of(signatures)
    kind = ahocorasick_rs.Implementation.ContiguousNFA
    automaton = ahocorasick_rs.AhoCorasick(literals.texts, implementation=kind)

    def find(asked: Question) -> list[str]:
        crash = shown(asked.crash)
        found = automaton.find_matches_as_indexes(crash.lines, overlapping=True)
        return literals.propose({number for number, _, _ in found}, crash)

    return find


@dataclass(frozen=True, slots=True)
class Ranked:
    """Tantivy's index over the tokens that signatures need."""

    searcher: Any
    schema: Any

    def top(self, crash: Shown) -> list[int]:
        """Numbers of the ten best by BM25."""
        terms = list(dict.fromkeys(_terms(crash)))[:MAX_TERMS]
        should = [(tantivy.Occur.Should, tantivy.Query.term_query(self.schema, "token", term)) for term in terms]
        hits = self.searcher.search(tantivy.Query.boolean_query(should), TOP).hits
        return [self.searcher.doc(address)["number"][0] for _, address in hits]


def ranked(signatures: Sequence[Signature]) -> Ranked:
    """Index signatures by the words, names and places that they need."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("token", tokenizer_name="raw", index_option="freq")
    builder.add_integer_field("number", stored=True, fast=True)
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(heap_size=64 << 20, num_threads=1)
    for number, one in enumerate(signatures):
        document = tantivy.Document(number=number)
        for clue in one.match.all:
            for token in _needed(clue):
                document.add_text("token", token)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return Ranked(index.searcher(), schema)


def _needed(clue: Clue) -> set[str]:
    if clue.kind in {"message", "code"}:
        return {f"{clue.kind} {word}" for word in required_words(clue.value)}
    return {f"{clue.kind} {clue.value}"}


def _terms(crash: Shown) -> Iterator[str]:
    """The same of a crash, what tells most first."""
    yield from (f"exception {name}" for name in crash.names)
    yield from (f"message {word}" for message in crash.messages for word in WORD.findall(message.casefold()))
    yield from (f"frame {module}:{name}" for name, modules in crash.functions.items() for module in modules)
    yield from (f"frame {module}" for module in crash.modules)
    yield from (f"code {word}" for code in crash.codes for word in WORD.findall(code.casefold()))


def tantivy_bm25(signatures: Sequence[Signature]) -> Way:
    """Tantivy's ten best by BM25."""
    index = ranked(signatures)
    checks = [checks_of(one) for one in signatures]

    def find(asked: Question) -> list[str]:
        crash = shown(asked.crash)
        return holding([checks[number] for number in index.top(crash)], crash)

    return find


PEERS: dict[str, Callable[[Sequence[Signature]], Way]] = {
    "hyperscan literals, verified": hyperscan_literals,
    "ahocorasick_rs literals, verified": aho_corasick,
    "tantivy BM25 top 10, verified": tantivy_bm25,
    "every regex on every line": every_regex,
}
