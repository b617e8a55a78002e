"""What a form hands back: an exception, and the lines of the report it was read from."""

from __future__ import annotations

from dataclasses import dataclass

from app.crash.model import Line, Raised


@dataclass(frozen=True, slots=True)
class Found:
    """One crash printed in a form of its own. Its lines, first to last, belong to no other crash."""

    raised: Raised
    form: str
    headers: tuple[Line, ...] = ()
    first_line: int = 0
    last_line: int = 0
