"""The part of a page that asks whether a fix held and says what others found: apart from how sure the match is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar
from urllib.parse import quote

from fastapi import Depends

from app.feedback import HELD, MOST_WORDS, Counts, Rate, Told, told
from app.signature.model import Signature
from app.web import words
from app.web.depends import SessionDep
from app.web.render import Page
from app.web.voter import KnownVoter

STYLES = "feedback.css"
"""The style sheet that a page with this part names."""

ANSWERS: Mapping[str, str] = {"yes": "Yes", "no": "No", "partly": "Partly"}


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that can be given, and whether this browser gave it."""

    value: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Feedback:
    """The question whether the fix held, and what was said so far."""

    template: ClassVar[str] = "feedback/held.html"
    action: str
    hidden: tuple[tuple[str, str], ...]
    """Names and values the form carries along."""
    choices: tuple[Choice, ...]
    own: str | None
    """What this browser said, in a sentence."""
    share: str | None
    """How often the fix held; None while too few said."""
    counts: str | None
    most: int


@dataclass(frozen=True, slots=True)
class Ask:
    """What the part on a signature's own page is made with."""

    session: SessionDep
    voter: KnownVoter

    def about(self, signature: Signature) -> Feedback:
        """The part for this signature's page."""
        found = told(self.session, signature.id, "", self.voter)
        return _part(f"{signature.page}/feedback", (), found)


AskDep = Annotated[Ask, Depends()]


def asking(page: Page) -> Page:
    """The page, as one that has this part among its own."""
    return replace(page, open_forms=True, styles=(*page.styles, STYLES))


def on_answer(found: Told, diagnosis: str, signature: str) -> Feedback:
    """The part for the page of an answer that names this signature."""
    return _part(f"/diagnoses/{quote(diagnosis, safe='')}/feedback", (("signature", signature),), found)


def _part(action: str, hidden: tuple[tuple[str, str], ...], found: Told) -> Feedback:
    return Feedback(
        action=action,
        hidden=hidden,
        choices=tuple(Choice(one, ANSWERS[one], one == found.own) for one in HELD),
        own=f"You said: {ANSWERS[found.own].lower()}. You can change it." if found.own else None,
        share=share(found.rate) if found.rate else None,
        counts=counted(found.counts),
        most=MOST_WORDS,
    )


def share(rate: Rate) -> str:
    """`The fix held in 41 of 43: going by so many answers, in 85 to 99 of 100.`."""
    low, high = round(100 * rate.low), round(100 * rate.high)
    return f"The fix held in {rate.held:,} of {rate.of:,}: going by so many answers, in {low} to {high} of 100."


def counted(counts: Counts) -> str | None:
    """`3 answers: 2 yes, 1 partly`; None without any."""
    if not counts.total:
        return None
    said = ((counts.yes, "yes"), (counts.partly, "partly"), (counts.no, "no"))
    listed = ", ".join(f"{number:,} {name}" for number, name in said if number)
    return f"{words.counted(counts.total, 'answer')}: {listed}"
