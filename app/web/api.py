"""The API, version 1. A route reads, calls and answers; what it takes and gives is in `schemas`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.errors import Busy
from app.inbox.accept import Inbox
from app.intake import Received, recall, receive
from app.search import listed
from app.signature.model import Signature
from app.store.database import check
from app.web.body import Sent, read_body, sent_with
from app.web.depends import BookDep, IndexDep, MetersDep, SessionDep, SettingsDep
from app.web.openapi import KEPT, REPORT_BODY, problems
from app.web.schemas import Answer, Asking, Listed, Listing, Searching, Sending

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Desk:
    """What a report is diagnosed with: the index, the counters, and the session that keeps it."""

    index: IndexDep
    meters: MetersDep
    session: SessionDep

    def receive(self, sent: Sent, *, store: bool) -> Received:
        """Diagnose what was sent, measured, and keep it if it is to be kept."""
        session = self.session if store else None
        with self.meters.seconds.time():
            received = receive(sent.raw, index=self.index, stated=sent.stated, source=sent.source, session=session)
        self.meters.diagnoses.labels(received.diagnosis.verdict).inc()
        return received


DeskDep = Annotated[Desk, Depends()]


@router.post(
    "/api/v1/diagnoses",
    operation_id="diagnose",
    tags=["diagnoses"],
    summary="Diagnose a crash",
    status_code=201,
    response_model=Answer,
    responses={**KEPT, **problems(400, 413, 415, 422, 503)},
    openapi_extra=REPORT_BODY,
)
async def post_diagnosis(
    request: Request, how: Annotated[Sending, Query()], desk: DeskDep, settings: SettingsDep
) -> Response:
    """Send a report, get its diagnosis: the cause, the version that fixes it, the confidence and the evidence.

    The body is the report itself (`text/plain`, or any type that is neither JSON nor a form), JSON, or a form with a
    file. Secrets and personal data are taken out before anything else. The same report is kept once and counted.
    """
    body = await read_body(request, settings.max_report)

    def answer() -> Response:
        sent = sent_with(request.headers.get("content-type", ""), body, settings.max_report)
        return as_response(desk.receive(sent, store=how.store), how.top)

    return await run_in_threadpool(answer)  # a long report must not keep the others waiting


@router.get(
    "/api/v1/diagnoses/{id}",
    operation_id="recall",
    tags=["diagnoses"],
    summary="A diagnosis that was given",
    response_model=Answer,
    responses=problems(404, 422),
)
def get_diagnosis(id: str, how: Annotated[Asking, Query()], session: SessionDep) -> Response:  # noqa: A002
    """The answer as it was given, also when the signatures have changed since."""
    return Response(Answer.of(recall(session, id), how.top).model_dump_json(), media_type="application/json")


@router.get(
    "/api/v1/signatures",
    operation_id="search",
    tags=["signatures"],
    summary="The known bugs",
    responses=problems(422),
)
def list_signatures(wanted: Annotated[Searching, Query()], book: BookDep, session: SessionDep) -> Listing:
    """Signatures that say `q`, the best first, of all packages or of one. A mistyped word finds what comes nearest."""
    ids = listed(session, book, wanted.q, wanted.package)
    return Listing(signatures=tuple(Listed.of(book.signatures[one]) for one in ids), book=book.revision)


@router.get(
    "/api/v1/signatures/{id}",
    operation_id="signature",
    tags=["signatures"],
    summary="A known bug",
    responses=problems(404, 422),
    response_model_by_alias=True,
)
def get_signature(id: str, book: BookDep) -> Signature:  # noqa: A002 - what the contract calls it
    """All that is known of one bug, as its file says it."""
    return book.get(id)


@router.get("/healthz", operation_id="healthz", tags=["operation"], summary="Whether the process lives")
def healthz() -> dict[str, str]:
    """Always `ok`: it asks nobody else."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    operation_id="readyz",
    tags=["operation"],
    summary="Whether requests can be answered",
    responses=problems(503),
)
def readyz(request: Request, book: BookDep) -> dict[str, str | int]:
    """`ready` when the database answers and has its tables and the inbox has room; else a problem with status 503."""
    check(request.app.state.engine)
    inbox: Inbox = request.app.state.inbox
    if inbox.over_mark:
        raise Busy("inbox_full", "Much is waiting to be diagnosed. Send elsewhere, or wait until less waits.")
    return {"status": "ready", "signatures": len(book.signatures), "book": book.revision}


@router.get("/metrics", operation_id="metrics", tags=["operation"], summary="Counters", response_class=Response)
def metrics(meters: MetersDep) -> Response:
    """What this process did, and what waits in the database, in Prometheus' text format."""
    return Response(generate_latest(meters.registry), media_type=CONTENT_TYPE_LATEST)


def as_response(received: Received, top: int) -> Response:
    """201 when it is kept anew, else 200; with the address of what is kept."""
    kept = received.kept
    headers = {} if kept is None else {"Location": f"/api/v1/diagnoses/{kept.id}"}
    return Response(
        Answer.of(received, top).model_dump_json(),
        201 if kept is not None and kept.new else 200,
        headers,
        "application/json",
    )
