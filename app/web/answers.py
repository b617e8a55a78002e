"""The page of an answer, and what anybody who has its link can send from it. Routes only; parts are made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from app.again import judge_again, thread
from app.errors import Unknown, Unreadable
from app.feedback import Told, correct, say, told
from app.intake import count
from app.signature.book import Book
from app.signature.model import Signature
from app.store.database import Session
from app.web import answer
from app.web.again_form import read
from app.web.answer_said import right
from app.web.answer_view import Refused, Typed, View, kept
from app.web.depends import BookDep, IndexDep, SessionDep
from app.web.person import Fields, field
from app.web.place import here
from app.web.render import html
from app.web.voter import KnownVoter, OpenForm, VoterDep

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

DIGITS = 4  # of a crash's number: there are fifty at most

Number = Annotated[int | None, Query(ge=1)]
Which = Annotated[str | None, Query(max_length=40)]
Once = Annotated[str, Query(max_length=20)]


@dataclass(frozen=True, slots=True)
class Look:
    """What the page of an answer is made with."""

    session: SessionDep
    book: BookDep
    voter: KnownVoter

    def view(self, diagnosis: str, number: int | None = None, wanted: str | None = None) -> View:
        """The answer under this link: the wanted one, else the latest. Raises `Unknown`."""
        found = thread(self.session, diagnosis, wanted)
        place = answer.chosen(found.shown.diagnosis, number)
        crash = None if place is None else found.shown.diagnosis.crashes[place]
        alike = count(self.session, crash.fingerprint) if crash else 0
        best = crash.matches[0].signature if crash and crash.matches else None
        held = _held(self.session, best, kept(found.first).id, self.voter)
        return View(found, place, self.book, alike, held, here().site)


def _held(session: Session, signature: str | None, about: str, voter: str | None) -> Told | None:
    return None if signature is None else told(session, signature, about, voter)


def _known(book: Book, package: str, signature: str) -> Signature:
    found = book.get(signature)
    if found.package != package:
        raise Unknown("unknown-signature", f"There is no signature `{signature[:80]}` of {package[:80]}.")
    return found


LookDep = Annotated[Look, Depends()]


@router.get("/diagnoses/{diagnosis}")
def answer_page(
    look: LookDep, diagnosis: str, crash: Number = None, answer_: Annotated[Which, Query(alias="answer")] = None,
    said: Once = "",
) -> Response:  # fmt: skip
    """A stored answer: the latest to its report, or the one that is asked for."""
    return html(answer.page(replace(look.view(diagnosis, crash, answer_), said=said)))


@router.post("/diagnoses/{diagnosis}/again")
def again(diagnosis: str, look: LookDep, form: OpenForm, index: IndexDep) -> Response:
    """Judge the report again with what the form says."""
    view = look.view(diagnosis, _crash(form))
    given = read(form, look.book)
    if isinstance(given, Refused):
        return html(answer.page(replace(view, more=Typed(form, given))), status=422)
    judge_again(look.session, kept(view.thread.first).id, given.stated, given.answers, index=index)
    after = look.view(diagnosis, _crash(form))
    return _back(after, said="same" if kept(after.told).id == kept(view.told).id else "")


@router.post("/diagnoses/{diagnosis}/feedback")
def feedback(diagnosis: str, look: LookDep, form: OpenForm, voter: VoterDep) -> Response:
    """Count whether the fix held."""
    signature = look.book.get(field(form, "signature"))
    say(look.session, voter.on(form, signature.id, about=diagnosis))
    return voter.remembered(_back(look.view(diagnosis), said="thanks", part="#feedback"))


@router.post("/diagnoses/{diagnosis}/wrong")
def wrong(diagnosis: str, look: LookDep, form: OpenForm, voter: VoterDep) -> Response:
    """File a correction."""
    number = _crash(form)
    view = look.view(diagnosis, number, field(form, "answer"))
    named = right(form, view)
    if isinstance(named, Refused):
        return html(answer.page(replace(view, wrong=Typed(form, named))), status=422)
    if view.place is None:
        raise Unreadable("bad_correction", "The report has no crash whose answer could be wrong.", status=422)
    filed = correct(look.session, voter.corrects(form, kept(view.told).id, view.place, named))
    return voter.remembered(_back(view, said="filed" if filed else "settled"))


@router.post("/kb/{package}/{signature}/feedback")
def signature_feedback(package: str, signature: str, look: LookDep, form: OpenForm, voter: VoterDep) -> Response:
    """Count whether the fix held, from the signature's own page."""
    known = _known(look.book, package, signature)
    say(look.session, voter.on(form, known.id, about=""))
    return voter.remembered(RedirectResponse(f"{known.page}#feedback", status_code=303))


@router.get("/diagnoses/{diagnosis}/again")
@router.get("/diagnoses/{diagnosis}/feedback")
@router.get("/diagnoses/{diagnosis}/wrong")
def back(diagnosis: str, look: LookDep) -> Response:
    """Where a form was answered, there is nothing to come back to."""
    return _back(look.view(diagnosis))


@router.get("/kb/{package}/{signature}/feedback")
def back_to_signature(package: str, signature: str, book: BookDep) -> Response:
    """The same for the form on a signature's page."""
    return RedirectResponse(_known(book, package, signature).page, status_code=303)


def _back(view: View, *, said: str = "", part: str = "") -> Response:
    place = view.at()
    told_once = f"{'&' if '?' in place else '?'}said={said}" if said else ""
    return RedirectResponse(f"{place}{told_once}{part}", status_code=303)


def _crash(form: Fields) -> int | None:
    said = field(form, "crash")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= DIGITS else None
