"""Health checks and metrics."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from visavis.server.auth import READ
from visavis.server.openapi import errors
from visavis.server.problems import Problem
from visavis.server.responses import json_response
from visavis.server.schemas.responses import HealthResponse
from visavis.server.state import StateDep

router = APIRouter(tags=["health"])


@router.get("/health/live", response_model=HealthResponse)
async def live() -> Response:
    """Tell that the server runs."""
    return json_response({"status": "ok"})


@router.get("/health/ready", response_model=HealthResponse, responses=errors(429, 503, 504))
async def ready(state: StateDep) -> Response:
    """Tell whether queries are answered: the model is loaded and the collection can be read."""
    if not state.ready:
        raise Problem("starting-or-stopping", headers={"Retry-After": "1"})
    await state.images.run(state.check)
    return json_response({"status": "ok"})


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "description": "Metrics in the text format of Prometheus.",
            "content": {"text/plain": {}},
        },
        **errors(401),
    },
    dependencies=[READ],
)
async def metrics(state: StateDep) -> Response:
    """Return the metrics for Prometheus."""
    return Response(state.metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})
