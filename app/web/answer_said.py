"""What stands around an answer: that it is not the only one, how to pass it on, and the form that says it is wrong."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote

from app.feedback import MOST_WORDS
from app.web import words
from app.web.answer_view import Refused, View, kept
from app.web.person import Fields, field
from app.web.times import When, when

NONE, OTHER = "none", "other"
CLOSE = 3  # ids that are offered for one that is not there
MOST_STATED = 3  # packages named of what was stated
LONGEST_LINK = 60  # characters of a title in the subject of a mail

# what is told once -> its sentence
SAID = {
    "filed": "Thank you. A curator will look at your correction.",
    "settled": "Thank you. A curator has settled your correction of this answer already.",
    "thanks": "Thank you. Your answer is counted.",
    "same": "Nothing was added, so the answer stays as it is.",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told once after a form, and that this is not the only answer."""

    template: ClassVar[str] = "answer/notice.html"
    sentences: tuple[str, ...]
    url: str | None
    link: str


@dataclass(frozen=True, slots=True)
class Given:
    """One of several answers to the report."""

    name: str
    verdict: str
    tone: str
    url: str
    at: When
    shown: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers to the report, the latest first."""

    template: ClassVar[str] = "answer/answers.html"
    answers: tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """The link, to be copied or mailed."""

    template: ClassVar[str] = "answer/share.html"
    link: str
    mail: str
    machine: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be right instead."""

    value: str
    name: str
    detail: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Wrong:
    """The form that corrects the answer."""

    template: ClassVar[str] = "answer/wrong.html"
    heading: str
    action: str
    answer: str
    crash: int
    choices: tuple[Choice, ...]
    other: str
    words: str
    most: int
    refused: Refused | None


def notice(view: View) -> Notice | None:
    """None when there is nothing to tell."""
    told = [SAID[view.said]] if view.said in SAID else []
    latest, later = view.thread.latest, view.thread.later
    if not later:
        return Notice(tuple(told), None, "") if told else None
    if latest:
        what = _stated(later[0].stated, view)
        told.append(f"Judged again {what}.")
        return Notice(tuple(told), view.at(answer=kept(view.thread.first).id), "The first answer")
    told.append(f"This is an earlier answer. The latest says: {words.verdict(later[0].verdict, later[0].confidence)}.")
    return Notice(tuple(told), view.link, "Show the latest")


def answers(view: View) -> Answers | None:
    """None when there is only the first one."""
    if not view.thread.later:
        return None
    now, shown, first = datetime.now(UTC), kept(view.told).id, view.thread.first
    begin, known = kept(first), {one.id for one in view.thread.later}
    rows = [
        Given(
            name=f"Judged again {_stated(one.stated, view)}",
            verdict=words.verdict(one.verdict, one.confidence),
            tone=one.verdict,
            url=view.at(answer=one.id),
            at=when(one.at, now),
            shown=one.id == shown,
        )
        for one in view.thread.later
    ]
    if begin.id not in known:
        said = words.verdict(first.diagnosis.verdict, first.diagnosis.confidence)
        at = when(begin.first_seen, now)
        url = view.at(answer=begin.id)
        rows.append(Given("As first given", said, first.diagnosis.verdict, url, at, begin.id == shown))
    return Answers(tuple(rows))


def _stated(stated: Any, view: View) -> str:
    """`with uvicorn 0.17.6 and an answer`; `with nothing stated`."""
    named_in = {match.package for crash in view.told.diagnosis.crashes for match in crash.matches}
    packages = sorted(stated.get("packages", {}).items(), key=lambda one: (one[0] not in named_in, one[0]))
    named = [f"{name} {version}" for name, version in packages[:MOST_STATED]]
    more = len(packages) - MOST_STATED
    named += [words.counted(more, "more package")] if more > 0 else []
    named += [f"Python {stated['python']}"] if "python" in stated else []
    named += [words.SYSTEMS.get(stated["os"], str(stated["os"]))] if "os" in stated else []
    named += [f"the answer {'yes' if said else 'no'}" for said in stated.get("answers", {}).values()]
    return f"with {words.listed(named)}" if named else "with nothing stated"


def share(view: View, title: str) -> Share:
    """The link as others reach it, and a mail that holds it."""
    link = view.base + view.link
    subject = title if len(title) <= LONGEST_LINK else f"{title[:LONGEST_LINK].rstrip()} …"
    mail = f"mailto:?subject={_quoted(subject)}&body={_quoted(link)}"
    return Share(link, mail, f"/api/v1/diagnoses/{kept(view.told).id}")


def _quoted(text: str) -> str:
    return quote(text.encode(errors="replace"), safe="")


def wrong(view: View) -> Wrong | None:
    """The form that corrects what is said of the shown crash; None for a report without one."""
    crash = view.crash
    if crash is None or view.place is None:
        return None
    typed = view.wrong
    chosen = field(typed.fields, "right") if typed else ""
    named = [*((one.signature, one.title) for one in crash.matches[1:])]
    named += [(one.signature, one.title) for one in crash.near_misses]
    choices = [Choice(id_, title, id_, id_ == chosen) for id_, title in dict(named).items()]
    if crash.matches:
        choices.append(Choice(NONE, "None of these, no known bug", "", chosen == NONE))
    choices.append(Choice(OTHER, "Another known bug:", "", chosen == OTHER or not choices))
    return Wrong(
        heading="Is this answer wrong?" if crash.matches else "Is it a known bug after all?",
        action=f"{view.link}/wrong",
        answer=kept(view.told).id,
        crash=view.place + 1,
        choices=tuple(choices),
        other=field(typed.fields, "other") if typed else "",
        words=field(typed.fields, "words") if typed else "",
        most=MOST_WORDS,
        refused=typed.refused if typed else None,
    )


def right(fields: Fields, view: View) -> str | Refused | None:
    """The signature that is said to be right, None for none of them, or why that can't be told."""
    chosen, book = field(fields, "right"), view.book
    best = view.crash.matches[0].signature if view.crash and view.crash.matches else None
    if chosen == NONE and best:
        return None
    name = field(fields, "other").strip() if chosen in {OTHER, NONE, ""} else chosen
    if not name:
        return Refused("right", "Choose what is right, or name the signature.")
    known = name.rstrip("/").rpartition("/")[2]  # its address will do
    if known == best:
        return Refused("right", "That is what the answer says already.")
    if known in book.signatures:
        return known
    close = difflib.get_close_matches(known[:100], book.signatures, n=CLOSE)
    hint = f" Did you mean {words.listed([f'`{one}`' for one in close])}?" if close else ""
    return Refused("other", f"There is no signature `{known[:100].replace('`', '')}`.{hint}")
