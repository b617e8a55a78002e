"""Unknown crashes and coverage as JSON, for whoever is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.unknown.clusters import listed
from app.unknown.coverage import coverage
from app.web.depends import IndexDep, SessionDep, Staff
from app.web.openapi import problems
from app.web.unknown_schemas import Asking, CoverageOf, UnknownCrashes

router = APIRouter(tags=["unknown crashes"])


@router.get(
    "/api/v1/unknown",
    operation_id="unknown",
    summary="Crashes that no signature explains",
    responses=problems(401, 422),
)
def list_unknown(wanted: Annotated[Asking, Query()], _: Staff, session: SessionDep, index: IndexDep) -> UnknownCrashes:
    """Unknown crashes that share a fingerprint, as one each. For staff: it wants the cookie of `/sign-in`."""
    found = listed(session, index, wanted.wanted(), wanted.limit + 1)
    return UnknownCrashes.of(found, wanted, index.book.revision)


@router.get(
    "/api/v1/coverage", operation_id="coverage", summary="How much was explained, by the day", responses=problems(401)
)
def tell_coverage(_: Staff, session: SessionDep) -> CoverageOf:
    """Crashes of the last 30 days and those explained when they came. For staff: it wants the cookie of `/sign-in`."""
    return CoverageOf.of(coverage(session))
