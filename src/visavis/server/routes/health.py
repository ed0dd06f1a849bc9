from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from visavis.server.access import READ, ServiceOf
from visavis.server.answers import answer
from visavis.server.openapi import described
from visavis.server.problems import Problem
from visavis.server.schemas import HealthAnswer

router = APIRouter(tags=["health"])


@router.get("/health/live", response_model=HealthAnswer)
async def live() -> Response:
    """Say that the server runs."""
    return answer({"status": "ok"})


@router.get("/health/ready", response_model=HealthAnswer, responses=described(429, 503, 504))
async def ready(service: ServiceOf) -> Response:
    """Say whether queries are answered: the model is loaded and the collection can be read."""
    if not service.ready:
        raise Problem(503, "starting or stopping", {"Retry-After": "1"})
    await service.images.run(service.check)
    return answer({"status": "ok"})


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"description": "Counts for Prometheus.", "content": {"text/plain": {}}},
        **described(401),
    },
    dependencies=[READ],
)
async def metrics(service: ServiceOf) -> Response:
    """Tell how much was asked and how long it took."""
    return Response(service.metrics.page(), headers={"Content-Type": CONTENT_TYPE_LATEST})
