"""Advice on clues, which stops nobody: one may be too narrow for the next report, or too common to say much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.crash.text import read
from app.crash.traceback import parse
from app.diagnosis.case import Case, lay_out
from app.diagnosis.clues import look_for
from app.signature.model import PATTERN_KINDS, Clue, Signature

COMMON = 0.001  # of the ordinary crashes: a text clue that holds on more says little

Advice = tuple[str, tuple[str | int, ...], str]  # code, path, text


def cases_of(texts: Iterable[bytes]) -> list[Case]:
    """The crashes in these texts, laid out for judging."""
    return [lay_out(crash, crash.environment) for raw in texts for crash in parse(read(raw))]


def advise(signature: Signature, own: Sequence[Case], ordinary: Sequence[Case]) -> Iterator[Advice]:
    """TL501 and TL502 for every clue of `all` and `any`; `own` are the crashes of its match and maybe examples."""
    for rule, clues in (("all", signature.match.all), ("any", signature.match.any)):
        for number, clue in enumerate(clues):
            path = ("match", rule, number)
            if clue.kind != "installed" and not _holds(clue, own):
                yield "TL501", path, f"{clue.kind} '{clue.value}' holds in no example: add one that shows it"
            share = _holds(clue, ordinary) / max(1, len(ordinary))
            if clue.kind in PATTERN_KINDS and share > COMMON:
                yield (
                    "TL502",
                    path,
                    f"{clue.kind} '{clue.value}' holds in {share:.1%} of ordinary crashes: weak by itself",
                )


def _holds(clue: Clue, cases: Sequence[Case]) -> int:
    return sum(look_for(clue, case).state == "holds" for case in cases)
