"""Whether a fix held, said by programs: once by each key."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.errors import SignedOut, Unreadable
from app.feedback import MOST_WORDS, Told, Vote, say, told, voter_of
from app.inbox.accept import Inbox
from app.receive.auth import key_of
from app.receive.model import Asked
from app.web.body import read_at_most
from app.web.depends import BookDep, SessionDep
from app.web.openapi import inlined, problems
from app.web.person import MAX_FORM
from app.web.schemas import Door, clean_text

router = APIRouter()


class Saying(Door):
    """A word on whether the fix of a signature held."""

    signature: Annotated[str, Field(min_length=1, max_length=120)]
    """Id of the signature."""
    held: Literal["yes", "no", "partly"]
    """Whether its fix held."""
    diagnosis: Annotated[str, Field(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")] | None = None
    """Id of the diagnosis that named it; each key is counted once for each diagnosis, and once without any."""
    words: Annotated[str, BeforeValidator(clean_text), Field(max_length=MOST_WORDS)] = ""
    """In a word; secrets and personal data are taken out."""


class Counted(BaseModel):
    """What was said of the fix so far. It is apart from how sure a match is: two numbers."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    signature: str
    yes: int
    no: int
    partly: int
    rate: float | None
    """The share of answers that say yes; null below three answers."""
    low: float | None
    high: float | None
    """Wilson's interval: the true share lies between the two nineteen times in twenty."""

    @classmethod
    def of(cls, signature: str, found: Told) -> Counted:
        """The counts as numbers."""
        said, rate = found.counts, found.rate
        share = (rate.held / rate.of, rate.low, rate.high) if rate else (None, None, None)
        held, low, high = (None if one is None else round(one, 4) for one in share)
        return cls(signature=signature, yes=said.yes, no=said.no, partly=said.partly, rate=held, low=low, high=high)


def _key(request: Request) -> str:
    """The digest of the key of a source that came along. Raises `SignedOut`."""
    inbox: Inbox = request.app.state.inbox
    key = key_of(Asked(request.method, request.url.path, dict(request.query_params), dict(request.headers)))
    if key is None or inbox.source_of(key) is None:
        raise SignedOut(
            "no_key", "Send the key of a source: Authorization: Bearer KEY. 'tracelore source add' makes one."
        )
    return voter_of(key)


async def _saying(request: Request) -> Saying:
    """The body, of which no more is held than such words need. Raises `Unreadable`, `RequestValidationError`."""
    body = await read_at_most(request, MAX_FORM, Unreadable("too_long", "The body is too long.", status=413))
    try:
        return Saying.model_validate_json(body)
    except ValidationError as wrong:
        faults = wrong.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in faults]) from None


BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": inlined(Saying)}}}}


@router.post(
    "/api/v1/feedback",
    operation_id="feedback",
    tags=["diagnoses"],
    summary="Say whether a fix held",
    responses=problems(401, 404, 413, 422),
    openapi_extra=BODY,
)
def post_feedback(
    voter: Annotated[str, Depends(_key)],
    saying: Annotated[Saying, Depends(_saying)],
    book: BookDep,
    session: SessionDep,
) -> Counted:
    """Count whether the fix of a signature held; who says it again on the same thing has changed their mind."""
    signature, about = book.get(saying.signature).id, saying.diagnosis or ""
    say(session, Vote(signature, about, voter, saying.held, saying.words))
    return Counted.of(signature, told(session, signature, about, None))
