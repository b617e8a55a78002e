"""Every error of ours, in one tree.

TraceloreError          a machine word, a sentence, and the facts that go with it
├── Unreadable          what was sent can't be taken as a report (400, 413, 415, 422)
├── Unknown             no such diagnosis, signature or package (404)
├── Busy                it can't be taken now, though nothing is wrong with it (503)
├── SignedOut           only for staff, and nobody is signed in (401), or by no form of ours (403)
├── BrokenSignature     a signature file is not valid; says file:line:column
├── BrokenCorpus        a labelled report is not valid; says file:line
└── Misconfigured       a setting or the database is not as it must be; the program stops

One place turns them into HTTP answers (`app/web/failures.py`), one into exit codes (`app/cli/main.py`).
"""

from __future__ import annotations


class TraceloreError(Exception):
    """What went wrong, as `word` for machines and `detail` for people; `status` is a hint for HTTP."""

    status = 500

    def __init__(self, word: str, detail: str, *, status: int | None = None, pointer: str | None = None) -> None:
        """Take a machine word, a sentence that says what to do, and where in the input (JSON Pointer) it is."""
        super().__init__(f"{word}: {detail}")
        self.word = word
        self.detail = detail
        self.pointer = pointer
        if status is not None:
            self.status = status


class Unreadable(TraceloreError):
    """What was sent can't be taken as a report."""

    status = 400


class Unknown(TraceloreError):
    """There is no such diagnosis, signature or package."""

    status = 404


class SignedOut(TraceloreError):
    """What is asked for is for staff only, and nobody is signed in."""

    status = 401


class Busy(TraceloreError):
    """Too much is waiting, or the database does not take it: the sender should come again."""

    status = 503
    retry_seconds = 5


class BrokenSignature(TraceloreError):
    """A signature file is not valid."""

    def __init__(self, code: str, detail: str, *, file: str, line: int = 1, column: int = 1) -> None:
        """Take the lint code, a sentence, and the place as file, line and column (both from 1)."""
        super().__init__(code, detail)
        self.file = file
        self.line = line
        self.column = column

    def __str__(self) -> str:
        """`file:line:column: code detail`, as editors and CI read it."""
        return f"{self.file}:{self.line}:{self.column}: {self.word} {self.detail}"


class BrokenCorpus(TraceloreError):
    """A labelled report is not valid."""

    def __init__(self, file: str, line: int, detail: str) -> None:
        """Take the place as file and line (from 1), and a sentence."""
        super().__init__("broken_corpus", f"{file}:{line}: {detail}")


class Misconfigured(TraceloreError):
    """A setting or the database is not as it must be."""


def in_our_words(said: str) -> str:
    """What a validator of ours said, without the words that Pydantic puts before it."""
    return said.removeprefix("Value error, ")
