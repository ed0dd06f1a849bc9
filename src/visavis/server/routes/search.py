from __future__ import annotations

from fastapi import APIRouter, Response

from visavis.server import searching
from visavis.server.access import READ, ServiceOf
from visavis.server.answers import answer
from visavis.server.bodies import BodyOf
from visavis.server.openapi import described, takes
from visavis.server.schemas import (
    DescribeAnswer,
    DescribeRequest,
    EmbedAnswer,
    EmbedRequest,
    SearchAnswer,
    SearchRequest,
)

router = APIRouter(dependencies=[READ], tags=["search"])
_PROBLEMS = described(400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503, 504)


@router.post(
    "/search",
    response_model=SearchAnswer,
    responses=_PROBLEMS,
    openapi_extra=takes(SearchRequest),
)
async def search(body: BodyOf, service: ServiceOf) -> Response:
    """Find the images, or the texts, that fit a query best."""
    return answer(await service.queries.run(searching.search, service, body))


@router.post(
    "/describe",
    response_model=DescribeAnswer,
    responses=_PROBLEMS,
    openapi_extra=takes(DescribeRequest),
)
async def describe(body: BodyOf, service: ServiceOf) -> Response:
    """Find the texts that describe an image best."""
    return answer(await service.queries.run(searching.describe, service, body))


@router.post(
    "/embed", response_model=EmbedAnswer, responses=_PROBLEMS, openapi_extra=takes(EmbedRequest)
)
async def embed(body: BodyOf, service: ServiceOf) -> Response:
    """Return the unit vector of a query: the weighted sum of its terms."""
    return answer(await service.queries.run(searching.embed, service, body))
