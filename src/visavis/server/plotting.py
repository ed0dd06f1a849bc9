"""The map of a collection, drawn once for each of its states."""

from __future__ import annotations

from typing import Any

from visavis.projection import Projection, project_collection
from visavis.server.service import Service
from visavis.types import Modality


def plot(service: Service, limit: int, modality: Modality | None) -> dict[str, Any]:
    """Return the places of at most `limit` items."""
    key = "map", service.collection.store.generation, limit, modality
    plotted: dict[str, Any] = service.view(
        key, lambda: _plot(project_collection(service.collection, limit, modality))
    )
    return plotted


def _plot(drawn: Projection) -> dict[str, Any]:
    points = [
        {"id": p.id, "x": round(p.x, 4), "y": round(p.y, 4), "modality": p.modality}
        for p in drawn.points
    ]
    return {"points": points, "sampled": len(points) < drawn.total, "total": drawn.total}
