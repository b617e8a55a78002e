"""Answers to what came more than once lately, by what was asked: of one fault the same report comes again and again.

An answer rests on the report, what was stated with it, the book and this program, and on nothing else: who asks the
same book the same to the byte gets the same answer. Reports are known by their digests. Of one that came once no more
is held, so it drives nothing out. What is held has come through redaction, and is the answer alone where the report is
not stored either.
"""

from __future__ import annotations

import hashlib
import sys
from collections import OrderedDict
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from app.diagnosis.model import Diagnosis, Verdict
from app.intake import Kept, Received, Written
from app.web.schemas import Removed, named

MOST_BYTES = 32 * 1024 * 1024  # some thousands of answers
ENTRY = 400  # bytes of a digest and its place
MOST_ONCE = 50_000  # digests of what came once, some 200 bytes each
DIAGNOSIS = TypeAdapter(Diagnosis)
REMOVED = TypeAdapter(tuple[Removed, ...])
BEGIN = "{"


@dataclass(frozen=True, slots=True)
class Told:
    """An answer written down, all but under which name its report is kept."""

    verdict: Verdict
    diagnosis: str
    """As JSON, with the signatures that its sender wanted named."""
    end: str
    """How that ends: with what an answer says last."""
    removed: str
    """What was taken out of the report, as JSON."""
    written: Written | None
    """What keeps it; None where it is not to be kept."""

    def body(self, kept: Kept | None) -> bytes:
        """The whole answer, as `Answer` has it."""
        name = '"id":null,"url":null,"seen":0'
        if kept is not None:
            name = f'"id":"{kept.id}","url":"/diagnoses/{kept.id}","seen":{kept.seen}'
        inside = self.diagnosis[len(BEGIN) : -len(self.end)]
        return f'{BEGIN}{name},{inside},"redacted":{self.removed}{self.end}'.encode()

    @property
    def size(self) -> int:
        """Bytes of memory it takes, or a little more."""
        parts: list[object] = [self, self.verdict, self.diagnosis, self.end, self.removed]
        if self.written is not None:
            rows = (self.written.report, self.written.diagnosis, *self.written.crashes)
            parts += [self.written, *rows, *(value for row in rows for value in row.values())]
        return ENTRY + sum({id(one): sys.getsizeof(one) for one in parts}.values())


def tell(received: Received, top: int, written: Written | None) -> Told:
    """Write an answer down, with at most `top` signatures for each crash."""
    told = named(received.diagnosis, top)
    end = f',"book":"{told.book}","engine":"{told.engine}"}}'
    text = written.diagnosis["answer"] if written is not None and told is received.diagnosis else ""
    if not text.endswith(end):  # it holds what no database takes, and was made again for it, with spaces
        text = DIAGNOSIS.dump_json(told).decode()
    removed = (
        REMOVED.dump_json(tuple(Removed(**one) for one in received.removed)).decode() if received.removed else "[]"
    )
    return Told(told.verdict, text, end, removed, written)


def digest_of(asked: object, body: bytes) -> bytes:
    """What tells a request from all others: how it was asked, in words, and its body."""
    digest = hashlib.blake2b(repr(asked).encode(), digest_size=32)
    digest.update(body)
    return digest.digest()


class Memory:
    """The answers asked for more than once, last of all: as many as take no more than so many bytes. For one thread."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Hold nothing yet."""
        self._held: OrderedDict[bytes, tuple[Told, int]] = OrderedDict()
        self._once: OrderedDict[bytes, None] = OrderedDict()
        self._free = most_bytes
        self._most = most_bytes

    def recall(self, digest: bytes) -> Told | None:
        """The answer to what has this digest; None when it is not there any more."""
        found = self._held.get(digest)
        if found is None:
            return None
        self._held.move_to_end(digest)
        return found[0]

    def keep(self, digest: bytes, told: Told) -> None:
        """Hold an answer that was given before, and forget those asked for longest ago if they are too much with it."""
        if digest not in self._once:
            self._once[digest] = None
            if len(self._once) > MOST_ONCE:
                self._once.popitem(last=False)
            return
        size = told.size
        if size > self._most or digest in self._held:
            return
        if told.written is not None:
            told = replace(told, written=replace(told.written, again=True))
        self._held[digest] = told, size
        self._free -= size
        while self._free < 0:
            _, (_, less) = self._held.popitem(last=False)
            self._free += less
