"""Every way a request can fail, as RFC 9457 problem details for programs and as a page for people. One place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response

from app.errors import Busy, SignedOut, TraceloreError
from app.web.headers import SECURITY

MEDIA_TYPE = "application/problem+json"
MAX_FAULTS = 20  # more of the same help nobody

# word -> status, title, and what its page says
PROBLEMS: dict[str, tuple[int, str, str]] = {
    "empty": (400, "The report is empty", "A report is the text of a crash: a traceback, or a log with one in it."),
    "not-text": (
        415,
        "The report is not text",
        "Images, archives and other binary files can't be read. Send the traceback's characters in any usual encoding.",
    ),
    "too-long": (
        413,
        "The report is too long",
        "The traceback and some hundred lines before it are enough. The operator sets the limit: TRACELORE_MAX_REPORT.",
    ),
    "too-slow": (
        408,
        "The report came too slowly",
        "The server waits half a minute for a report, and longer for a long one that keeps coming. Send it again.",
    ),
    "bad-json": (
        400,
        "The body is not JSON",
        'As application/json a report is {"text": "..."}. To send it as it is, use Content-Type: text/plain.',
    ),
    "bad-form": (
        400,
        "The body is not a form",
        "As multipart/form-data a report is the field 'file'. Let your client set the Content-Type and its boundary.",
    ),
    "invalid-request": (
        422,
        "The request is not valid",
        "Each entry of 'errors' says what is wrong, in which part (body, query or path), and where in it.",
    ),
    "unknown-diagnosis": (404, "There is no such diagnosis", "A diagnosis is kept under the id its answer named."),
    "unknown-signature": (404, "There is no such signature", "The knowledge base at /kb lists all there are."),
    "retired-signature": (
        410,
        "This bug has gone",
        "It was retired, and another takes its place: its page says which.",
    ),
    "unknown-source": (404, "There is no such source", "The sources at /sources are all there are."),
    "unknown-cluster": (
        404,
        "There is no such unknown crash",
        "It was explained since, or its source was removed. Those that are left are at /unknown.",
    ),
    "bad-source": (422, "That is no name for a source", "Small letters, digits, '-', '.', '_': shop-production."),
    "signed-out": (401, "This is for staff only", "Sources, their keys and what crashed are nobody else's business."),
    "stale-form": (403, "The form is from an earlier session", "Load its page again, and send it from there."),
    "foreign-form": (403, "This was sent by a page of another site", "Open the page here, and send the form from it."),
    "bad-feedback": (422, "That is no answer", "Say yes, no or partly, of a bug that the answer names."),
    "too-many-words": (422, "These are too many words", "A remark has 500 characters at most."),
    "bad-correction": (422, "That corrects nothing", "Name the signature that is right, or say that none of these is."),
    "unknown-correction": (404, "There is no such correction", "Those that wait are listed at /curate."),
    "stale-correction": (409, "The correction changed meanwhile", "Load its page again, and settle what it says now."),
    "bad-state": (422, "That is no state of a correction", "A correction is open, done or rejected."),
    "too-many-corrections": (409, "Many corrections wait already", "A curator looks at them. Come back later."),
    "too-many-answers": (409, "This report was answered again too often", "Paste it anew for another answer."),
    "too-many-forms": (429, "Too many forms came from your address", "Wait five minutes, then send it again."),
    "no-key": (401, "Feedback of programs needs a key", "Send a source's key: Authorization: Bearer KEY."),
    "not-found": (404, "There is nothing at this address", "The API is described at /docs."),
    "gone": (
        410,
        "What was here has gone",
        "It was here and will not come back. The known bugs at /kb are what there is.",
    ),
    "method-not-allowed": (405, "This address does not take this method", "The header Allow names those it takes."),
    "busy": (503, "The server has too much to do", "The header Retry-After says in how many seconds to send it again."),
    "unwritten": (503, "The database does not take it", "Nothing was kept. Send it again in a moment."),
    "stopping": (503, "The server is about to stop", "Another one takes its place. Send it again in a moment."),
    "inbox-full": (503, "Much is waiting to be diagnosed", "Send elsewhere, or wait until less waits."),
    "database-unreachable": (503, "The database does not answer", "The server runs, but its database does not answer."),
    "server-error": (500, "Something broke on our side", "The server's log has it. Sending the same again may help."),
}
BY_STATUS = {404: "not-found", 405: "method-not-allowed", 410: "gone"}
PLAIN = {"extra_forbidden": "There is no such field.", "missing": "This field is missing."}


class Fault(BaseModel):
    """One thing that is wrong, and where."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    where: str
    """`body`, `query` or `path`."""
    pointer: str
    """JSON Pointer into it, such as `/environment/python`."""
    detail: str


class Problem(BaseModel):
    """What went wrong, where, and what to do (RFC 9457)."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str
    """Path of the page that explains this kind of problem."""
    title: str
    status: int
    detail: str
    errors: tuple[Fault, ...] = ()


Page = Callable[[Request, Problem], Response]
"""How a problem is shown to somebody with a browser."""


def install(app: FastAPI, page: Page) -> None:
    """Answer every failure of this application, and explain each kind on its page; `page` makes the pages."""

    @app.get("/problems/{word}", include_in_schema=False)
    def explain(request: Request, word: str) -> Response:
        """The page that a problem's `type` names."""
        if word not in PROBLEMS:
            raise HTTPException(404)
        response = page(request, problem(word, PROBLEMS[word][0], PROBLEMS[word][2]))
        response.status_code = 200
        return response

    def answer(request: Request, problem: Problem, headers: dict[str, str] | None = None) -> Response:
        response = page(request, problem) if for_people(request) else as_json(problem)
        response.headers.update({"Vary": "Accept", **(headers or {})})
        return response

    def ours(request: Request, wrong: TraceloreError) -> Response:
        return to_sign_in(request, wrong) or answer(request, from_ours(wrong), retry_of(wrong))

    def invalid(request: Request, wrong: RequestValidationError) -> Response:
        return answer(request, from_faults(wrong.errors()))

    def http(request: Request, wrong: HTTPException) -> Response:
        return answer(request, from_status(request, wrong), dict(wrong.headers or {}))

    def gone(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=400)  # nobody is there to read it

    def broken(request: Request, _: Exception) -> Response:
        return answer(request, problem("server-error", 500, PROBLEMS["server-error"][2]), SECURITY)

    for kind, handler in (
        (TraceloreError, ours),
        (RequestValidationError, invalid),
        (HTTPException, http),
        (ClientDisconnect, gone),
        (Exception, broken),  # its text may hold anything, so none of it is told
    ):
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]  # each takes the kind it stands beside


def retry_of(wrong: TraceloreError) -> dict[str, str]:
    """The header that says when to come again, where that helps."""
    return {"Retry-After": str(wrong.retry_seconds)} if isinstance(wrong, Busy) else {}


def to_sign_in(request: Request, wrong: TraceloreError) -> Response | None:
    """Send a browser to sign in where that is what is wrong, and from there back to the page it asked for."""
    if not (isinstance(wrong, SignedOut) and wrong.status == HTTPStatus.UNAUTHORIZED and for_people(request)):
        return None
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = asked if request.method in {"GET", "HEAD"} else "/sources"
    return RedirectResponse(f"/sign-in?{urlencode({'next': wanted})}", status_code=303)


def for_people(request: Request) -> bool:
    """Whether a page is wanted rather than a problem document."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def as_json(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as RFC 9457 has it; `errors` only when there are some."""
    shown = problem.model_dump_json(exclude=None if problem.errors else {"errors"}, by_alias=True)
    return Response(shown, problem.status, headers, MEDIA_TYPE)


def problem(word: str, status: int, detail: str, errors: Sequence[Fault] = ()) -> Problem:
    """A problem of the kind that `word` names."""
    word = word.replace("_", "-")
    title = PROBLEMS[word][1] if word in PROBLEMS else HTTPStatus(status).phrase
    return Problem(type=f"/problems/{word}", title=title, status=status, detail=detail, errors=tuple(errors))


def from_ours(wrong: TraceloreError) -> Problem:
    """One of our own errors; what we did not mean to tell a client, we don't."""
    if wrong.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem("server-error", 500, PROBLEMS["server-error"][2])
    faults = [Fault(where="body", pointer=wrong.pointer, detail=wrong.detail)] if wrong.pointer else []
    return problem(wrong.word, wrong.status, wrong.detail, faults)


def from_status(request: Request, wrong: HTTPException) -> Problem:
    """What the framework refuses: an unknown path, a wrong method, a body that is not what it says."""
    word = BY_STATUS.get(wrong.status_code, "invalid-request" if wrong.status_code < 500 else "server-error")  # noqa: PLR2004
    path = request.url.path[:200]
    details = {404: f"There is nothing at {path}.", 405: f"{path} does not take {request.method}.{_taken(wrong)}"}
    return problem(word, wrong.status_code, details.get(wrong.status_code, PROBLEMS[word][2]))


def _taken(wrong: HTTPException) -> str:
    allowed = (wrong.headers or {}).get("allow") or (wrong.headers or {}).get("Allow")
    return f" It takes {allowed}." if allowed else ""


def from_faults(found: Sequence[Any]) -> Problem:
    """What Pydantic found wrong, without the values: they may be secret or very long."""
    faults = []
    for one in found[:MAX_FAULTS]:
        where, *way = one["loc"]
        pointer = "".join("/" + _step(str(part)) for part in way)
        detail = PLAIN.get(one["type"], one["msg"].rstrip(".") + ".")
        faults.append(Fault(where=str(where), pointer=pointer, detail=detail))
    first = faults[0]
    more = f" There are {len(found) - 1} more such faults." if len(found) > 1 else ""
    detail = f"{' '.join(filter(None, (first.where, first.pointer)))}: {first.detail}{more}"
    return problem("invalid-request", 422, detail, faults)


def _step(name: str) -> str:
    """A name as part of a JSON Pointer; it comes from the sender and may be anything."""
    return name[:200].encode(errors="replace").decode().replace("~", "~0").replace("/", "~1")
